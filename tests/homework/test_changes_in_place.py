"""A gradient that is changed in place is what it is afterwards: no mistake by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from nets.homework.inspecting import Request, inspect
from nets.homework.results import Study

TWO_LAYERS = """
import numpy as np

def forward(X, W1, b1, W2, b2):
    z1 = X @ W1 + b1
    h1 = np.maximum(0, z1)
    z2 = h1 @ W2 + b2
    a2 = 1 / (1 + np.exp(-z2))
    return z1, h1, z2, a2

def cost(a2, Y):
    return -np.mean(Y * np.log(a2) + (1 - Y) * np.log(1 - a2))

def backward(X, Y, W2, z1, h1, a2):
    m = X.shape[0]
    dz2 = (a2 - Y) / m
    dW2 = h1.T @ dz2
    db2 = dz2.sum(axis=0)
    dh1 = dz2 @ W2.T
    {in_place}
    dW1 = X.T @ dh1
    db1 = dh1.sum(axis=0){wrong}
    return dW1, db1, dW2, db2
"""

TANH = TWO_LAYERS.replace("np.maximum(0, z1)", "np.tanh(z1)")

LAYERS = """
import numpy as np

class Dense:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)
        self.b = np.zeros((1, n_out))

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, grad):
        self.dW = self.x.T @ grad
        self.db = grad.sum(axis=0, keepdims=True)
        return grad @ self.W.T

class Tanh:
    def forward(self, x):
        self.out = np.tanh(x)
        return self.out

    def backward(self, grad):
        return grad * (1 - self.out ** 2)

def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)

def cross_entropy(p, y):
    return -np.log(p[np.arange(len(y)), y]).mean()

class Network:
    def __init__(self):
        self.layers = [Dense(4, 10), Tanh(), Dense(10, 6), Tanh(), Dense(6, 3)]

    def forward(self, x):
        for l in self.layers:
            x = l.forward(x)
        return softmax(x)

    def backward(self, p, y):
        g = p.copy()
        g[np.arange(len(y)), y] -= 1
        g /= len(y)
        for l in reversed(self.layers):
            g = l.backward(g)
"""

SUMMED = """
import numpy as np

def calculate_loss(model, X, y):
    W1, b1, W2, b2 = model["W1"], model["b1"], model["W2"], model["b2"]
    z1 = X.dot(W1) + b1
    a1 = np.tanh(z1)
    z2 = a1.dot(W2) + b2
    exp_scores = np.exp(z2)
    probs = exp_scores / np.sum(exp_scores, axis=1, keepdims=True)
    data_loss = np.sum(-np.log(probs[range(len(X)), y]))
    data_loss += reg_lambda / 2 * (np.sum(np.square(W1)) + np.sum(np.square(W2)))
    return 1.0 / len(X) * data_loss

reg_lambda = 0.01

def gradients(model, X, y):
    W1, b1, W2, b2 = model["W1"], model["b1"], model["W2"], model["b2"]
    z1 = X.dot(W1) + b1
    a1 = np.tanh(z1)
    z2 = a1.dot(W2) + b2
    exp_scores = np.exp(z2)
    probs = exp_scores / np.sum(exp_scores, axis=1, keepdims=True)
    delta3 = probs
    delta3[range(len(X)), y] -= 1
    dW2 = (a1.T).dot(delta3)
    db2 = np.sum(delta3, axis=0, keepdims=True)
    delta2 = delta3.dot(W2.T) * (1 - np.power(a1, 2))
    dW1 = np.dot(X.T, delta2)
    db1 = np.sum(delta2, axis=0)
    dW2 += reg_lambda * W2
    dW1 += reg_lambda * W1
    return {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}
"""


def studied(text: str, folder: Path) -> Study:
    """Return what is found in a file with one backward pass."""
    file = folder / "mine.py"
    file.write_text(text)
    found = inspect(Request(str(file)))
    assert found.failure is None, found.failure
    (study,) = found.studies
    return study


def wrong(study: Study) -> dict[str, int | None]:
    """Return the lines of what is wrong by itself, by name."""
    return {
        row.name: row.line for row in study.rows if row.verdict == "wrong" and not row.inherited
    }


def line_of(part: str, text: str) -> int:
    return next(k for k, line in enumerate(text.split("\n"), 1) if part in line)


@pytest.mark.parametrize(
    ("source", "in_place"),
    [
        (TWO_LAYERS, "dh1[z1 <= 0] = 0"),
        (TWO_LAYERS, "dh1 *= z1 > 0"),
        (TWO_LAYERS, "dh1 = dh1 * (h1 > 0)"),
        (TANH, "dh1 *= 1 - h1**2"),
    ],
)
@pytest.mark.parametrize("value", ["h1", "a1"])
def test_a_slope_that_is_put_in_in_place_is_no_mistake(
    source: str, in_place: str, value: str, tmp_path: Path
) -> None:
    text = source.replace("{in_place}", in_place).replace("h1", value)
    assert studied(text.replace("{wrong}", ""), tmp_path).ok
    text = text.replace("{wrong}", " / m")
    assert wrong(studied(text, tmp_path)) == {"db1": line_of("db1 = ", text)}


@pytest.mark.parametrize("in_place", ["dh1[z1 >= 0] = 0", "dh1[h1 > 0] = 0"])
def test_a_wrong_mask_is_found_where_it_is_applied(in_place: str, tmp_path: Path) -> None:
    text = TWO_LAYERS.replace("{in_place}", in_place).replace("{wrong}", "")
    study = studied(text, tmp_path)
    assert next(iter(wrong(study).values())) == line_of(in_place, text)


def test_an_output_gradient_that_is_made_in_place_is_no_mistake(tmp_path: Path) -> None:
    assert studied(LAYERS, tmp_path).ok
    text = LAYERS.replace("(1 - self.out ** 2)", "(1 - self.out)")
    lines = set(wrong(studied(text, tmp_path)).values())
    assert lines == {line_of("(1 - self.out)", text)}


@pytest.mark.parametrize("slope", ["(1 - np.power(z1, 2))", "a1 * (1 - a1)"])
def test_gradients_of_the_sum_are_a_convention_beside_a_mistake(slope: str, tmp_path: Path) -> None:
    assert studied(SUMMED, tmp_path).ok
    text = SUMMED.replace("(1 - np.power(a1, 2))", slope)
    study = studied(text, tmp_path)
    assert wrong(study) == {"delta2": line_of("delta2 = ", text)}
