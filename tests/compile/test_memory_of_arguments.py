"""Arguments are updated where they lie, whatever their layout in memory."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_mini as ag


def columns_scaled(a: Any, b: Any) -> Any:
    h = (a * b + np.square(b)).sum(axis=1, keepdims=True)
    b *= 0.5
    return h


def columns_moved(a: Any, b: Any) -> Any:
    h = np.tanh(a * b) + np.square(b).sum(axis=0)
    b *= 0.5
    return h


LAYOUTS: dict[str, Callable[[Any], Any]] = {
    "a column of a table": lambda x: np.repeat(x, 2, axis=1)[:, ::2],
    "every other row": lambda x: np.repeat(x, 2, axis=0)[::2],
    "stored by columns": np.asfortranarray,
    "backwards": lambda x: x[::-1].copy()[::-1],
    "in one block": np.array,
}


@pytest.mark.parametrize("width", [1, 100])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("f", [columns_scaled, columns_moved])
@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_an_update_reaches_the_argument(backend: str, f: Any, layout: str, width: int) -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(200, 100)), rng.normal(size=(200, width))
    compiled, given, expected = ag.compile(f, backend=backend), LAYOUTS[layout](b), b.copy()
    for _ in range(3):
        found, wanted = compiled(LAYOUTS[layout](a), given), f(a, expected)
        assert np.allclose(found.numpy(), wanted, rtol=1e-13, atol=1e-13)
        assert np.allclose(given, expected, rtol=1e-13, atol=1e-13)
