"""A sum over one of two axes is a product with ones, which is faster."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_mini as ag

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("keepdims", [True, False])
@pytest.mark.parametrize("axis", [0, 1, -1, (0,), (-2,)])
@pytest.mark.parametrize("shape", [(5, 40), (1, 40), (5, 1), (0, 4), (4, 0)])
def test_it_has_the_shape_and_the_values_of_the_sum(
    shape: tuple[int, int], axis: Any, keepdims: bool, dtype: Any
) -> None:
    def both(x: Any) -> Any:
        handed_out = np.sum(x, axis=axis, keepdims=keepdims)
        return handed_out, np.exp(np.sum(x * x, axis=axis, keepdims=keepdims))

    compiled = ag.compile(both)
    for lies in (np.asarray, np.asfortranarray, lambda x: x[:, ::-1]):
        x = lies(RNG.normal(size=shape).astype(dtype))
        for mine, theirs in zip(compiled(x), both(x), strict=True):
            assert mine.shape == theirs.shape
            assert mine.dtype == theirs.dtype
            rtol = 1e-12 if dtype is np.float64 else 1e-5
            np.testing.assert_allclose(mine.numpy(), theirs, rtol=rtol, atol=rtol)


def test_what_is_handed_out_is_new_each_time() -> None:
    compiled = ag.compile(lambda x: np.sum(x, axis=1, keepdims=True))
    first = compiled(np.ones((2, 3)))
    compiled(np.zeros((2, 3)))
    assert "x.dot(ones)" in compiled.source
    assert first.numpy().tolist() == [[3.0], [3.0]]


@pytest.mark.parametrize("dtype", [np.float16, np.longdouble, np.complex128, np.int8, np.bool_])
def test_sums_of_what_no_blas_multiplies_are_the_same_to_the_last_bit(dtype: Any) -> None:
    x = (RNG.normal(size=(300, 20)) * 10).astype(dtype)
    for axis in (0, 1):
        found = ag.compile(lambda x, axis=axis: np.sum(x, axis=axis))(x)
        np.testing.assert_array_equal(found.numpy(), np.sum(x, axis=axis), strict=True)


def test_long_sums_keep_the_digits_of_pairs() -> None:
    compiled = ag.compile(lambda x: np.sum(x, axis=1))
    compiled(np.ones((1, 20_000)))
    assert "np.add.reduce(x, axis=1" in compiled.source
