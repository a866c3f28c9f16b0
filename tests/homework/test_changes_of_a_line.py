"""Where no known mistake explains a gradient, one change of a line that mends it is told."""

from pathlib import Path

import pytest

from nets.homework.inspecting import Request, inspect
from tests.homework.test_namesakes import examined, first_wrong
from tests.homework.test_signs import line_of

pytestmark = pytest.mark.slow

BATCH_NORM = """\
import numpy as np

def batchnorm_forward(x, gamma, beta, eps=1e-5):
    N, D = x.shape
    mu = np.mean(x, axis=0)
    xmu = x - mu
    var = np.mean(xmu ** 2, axis=0)
    sqrtvar = np.sqrt(var + eps)
    ivar = 1.0 / sqrtvar
    xhat = xmu * ivar
    out = gamma * xhat + beta
    cache = (xhat, gamma, xmu, ivar, sqrtvar, var, eps)
    return out, cache

def batchnorm_backward(dout, cache):
    xhat, gamma, xmu, ivar, sqrtvar, var, eps = cache
    N, D = dout.shape
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * xhat, axis=0)
    dxhat = dout * gamma
    divar = np.sum(dxhat * xmu, axis=0)
    dxmu1 = dxhat * ivar
    dsqrtvar = -1.0 / (sqrtvar ** 2) * divar
    dvar = 0.5 * 1.0 / np.sqrt(var + eps) * dsqrtvar
    dsq = 1.0 / N * np.ones((N, D)) * dvar
    dxmu2 = 2 * xmu * dsq
    dx1 = dxmu1 + dxmu2
    dmu = -1 * np.sum(dxmu1 + dxmu2, axis=0)
    dx2 = 1.0 / N * np.ones((N, D)) * dmu
    dx = dx1 + dx2
    return dx, dgamma, dbeta
"""
SVM = """\
import numpy as np

def svm_loss_naive(W, X, y, reg):
    dW = np.zeros(W.shape)
    num_classes = W.shape[1]
    num_train = X.shape[0]
    loss = 0.0
    for i in range(num_train):
        scores = X[i].dot(W)
        correct_class_score = scores[y[i]]
        for j in range(num_classes):
            if j == y[i]:
                continue
            margin = scores[j] - correct_class_score + 1
            if margin > 0:
                loss += margin
                dW[:, j] += X[i]
                dW[:, y[i]] -= X[i]
    loss /= num_train
    dW /= num_train
    loss += reg * np.sum(W * W)
    dW += 2 * reg * W
    return loss, dW
"""


@pytest.mark.parametrize(
    ("right", "wrong", "due"),
    [
        ("dxmu2 = 2 * xmu * dsq", "dxmu2 = 2 * xmu / dsq", "dxmu2 = 2 * xmu * dsq"),
        ("dxmu2 = 2 * xmu * dsq", "dxmu2 = 3 * xmu * dsq", "dxmu2 = 2 * xmu * dsq"),
        ("dx1 = dxmu1 + dxmu2", "dx1 = dxmu1 - dxmu2", "dx1 = dxmu1 + dxmu2"),
        ("(sqrtvar ** 2) * divar", "(sqrtvar ** 2) * var",
         "dsqrtvar = -1.0 / sqrtvar ** 2 * divar"),
        ("dgamma = np.sum(dout * xhat", "dgamma = np.sum(dout",
         "dgamma = np.sum(dout * xhat, axis=0)"),
    ],
)  # fmt: skip
def test_the_line_and_the_change_that_mend_it_are_told(tmp_path, right, wrong, due):
    text = BATCH_NORM.replace(right, wrong)
    found = first_wrong(examined(text, tmp_path)).diagnosis
    assert (found.code, found.line, found.fix) == ("other", line_of(text, wrong), due)


@pytest.mark.parametrize(
    ("sum_of", "wrong"),
    [
        ("dW[:, j] += X[i]", "dW[:, j] = X[i]"),
        ("dW[:, y[i]] -= X[i]", "dW[:, y[i]] += X[i]"),
    ],
)
def test_the_line_of_a_sum_in_a_loop_is_told(tmp_path, sum_of, wrong):
    text = SVM.replace(sum_of, wrong)
    found = first_wrong(examined(text, tmp_path)).diagnosis
    assert (found.line, found.fix) == (line_of(text, wrong), sum_of)
    assert ("added" in found.message) == (" = " in wrong)


def test_what_no_change_of_one_line_mends_is_left_open(tmp_path):
    text = BATCH_NORM.replace("dxmu2 = 2 * xmu * dsq", "dxmu2 = 7 * xmu ** 3 * dsq")
    found = first_wrong(examined(text, tmp_path)).diagnosis
    assert (found.code, found.fix) == ("other", "")


