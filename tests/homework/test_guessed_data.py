"""What was made up for a function is fitted to it; where it does not fit, nobody is accused."""

import ast

import numpy as np
import pytest

from nets.homework.inspecting import Request, inspect
from nets.homework.reading.standins import run_definitions
from nets.homework.reading.texts import TEXT

RECURRENT = """\
import numpy as np
hidden_size=10; vocab_size=6
Wxh = np.random.randn(hidden_size, vocab_size)*0.01
Whh = np.random.randn(hidden_size, hidden_size)*0.01
Why = np.random.randn(vocab_size, hidden_size)*0.01
bh = np.zeros((hidden_size, 1)); by = np.zeros((vocab_size, 1))
def lossFun(inputs, targets, hprev):
  xs, hs, ys, ps = {}, {}, {}, {}
  hs[-1] = np.copy(hprev)
  loss = 0
  for t in range(len(inputs)):
    xs[t] = np.zeros((vocab_size,1)); xs[t][inputs[t]] = 1
    hs[t] = np.tanh(np.dot(Wxh, xs[t]) + np.dot(Whh, hs[t-1]) + bh)
    ys[t] = np.dot(Why, hs[t]) + by
    ps[t] = np.exp(ys[t]) / np.sum(np.exp(ys[t]))
    loss += -np.log(ps[t][targets[t],0])
  dWxh, dWhh, dWhy = np.zeros_like(Wxh), np.zeros_like(Whh), np.zeros_like(Why)
  dbh, dby = np.zeros_like(bh), np.zeros_like(by)
  dhnext = np.zeros_like(hs[0])
  for t in reversed(range(len(inputs))):
    dy = np.copy(ps[t]); dy[targets[t]] -= 1
    dWhy += np.dot(dy, hs[t].T); dby += dy
    dh = np.dot(Why.T, dy) + dhnext
    dhraw = (1 - hs[t] * hs[t]) * dh
    dbh += dhraw
    dWxh += np.dot(dhraw, xs[t].T)
    dWhh += np.dot(dhraw, hs[t-1].T)
    dhnext = np.dot(Whh.T, dhraw)
  return loss, dWxh, dWhh, dWhy, dbh, dby, hs[len(inputs)-1]
"""
LOGISTIC = """\
import numpy as np
def sigmoid(z): return 1/(1+np.exp(-z))
def lrCostFunction(theta, X, y, lambda_):
    m=y.size
    h=sigmoid(X.dot(theta))
    J=(1/m)*np.sum(-y*np.log(h)-(1-y)*np.log(1-h))+(lambda_/(2*m))*np.sum(theta[1:]**2)
    grad=(1/m)*X.T.dot(h-y)
    grad[1:]=grad[1:]+(lambda_/m)*theta[1:]
    return J,grad
"""
DESCENT = """\
import numpy as np
def compute_cost(X, y, theta):
    m = len(y)
    h = X.dot(theta)
    return 1/(2*m) * np.sum((h-y)**2)
def gradient_descent(X, y, theta, alpha, num_iters):
    m = len(y); J_history=[]
    for i in range(num_iters):
        h = X.dot(theta)
        theta = theta - alpha/m * X.T.dot(h-y)
        J_history.append(compute_cost(X,y,theta))
    return theta, J_history
"""
PERCEPTRON = """\
import numpy as np
class Perceptron:
    def __init__(self): self.w=np.zeros(3); self.b=0
    def predict(self,x): return 1 if x@self.w+self.b>0 else 0
    def train(self,X,y,lr=0.1):
        for xi,yi in zip(X,y):
            e=yi-self.predict(xi); self.w+=lr*e*xi; self.b+=lr*e
"""
BATCHNORM = """\
import numpy as np
def batchnorm_forward(x, gamma, beta, eps=1e-5):
    mu = x.mean(axis=0)
    var = x.var(axis=0)
    xhat = (x-mu)/np.sqrt(var+eps)
    out = gamma*xhat+beta
    return out, (x,xhat,mu,var,gamma,eps)
def batchnorm_backward(dout, cache):
    x,xhat,mu,var,gamma,eps = cache
    N = x.shape[0]
    dgamma = np.sum(dout*xhat,axis=0)
    dbeta = np.sum(dout,axis=0)
    dxhat = dout*gamma
    dx = (1/N)/np.sqrt(var+eps)*(N*dxhat-dxhat.sum(0)-xhat*(dxhat*xhat).sum(0))
    return dx,dgamma,dbeta
"""
AFFINE = """\
import numpy as np
def affine_forward(x, w, b):
    out = x.dot(w) + b
    return out, (x, w, b)
def affine_backward(dout, cache):
    x, w, b = cache
    dx = dout.dot(w.T)
    dw = x.T.dot(dout)
    db = np.sum(dout, axis=0)
    return dx, dw, db
"""
BATCHNORM_PAIR = {"forward": "batchnorm_forward", "backward": "batchnorm_backward"}
AFFINE_PAIR = {"forward": "affine_forward", "backward": "affine_backward"}
DESCENT_PAIR = {
    "forward": "compute_cost", "cost": "compute_cost", "backward": "gradient_descent",
}  # fmt: skip


def examined(tmp_path, text, **stated):
    path = tmp_path / "mine.py"
    path.write_text(text)
    return inspect(Request(str(path), **stated))


