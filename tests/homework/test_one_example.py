"""One example or many: what is judged with one hides each mistake about their number."""

from __future__ import annotations

from pathlib import Path

import pytest

from nets.homework.inspecting import Request, inspect
from nets.homework.results import Study

NET = """\
import numpy as np
class Net:
    def __init__(self, n_in, n_hid, n_out):
        self.W1 = np.random.randn(n_in, n_hid)
        self.W2 = np.random.randn(n_hid, n_out)
    def forward(self, X):
        self.X = X
        self.A1 = np.tanh(X @ self.W1)
        self.A2 = 1 / (1 + np.exp(-(self.A1 @ self.W2)))
        return self.A2
    def loss(self, Y):
        return -np.mean(Y * np.log(self.A2) + (1 - Y) * np.log(1 - self.A2))
    def backward(self, Y):
        n = len(Y)
        d2 = (self.A2 - Y) / n
        self.dW2 = self.A1.T @ d2
        d1 = d2 @ self.W2.T * (1 - self.A1 ** 2)
        self.dW1 = self.X.T @ d1
net = Net(3, 6, 1)
"""
TWICE = ("self.X.T @ d1", "self.X.T @ d1 / n")
BATCH = "    net.forward(X)\n    net.backward(Y)\n"

SOFTMAX_LOSS = """\
import numpy as np
def softmax_loss_naive(W, X, y, reg):
    loss = 0.0
    dW = np.zeros_like(W)
    num_train = X.shape[0]
    for i in range(num_train):
        scores = X[i].dot(W)
        p = np.exp(scores) / np.sum(np.exp(scores))
        loss -= np.log(p[y[i]])
        for j in range(W.shape[1]):
            dW[:, j] += (p[j] - (j == y[i])) * X[i]
    loss /= num_train
    dW /= num_train
    loss += reg * np.sum(W * W)
    dW += 2 * reg * W
    return loss, dW
"""

VECTORIZED = """\
def softmax_loss_vectorized(W, X, y, reg):
    m = X.shape[0]
    scores = X @ W
    p = np.exp(scores) / np.sum(np.exp(scores), axis=1, keepdims=True)
    loss = -np.sum(np.log(p[np.arange(m), y])) / m + reg * np.sum(W * W)
    p[np.arange(m), y] -= 1
    dW = X.T @ p / m + 2 * reg * W
    return loss, dW
"""

RECURRENT = """\
import numpy as np
class RNN:
    def __init__(self, n_in, n_hid, n_out):
        self.Wx = np.random.randn(n_hid, n_in) * 0.5
        self.Wh = np.random.randn(n_hid, n_hid) * 0.5
        self.Wy = np.random.randn(n_out, n_hid) * 0.5
        self.bh = np.zeros(n_hid)
    def forward(self, xs):
        self.xs = xs
        self.hs = np.zeros((len(xs) + 1, len(self.bh)))
        ys = []
        for t in range(len(xs)):
            self.hs[t + 1] = np.tanh(self.Wx @ xs[t] + self.Wh @ self.hs[t] + self.bh)
            ys.append(self.Wy @ self.hs[t + 1])
        return np.array(ys)
    def loss(self, ys, targets):
        return 0.5 * np.sum((ys - targets) ** 2)
    def backward(self, ys, targets):
        dWx, dWh, dWy = np.zeros_like(self.Wx), np.zeros_like(self.Wh), np.zeros_like(self.Wy)
        dbh = np.zeros_like(self.bh)
        dh_next = np.zeros_like(self.bh)
        for t in reversed(range(len(self.xs))):
            dy = ys[t] - targets[t]
            dWy += np.outer(dy, self.hs[t + 1])
            dz = (self.Wy.T @ dy + dh_next) * (1 - self.hs[t + 1] ** 2)
            dWx += np.outer(dz, self.xs[t])
            dWh += np.outer(dz, self.hs[t])
            dbh += dz
            dh_next = self.Wh.T @ dz
        return dWx, dWh, dWy, dbh
"""