NET = """\
import numpy as np
def forward(X, W1, b1, W2, b2):
    z1 = X @ W1 + b1
    h1 = np.tanh(z1)
    return h1 @ W2 + b2, h1
def loss(out, y):
    return np.sum((out - y) ** 2) / (2 * len(y))
def backward(X, y, out, h1, W2):
    m = len(y)
    dout = (out - y) / m
    dW2 = h1.T @ dout
    db2 = np.sum(dout, axis=0, keepdims=True)
    dz1 = dout @ W2.T * (1 - h1 ** 2)
    dW1 = X.T @ dz1
    db1 = np.sum(dz1, axis=0, keepdims=True)
    grads = {"W2": dW2, "b2": db2, "W1": dW1}
    grads["b1"] = db1
    return grads
"""


def test_a_gradient_in_the_place_of_another_is_not_to_get_a_key_that_is_taken(tmp_path):
    file = tmp_path / "homework.py"
    file.write_text(NET.replace('grads["b1"] = db1', 'grads["b1"] = db2'))
    [study] = inspect(Request(str(file), layers=(5, 4, 3))).studies
    found = first_wrong(study).diagnosis
    assert found.code == "shifted_keys"
    assert "as well" in found.message
    assert found.fix == 'grads["b1"] = db1'


def test_a_factor_is_made_a_divisor_where_that_mends_it(tmp_path):
    text = NET.replace("dout = (out - y) / m", "dout = out - y").replace("= X.T", "= m * X.T")
    text = text.replace("= h1.T @ dout", "= h1.T @ dout / m")
    for bias in ("dout", "dz1"):
        text = text.replace(f"np.sum({bias}, axis=0, keepdims=True)",
                            f"np.mean({bias}, axis=0, keepdims=True)")  # fmt: skip
    found = first_wrong(examined(text, tmp_path)).diagnosis
    assert (found.code, found.fix) == ("scale", "dW1 = X.T @ dz1 / m")


MEAN_OF_OUTPUTS = """\
import numpy as np

class NeuralNetwork:
    def __init__(self, input_size, hidden_size, output_size):
        self.W1 = np.random.randn(input_size, hidden_size)
        self.b1 = np.zeros((1, hidden_size))
        self.W2 = np.random.randn(hidden_size, output_size)
        self.b2 = np.zeros((1, output_size))

    def sigmoid(self, x):
        return 1 / (1 + np.exp(-x))

    def sigmoid_derivative(self, x):
        return x * (1 - x)

    def forward(self, X):
        self.z1 = np.dot(X, self.W1) + self.b1
        self.a1 = self.sigmoid(self.z1)
        self.z2 = np.dot(self.a1, self.W2) + self.b2
        self.output = self.sigmoid(self.z2)
        return self.output

    def compute_loss(self, y, output):
        return np.mean((y - output) ** 2) / 2

    def backward(self, X, y, output):
        m = X.shape[0]
        self.output_error = (output - y) / m
        self.output_delta = self.output_error * self.sigmoid_derivative(output)
        self.hidden_error = np.dot(self.output_delta, self.W2.T)
        self.hidden_delta = self.hidden_error * self.sigmoid_derivative(self.a1)
        self.dW2 = np.dot(self.a1.T, self.output_delta)
        self.db2 = np.sum(self.output_delta, axis=0, keepdims=True)
        self.dW1 = np.dot(X.T, self.hidden_delta)
        self.db1 = np.sum(self.hidden_delta, axis=0, keepdims=True)

    def update(self, lr):
        self.W1 -= lr * self.dW1
        self.b1 -= lr * self.db1
        self.W2 -= lr * self.dW2
        self.b2 -= lr * self.db2

    def train(self, X, y, epochs, lr):
        for epoch in range(epochs):
            output = self.forward(X)
            self.backward(X, y, output)
            self.update(lr)
"""


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("self.db1 = np.sum(self", "self.db1 = np.mean(self"),
        ("np.dot(X.T, self.hidden_delta)", "np.dot(X.T, self.hidden_delta) * 2"),
    ],
)
def test_what_is_told_has_the_factor_that_the_other_gradients_have(tmp_path, right, wrong):
    text = MEAN_OF_OUTPUTS.replace(right, wrong)
    found = first_wrong(examined(text, tmp_path)).diagnosis
    assert found.fix == MEAN_OF_OUTPUTS.split("\n")[found.line - 1].strip()


def test_a_line_in_a_while_loop_stays_what_it_is(tmp_path: Path) -> None:
    loop = (
        "    k = np.zeros(1)\n    while k[0] < 3:\n        k = k + 1\n"
        "        dx1 = np.sin(dx1) + 0.3\n"
    )
    text = BATCH_NORM.replace("    dx = dx1", f"{loop}    dx = dx1")
    path = tmp_path / "normed.py"
    path.write_text(text)

    examination = inspect(Request(str(path)))  # with k = k - 1 it would never end

    assert examination.failure is None
    assert not examination.studies[0].ok