@pytest.mark.parametrize(
    ("text", "stated", "names"),
    [
        (RECURRENT, {}, {"dWxh", "dWhh", "dWhy", "dbh", "dby"}),
        (LOGISTIC, {}, {"grad"}),
        (DESCENT, DESCENT_PAIR, {"update of theta"}),
        (BATCHNORM, BATCHNORM_PAIR, {"dx", "dgamma", "dbeta"}),
        (AFFINE, AFFINE_PAIR, {"dx", "dw", "db"}),
    ],
)
def test_right_files_are_right_on_what_is_made_up_for_them(tmp_path, text, stated, names):
    found = examined(tmp_path, text, **stated)
    assert found.failure is None
    [study] = found.studies
    assert {row.name for row in study.rows} == names
    assert {row.verdict for row in study.rows} <= {"ok", "convention"}


@pytest.mark.parametrize(
    ("text", "stated", "right", "wrong", "shows"),
    [
        (RECURRENT, {}, "np.dot(Whh.T, dhraw)", "np.dot(Whh, dhraw)", "dWhh"),
        (LOGISTIC, {}, "(lambda_/m)*theta[1:]\n", "lambda_*theta[1:]\n", "grad"),
        (BATCHNORM, BATCHNORM_PAIR, "N*dxhat-dxhat.sum(0)", "N*dxhat", "dx"),
        (AFFINE, AFFINE_PAIR, "x.T.dot(dout)", "2 * x.T.dot(dout)", "dw"),
    ],
)
def test_wrong_files_are_wrong_on_what_is_made_up_for_them(
    tmp_path, text, stated, right, wrong, shows
):
    found = examined(tmp_path, text.replace(right, wrong), **stated)
    [study] = found.studies
    assert shows in {row.name for row in study.rows if row.verdict == "wrong"}


def test_a_network_of_fixed_size_gets_data_of_that_size(tmp_path):
    found = examined(tmp_path, PERCEPTRON)
    assert found.exit_status == 2
    assert "mismatch" not in found.failure.message


ODD = """\
import numpy as np
def forward(X, theta, mystery):
    return np.tanh(X @ theta @ mystery["a"])
def cost(A, Y):
    return np.mean((A - Y) ** 2)
def backward(X, Y, theta, A):
    return X.T @ (A - Y)
"""


def test_what_cannot_be_made_up_is_named_and_asked_for(tmp_path):
    found = examined(tmp_path, ODD)
    assert found.exit_status == 2
    assert found.failure.diagnosis is None
    assert "mystery" in found.failure.message
    assert "--data FILE.npz" in found.failure.message
    assert "\n" not in found.failure.message


def test_a_file_of_data_gives_arguments_by_name(tmp_path):
    data = tmp_path / "mine.npz"
    text = ODD.replace('mystery["a"]', "mystery").replace("X.T @ (A - Y)", "X * 0")
    np.savez(data, X=np.eye(5)[:, :4], Y=np.array([0.1, 0.5, 0.3, 0.7]), mystery=np.ones((1, 1)))
    found = examined(tmp_path, text, data=str(data))
    assert found.failure is None or "mystery" not in found.failure.message


def test_a_guard_is_only_told_of_where_there_is_one(tmp_path):
    text = AFFINE.replace("db = np.sum(dout, axis=0)", "db = np.sum(dout**2, axis=0)")
    [study] = examined(tmp_path, text, **AFFINE_PAIR).studies
    assert not any("guard" in note for note in study.notes)


def test_sizes_that_come_from_a_text_that_is_not_there_are_those_of_another(tmp_path):
    reading = """\
import numpy as np
data = open('input.txt', 'r').read()
chars = list(set(data))
data_size, vocab_size = len(data), len(chars)
char_to_ix = {ch: i for i, ch in enumerate(chars)}
hidden_size = 10
"""
    text = RECURRENT.replace(RECURRENT.partition("Wxh")[0], reading)
    (study,) = examined(tmp_path, text).studies
    assert study.ok


@pytest.mark.parametrize(
    "reading",
    [
        "data = open('input.txt').read()",
        "data = open('input.txt', encoding='utf-8').read().lower()",
        "with open('input.txt', 'r') as f:\n    data = f.read()",
    ],
)
def test_a_text_is_read_in_many_ways(reading):
    names = {}
    run_definitions(ast.parse(reading), "<file>", names)
    assert names["data"] == TEXT


def test_a_file_of_bytes_is_no_text():
    names = {}
    run_definitions(ast.parse("data = open('d.bin', 'rb').read()"), "<file>", names)
    assert "data" not in names


HISTORY = """\
import numpy as np
def computeCost(X, y, theta):
    m = len(y)
    h = X.dot(theta)
    return 1.0 / (2 * m) * np.sum((h - y) ** 2)
def gradientDescent(X, y, theta, alpha, num_iters):
    m = len(y)
    J_history = np.zeros(num_iters)
    for it in range(num_iters):
        h = X.dot(theta)
        error = h - y
        grad = X.T.dot(error) / m
        theta = theta - alpha * grad
        J_history[it] = computeCost(X, y, theta)
    return theta, J_history
"""


def test_a_history_of_costs_is_no_part_of_backward(tmp_path):
    (study,) = examined(tmp_path, HISTORY).studies
    assert (study.ok, study.cost) == (True, "computeCost")
    (study,) = examined(
        tmp_path, HISTORY.replace("= X.T.dot(error) / m", "= X.T.dot(error)")
    ).studies
    assert not study.ok
