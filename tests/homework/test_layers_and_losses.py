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


def test_the_cost_is_what_the_loss_computes_whose_derivative_backward_begins_with(
    tmp_path: Path,
) -> None:
    text = LAYERS.replace("return grad * self.mask", "return 0.5 * grad * self.mask")
    study = judged(tmp_path, text)
    assert study.cost == "forward_lines"
    [line] = {row.line for row in study.rows if row.verdict == "wrong" and not row.inherited}
    assert line == line_of(text, "return 0.5 * grad * self.mask")


FUNCTIONS = (
    LAYERS.replace("class MSE:\n", "")
    .replace("    def forward(self, pred, target):\n        ret", "def mse(pred, target):\n    ret")
    .replace(
        "    def backward(self, pred, target):\n        return 2",
        "def mse_prime(pred, target):\n    return 2",
    )
    .replace("loss = MSE()\n", "")
    .replace("loss.backward(", "mse_prime(")
)


def test_the_cost_is_the_function_whose_derivative_backward_begins_with(tmp_path: Path) -> None:
    assert judged(tmp_path, FUNCTIONS).ok
    text = FUNCTIONS.replace("return 2 * (pred - target)", "return 2 * (pred + target)")
    study = judged(tmp_path, text)
    assert study.cost == "forward_lines"
    assert not study.ok


HANDED = LAYERS.partition("network = ")[0]
for old, new in (
    ("(self, grad, lr)", "(self, grad)"),
    ("self.W -= lr * grad_W", "self.dW = grad_W"),
    ("self.b -= lr * grad_b", "self.db = grad_b"),
    ("        return np.mean(", "        self.off = pred - target\n        return np.mean("),
    (
        "    def backward(self, pred, target):\n",
        "    def backward(self):\n        off = self.off\n",
    ),
    ("2 * (pred - target) / pred.size", "2 * off / off.size"),
):
    HANDED = HANDED.replace(old, new)
NETWORK = """\
class Network:
    def __init__(self, layers, loss):
        self.layers, self.loss = layers, loss
    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x
    def compute_loss(self, pred, y):
        return self.loss.forward(pred, y)
    def backward(self):
        grad = self.loss.backward()
        for layer in reversed(self.layers):
            grad = layer.backward(grad)
"""
MADE = [
    "net = Network([Dense(2, 5), ReLU(), Dense(5, 1), Sigmoid()], MSE())\n",
    "layers = [Dense(2, 5), ReLU(), Dense(5, 1)]\nloss = MSE()\nnet = Network(layers, loss)\n",
    "def main():\n  n = Network(loss=MSE(), layers=[Dense(2, 5), ReLU(), Dense(5, 1)])\n",
]


@pytest.mark.parametrize("made", MADE)
def test_a_network_is_made_of_the_layers_and_the_loss_that_the_file_hands_it(
    tmp_path: Path, made: str
) -> None:
    text = HANDED + NETWORK + made
    assert judged(tmp_path, text).ok
    wrong = text.replace("return grad * self.mask", "return grad * (grad > 0)")
    study = judged(tmp_path, wrong)
    first = next(row for row in study.rows if row.verdict == "wrong" and not row.inherited)
    assert first.line == line_of(wrong, "return grad * (grad > 0)")


ONE_BY_ONE = """\
class Net:
    def __init__(self, n_in, n_hidden, n_out):
        self.fc1, self.act = Dense(n_in, n_hidden), ReLU()
        self.fc2, self.out = Dense(n_hidden, n_out), Sigmoid()
        self.criterion = MSE()
    def forward(self, x):
        return self.out.forward(self.fc2.forward(self.act.forward(self.fc1.forward(x))))
    def loss(self, x, y):
        return self.criterion.forward(self.forward(x), y)
    def backward(self):
        g = self.criterion.backward()
        g = self.out.backward(g)
        g = self.fc2.backward(g)
        g = self.act.backward(g)
        self.fc1.backward(g)
"""


@pytest.mark.parametrize("wrong", ["return grad", "return 0.5 * grad * self.mask"])
def test_a_mistake_is_in_the_layer_that_makes_it_where_the_cost_runs_forward_again(
    tmp_path: Path, wrong: str
) -> None:
    text = (HANDED + ONE_BY_ONE).replace("return grad * self.mask", wrong + "  # here")
    study = judged(tmp_path, text)
    lines = {row.line for row in study.rows if row.verdict == "wrong" and not row.inherited}
    assert lines == {line_of(text, "# here")}


BESIDE = """\
class Combined:
    def __init__(self):
        self.activation, self.loss = Sigmoid(), MSE()
    def forward(self, inputs, y_true):
        return self.loss.forward(self.activation.forward(inputs), y_true)
    def backward(self, dvalues, y_true):
        return dvalues - y_true
"""


def test_a_class_that_is_an_activation_and_a_loss_is_no_network(tmp_path: Path) -> None:
    study = judged(tmp_path, LAYERS.replace("network =", f"{BESIDE}network =", 1))
    assert (study.ok, study.forward) == (True, "forward_lines")