SOFTMAX = """\
import numpy as np
def softmax(z):
    e = np.exp(z - np.max(z, axis=1, keepdims=True))
    return e / np.sum(e, axis=1, keepdims=True)
class Net:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)
        self.b = np.zeros((1, n_out))
    def forward(self, X):
        self.X = X
        self.A = softmax(X @ self.W + self.b)
        return self.A
    def loss(self, Y):
        return -np.sum(Y * np.log(self.A)) / Y.shape[0]
    def backward(self, Y):
        m = Y.shape[0]
        d = (self.A - Y) / m
        self.dW = self.X.T @ d
        self.db = np.sum(d, axis=0, keepdims=True)
"""

ALONE = """\
import numpy as np
def softmax(z):
    e = np.exp(z - np.max(z))
    return e / np.sum(e)
class Net:
    def __init__(self, n_in, n_hid, n_out):
        self.W1 = np.random.randn(n_hid, n_in)
        self.W2 = np.random.randn(n_out, n_hid)
    def forward(self, x):
        self.x = x
        self.h = np.tanh(np.dot(self.W1, x))
        self.p = softmax(np.dot(self.W2, self.h))
        return self.p
    def loss(self, y):
        return -np.sum(y * np.log(self.p))
    def backward(self, y):
        d = self.p - y
        self.dW2 = np.dot(d, self.h.T)
        self.dW1 = np.dot(np.dot(self.W2.T, d) * (1 - self.h ** 2), self.x.T)
"""


def judged(tmp_path: Path, text: str) -> Study:
    file = tmp_path / "mine.py"
    file.write_text(text)
    found = inspect(Request(str(file)))
    assert found.failure is None, found.failure
    [study] = found.studies
    return study


@pytest.mark.parametrize(
    "loop",
    [
        "for epoch, lr in enumerate(np.linspace(1, 0.1, 100)):\n",
        "for epoch, x in enumerate(range(100)):\n",
        "for key, value in sorted(vars(net).items()):\n",
        "for before, after in zip([3, 6], [6, 1]):\n",
        "for X_batch, y_batch in [(X, Y)]:\n",
        "for x, y in zip(sizes[:-1], sizes[1:]):\n",
    ],
)
def test_a_loop_over_something_else_hands_over_all_examples(tmp_path: Path, loop: str) -> None:
    assert judged(tmp_path, NET + loop + BATCH).ok
    wrong = judged(tmp_path, NET.replace(*TWICE) + loop + BATCH)
    assert [row.name for row in wrong.rows if row.verdict == "wrong"] == ["self.dW1"]


@pytest.mark.parametrize(
    "loop",
    [
        "for x, y in zip(X, Y):\n    net.forward(x)\n    net.backward(y)\n",
        "for i, (x, y) in enumerate(training_data):\n    net.forward(x)\n    net.backward(y)\n",
        "for i, x in enumerate(X):\n    net.forward(x)\n    net.backward(Y[i])\n",
    ],
)
def test_a_loop_over_examples_hands_over_one(tmp_path: Path, loop: str) -> None:
    study = judged(tmp_path, NET.replace(*TWICE) + loop)
    assert study.ok
    [note] = study.notes
    assert "one example at a time" in note


@pytest.mark.slow
def test_a_loss_with_softmax_in_its_name_goes_through_its_examples_itself(tmp_path: Path) -> None:
    assert judged(tmp_path, SOFTMAX_LOSS).ok
    assert not judged(tmp_path, SOFTMAX_LOSS.replace("    dW /= num_train\n", "")).ok


