"""The chain rule is a product: what comes in is missing where dZ is the derivative alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from nets.homework.inspecting import Request, inspect
from nets.homework.results import Finding

NET = """\
import numpy as np
def sigmoid_backward(dA, A):
    return dA * A * (1 - A)
def relu_backward(dA, Z):
    dZ = np.array(dA, copy=True)
    dZ[Z <= 0] = 0
    return dZ
def forward(X, parameters):
    W1, b1, W2, b2 = (parameters[key] for key in ("W1", "b1", "W2", "b2"))
    Z1 = W1 @ X + b1
    A1 = np.maximum(0, Z1)
    Z2 = W2 @ A1 + b2
    A2 = 1 / (1 + np.exp(-Z2))
    return A2, {"Z1": Z1, "A1": A1, "Z2": Z2, "A2": A2}
def compute_cost(A2, Y):
    return -np.mean(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))
def backward(parameters, cache, X, Y):
    m = X.shape[1]
    A1, A2 = cache["A1"], cache["A2"]
    dA2 = -(Y / A2 - (1 - Y) / (1 - A2))
    dZ2 = sigmoid_backward(dA2, A2)
    dW2 = dZ2 @ A1.T / m
    db2 = dZ2.sum(axis=1, keepdims=True) / m
    dA1 = parameters["W2"].T @ dZ2
    dZ1 = relu_backward(dA1, cache["Z1"])
    dW1 = dZ1 @ X.T / m
    db1 = dZ1.sum(axis=1, keepdims=True) / m
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}
"""


def found_in(text: str, folder: Path) -> Finding:
    """Return what is said of the first wrong gradient."""
    path = folder / "mine.py"
    path.write_text(text, encoding="utf-8")
    (study,) = inspect(Request(str(path))).studies
    root = next(row for row in study.rows if row.verdict == "wrong" and not row.inherited)
    assert root.diagnosis is not None
    return root.diagnosis


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("return dA * A * (1 - A)", "return A * (1 - A)"),
        ("    dZ[Z <= 0] = 0\n", "    dZ[Z <= 0] = 0\n    dZ[Z > 0] = 1\n"),
        ("dZ1 = relu_backward(dA1, cache['Z1'])".replace("'", '"'), "dZ1 = 1.0 * (A1 > 0)"),
    ],
)
def test_the_derivative_alone_lacks_the_gradient_that_comes_in(
    right: str, wrong: str, tmp_path: Path
) -> None:
    assert right in NET
    text = NET.replace(right, wrong)
    finding = found_in(text, tmp_path)
    assert finding.code == "missing_incoming_gradient"
    last = wrong.strip().splitlines()[-1].strip()
    assert finding.line is not None
    assert abs(finding.line - 1 - [e.strip() for e in text.splitlines()].index(last)) <= 1


def test_a_mask_of_something_else_is_not_taken_for_the_derivative(tmp_path: Path) -> None:
    call = 'relu_backward(dA1, cache["Z1"])'
    assert found_in(NET.replace(call, "1.0 * (dA1 > 0)"), tmp_path).code == "other"
