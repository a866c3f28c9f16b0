"""What backward returns counts, also where the last step stands in the return statement."""

import pytest

from tests.homework.test_namesakes import examined, first_wrong
from tests.homework.test_signs import line_of

SOFTMAX = """\
import numpy as np
def softmax_loss(W, X, y, reg):
    N = X.shape[0]
    P = np.exp(X.dot(W))
    P /= P.sum(axis=1, keepdims=True)
    loss = -np.log(P[np.arange(N), y]).mean() + reg * np.sum(W ** 2)
    P[np.arange(N), y] -= 1
    dW = X.T.dot(P)
    return loss, dW / N + 2 * reg * W
"""
LOGISTIC = """\
import numpy as np
def propagate(w, b, X, Y):
    m = X.shape[1]
    A = 1 / (1 + np.exp(-(w.T @ X + b)))
    cost = -np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A))
    dw = -X @ (A - Y).T / m
    db = np.sum(A - Y) / m
    return -dw, db, cost
"""
FLATTENED = """\
import numpy as np
def costFunction(theta, X, y):
    h = 1 / (1 + np.exp(-X @ theta))
    return -np.mean(y * np.log(h) + (1 - y) * np.log(1 - h))
def gradient(theta, X, y):
    h = 1 / (1 + np.exp(-X @ theta))
    grad = X.T @ (h - y)
    return (1 / len(y)) * grad.flatten()
"""


@pytest.mark.parametrize("text", [SOFTMAX, LOGISTIC, FLATTENED])
def test_right_expressions_are_right(tmp_path, text):
    study = examined(text, tmp_path)
    assert study.ok
    assert all(row.verdict == "ok" for row in study.rows)


@pytest.mark.parametrize(
    ("text", "right", "wrong", "code"),
    [
        (SOFTMAX, "dW / N + 2 * reg * W", "dW / N", "missing_regularization"),
        (SOFTMAX, "dW / N + 2 * reg * W", "dW / N + reg * W", "regularization_scale"),
        (LOGISTIC, "return -dw, db", "return -dw / m, db", "scale"),
    ],
)
def test_a_mistake_in_an_expression_is_found_there(tmp_path, text, right, wrong, code):
    text = text.replace(right, wrong)
    row = first_wrong(examined(text, tmp_path))
    assert (row.diagnosis.code, row.line) == (code, line_of(text, wrong))


@pytest.mark.parametrize("returned", ["W", "X", "P"])
def test_a_gradient_that_stays_in_backward_is_not_what_it_returns(tmp_path, returned):
    text = SOFTMAX.replace("loss, dW / N + 2 * reg * W", f"loss, {returned}")
    text = text.replace("    return", "    dW = dW / N + 2 * reg * W\n    return")
    row = first_wrong(examined(text, tmp_path))
    assert (row.name, row.line) == ("dW", line_of(text, "return loss"))


def test_parameters_after_an_update_are_no_gradients(tmp_path):
    text = (
        FLATTENED.replace("(1 / len(y)) * grad.flatten()", "grad / len(y)")
        + """\
def step(theta, X, y, alpha):
    grad = gradient(theta, X, y)
    return theta - alpha * grad
"""
    )
    assert examined(text, tmp_path).ok


NET = """\
import numpy as np
def forward(X, W1, b1, W2, b2):
    H = np.tanh(X @ W1 + b1)
    return H @ W2 + b2, H
def loss(pred, Y):
    return np.sum((pred - Y) ** 2) / (2 * len(Y))
def backward(X, Y, pred, H, W1, b1, W2, b2):
    m = len(Y)
    dpred = pred - Y
    dW2 = H.T @ dpred
    db2 = dpred.sum(0)
    dH = dpred @ W2.T * (1 - H ** 2)
    dW1 = X.T @ dH
    db1 = dH.sum(0)
    return tuple(g / m for g in (dW1, db1, dW2, db2))
"""
SQUARED = "[np.array(g) / m ** 2 for g in (dW1, db1, dW2, db2)]"
LISTS = """\
import numpy as np
class Net:
    def __init__(self, sizes):
        self.W = [np.random.randn(a, b) / np.sqrt(a) for a, b in zip(sizes[:-1], sizes[1:])]
        self.b = [np.zeros((1, n)) for n in sizes[1:]]
    def forward(self, X):
        self.a = [X]
        for k, (W, b) in enumerate(zip(self.W, self.b)):
            z = self.a[-1] @ W + b
            self.a.append(np.tanh(z) if k < len(self.W) - 1 else z)
        return self.a[-1]
    def loss(self, Y):
        return 0.5 * np.mean(np.sum((self.a[-1] - Y) ** 2, axis=1))
    def backward(self, Y):
        m = len(Y)
        grads_W, grads_b = [], []
        delta = self.a[-1] - Y
        for k in reversed(range(len(self.W))):
            grads_W.insert(0, self.a[k].T @ delta)
            grads_b.insert(0, delta.sum(axis=0, keepdims=True))
            if k > 0:
                delta = (delta @ self.W[k].T) * (1 - self.a[k] ** 2)
        return [g / m for g in grads_W], [g / m for g in grads_b]
"""


@pytest.mark.parametrize("text", [NET, LISTS])
def test_what_all_gradients_are_divided_by_when_they_are_returned_counts(tmp_path, text):
    study = examined(text, tmp_path)
    assert study.ok
    assert not [row for row in study.rows if row.verdict == "convention" and row.wrt[-2:] == "W1"]


@pytest.mark.parametrize(
    ("text", "right", "wrong", "code"),
    [
        (NET, "tuple(g / m", "tuple(g / m ** 2", "scale"),
        (NET, "tuple(g / m for g in (dW1, db1, dW2, db2))", SQUARED, "scale"),
        (LISTS, "[g / m for g in grads_b]", "[g for g in grads_b]", "scale"),
        (LISTS, "[g / m for g in grads_W]", "[-g / m for g in grads_W]", "sign"),
    ],
)
def test_a_mistake_in_what_is_done_to_all_gradients_is_found(tmp_path, text, right, wrong, code):
    assert first_wrong(examined(text.replace(right, wrong), tmp_path)).diagnosis.code == code


def test_an_entry_is_wrong_where_the_dict_is_written(tmp_path):
    entries = '{"W1": dW1 / m, "b1": db1 / m,\n            "W2": dW2 / m, "b2": db2 / m}'
    text = NET.replace("tuple(g / m for g in (dW1, db1, dW2, db2))", entries)
    assert examined(text, tmp_path).ok
    text = text.replace('"W2": dW2', '"W2": -dW2')
    row = first_wrong(examined(text, tmp_path))
    assert (row.diagnosis.code, row.line) == ("sign", line_of(text, '"W2": -dW2'))


@pytest.mark.parametrize(
    "result",
    [
        "return dw / m, db / m, cost",
        "return [g / m for g in (dw, db)], cost",
        'return {"dw": dw / m, "db": db / m}, cost',
    ],
)
def test_a_mistake_made_before_a_factor_is_put_in_is_found_there(tmp_path, result):
    text = LOGISTIC.replace(" / m\n", "\n").replace("return -dw, db, cost", result)
    right = text.replace("-X @", "X @")
    assert examined(right, tmp_path).ok
    row = first_wrong(examined(text, tmp_path))
    assert (row.diagnosis.code, row.diagnosis.line) == ("sign", line_of(text, "-X @"))
