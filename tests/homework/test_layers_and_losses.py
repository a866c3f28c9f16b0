"""A list of layers at module level, and a class for the loss beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

from nets.homework.inspecting import Request, inspect
from nets.homework.results import Study
from tests.homework.test_signs import line_of

LAYERS = """\
import numpy as np
class Dense:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out) * np.sqrt(2 / n_in)
        self.b = np.zeros(n_out)
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, grad, lr):
        grad_input = grad @ self.W.T
        grad_W = self.x.T @ grad
        grad_b = grad.sum(axis=0)
        self.W -= lr * grad_W
        self.b -= lr * grad_b
        return grad_input
class ReLU:
    def forward(self, x):
        self.mask = x > 0
        return x * self.mask
    def backward(self, grad, lr):
        return grad * self.mask
class Sigmoid:
    def forward(self, x):
        self.out = 1 / (1 + np.exp(-x))
        return self.out
    def backward(self, grad, lr):
        return grad * self.out * (1 - self.out)
class MSE:
    def forward(self, pred, target):
        return np.mean((pred - target) ** 2)
    def backward(self, pred, target):
        return 2 * (pred - target) / pred.size
network = [Dense(2, 8), ReLU(), Dense(8, 6), ReLU(), Dense(6, 1), Sigmoid()]
loss = MSE()
X = np.random.randn(20, 2)
Y = (X[:, :1] > 0).astype(float)
for epoch in range(100):
    out = X
    for layer in network:
        out = layer.forward(out)
    grad = loss.backward(out, Y)
    for layer in reversed(network):
        grad = layer.backward(grad, 0.1)
"""


def judged(tmp_path: Path, text: str) -> Study:
    file = tmp_path / "mine.py"
    file.write_text(text)
    found = inspect(Request(str(file)))
    assert found.failure is None, found.failure
    [study] = found.studies
    return study


def test_a_class_for_the_loss_is_no_network(tmp_path: Path) -> None:
    study = judged(tmp_path, LAYERS)
    assert (study.ok, study.forward) == (True, "forward_lines")


def test_a_learning_rate_that_is_handed_over_as_a_number_scales_nothing(tmp_path: Path) -> None:
    for rate in ("0.1", "0.025", "lr=0.1"):
        study = judged(tmp_path, LAYERS.replace("(grad, 0.1)", f"(grad, {rate})"))
        assert {row.verdict for row in study.rows} == {"ok"}


def test_the_cost_is_that_of_the_loss_where_the_loop_computes_it(tmp_path: Path) -> None:
    backward = "    grad = loss.backward"
    study = judged(
        tmp_path, LAYERS.replace(backward, f"    cost = loss.forward(out, Y)\n{backward}")
    )
    assert (study.ok, study.cost) == (True, "forward_lines")


@pytest.mark.parametrize(
    ("right", "wrong", "code"),
    [
        ("return grad * self.mask", "return grad * 1", "missing_activation_derivative"),
        ("grad_W = self.x.T @ grad", "grad_W = self.x.T @ grad / len(self.x)", "scale"),
        ("grad_b = grad.sum(axis=0)", "grad_b = grad.mean(axis=0)", "scale"),
        ("grad_b = grad.sum(axis=0)", "grad_b = grad.sum()", "wrong_axis"),
    ],
)
def test_a_mistake_in_a_layer_is_found_on_its_line(
    tmp_path: Path, right: str, wrong: str, code: str
) -> None:
    text = LAYERS.replace(right, wrong)
    study = judged(tmp_path, text)
    first = next(row for row in study.rows if row.verdict == "wrong" and not row.inherited)
    assert first.diagnosis is not None
    assert (first.diagnosis.code, first.diagnosis.line) == (code, line_of(text, wrong))
