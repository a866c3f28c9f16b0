"""Backward steps that no network of the file uses are named: a mistake in them would not show."""

import pytest

from tests.homework.test_namesakes import examined

NET = """\
import numpy as np
def sigmoid(z):
    return 1 / (1 + np.exp(-z))
def sigmoid_derivative(a):
    return a * (1 - a)
class Net:
    def __init__(self, n_in, n_hidden, n_out):
        self.W1 = np.random.randn(n_in, n_hidden)
        self.W2 = np.random.randn(n_hidden, n_out)
    def forward(self, X):
        self.X = X
        self.A1 = sigmoid(X @ self.W1)
        return self.A1 @ self.W2
    def loss(self, out, y):
        return 0.5 * np.mean(np.sum((out - y) ** 2, axis=1))
    def backward(self, out, y):
        d = (out - y) / len(y)
        self.dW2 = self.A1.T @ d
        self.dW1 = self.X.T @ (d @ self.W2.T * sigmoid_derivative(self.A1))
"""
STEPS = {
    "Softmax.backward": """\
class Softmax:
    def forward(self, x):
        e = np.exp(x)
        self.out = e / e.sum(axis=1, keepdims=True)
        return self.out
    def backward(self, dout):
        return dout * self.out
""",
    "tanh_derivative": """\
def tanh_derivative(a):
    return 1 - a
""",
    "relu_backward": """\
def relu_backward(dA, Z):
    dZ = dA.copy()
    return dZ
""",
}
NONE = [
    "class Layer:\n    def backward(self, dout):\n        raise NotImplementedError()\n",
    "def check_gradient(f, x):\n    return f(x)\n",
    "def plot_gradient(x):\n    y = x\n",
    "",
]


@pytest.mark.parametrize("name", STEPS)
def test_a_step_that_nothing_uses_is_named(tmp_path, name):
    study = examined(NET + STEPS[name], tmp_path)
    line = len(NET.splitlines()) + (6 if "." in name else 1)
    assert study.ok
    assert [note for note in study.notes if f"{name} (line {line})" in note] != []


@pytest.mark.parametrize("other", NONE)
def test_what_is_used_or_computes_nothing_is_not(tmp_path, other):
    assert examined(NET + other, tmp_path).notes == ()
