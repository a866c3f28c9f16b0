"""A mistake inside a helper for a derivative is found there, and one of its caller at the call."""

from __future__ import annotations

from pathlib import Path

import pytest

from nets.homework.inspecting import Request, inspect
from nets.homework.results import Finding
from tests.homework.test_signs import line_of

NET = """\
import numpy as np
def sigmoid(z):
    return 1 / (1 + np.exp(-z))
def sigmoid_derivative(x):
    s = sigmoid(x)
    return s * (1 - s)
def relu_prime(z):
    return np.where(z > 0, 1.0, 0.0)
class Net:
    def __init__(self, n_in, n_hidden, n_out):
        self.W1 = np.random.randn(n_in, n_hidden)
        self.b1 = np.zeros((1, n_hidden))
        self.W2 = np.random.randn(n_hidden, n_hidden)
        self.b2 = np.zeros((1, n_hidden))
        self.W3 = np.random.randn(n_hidden, n_out)
        self.b3 = np.zeros((1, n_out))
    def forward(self, X):
        self.z1 = X @ self.W1 + self.b1
        self.a1 = np.maximum(0, self.z1)
        self.z2 = self.a1 @ self.W2 + self.b2
        self.a2 = np.maximum(0, self.z2)
        self.z3 = self.a2 @ self.W3 + self.b3
        self.a3 = sigmoid(self.z3)
        return self.a3
    def loss(self, y):
        return np.mean((self.a3 - y) ** 2)
    def backward(self, X, y):
        d_out = 2 * (self.a3 - y) / y.size
        delta3 = d_out * sigmoid_derivative(self.z3)
        self.dW3 = self.a2.T @ delta3
        self.db3 = np.sum(delta3, axis=0, keepdims=True)
        delta2 = delta3 @ self.W3.T * relu_prime(self.z2)
        self.dW2 = self.a1.T @ delta2
        self.db2 = np.sum(delta2, axis=0, keepdims=True)
        delta1 = delta2 @ self.W2.T * relu_prime(self.z1)
        self.dW1 = X.T @ delta1
        self.db1 = np.sum(delta1, axis=0, keepdims=True)
"""


def first_wrong(tmp_path: Path, text: str) -> Finding:
    file = tmp_path / "mine.py"
    file.write_text(text)
    [study] = inspect(Request(str(file))).studies
    roots = [row for row in study.rows if row.verdict == "wrong" and not row.inherited]
    assert roots[0].diagnosis is not None
    return roots[0].diagnosis


@pytest.mark.parametrize(
    ("right", "wrong", "codes"),
    [
        ("return s * (1 - s)", "return 1 * s", {"wrong_activation_derivative"}),
        ("return s * (1 - s)", "return s * (1 + s)", {"wrong_activation_derivative"}),
        ("return s * (1 - s)", "return 1 - s**2", {"wrong_activation_derivative"}),
        ("return s * (1 - s)", "return s * (1 - s) ** 2", {"other"}),
        ("np.where(z > 0, 1.0, 0.0)", "np.where(z > 0, z, 0.0)", {"wrong_activation_derivative"}),
        ("np.where(z > 0, 1.0, 0.0)", "np.where(z > 0, 0.0, 1.0)", {"wrong_activation_derivative"}),
        ("np.where(z > 0, 1.0, 0.0)", "np.ones_like(z)", {"missing_activation_derivative"}),
    ],
)
def test_a_helper_that_is_no_derivative_is_wrong_itself(
    tmp_path: Path, right: str, wrong: str, codes: set[str]
) -> None:
    text = NET.replace(right, wrong)
    found = first_wrong(tmp_path, text)
    assert (found.code in codes, found.line) == (True, line_of(text, wrong))


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("sigmoid_derivative(self.z3)", "sigmoid_derivative(self.a3)"),
        ("sigmoid_derivative(self.z3)", "relu_prime(self.z3)"),
        ("relu_prime(self.z2)", "relu_prime(self.z1)"),
        ("relu_prime(self.z2)", "sigmoid_derivative(self.z2)"),
    ],
)
def test_a_helper_that_is_right_is_called_wrongly(tmp_path: Path, right: str, wrong: str) -> None:
    lines = NET.split("\n")
    at = next(k for k, line in enumerate(lines) if right in line)
    lines[at] = lines[at].replace(right, wrong)
    assert first_wrong(tmp_path, "\n".join(lines)).line == at + 1


def test_one_unit_does_not_prove_the_line_of_its_bias_right(tmp_path: Path) -> None:
    """Summed over everything is right for one unit: the line is wrong for all of them."""
    text = NET.replace("np.sum(delta3, axis=0, keepdims=True)", "summed(delta3)")
    text = text.replace("np.sum(delta2, axis=0, keepdims=True)", "summed(delta2)")
    text = text.replace("np.sum(delta1, axis=0, keepdims=True)", "summed(delta1)")
    text = text.replace(
        "class Net", "def summed(delta):\n    db = np.sum(delta)\n    return db\nclass Net"
    )
    found = first_wrong(tmp_path, text)
    assert (found.code, found.line) == ("wrong_axis", line_of(text, "db = np.sum(delta)"))
