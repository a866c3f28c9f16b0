"""Each line of a text is NumPy, over what the forward pass has named and the lines before it."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import autograd_mini as ag
from autograd_mini.formulas.helpers import HELPERS
from tests.derive.models import MODELS, Parameters, named, record

FORMS = {
    "layer norm in one line": lambda p: np.sum(p.new("w", 5) * _normalised(p.new("x", 4, 5))),
    "hinge": lambda p: -np.sum(np.maximum(0, 1 - p.new("w", 4) * p.data("y", 4)) ** 2),
    "cross product": lambda p: np.sum(np.sin(np.cross(p.new("x", 5, 3)[None], p.data("y", 5, 3)))),
}


def _normalised(x: Any) -> Any:
    centred = x - np.mean(x, axis=-1, keepdims=True)
    return named("xhat", centred / np.sqrt(np.var(x, axis=-1, keepdims=True) + 1e-3))


def in_turn(J: Any, p: Parameters) -> dict[str, Any]:
    """Evaluate the lines one after the other; return what they made."""
    graph = ag.graph(J)
    values = graph.evaluate({})
    d = ag.derive(J, wrt=list(p.values()))
    names: dict[str, Any] = {"np": np, **d.constants}
    for helper in HELPERS.values():
        exec(helper, names)
    names |= {node.name: np.asarray(value) for node, value in values.items() if node.name}
    names |= {name: t.numpy() for name, t in p.given.items()}
    counted = re.search(r"^    m = (.*)$", d.source, re.MULTILINE)
    if counted:
        names["m"] = eval(counted[1], names)
    for line in d.text.splitlines():
        name, _, expression = line.partition(" = ")
        names[name] = eval(expression, names)
    return names


@pytest.mark.parametrize("name", [*MODELS, *FORMS])
def test_the_lines_compute_the_gradients(name: str) -> None:
    p = Parameters()
    J = FORMS[name](p) if name in FORMS else None
    if J is None:
        J, p = record(name)
    found = in_turn(J, p)
    J.backward()
    for each, t in p.items():
        right = t.grad.numpy()
        np.testing.assert_allclose(
            found[f"d{each}"], right, rtol=1e-11, atol=1e-12 * max(1.0, np.abs(right).max())
        )
