"""However the binary cross-entropy of a sigmoid is written, its program is that of the logits."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_mini as ag

M = 7
Z = np.random.default_rng(0).normal(size=(1, M)) * 2
Y = np.array([[0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0]])

WAYS: dict[str, Callable[[Any, Any], Any]] = {
    "mean": lambda A, Y: -np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A)),
    "sum over m": lambda A, Y: -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / M,
    "-1/m times the sum": lambda A, Y: (
        -1 / M * np.sum(np.multiply(Y, np.log(A)) + np.multiply(1 - Y, np.log(1 - A)))
    ),
    "logarithms first": lambda A, Y: -np.mean(np.log(A) * Y + np.log(1 - A) * (1 - Y)),
    "the other half first": lambda A, Y: -np.mean((1 - Y) * np.log(1 - A) + Y * np.log(A)),
    "signs inside": lambda A, Y: np.mean(-Y * np.log(A) - (1 - Y) * np.log(1 - A)),
    "signs of logarithms": lambda A, Y: np.mean(
        np.multiply(-np.log(A), Y) + np.multiply(-np.log(1 - A), 1 - Y)
    ),
    "y - 1": lambda A, Y: np.mean((Y - 1) * np.log(1 - A) - Y * np.log(A)),
    "sum of opposites": lambda A, Y: np.sum(-(Y * np.log(A) + (1 - Y) * np.log(1 - A))) / M,
    "two sums": lambda A, Y: -(np.sum(Y * np.log(A)) + np.sum((1 - Y) * np.log(1 - A))) / M,
    "two means": lambda A, Y: -np.mean(Y * np.log(A)) - np.mean((1 - Y) * np.log(1 - A)),
    "sums that keep axes": lambda A, Y: np.squeeze(
        -np.sum(Y * np.log(A), axis=1, keepdims=True) / M
        - np.sum((1 - Y) * np.log(1 - A), axis=1, keepdims=True) / M * 1.0
    ),
    "products of vectors": lambda A, Y: np.squeeze(
        -1 / M * (np.dot(np.log(A), Y.T) + np.dot(np.log(1 - A), (1 - Y).T))
    ),
    "the other way round": lambda A, Y: np.squeeze(
        (-(Y @ np.log(A).T) - (1 - Y) @ np.log(1 - A).T) / M
    ),
    "flat products": lambda A, Y: (
        -(np.dot(Y[0], np.log(A[0])) + np.dot(1 - Y[0], np.log(1 - A[0]))) / M
    ),
    "the engine's": lambda A, Y: ag.binary_cross_entropy(A, Y),
}
LONGER = {"sums that keep axes", "flat products"}
"""Halves that are scaled before they are added, and A taken apart: right, but not as short."""


def _sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def _both(way: str, Y: Any) -> Any:
    return ag.value_and_grad(lambda z: WAYS[way](_sigmoid(z), Y))


LABELS = ["closure", "argument", "tensor", "int64", "bool", "uint8"]
NEED_SIGNS = {"signs inside", "y - 1"}
"""Where labels have no opposite (bool) or a large one (uint8), these mean something else."""
KINDS = [
    (way, labels)
    for way in WAYS
    for labels in LABELS
    if not (way in NEED_SIGNS and labels in ("bool", "uint8"))
]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize(("way", "labels"), KINDS)
def test_cost_and_gradient_are_the_uncompiled_ones(
    way: str, labels: str, backend: str, dtype: Any
) -> None:
    z = Z.astype(dtype)
    y: Any = Y.astype(dtype if labels in ("closure", "argument", "tensor") else labels)
    y = ag.tensor(y, name="Y") if labels == "tensor" else y
    expected = _both(way, y)(z)
    if labels == "argument":
        found = ag.compile(lambda z, y: _both(way, y)(z), backend=backend)(z, y)
    else:
        found = ag.compile(_both(way, y), backend=backend)(z)
    tolerance = 1e-12 if dtype == np.float64 else 1e-5
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_allclose(one.numpy(), other.numpy(), rtol=tolerance, atol=tolerance / 10)


@pytest.mark.parametrize("way", sorted(WAYS.keys() - LONGER))
def test_the_program_is_that_of_the_logits(way: str) -> None:
    step = ag.compile(lambda z, y: _both(way, y)(z))
    step(Z, Y)
    assert "total_loss(" in step.source
    assert step.source.count(" = np.exp") == 1
    assert step.source.count("    exp(") == 1  # of the cost and of the gradient


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("way", sorted(WAYS.keys() - LONGER))
def test_cost_and_gradient_are_finite_where_naive_ones_are_not(way: str, backend: str) -> None:
    z = np.array([[-800.0, 800.0, 800.0, -800.0, 40.0, -40.0, 0.0]])
    logits = ag.value_and_grad(lambda z: ag.binary_cross_entropy_with_logits(z, Y))
    step = ag.compile(_both(way, Y), backend=backend)
    with np.errstate(all="ignore"):
        for one, other in zip(step(z), logits(z), strict=True):
            np.testing.assert_allclose(one.numpy(), other.numpy(), rtol=1e-12)


WEIGHTS: dict[str, Callable[[Any], Any]] = {
    "y": lambda y: y,
    "1 - y": lambda y: 1 - y,
    "-y": lambda y: -y,
    "y - 1": lambda y: y - 1,
    "1 + y": lambda y: 1 + y,
    "2 y": lambda y: 2 * y,
    "2 - y": lambda y: 2 - y,
}
TOTALS: dict[str, Callable[[Any], Any]] = {
    "entries": lambda x: x,
    "sum": np.sum,
    "mean": np.mean,
    "each column": lambda x: np.sum(x, axis=0),
    "one column": lambda x: np.sum(x[:, :1], axis=0),
}


@pytest.mark.parametrize("given", [True, False], ids=["argument", "closure"])
@pytest.mark.parametrize(("total", "other_total"), list(itertools.product(TOTALS, TOTALS)))
@pytest.mark.parametrize("operator", [np.add, np.subtract])
def test_halves_that_do_not_belong_together_stay_what_they_are(
    operator: Any, total: str, other_total: str, given: bool
) -> None:
    rng = np.random.default_rng(3)
    z, y = rng.normal(size=(3, 4)), rng.random((3, 4))

    def losses(z: Any, y: Any) -> list[Any]:
        A, minus_A = ag.sigmoid(z), ag.sigmoid(-z)
        logs = np.log(A), np.log(1 - A), np.log(minus_A), np.log(1 - minus_A)
        halves = [weight(y) * log for weight in WEIGHTS.values() for log in logs]
        return [
            np.sum(operator(TOTALS[total](one), TOTALS[other_total](other)))
            for one, other in itertools.combinations(halves, 2)
        ]

    found = ag.compile(losses)(z, y) if given else ag.compile(lambda z: losses(z, y))(z)
    expected = [float(each) for each in losses(z, y)]
    np.testing.assert_allclose([each.item() for each in found], expected, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("given", [True, False], ids=["argument", "closure"])
@pytest.mark.parametrize("guard", [0.0, 1.0, 0.5])
@pytest.mark.parametrize("other_guard", [0.0, 1.0, 0.5])
def test_guards_of_other_labels_stay_what_they_are(
    guard: float, other_guard: float, given: bool
) -> None:
    z = np.linspace(-2.0, 2.0, 8)
    y = np.array([0.0, 0.5, 1.0, 0.0, 1.0, 0.5, 0.25, 1.0])

    def half(weight: Any, y: Any, at: float, A: Any) -> Any:
        return np.where(y == at, 0.0, weight * np.log(np.where(y == at, 1.0, A)))

    def losses(z: Any, y: Any) -> list[Any]:
        A = ag.sigmoid(z)
        return [
            half(weight, y, guard, one) + half(1 - weight, y, other_guard, other)
            for weight in (y, 1 - y)
            for one, other in ((A, 1 - A), (1 - A, A))
        ]

    found = ag.compile(losses)(z, y) if given else ag.compile(lambda z: losses(z, y))(z)
    for one, other in zip(found, losses(z, y), strict=True):
        np.testing.assert_allclose(one.numpy(), other, rtol=1e-12)
