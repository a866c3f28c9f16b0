"""Gradients of rows that were read are added up where they came from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_mini as ag
from autograd_mini.ops.indexing import scatter_add

rng = np.random.default_rng(0)
ROWS: dict[str, tuple[tuple[int, ...], Any]] = {
    "each once": ((300, 16), rng.permutation(300)),
    "some twice": ((300, 16), rng.integers(0, 300, 256)),
    "from the end": ((40, 64), rng.integers(-40, 40, 100)),
    "a list": ((9, 400), [3, -1, 3, 0, 8, 8, -9]),
    "unsigned": ((9, 400), np.array([3, 3, 0, 8], np.uint8)),
    "of two axes": ((5, 7, 100), (rng.integers(-5, 5, 60), rng.integers(0, 7, 60))),
    "a number and many": ((5, 7, 100), (2, rng.integers(0, 7, 60))),
    "broadcast": ((5, 7, 100), ([[0], [-1], [0]], rng.integers(0, 7, (3, 9)))),
    "a table": ((40, 64), rng.integers(0, 40, (10, 12))),
    "between slices": ((30, 50, 4), (slice(None), rng.integers(0, 50, 90))),
    "single entries": ((90, 90), (rng.integers(0, 90, 5000), rng.integers(0, 90, 5000))),
    "of a vector": ((90,), rng.integers(0, 90, 5000)),
    "a mask": ((90, 90), rng.normal(size=(90, 90)) > 0),
    "a mask of rows": ((90, 90), rng.normal(size=90) > 0),
    "none": ((90, 90), np.zeros((0,), int)),
}


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex128"])
@pytest.mark.parametrize("name", ROWS)
def test_they_add_up_as_one_by_one_to_the_last_bit(name: str, dtype: str) -> None:
    shape, index = ROWS[name]
    drawn = np.random.default_rng(1)
    g = drawn.normal(size=np.zeros(shape)[index].shape).astype(dtype)
    g.reshape(-1)[:3] = -0.0
    expected = np.zeros(shape, dtype)
    np.add.at(expected, index, g)
    for each in (g, np.asfortranarray(g)):
        found = scatter_add.kernel([each], shape=shape, indices=[index])
        assert found.dtype == expected.dtype
        assert found.tobytes() == expected.tobytes()


@pytest.mark.parametrize("name", ROWS)
def test_a_gradient_is_how_often_each_entry_was_read(name: str) -> None:
    shape, index = ROWS[name]
    read = np.zeros(shape)
    np.add.at(read, index, 1)
    found = ag.grad(lambda x: np.sum(x[index]))(np.ones(shape)).numpy()
    np.testing.assert_array_equal(found, read)
