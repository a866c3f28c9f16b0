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
