"""What programs run under: settings of NumPy's that are their own."""

from __future__ import annotations

import decimal
from typing import Any

import numpy as np
import pytest

import autograd_mini as ag


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_a_program_neither_warns_nor_changes_how_its_caller_is_warned(backend: str) -> None:
    compiled = ag.compile(lambda x: np.log(x) * np.exp(1 / x), backend=backend)
    compiled(np.ones(3))
    with np.errstate(all="raise"):
        for _ in range(2):
            np.testing.assert_array_equal(
                compiled(np.array([0.0, 1.0, 1e-4])), [-np.inf, 0.0, -np.inf]
            )
        assert set(np.geterr().values()) == {"raise"}
        assert np.getbufsize() == 8192


def test_an_operation_of_a_users_sees_the_context_of_each_call() -> None:
    @ag.primitive
    def rounded(x: Any) -> Any:
        return np.array([float(+decimal.Decimal(float(each))) for each in x])

    compiled, x = ag.compile(lambda x: rounded(x * 2)), np.full(2, 0.55)
    np.testing.assert_array_equal(compiled(x), [1.1, 1.1])
    with decimal.localcontext() as context:
        context.prec = 1
        np.testing.assert_array_equal(compiled(x), [1.0, 1.0])
    np.testing.assert_array_equal(compiled(x), [1.1, 1.1])
