"""Short names that mean one thing in one place: weights in ``p``, units ``h1`` and ``h2``."""

from __future__ import annotations

from pathlib import Path

import pytest

from nets.homework.inspecting import Request, inspect
from nets.homework.results import Study

IN_P = """\
import numpy as np
def init(n_in=5, n_out=1, h1=4):
    return {'w1': np.random.randn(n_in, h1), 'b1': np.zeros((1, h1)),
            'w2': np.random.randn(h1, n_out), 'b2': np.zeros((1, n_out))}
def forward(p, x):
    a1 = np.tanh(x @ p['w1'] + p['b1'])
    return a1 @ p['w2'] + p['b2'], a1
def mse(yhat, y):
    return 0.5 * np.mean(np.sum((yhat - y) ** 2, axis=1))
def backward(p, x, y, yhat, a1):
    d2 = (yhat - y) / len(y)
    g = {'w2': a1.T @ d2, 'b2': d2.sum(axis=0, keepdims=True)}
    d1 = (d2 @ p['w2'].T) * (1 - a1 ** 2)
    g['w1'] = x.T @ d1
    g['b1'] = d1.sum(axis=0, keepdims=True)
    return g
"""

NUMBERED = """\
import numpy as np
class MLP:
    def __init__(self, d_in, h1, h2, d_out):
        self.W1 = np.random.randn(d_in, h1)
        self.W2 = np.random.randn(h1, h2)
        self.W3 = np.random.randn(h2, d_out)
    def forward(self, x):
        self.x = x
        self.h1 = np.tanh(x @ self.W1)
        self.h2 = np.tanh(self.h1 @ self.W2)
        self.out = self.h2 @ self.W3
        return self.out
    def loss(self, y):
        return 0.5 * np.sum((self.out - y) ** 2) / len(y)
    def backward(self, y):
        d3 = (self.out - y) / len(y)
        self.dW3 = self.h2.T @ d3
        d2 = d3 @ self.W3.T * (1 - self.h2 ** 2)
        self.dW2 = self.h1.T @ d2
        d1 = d2 @ self.W2.T * (1 - self.h1 ** 2)
        self.dW1 = self.x.T @ d1
"""

VECTOR = """\
import numpy as np
def sigmoid(t): return 1 / (1 + np.exp(-t))
def cost(theta, X, y, lam):
    h = sigmoid(X @ theta)
    m = len(y)
    return -(y @ np.log(h) + (1 - y) @ np.log(1 - h)) / m + lam / (2 * m) * np.sum(theta[1:] ** 2)
def gradient(theta, X, y, lam):
    m = len(y)
    grad = X.T @ (sigmoid(X @ theta) - y) / m
    grad[1:] += lam / m * theta[1:]
    return grad
"""


def judged(tmp_path: Path, text: str) -> Study:
    file = tmp_path / "mine.py"
    file.write_text(text)
    found = inspect(Request(str(file)))
    assert found.failure is None, found.failure
    [study] = found.studies
    return study


@pytest.mark.parametrize(
    ("text", "right", "wrong"),
    [
        (IN_P, "(1 - a1 ** 2)", "(1 - a1)"),
        (NUMBERED, "(1 - self.h2 ** 2)", "(1 + self.h2 ** 2)"),
        (VECTOR, "lam / m * theta", "lam * theta"),
    ],
)
def test_what_a_short_name_means_is_seen_by_its_use(
    tmp_path: Path, text: str, right: str, wrong: str
) -> None:
    assert judged(tmp_path, text).ok
    assert right in text
    assert not judged(tmp_path, text.replace(right, wrong)).ok


def test_layers_of_numbered_units_have_different_sizes(tmp_path: Path) -> None:
    shapes = {row.name: row.shape for row in judged(tmp_path, NUMBERED).rows}
    assert shapes["self.dW2"] == (4, 3)
