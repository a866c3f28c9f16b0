"""Axes of length 1, and arrays without axes: what repeats, and what keeps its shape."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_mini as ag


def check(f: Callable[..., Any], **values: Any) -> str:
    """Compare the derived source of a cost by `x` with the engine; return the formulas."""
    arrays = {name: np.asarray(each, dtype=float) for name, each in values.items()}
    recorded = {
        name: ag.tensor(each, requires_grad=name == "x", name=name) for name, each in arrays.items()
    }
    d = ag.derive(f(**recorded), wrt=[recorded["x"]])
    names: dict[str, Any] = {}
    exec(d.source, names)
    given = {**d.constants, **arrays}
    wanted = inspect.signature(names["gradients"]).parameters
    found = names["gradients"](**{name: given[name] for name in wanted})["dx"]
    expected = ag.grad(lambda x: f(**{**arrays, "x": x}))(arrays["x"]).numpy()
    assert np.shape(found) == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    return d.text


@pytest.mark.parametrize("X", [np.full((2, 1), 0.5), np.full((1, 3), 0.5), np.ones((2, 3))])
def test_a_letter_of_einsum_that_repeats_one_entry_is_not_as_long_as_that(X: Any) -> None:
    x = [0.1, 0.2, 0.4]
    check(lambda x, X: np.sum(np.einsum("ai,i->a", X, x)) + np.mean(np.tanh(x)), x=x, X=X)
    check(lambda x, X: np.sum(np.einsum("ai,i->a", X, x)) + np.sum(np.var(x)) ** 2, x=x, X=X)


@pytest.mark.parametrize("shape", [(1,), (1, 1), (2, 1), ()])
def test_a_gradient_that_is_a_number_has_the_shape_of_its_array(shape: tuple[int, ...]) -> None:
    check(lambda x: 2 * np.sum(x), x=np.ones(shape))
    check(lambda x: -np.sum(x) / 3, x=np.ones(shape))


@pytest.mark.parametrize(
    "f",
    [
        lambda x: -np.sum(np.min(x, axis=0)),
        lambda x: -np.mean(np.max(x, axis=1)),
        lambda x: 1 - np.max(x),
        lambda x: -np.mean(np.median(x, axis=0)),
        lambda x: -np.sum(np.max(x, axis=1) / np.min(x, axis=1)),
        lambda x: -np.sum(x * (x > 0) / 3),
    ],
)
def test_no_sign_stands_before_a_mask(f: Callable[[Any], Any]) -> None:
    check(f, x=[[1.0, 2.0], [0.5, 3.0], [-2.0, 9.0]])


@pytest.mark.parametrize(
    "f",
    [
        lambda e: np.sum(e, axis=-1, keepdims=True),
        lambda e: np.mean(e, axis=0),
        lambda e: np.max(e, axis=0),
        lambda e: ag.logsumexp(e, axis=-1),
        lambda e: e * ag.softmax(e),
        lambda e: e * np.exp(e) / np.sum(np.exp(e), axis=0),
        lambda e: e * np.exp(e) / np.sum(np.exp(e), axis=-1, keepdims=True),
    ],
)
def test_the_one_axis_of_no_axes_is_none(f: Callable[[Any], Any]) -> None:
    check(lambda x: f(x * x), x=0.7)
    ag.trace(lambda x: f(x * x), np.array(0.7)).backward().simplify()


def test_a_mean_of_a_block_beside_its_variance_keeps_its_numbers() -> None:
    check(
        lambda x: np.sum(np.sum(np.flip(np.var(x, axis=-3)), axis=0)) / 2 + np.sum(x * x),
        x=np.linspace(0, 1, 12).reshape(2, 2, 3) ** 2,
    )


def test_between_two_entries_a_single_point_is_interpolated() -> None:
    check(lambda x: np.interp(0.5, np.arange(4.0), x), x=[1.0, 3.0, 2.0, 5.0])
