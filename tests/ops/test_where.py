"""Where one choice is 0 the result is a product with truth values: the same bits, sooner."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_mini as ag
from autograd_mini.ops.arithmetic import where

SHAPE = (3, 20_000)


def _drawn(dtype: str) -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    x = (rng.normal(size=SHAPE) * 9).astype(dtype)
    if x.dtype.kind != "i":
        x[0, :4] = np.nan, np.inf, -np.inf, -0.0
    return rng.normal(size=SHAPE) > 0, x


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int64", "complex128"])
@pytest.mark.parametrize("zero", [0, 0.0, -0.0, False, 0j, np.float64(0), np.zeros(()), 1, np.nan])
def test_values_are_numpys_to_the_last_bit(dtype: str, zero: Any) -> None:
    condition, x = _drawn(dtype)
    columns = np.asfortranarray(x)
    for operands in (
        (condition, x, zero),
        (condition, zero, x),
        (condition, columns, zero),
        (condition.T, columns.T, zero),
        (condition[:, ::2], x[:, ::2], zero),
        (condition[0], x, zero),
        (condition * 1, x, zero),
        (True, x, zero),
    ):
        found, expected = where.kernel(*operands), np.where(*operands)
        assert found.dtype == expected.dtype
        assert found.strides == expected.strides
        assert found.tobytes() == expected.tobytes()


def test_what_was_not_chosen_has_no_gradient() -> None:
    condition, x = _drawn("float64")
    gradient = ag.grad(lambda t: np.sum(np.where(condition, t, 0) * 3))(x)
    assert np.array_equal(gradient.numpy(), np.where(condition, 3.0, 0.0))
    gradient = ag.grad(lambda t: np.sum(np.where(condition, 0.0, t) * 3))(x)
    assert np.array_equal(gradient.numpy(), np.where(condition, 0.0, 3.0))
