"""Which factor of all gradients somebody chooses, and which one is a mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from nets.homework.inspecting import Request, inspect
from nets.homework.results import Study

CLASSES = """
import numpy as np

def softmax(Z):
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    return E / E.sum(axis=1, keepdims=True)

def forward(X, W1, b1, W2, b2):
    Z1 = X @ W1 + b1
    A1 = np.tanh(Z1)
    Z2 = A1 @ W2 + b2
    A2 = softmax(Z2)
    return A1, A2

def cost(A2, Y):
    return -np.sum(Y * np.log(A2)) / Y.shape[0]

def backward(X, Y, A1, A2, W2):
    dZ2 = {factor}
    dW2 = A1.T @ dZ2
    db2 = np.sum(dZ2, axis=0)
    dZ1 = dZ2 @ W2.T * (1 - A1**2)
    dW1 = X.T @ dZ1
    db1 = np.sum(dZ1, axis=0)
    return dW1, db1, dW2, db2
"""


def studied(factor: str, folder: Path) -> Study:
    """Return what is found where all gradients have a factor."""
    file = folder / "mine.py"
    file.write_text(CLASSES.replace("{factor}", factor))
    found = inspect(Request(str(file)))
    assert found.failure is None, found.failure
    (study,) = found.studies
    return study


@pytest.mark.parametrize(
    "factor",
    [
        "A2 - Y",
        "(A2 - Y) / Y.size",
        "(A2 - Y) / (2 * Y.shape[0])",
        "2 * (A2 - Y)",
        "2 * (A2 - Y) / Y.size",
    ],
)
def test_a_sum_for_a_mean_and_a_two_are_conventions(factor: str, tmp_path: Path) -> None:
    study = studied(factor, tmp_path)
    assert study.ok
    assert {row.verdict for row in study.rows} == {"convention"}


@pytest.mark.parametrize(
    "factor",
    [
        "(A2 - Y) / Y.shape[1]",
        "(A2 - Y) / 3",
        "(A2 - Y) * Y.shape[1] / Y.shape[0] ** 2",
        "4 * (A2 - Y) / Y.shape[0]",
        "(A2 - Y) / Y.shape[0] ** 2 * Y.shape[1]",
    ],
)
def test_a_factor_that_nobody_chooses_is_a_mistake(factor: str, tmp_path: Path) -> None:
    study = studied(factor, tmp_path)
    first = next(row for row in study.rows if row.name == study.first_wrong)
    assert (first.name, first.line) == ("dZ2", 19)
    assert first.diagnosis is not None
    assert first.diagnosis.code in ("scale", "wrong_output_gradient")


LAYERS = """
import numpy as np

class Affine:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        self.x = x
        return np.dot(x, self.W) + self.b

    def backward(self, dout):
        dx = np.dot(dout, self.W.T)
        self.dW = np.dot(self.x.T, dout)
        self.db = np.sum(dout, axis=0)
        return dx

class Sigmoid:
    def forward(self, x):
        self.out = 1 / (1 + np.exp(-x))
        return self.out

    def backward(self, dout):
        return dout * (1.0 - self.out) * self.out

class SoftmaxWithLoss:
    def forward(self, x, t):
        self.t = t
        e = np.exp(x - np.max(x, axis=1, keepdims=True))
        self.y = e / np.sum(e, axis=1, keepdims=True)
        return -np.sum(t * np.log(self.y + 1e-7)) / len(x)

    def backward(self, dout=1):
        return (self.y - self.t) / self.t.shape[0]

class TwoLayerNet:
    def __init__(self, input_size, hidden_size, output_size):
        self.params = {}
        self.params["W1"] = 0.01 * np.random.randn(input_size, hidden_size)
        self.params["b1"] = np.zeros(hidden_size)
        self.params["W2"] = 0.01 * np.random.randn(hidden_size, output_size)
        self.params["b2"] = np.zeros(output_size)
        self.affine1 = Affine(self.params["W1"], self.params["b1"])
        self.sig1 = Sigmoid()
        self.affine2 = Affine(self.params["W2"], self.params["b2"])
        self.last = SoftmaxWithLoss()

    def predict(self, x):
        return self.affine2.forward(self.sig1.forward(self.affine1.forward(x)))

    def loss(self, x, t):
        return self.last.forward(self.predict(x), t)

    def gradient(self, x, t):
        self.loss(x, t)
        dout = self.affine2.backward(self.last.backward(1))
        dout = self.sig1.backward(dout)
        self.affine1.backward(dout)
        grads = {"W1": self.affine1.dW, "b1": self.affine1.db}
        grads["W2"], grads["b2"] = self.affine2.dW, self.affine2.db
        return grads
"""


def test_a_wrong_factor_is_told_where_it_comes_in(tmp_path: Path) -> None:
    file = tmp_path / "layers.py"
    file.write_text(LAYERS)
    assert inspect(Request(str(file))).exit_status == 0
    file.write_text(LAYERS.replace("self.t.shape[0]", "self.t.shape[1]"))
    (study,) = inspect(Request(str(file))).studies
    found = next(row.diagnosis for row in study.rows if row.name == study.first_wrong)
    assert found is not None
    assert found.code == "scale"
    lines = LAYERS.split("\n")
    assert found.line is not None
    assert "self.t.shape[0]" in lines[found.line - 1]
