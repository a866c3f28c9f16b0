"""What is made up for functions fits how they use it: a bias that is a number, data as labels."""

from __future__ import annotations

from pathlib import Path

import pytest

from nets.homework.inspecting import Request, inspect
from nets.homework.results import Examination

ONE_AT_A_TIME = """\
import numpy as np
def sigmoid(z):
    return 1 / (1 + np.exp(-z))
def propagate(w, b, X, Y):
    m = X.shape[1]
    J, dw, db = 0, np.zeros((X.shape[0], 1)), 0
    for i in range(m):
        a = sigmoid(np.dot(w.T, X[:, i]) + b)
        J += -(Y[0, i] * np.log(a) + (1 - Y[0, i]) * np.log(1 - a))
        dz = a - Y[0, i]
        for j in range(X.shape[0]):
            dw[j] += X[j, i] * dz
        db += dz
    J /= m
    dw /= m
    db /= m
    return {"dw": dw, "db": db}, J
"""

AUTOENCODER = """\
import numpy as np
class Autoencoder:
    def __init__(self, n_in, n_hid):
        self.W_enc = np.random.randn(n_in, n_hid)
        self.b_enc = np.zeros(n_hid)
        self.W_dec = np.random.randn(n_hid, n_in)
        self.b_dec = np.zeros(n_in)
    def forward(self, X):
        self.h = np.tanh(X @ self.W_enc + self.b_enc)
        self.out = self.h @ self.W_dec + self.b_dec
        return self.out
    def loss(self, X, X_hat):
        return np.mean(np.sum((X_hat - X) ** 2, axis=1))
    def backward(self, X):
        dout = 2 * (self.out - X) / X.shape[0]
        dW_dec = self.h.T @ dout
        db_dec = dout.sum(axis=0)
        dz = dout @ self.W_dec.T * (1 - self.h ** 2)
        dW_enc = X.T @ dz
        db_enc = dz.sum(axis=0)
        return dW_enc, db_enc, dW_dec, db_dec
"""


def examined(tmp_path: Path, text: str) -> Examination:
    path = tmp_path / "homework.py"
    path.write_text(text, encoding="utf-8")
    return inspect(Request(str(path)))


SQUEEZED = """\
import numpy as np
def initialize_with_zeros(dim):
    return np.zeros((dim, 1)), 0.0
def propagate(w, b, X, Y):
    m = X.shape[1]
    A = 1 / (1 + np.exp(-(np.dot(w.T, X) + b)))
    cost = -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / m
    dw = np.dot(X, (A - Y).T) / m
    db = np.sum(A - Y) / m
    cost = np.squeeze(np.array(cost))
    grads = {"dw": dw, "db": db}
    return grads, cost
"""
"""A name that is a number first and an array then."""


@pytest.mark.parametrize("text", [ONE_AT_A_TIME, AUTOENCODER, SQUEEZED])
def test_right_gradients_are_called_right(tmp_path: Path, text: str) -> None:
    found = examined(tmp_path, text)
    assert found.exit_status == 0, found


@pytest.mark.parametrize(
    ("text", "right", "wrong", "name"),
    [
        (ONE_AT_A_TIME, "    dw /= m\n", "", "dw"),
        (ONE_AT_A_TIME, "    db /= m\n", "", "db"),
        (AUTOENCODER, "dW_enc = X.T @ dz", "dW_enc = X.T @ dz / 5", "dW_enc"),
        (AUTOENCODER, "db_dec = dout.sum(axis=0)", "db_dec = dout.mean(axis=0)", "db_dec"),
    ],
)
def test_a_mistake_in_one_line_shows(
    tmp_path: Path, text: str, right: str, wrong: str, name: str
) -> None:
    (study,) = examined(tmp_path, text.replace(right, wrong)).studies
    assert [row.name for row in study.rows if row.verdict == "wrong"] == [name]


def test_arguments_that_no_name_explains_are_no_mistake_of_the_layout_that_fails(
    tmp_path: Path,
) -> None:
    found = examined(tmp_path, AUTOENCODER.replace("X_hat", "blurred"))
    assert found.exit_status == 2
    assert found.failure is not None
    assert "blurred" in found.failure.message
