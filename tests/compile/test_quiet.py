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


LONG, SHORT = np.linspace(-2, 2, 1200).reshape(4, 300), np.linspace(-2, 2, 12).reshape(4, 3)
ADDED = {
    "long rows": (lambda x, b: np.tanh(x + b), LONG, True),
    "short rows": (lambda x, b: np.tanh(x + b), SHORT, False),
    "nothing that repeats": (lambda x, b: np.tanh(x) + np.sum(b), LONG, False),
    "a sum over strides": (lambda x, b: np.tanh(x + b) * np.sum(x), LONG, False),
    "a function of its own": (lambda x, b: np.tanh(x + b) + np.var(b), LONG, False),
}


@pytest.mark.parametrize("name", ADDED)
def test_rows_that_are_long_are_not_joined(name: str, tmp_path: Any) -> None:
    f, x, expected = ADDED[name]
    b = np.array([[0.1], [0.2], [-3.0], [4.0]])
    compiled = ag.compile(f)
    for given in (x, x[::-1], np.asfortranarray(x)):
        np.testing.assert_array_equal(compiled(given, b), f(given, b))
    assert ("step.bufsize" in compiled.source) is expected
    compiled.save(tmp_path / "saved.py")
    np.testing.assert_array_equal(ag.load_compiled(tmp_path / "saved.py")(x, b), f(x, b))
    assert np.getbufsize() == 8192
