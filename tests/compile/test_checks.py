"""What checks gradients looks at values, and so is not for a program that others go through."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_mini as ag


def cost(v: Any) -> Any:
    return np.sum(v**2)


LOOKING: dict[str, Any] = {
    "ag.numerical_grad": lambda x: ag.numerical_grad(cost, x),
    "numerical_grad": lambda x: ag.numerical_grad(lambda v: cost(v * x), np.ones(2)),
    "ag.compare": lambda x: x * ag.compare({"dW": x}, {"dW": np.ones(2)}).ok,
    "compare": lambda x: x * ag.compare({"dW": np.ones(2)}, {"dW": x}).ok,
    "com": lambda x: x * ag.compare({"dW": np.ones(2)}, cost(x)).ok,
    "ag.gradcheck": lambda x: x * ag.gradcheck(cost, x),
    "gradcheck": lambda x: x * ag.gradcheck(lambda v: cost(v * x), np.ones(2)),
}


@pytest.mark.parametrize("name", LOOKING)
@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_checks_of_what_is_recorded_are_refused(name: str, backend: str) -> None:
    with pytest.raises(ag.DataDependentError, match=f"{name}.* depends on the values"):
        ag.compile(LOOKING[name], backend=backend)(np.ones(2))


def test_a_check_of_gradients_that_match_is_refused() -> None:
    def f(x: Any) -> Any:
        ag.testing.assert_gradients_match(lambda v: 2 * v, cost, x)
        return x

    with pytest.raises(ag.DataDependentError):
        ag.compile(f)(np.ones(2))


def test_checks_of_constants_are_constants() -> None:
    def f(x: Any) -> Any:
        return x * ag.numerical_grad(cost, np.ones(2))

    compiled = ag.compile(f)
    for value in (1.0, 5.0):
        x = np.full(2, value)
        np.testing.assert_allclose(compiled(x).numpy(), f(x).numpy())
