"""One entry worked out in numbers is what the formula says, and comes to the value."""

import math

import numpy as np
import pytest

import autograd_mini as ag
from autograd_mini.draw.entry import foremost, worked_out
from autograd_mini.draw.notation import plain

from .networks import attention, expression, network, recurrent

FUNCTIONS = {
    "log": np.log, "exp": np.exp, "tanh": np.tanh, "sin": np.sin, "cos": np.cos,
    "relu": lambda x: max(x, 0.0), "σ": lambda x: 1 / (1 + math.exp(-x)), "maximum": max,
}  # fmt: skip


def computed(text):
    """Read a formula over numbers back."""
    for sign, python in {"−": "-", "·": "*", "²": "**2", "³": "**3", "√": "math.sqrt"}.items():
        text = text.replace(sign, python)
    return float(eval(text, {"math": math, **FUNCTIONS}))


def entries(graph):
    """Yield name, formula and value of one entry of each step."""
    picture = ag.draw(graph)
    values = picture._values
    for box in picture.view.boxes.values():
        if box.formula:
            value = values.of(box.node)
            index = foremost(value)
            made = worked_out(box.node, box.interior, values.of, index)
            yield box.name, plain(made), float(np.asarray(value)[index])


@pytest.mark.parametrize(
    "make",
    [
        lambda: network([3, 4, 1], "tanh", m=4)[0],
        lambda: network([2, 3, 1], "relu", m=3)[0],
        lambda: recurrent(3),
        attention,
        expression,
    ],
)
def test_what_is_worked_out_comes_to_the_value(make):
    worked = 0
    for name, text, value in entries(ag.graph(make()).backward()):
        if text and "…" not in text:
            assert computed(text) == pytest.approx(value, rel=0.05), (name, text)
            worked += 1
    assert worked >= 3


@pytest.mark.parametrize(
    ("f", "expected"),
    [
        (lambda x: x @ x.T, "3 · 3 + 4 · 4"),
        (lambda x: np.sum(x, axis=0), "2 + 4"),
        (lambda x: np.sum(x, axis=1, keepdims=True) - 1.0, "3 + 4 − 1"),
        (lambda x: np.mean(x, axis=1), "(3 + 4) / 2"),
        (lambda x: x.reshape(4).reshape(2, 2).T * 2.0, "4 · 2"),
        (lambda x: np.where(x > 1, x, 0.0), "4"),
        (lambda x: x - x[0], "3 − 1"),
        (lambda x: ag.softmax(x), ""),
    ],
)
def test_an_entry_is_written_over_the_entries_it_is_made_of(f, expected):
    x = ag.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True, name="x")
    y = f(x)
    y.name = "y"
    ((_, text, _),) = entries(ag.graph(y))
    assert text == expected


def test_long_sums_are_cut_short():
    x = ag.tensor(np.arange(1.0, 21.0)[None], requires_grad=True, name="x")
    y = x @ x.T
    y.name = "y"
    ((_, text, _),) = entries(ag.graph(y))
    assert text == "1 + 2 · 2 + … + 20 · 20"
