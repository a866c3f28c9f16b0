"""Where an entry was not chosen nothing flows, whatever comes from above."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_mini as ag
from autograd_mini.ops.rules import chosen

DTYPES = pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
SPECIAL = [np.inf, -np.inf, np.nan, 0.0, -0.0, 5e-324, -1e-40, 6e4, 1.0, -2.0]


def numbers(size: int, dtype: Any) -> Any:
    made = np.random.default_rng(0).normal(size=size)
    made[: len(SPECIAL)] = SPECIAL
    return made.astype(dtype)


@DTYPES
@pytest.mark.parametrize("size", [10, 1000, 100_000])
def test_each_gradient_is_passed_on_as_it_is_or_not_at_all(size, dtype):
    g = numbers(size, dtype)
    mask = np.random.default_rng(1).random(size) > 0.5
    for d in (mask, ~mask, np.ones(size, bool), np.zeros(size, bool)):
        made = chosen(g, d)
        assert made.dtype == dtype
        assert made[d].tobytes() == g[d].tobytes()
        np.testing.assert_array_equal(made[~d], 0)
        assert not np.signbit(made[~d]).any()


@DTYPES
def test_whatever_lies_where_in_memory(dtype):
    g = numbers(48, dtype).reshape(6, 8)
    d = np.random.default_rng(1).random((6, 8)) > 0.5
    row = g[0]
    for gradient, mask in (
        (g.T, d.T), (g[:, ::2], d[:, ::2]), (g[::-1], d), (np.broadcast_to(row, (6, 8)), d),
        (np.broadcast_to(g[0, 0], (6, 8)), d), (g, d[:1]), (g, d[:, :1]), (row, d), (g[0, 0], d),
        (np.asarray(g[0, 0]), np.asarray(d[0, 0])), (g[0, 0], d[0, 0]), (g[:0], d[:0]),
        (g.astype(g.dtype.newbyteorder()), d),
    ):  # fmt: skip
        np.testing.assert_array_equal(chosen(gradient, mask), np.where(mask, gradient, 0))


@pytest.mark.parametrize("dtype", [np.int64, np.complex64, np.complex128, np.longdouble])
def test_gradients_of_other_dtypes(dtype):
    g = np.arange(6).astype(dtype)
    d = np.array([True, False, True, True, False, False])
    made = chosen(g, d)
    assert made.dtype == dtype
    np.testing.assert_array_equal(made, [0, 0, 2, 3, 0, 0])


CHOICES = {
    "relu": (ag.relu, lambda x: x > 0),
    "where": (lambda x: np.where(x.data > 0, x, 1.0), lambda x: x > 0),
    "clip": (lambda x: np.clip(x, -1.0, 1.0), lambda x: (x >= -1) & (x <= 1)),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", CHOICES)
def test_operations_that_choose(name, dtype):
    f, chooses = CHOICES[name]
    x, g = numbers(500, dtype), numbers(500, dtype)[::-1].copy()
    for each in (g, np.where(np.isfinite(g), g, 1).astype(dtype)):
        t = ag.tensor(x, requires_grad=True)
        f(t).backward(each)
        np.testing.assert_array_equal(t.grad.numpy(), np.where(chooses(x), each, 0))
