"""A graph with its backward part, run at values other than those it was recorded at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_mini as ag

# Each uses a function only where its slope is finite, so the gradient at 0 is that of the rest.
UNUSED: dict[str, Callable[[Any], Any]] = {
    "sqrt": lambda x: np.sum(np.where(x > 0, np.sqrt(x), x)),
    "log": lambda x: np.sum(np.where(x > 0, np.log(x), 2.0 * x)),
    "divide": lambda x: np.sum(np.where(x > 0, 1.0 / x, 3.0)),
    "power": lambda x: np.sum(np.where(x > 0, x**0.5, x)),
    "cbrt": lambda x: np.sum(np.where(x > 0, np.cbrt(x), x * x)),
    "times zero": lambda x: np.sum(np.sqrt(x) * np.sign(x)),
}
ORDINARY, SINGULAR, OTHER = np.array([1.0, 4.0]), np.array([0.0, 4.0]), np.array([9.0, 0.25])


def run(graph: ag.Graph, x: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        return np.asarray(graph(x)[-1])


def gradient(f: Callable[[Any], Any], x: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        return np.asarray(ag.grad(f)(x))


@pytest.mark.parametrize("name", UNUSED)
def test_it_holds_where_no_slope_is_infinite(name: str) -> None:
    graph = ag.trace(UNUSED[name], ORDINARY).backward()
    for x in (ORDINARY, OTHER):
        np.testing.assert_allclose(run(graph, x), gradient(UNUSED[name], x), rtol=1e-14)


@pytest.mark.parametrize("name", UNUSED)
def test_recorded_where_a_slope_is_infinite_it_holds_everywhere(name: str) -> None:
    with np.errstate(all="ignore"):
        graph = ag.trace(UNUSED[name], SINGULAR).backward()
    for x in (ORDINARY, SINGULAR, OTHER, SINGULAR[::-1].copy()):
        np.testing.assert_allclose(run(graph, x), gradient(UNUSED[name], x), rtol=1e-14)


@pytest.mark.parametrize("name", UNUSED)
def test_run_where_a_slope_becomes_infinite_it_gives_nan_never_another_number(name: str) -> None:
    f = UNUSED[name]
    found = run(ag.trace(f, ORDINARY).backward(), SINGULAR)
    right = gradient(f, SINGULAR)
    assert np.isfinite(right).all()
    np.testing.assert_array_equal(np.isnan(found), [True, False])
    np.testing.assert_allclose(found[1], right[1], rtol=1e-14)


@pytest.mark.parametrize("name", UNUSED)
def test_a_traced_gradient_holds_everywhere_and_so_does_its_own(name: str) -> None:
    f = UNUSED[name]
    first = ag.trace(ag.grad(f), ORDINARY)
    second = ag.trace(ag.grad(lambda x: np.sum(ag.grad(f)(x))), ORDINARY)
    with np.errstate(all="ignore"):
        for x in (ORDINARY, SINGULAR, OTHER):
            np.testing.assert_allclose(np.asarray(first(x)), gradient(f, x), rtol=1e-14)
            exact = gradient(lambda x: np.sum(ag.grad(f)(x)), x)
            np.testing.assert_allclose(np.asarray(second(x)), exact, rtol=1e-13)
