"""Usual losses have the formulas of a textbook, and sources that hold for any labels."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_mini as ag


def linear(m: int, k: int, seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {
        "W": rng.normal(size=(3, k)),
        "X": rng.normal(size=(m, 3)),
        "y": rng.integers(k, size=m),
        "Y": (rng.random((m, k)) > 0.5) * 1.0,
    }


def chosen_probability(Z: Any, y: Any) -> Any:
    P = ag.softmax(Z)
    P.name = "P"
    return -np.mean(np.log(P[np.arange(len(y)), y]))


def in_columns(Z: Any, y: Any) -> Any:
    A = ag.softmax(Z.T, axis=0)
    A.name = "A"
    return -np.sum(np.log(A[y, np.arange(len(y))])) / len(y)


def hinge(Z: Any, y: Any) -> Any:
    right = Z[np.arange(len(y)), y]
    return np.mean(np.sum(np.maximum(0, Z - right[:, None] + 1), axis=1))


def numbered_by_a_range(Z: Any, y: Any) -> Any:
    P = ag.softmax(Z)
    P.name = "P"
    return -np.mean(np.log(P[range(len(y)), y]))


def log_softmax(Z: Any, y: Any) -> Any:
    return -np.mean(ag.log_softmax(Z, axis=1)[np.arange(len(y)), y])


LOSSES: dict[str, tuple[Callable[[Any, Any], Any], str]] = {
    "cross_entropy": (ag.cross_entropy, "dZ = (softmax(Z) - onehot({y})) / m"),
    "probabilities": (chosen_probability, "dZ = (P - onehot({y})) / m"),
    "range": (numbered_by_a_range, "dZ = (P - onehot({y})) / m"),
    "logarithms": (log_softmax, "dZ = (softmax(Z) - onehot({y})) / m"),
    "columns": (in_columns, ""),
    "hinge": (hinge, ""),
}


def recorded(loss: Any, given: dict[str, Any], named: bool) -> tuple[Any, Any]:
    W = ag.tensor(given["W"], requires_grad=True, name="W")
    Z = ag.tensor(given["X"], name="X") @ W
    Z.name = "Z"
    return loss(Z, ag.tensor(given["y"], name="y") if named else given["y"]), W


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("name", LOSSES)
def test_losses_of_integer_labels(name: str, named: bool) -> None:
    loss, formula = LOSSES[name]
    J, W = recorded(loss, linear(6, 4, 0), named)
    d = ag.derive(J, wrt=[W])
    called = "y" if named else "labels"
    assert formula.format(y=called) in d.text.splitlines() or not formula
    assert set(d.constants) == {"X", called}
    names: dict[str, Any] = {}
    exec(d.source, names)
    assert list(inspect.signature(names["gradients"]).parameters) == ["W", "X", called]
    for m, k in ((6, 4), (9, 4), (5, 7), (6, 2)):
        given = linear(m, k, seed=m)
        J, W = recorded(loss, given, named)
        J.backward()
        try:
            found = names["gradients"](given["W"], given["X"], given["y"])
        except ValueError:
            assert name == "hinge"
            continue
        np.testing.assert_allclose(found["dW"], W.grad.numpy(), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("named", [True, False])
def test_binary_cross_entropy_is_the_error(named: bool) -> None:
    given = linear(6, 1, 0)
    W = ag.tensor(given["W"], requires_grad=True, name="W")
    Z = ag.tensor(given["X"], name="X") @ W
    Z.name = "Z"
    A = ag.sigmoid(Z)
    A.name = "A"
    J = ag.binary_cross_entropy(A, ag.tensor(given["Y"], name="Y") if named else given["Y"])
    d = ag.derive(J, wrt=[W])
    called = "Y" if named else "x1"
    assert d.text.splitlines()[-2:] == [f"dZ = (A - {called}) / m", "dW = X.T @ dZ"]
    assert "expect(" not in d.source
    assert "mask" not in d.source


def test_a_maximum_has_a_step_for_a_slope_and_says_what_it_is_at_the_kink() -> None:
    Z = ag.tensor([[-1.0, 0.0, 2.0]], requires_grad=True, name="Z")
    A = np.maximum(Z, 0)
    A.name = "A"
    J = np.sum(A**2 + 3 * A)
    d = ag.derive(J)
    assert "dZ = dA * (Z > 0)" in d.text
    assert r"\left(Z > 0\right)" in d.latex
    assert "slope is 1/2" in d.steps[-1].reason
    names: dict[str, Any] = {}
    exec(d.source, names)
    J.backward()
    np.testing.assert_array_equal(names["gradients"](Z.detach().numpy())["dZ"], Z.grad.numpy())


def test_names_of_several_letters_stand_apart() -> None:
    w = ag.tensor([1.0, 2.0], requires_grad=True, name="w")
    lam = ag.tensor(0.1, name="lam")
    d = ag.derive(lam * np.sum(w**2), wrt=[w])
    assert r"2 \, \mathit{lam} \, w" in d.latex


@pytest.mark.parametrize("size", [1e-200, 5e-324, 1e-162, 1e150])
def test_numbers_of_any_size_are_derived_and_drawn(size: float) -> None:
    x = ag.tensor([size, 2.0], requires_grad=True, name="x")
    J = np.sum(x * size + np.array([size, 1.0]) * x) + np.sum(x + size)
    d = ag.derive(J)
    assert "dx" in d.text + d.latex + d.source
    g = ag.graph(J).backward()
    assert "x" in g.to_text() + g.to_svg() + g.to_latex()
