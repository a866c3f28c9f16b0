"""What raises because of values while it is recorded, or later, and what the function then does."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import autograd_mini as ag

BACKENDS = pytest.mark.parametrize("backend", ["numpy", "numba"])


def factor(K: Any) -> Any:
    """Add to the diagonal until there is a root, as Gaussian processes do."""
    for jitter in (0.0, 1e-6, 10.0):
        try:
            return np.linalg.cholesky(K + jitter * np.eye(2))
        except np.linalg.LinAlgError:
            pass
    return K


def power(a: Any, b: Any) -> Any:
    try:
        return a**b
    except ValueError:
        return a * 0


def entries(x: Any, i: Any) -> Any:
    try:
        return x[i]
    except IndexError:
        return x[:2] * 0


def strict_log(x: Any) -> Any:
    with np.errstate(all="raise"):
        try:
            return np.log(x)
        except FloatingPointError:
            return x * 0


def warned_log(x: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return np.log(x)
        except RuntimeWarning:
            return x * 0


def divided(x: Any) -> Any:
    with np.errstate(all="raise"):
        try:
            return 1 / x
        except FloatingPointError:
            return x * 0


INDEFINITE = np.array([[1.0, 2.0], [2.0, 1.0]])
CAUGHT: dict[str, Any] = {
    "cholesky": (factor, INDEFINITE),
    "power": (power, np.array([2]), np.array([-1])),
    "getitem|gather|take": (entries, np.ones(3), np.array([0, 9])),
    "log": (strict_log, np.zeros(2)),
    r"log\(": (warned_log, np.zeros(2)),
    "divide": (divided, np.zeros(2)),
}


@BACKENDS
@pytest.mark.parametrize("name", CAUGHT)
def test_what_values_have_raised_and_the_function_has_caught_is_refused(
    name: str, backend: str
) -> None:
    f, *args = CAUGHT[name]
    with pytest.raises(ag.DataDependentError, match=rf"({name}).* raised .*do that part outside"):
        ag.compile(f, backend=backend)(*args)


def test_the_same_holds_inside_vmap_and_trace() -> None:
    for transformed in (ag.vmap(factor), lambda K: ag.trace(factor, K[0])):
        with pytest.raises(ag.DataDependentError, match="cholesky"):
            transformed(INDEFINITE[None])


def test_what_the_function_does_not_catch_is_what_it_raises() -> None:
    with pytest.raises(np.linalg.LinAlgError, match="cholesky"):
        ag.compile(lambda K: np.linalg.cholesky(K))(INDEFINITE)


def test_what_an_operation_of_the_user_has_raised_is_refused() -> None:
    @ag.primitive
    def root(x: Any) -> Any:
        if x[0] < 1:
            raise ArithmeticError("too small")
        return np.sqrt(x)

    def f(x: Any) -> Any:
        try:
            return root(x)
        except ArithmeticError:
            return x

    with pytest.raises(ag.DataDependentError, match=r"root.* raised ArithmeticError"):
        ag.compile(f)(np.zeros(2))


@BACKENDS
def test_what_shapes_raise_may_be_caught(backend: str) -> None:
    def oriented(W: Any, x: Any) -> Any:
        try:
            return W @ x
        except ValueError:
            return W.T @ x

    def third(x: Any) -> Any:
        try:
            return x[2]
        except IndexError:
            return x[0]

    def root(x: Any) -> Any:
        try:
            return np.linalg.cholesky(x)
        except np.linalg.LinAlgError:
            return np.sqrt(x)

    W, x = np.arange(6.0).reshape(3, 2), np.array([1.0, 2.0, 3.0])
    for f, args in ((oriented, (W, x)), (third, (x[:2],)), (third, (x,)), (root, (x,))):
        compiled = ag.compile(f, backend=backend)
        for _ in range(2):
            np.testing.assert_allclose(compiled(*args).numpy(), f(*args))


LATER: dict[str, Any] = {
    "cholesky": (factor, (np.eye(2),), (INDEFINITE,)),
    "power": (power, (np.array([2]), np.array([3])), (np.array([2]), np.array([-1]))),
    "index": (entries, (np.ones(3), np.array([0, 1])), (np.ones(3), np.array([0, 9]))),
}


@BACKENDS
@pytest.mark.catches
@pytest.mark.parametrize("name", LATER)
def test_what_a_replay_raises_may_be_caught_by_the_function(name: str, backend: str) -> None:
    f, good, bad = LATER[name]
    compiled = ag.compile(f, backend=backend)
    for args in (good, bad, bad, good, bad, good):
        np.testing.assert_allclose(compiled(*args).numpy(), f(*args))
    assert "recorded once" in repr(compiled)


class Kernel:
    """A Gaussian process that is updated in place, and counts where its matrix has no root."""

    def __init__(self) -> None:
        self.W, self.failures = np.full(2, 5.0), np.array(0)

    def step(self, K: Any) -> Any:
        self.W -= 1
        try:
            self.W *= np.linalg.cholesky(K * self.W[0])[0, 0]
        except np.linalg.LinAlgError:
            self.failures += 1
        return self.W


@BACKENDS
@pytest.mark.catches
def test_what_is_done_instead_changes_the_object_once(backend: str) -> None:
    plain, own = Kernel(), Kernel()
    step = ag.compile(own.step, backend=backend)
    W = own.W
    for K in (np.eye(2), -np.eye(2), np.eye(2), -np.eye(2)):
        np.testing.assert_allclose(step(K).numpy(), plain.step(K))
        np.testing.assert_allclose(own.W, plain.W)
        assert own.failures == plain.failures
    assert own.W is W


@BACKENDS
def test_what_a_replay_raises_names_the_operation(backend: str) -> None:
    compiled = ag.compile(lambda K: np.linalg.cholesky(K), backend=backend)
    compiled(np.eye(2))
    with pytest.raises(np.linalg.LinAlgError, match=r"cholesky\(.*\(2, 2\)\)") as caught:
        compiled(INDEFINITE)
    assert caught.value.__context__ is caught.value.__cause__


def warned(x: Any) -> Any:
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        y = np.log(x)
    return y if not found else y * 0 + 9


def unwarned(x: Any) -> Any:
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("ignore")
        return np.log(x)


def test_who_asks_for_warnings_is_refused_and_who_silences_them_is_not() -> None:
    for f in (warned, lambda x: warned(x)):
        with pytest.raises(ag.DataDependentError, match="warned asks for warnings"):
            ag.compile(f)(np.ones(2))
    np.testing.assert_array_equal(ag.compile(unwarned)(np.ones(2)), np.zeros(2))