def test_a_loop_of_another_function_hands_nothing_over(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(SOFTMAX_LOSS + VECTORIZED)
    assert [(study.ok, study.notes) for study in inspect(Request(str(file))).studies] == [
        (True, ()),
        (True, ()),
    ]
    file.write_text(SOFTMAX_LOSS + VECTORIZED.replace("X.T @ p / m", "X.T @ p"))
    assert [study.ok for study in inspect(Request(str(file))).studies] == [True, False]


@pytest.mark.parametrize("wrong", ["self.Wh @ dz", "0 * dz"])
@pytest.mark.slow
def test_a_loop_over_time_steps_is_none_over_examples(tmp_path: Path, wrong: str) -> None:
    study = judged(tmp_path, RECURRENT)
    assert {row.verdict for row in study.rows} == {"ok"}
    study = judged(tmp_path, RECURRENT.replace("self.Wh.T @ dz", wrong))
    assert {"dWh", "dWx", "dbh"} == {row.name for row in study.rows if row.verdict == "wrong"}


def test_a_softmax_over_all_examples_is_wrong_where_they_are_counted(tmp_path: Path) -> None:
    assert judged(tmp_path, SOFTMAX).ok
    assert not judged(tmp_path, SOFTMAX.replace(", axis=1, keepdims=True", "")).ok
    assert judged(tmp_path, ALONE).ok
    assert not judged(tmp_path, ALONE).notes


def test_a_gradient_that_is_zero_either_way_is_not_called_right(tmp_path: Path) -> None:
    text = (
        NET.replace(
            "        self.W2 =", "        self.b2 = np.zeros((1, n_out))\n        self.W2 ="
        )
        .replace("self.A1 @ self.W2)", "self.A1 @ self.W2 + 0 * self.b2)")
        .replace(
            "        d1 =", "        self.db2 = 0 * d2.sum(axis=0, keepdims=True)\n        d1 ="
        )
    )
    study = judged(tmp_path, text)
    [row] = [row for row in study.rows if row.name == "self.db2"]
    assert row.verdict == "unchecked"
    assert row.diagnosis is not None
    assert "zero everywhere" in row.diagnosis.message
    assert study.ok


def test_a_number_of_units_that_one_is_added_to_is_no_list(tmp_path: Path) -> None:
    text = (
        NET.replace("(n_hid, n_out)", "(n_hid + 1, n_out)")
        .replace("self.A1 @ self.W2", "self.H1 @ self.W2")
        .replace(
            "        self.A2 =",
            "        self.H1 = np.hstack([self.A1, np.ones((len(X), 1))])\n        self.A2 =",
        )
        .replace("self.A1.T @ d2", "self.H1.T @ d2")
        .replace("self.W2.T", "self.W2[:-1].T")
    )
    assert judged(tmp_path, text).ok


NEURON = """\
import math
import numpy as np
def forward(x, w, b):
    return 1 / (1 + math.exp(-float(np.sum(w * x) + b)))
def loss(a, y):
    return -(y * math.log(a) + (1 - y) * math.log(1 - a))
def backward(x, y, w, b):
    a = forward(x, w, b)
    dw = (a - y) * x
    db = a - y
    return dw, db
"""
LINE = """\
def forward(x, w, b):
    return w * x + b
def loss(y_hat, y):
    return (y_hat - y) ** 2
def backward(x, y, w, b):
    y_hat = forward(x, w, b)
    dw = 2 * (y_hat - y) * x
    db = 2 * (y_hat - y)
    return dw, db
"""


@pytest.mark.parametrize(
    "text",
    [
        NEURON,
        NEURON.replace("float(np.sum(w * x) + b)", "(np.dot(w, x) + b)"),
        NEURON.replace("math.", "np.").replace("float(np.sum(w * x) + b)", "(w @ x + b)"),
        NEURON.replace(", b)", ")").replace(" + b)", ")").replace("return dw, db", "return dw"),
        LINE,
    ],
)
def test_a_neuron_that_adds_nothing_up_but_its_inputs_is_handed_one_example(
    tmp_path: Path, text: str
) -> None:
    study = judged(tmp_path, text)
    assert study.ok, study.rows
    assert any("one example at a time" in note for note in study.notes)


@pytest.mark.parametrize(
    ("text", "right", "wrong", "name"),
    [
        (NEURON, "dw = (a - y) * x", "dw = (a - y) * w", "dw"),
        (NEURON, "dw = (a - y) * x", "dw = a - y", "dw"),
        (NEURON, "db = a - y", "db = 1 - a", "db"),
        (LINE, "dw = 2 * (y_hat - y) * x", "dw = 2 * (y_hat - y)", "dw"),
    ],
)
def test_a_mistake_shows_in_a_neuron_with_one_example(
    tmp_path: Path, text: str, right: str, wrong: str, name: str
) -> None:
    study = judged(tmp_path, text.replace(right, wrong))
    assert [row.name for row in study.rows if row.verdict == "wrong"] == [name]


def test_a_neuron_whose_cost_is_a_mean_has_many_examples(tmp_path: Path) -> None:
    cost = "-np.mean(y * np.log(a) + (1 - y) * np.log(1 - a))"
    text = NEURON.replace("-(y * math.log(a) + (1 - y) * math.log(1 - a))", cost)
    text = text.replace("math.exp(-float(np.sum(w * x) + b))", "np.exp(-(x @ w + b))")
    study = judged(tmp_path, text)
    assert not study.ok


@pytest.mark.parametrize(
    "wrong",
    ["dw = -y / a * a * (1 - a) * x", "dw = (a - 1) * y * x", "dw = (a - 1) * x"],
)
def test_a_mistake_shows_that_is_none_where_the_label_is_one(tmp_path: Path, wrong: str) -> None:
    study = judged(tmp_path, NEURON.replace("dw = (a - y) * x", wrong))
    assert [row.name for row in study.rows if row.verdict == "wrong"] == ["dw"]


OF_RELU = """\
import numpy as np
class Dense:
    def __init__(self, n_in, n_out):
        self.weights = np.random.randn(n_out, n_in)
        self.bias = np.random.randn(n_out, 1)
    def forward(self, input):
        self.input = input
        return np.dot(self.weights, self.input) + self.bias
    def backward(self, grad, rate):
        passed = np.dot(self.weights.T, grad)
        self.weights -= rate * np.dot(grad, self.input.T)
        self.bias -= rate * grad
        return passed
class Relu:
    def forward(self, input):
        self.input = input
        return np.maximum(0, input)
    def backward(self, grad, rate):
        return grad * (self.input > 0)
def mse(y, a):
    return np.mean((y - a) ** 2)
def mse_prime(y, a):
    return 2 * (a - y) / np.size(y)
X = np.reshape([[0, 0], [0, 1], [1, 0], [1, 1]], (4, 2, 1))
Y = np.reshape([[0], [1], [1], [0]], (4, 1, 1))
network = [Dense(2, 3), Relu(), Dense(3, 3), Relu(), Dense(3, 1)]
for epoch in range(1000):
    error = 0
    for x, y in zip(X, Y):
        output = x
        for layer in network:
            output = layer.forward(output)
        error += mse(y, output)
        grad = mse_prime(y, output)
        for layer in reversed(network):
            grad = layer.backward(grad, 0.1)
"""


def test_units_of_relu_that_are_off_hide_nothing(tmp_path: Path) -> None:
    study = judged(tmp_path, OF_RELU)
    assert {row.verdict for row in study.rows} == {"ok"}
    study = judged(tmp_path, OF_RELU.replace("* (self.input > 0)", "* 0.5 * (self.input > 0)"))
    assert [row.line for row in study.rows if row.verdict == "wrong" and not row.inherited]


def test_a_weight_of_units_that_are_off_is_not_called_unused(tmp_path: Path) -> None:
    study = judged(tmp_path, OF_RELU.replace("* (self.input > 0)", "* self.input"))
    wrong = [row for row in study.rows if row.verdict == "wrong"]
    assert wrong
    assert all(row.diagnosis is None or row.diagnosis.code != "forward_bug" for row in wrong)


VECTORS = """\
import numpy as np
class MLP:
    def __init__(self, n_in, n_hidden, n_out):
        self.W1 = np.random.randn(n_hidden, n_in) * 0.1
        self.b1 = np.zeros(n_hidden)
        self.W2 = np.random.randn(n_out, n_hidden) * 0.1
        self.b2 = np.zeros(n_out)
    def forward(self, x):
        self.x = x
        self.h = np.tanh(self.W1 @ x + self.b1)
        self.y = self.W2 @ self.h + self.b2
        return self.y
    def loss(self, t):
        return 0.5 * np.sum((self.y - t) ** 2)
    def backward(self, t):
        delta2 = self.y - t
        self.gW2 = np.outer(delta2, self.h)
        self.gb2 = delta2
        delta1 = (self.W2.T @ delta2) * (1 - self.h ** 2)
        self.gW1 = np.outer(delta1, self.x)
        self.gb1 = delta1
net = MLP(3, 5, 2)
for x, t in data:
    net.forward(x)
    net.backward(t)
"""


def test_an_example_is_a_vector_where_weights_get_outer_products(tmp_path: Path) -> None:
    assert judged(tmp_path, VECTORS).ok


@pytest.mark.parametrize(
    ("right", "wrong", "code"),
    [
        ("np.outer(delta1, self.x)", "np.outer(self.x, delta1)", "transpose"),
        ("(1 - self.h ** 2)", "(1 - self.h)", "wrong_activation_derivative"),
        ("self.gb1 = delta1", "self.gb1 = delta2", "wrong_shape"),
    ],
)
def test_mistakes_with_vectors_are_named(tmp_path: Path, right: str, wrong: str, code: str) -> None:
    rows = judged(tmp_path, VECTORS.replace(right, wrong)).rows
    first = next(row for row in rows if row.verdict == "wrong")
    assert first.diagnosis.code == code


def test_a_gradient_of_another_layer_is_called_that(tmp_path: Path) -> None:
    rows = judged(tmp_path, VECTORS.replace("self.gb1 = delta1", "self.gb1 = delta2")).rows
    [found] = [row.diagnosis for row in rows if row.verdict == "wrong"]
    assert found.message == "db1 has shape (1,) in place of (4,): it is db2."


OUTER = """\
import numpy as np
def sigmoid(z): return 1 / (1 + np.exp(-z))
def forward(x, W1, b1, W2, b2):
    z1 = W1 @ x + b1
    a1 = sigmoid(z1)
    z2 = W2 @ a1 + b2
    a2 = sigmoid(z2)
    return z1, a1, z2, a2
def loss(a2, y):
    return 0.5*np.sum((a2-y)**2)
def backward(x, y, z1, a1, z2, a2, W2):
    delta2 = (a2 - y)*a2*(1-a2)
    dW2 = np.outer(delta2, a1)
    db2 = delta2
    delta1 = (W2.T @ delta2)*a1*(1-a1)
    dW1 = np.outer(delta1, x)
    db1 = delta1
    return dW1, db1, dW2, db2
"""
OUTER_IN_CLASS = """\
import numpy as np
class Net:
    def __init__(self, n_in, n_hidden, n_out):
        self.W1 = np.random.randn(n_hidden, n_in)
        self.b1 = np.zeros(n_hidden)
        self.W2 = np.random.randn(n_out, n_hidden)
        self.b2 = np.zeros(n_out)
    def forward(self, x):
        self.x = x
        self.h = np.tanh(self.W1 @ x + self.b1)
        self.out = self.W2 @ self.h + self.b2
        return self.out
    def loss(self, y):
        return 0.5 * np.sum((self.out - y) ** 2)
    def backward(self, y):
        d_out = self.out - y
        self.dW2 = np.outer(d_out, self.h)
        self.db2 = d_out
        d_h = self.W2.T @ d_out * (1 - self.h ** 2)
        self.dW1 = np.outer(d_h, self.x)
        self.db1 = d_h
"""


@pytest.mark.parametrize("text", [OUTER, OUTER_IN_CLASS])
def test_outer_products_without_sums_are_of_one_example(tmp_path, text):
    file = tmp_path / "homework.py"
    file.write_text(text)
    [study] = inspect(Request(str(file))).studies
    assert [row.verdict for row in study.rows] == ["ok"] * 4


def test_outer_products_beside_sums_over_examples_are_not(tmp_path):
    file = tmp_path / "homework.py"
    file.write_text(OUTER.replace("db2 = delta2", "db2 = np.sum(delta2, axis=1, keepdims=True)"))
    [study] = inspect(Request(str(file))).studies
    assert study.first_wrong == "dW2"


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("    dW2 = np.outer(delta2, a1)", "    dW2 = -np.outer(delta2, a1)"),
        ("    db2 = delta2", "    db2 = -delta2"),
        ("    db1 = delta1", "    db1 = delta1 * 2"),
    ],
)
def test_the_remedy_of_one_example_is_for_vectors(tmp_path, right, wrong):
    file = tmp_path / "homework.py"
    file.write_text(OUTER.replace(right, wrong))
    [study] = inspect(Request(str(file))).studies
    [row] = [row for row in study.rows if row.verdict == "wrong"]
    assert row.diagnosis.fix == right.strip()
