"""A gradient is summed over the axes along which its operand was repeated."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import autograd_mini as ag
from autograd_mini.ops.broadcasting import _FEW, unbroadcast

DTYPES = pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.complex128])
SHAPES = [
    ((64, 256), (64, 1)), ((64, 256), (256,)), ((64, 256), (1, 256)), ((64, 256), (1, 1)),
    ((64, 256), ()), ((64, 256), (1,)), ((5, 1), (1,)), ((5, 1), (1, 1)), ((1, 5), (1, 1)),
    ((1, 5), (5,)), ((1, 5), (1,)), ((4, 4), (4, 1)), ((4, 4), (4,)), ((4, 4), (1, 4)),
    ((0, 3), (1, 3)), ((0, 3), (3,)), ((3, 0), (3, 1)), ((3, 0), (0,)), ((2, 3, 4), (3, 1)),
    ((2, 3, 4), (1, 3, 4)), ((2, 3, 4), (4,)), ((5, 2, 3, 4), (4,)),
    ((2, 3, 1), (1,)), ((2, 0, 4), (4,)), ((2, 3, 0), (0,)), ((2, 4, 4), (4, 1)), ((2, 4, 4), (4,)),
    ((7,), ()), ((7,), (1,)),
]  # fmt: skip


def summed(g, shape):
    extra = tuple(range(g.ndim - len(shape)))
    total = np.sum(g, axis=extra, dtype=np.complex128)
    kept = tuple(k for k, n in enumerate(shape) if n == 1)
    return np.sum(total, axis=kept, keepdims=True)


@DTYPES
@pytest.mark.parametrize(("given", "shape"), SHAPES)
@pytest.mark.parametrize("order", ["C", "F", "every other", "repeated"])
def test_the_sum_has_the_shape_and_dtype_of_the_operand(given, shape, order, dtype):
    rng = np.random.default_rng(0)
    g = rng.normal(size=given).astype(dtype)
    if order == "every other":
        g = np.repeat(g, 2, axis=-1)[..., ::2]
    elif order == "repeated":
        g = np.broadcast_to(g[:1], given)
    else:
        g = np.asarray(g, order=order)
    made = unbroadcast(g, shape)
    assert (made.shape, made.dtype) == (shape, dtype)
    tolerance = 1e-12 if np.finfo(dtype).eps < 1e-10 else 2e-5 if dtype == np.float32 else 0.02
    largest = 1 + summed(abs(g), shape).real.max(initial=0)
    np.testing.assert_allclose(made, summed(g, shape), rtol=0, atol=tolerance * largest)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(3, 1), (4,), (1, 4)])
def test_what_is_not_finite_stays_in_its_sum(shape, dtype):
    for bad in ([np.inf], [-np.inf], [np.nan], [np.inf, -np.inf], [np.finfo(dtype).max] * 2):
        g = np.ones((3, 4), dtype)
        if shape == (3, 1):
            g[1, : len(bad)] = bad
        else:
            g[: len(bad), 1] = bad
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            wanted = summed(g, shape).real.astype(dtype)
            np.testing.assert_array_equal(unbroadcast(g, shape), wanted)


@pytest.mark.parametrize("n", [_FEW, _FEW + 1])
def test_sums_of_many_numbers_keep_their_digits(n):
    g = np.random.default_rng(0).random((2, n)).astype(np.float32)
    ways = (
        unbroadcast(g, (2, 1))[:, 0], unbroadcast(g.T, (1, 2))[0], unbroadcast(g.T, (2,)),
        unbroadcast(np.ascontiguousarray(g.T).reshape(1, n, 2), (2,)),
    )  # fmt: skip
    for made in ways:
        np.testing.assert_allclose(made, np.sum(g, axis=1, dtype=np.float64), rtol=1e-5)


def test_a_gradient_may_be_written_into_and_the_next_is_right_as_well():
    for _ in range(2):
        b = ag.tensor(np.zeros((3, 1)), requires_grad=True)
        np.sum(np.ones((3, 4)) * b).backward()
        np.testing.assert_array_equal(b.grad.numpy(), [[4.0]] * 3)
        b.grad.data[...] = 7.0
