"""``reduce``, ``accumulate``, ``reduceat``, ``outer`` and ``at`` of every ufunc of NumPy."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.exceptions import AxisError

import autograd_mini as ag

UFUNCS = {each.__name__: each for each in vars(np).values() if isinstance(each, np.ufunc)}
PAIRS = {name: each for name, each in UFUNCS.items() if (each.nin, each.nout) == (2, 1)}
DIFFERENTIABLE = [
    "add", "subtract", "multiply", "divide", "maximum", "minimum", "fmax", "fmin", "hypot",
    "logaddexp", "logaddexp2", "power", "float_power", "arctan2", "copysign", "remainder", "fmod",
]  # fmt: skip
ONE = [name for name, each in UFUNCS.items() if each.nin == 1]
SQUARE = np.random.default_rng(5).uniform(0.6, 1.9, size=(3, 4))
ROW = np.random.default_rng(6).uniform(0.6, 1.9, size=5)
PLACES = np.array([0, 2, 2, 4, 0])


@pytest.fixture(autouse=True)
def _quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        yield


def folded(ufunc: np.ufunc, rows: Any, *initial: float) -> Any:
    """Combine one row after the other, which is what reducing means.

    Some versions of NumPy have quick loops for arctan2 and power that reduce otherwise.
    """
    return functools.reduce(ufunc, rows, *initial)


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_reducing_is_combining_one_row_after_the_other(name):
    ufunc, t = getattr(np, name), ag.tensor(SQUARE, requires_grad=True)
    for found, right in [
        (ufunc.reduce(t), folded(ufunc, SQUARE)),
        (ufunc.reduce(t, axis=-1), folded(ufunc, SQUARE.T)),
        (ufunc.reduce(t, axis=1, keepdims=True), folded(ufunc, SQUARE.T)[:, None]),
        (ufunc.reduce(t, axis=0, initial=1.3), folded(ufunc, SQUARE, 1.3)),
        (ufunc.reduce(t, axis=()), SQUARE),
        (ufunc.reduce(t[:1]), SQUARE[0]),
        (ufunc.reduce(t[0, 0]), SQUARE[0, 0]),
        (ufunc.reduce(t[0, 0], axis=None), SQUARE[0, 0]),
        (ufunc.accumulate(t)[-1], folded(ufunc, SQUARE)),
        (ufunc.accumulate(t, axis=-1)[:, 2], folded(ufunc, SQUARE.T[:3])),
        (ufunc.reduceat(t, [0, 2, 1])[1], SQUARE[2]),
        (ufunc.reduceat(t, [1, 0], axis=1)[:, 1], folded(ufunc, SQUARE.T)),
    ]:
        assert found._node is not None
        np.testing.assert_allclose(found.numpy(), right, rtol=1e-13)


METHODS: dict[str, Callable[[np.ufunc, Any], Any]] = {
    "reduce": lambda ufunc, x: ufunc.reduce(x, keepdims=True),
    "reduce of nothing": lambda ufunc, x: ufunc.reduce(x[0, 1]) + ufunc.reduce(x, axis=())[0, 0],
    "reduce from": lambda ufunc, x: ufunc.reduce(x, axis=0, initial=1.3),
    "reduce where": lambda ufunc, x: ufunc.reduce(x, axis=0, initial=1.3, where=SQUARE > 1),
    "accumulate": lambda ufunc, x: ufunc.accumulate(x, axis=-1),
    "reduceat": lambda ufunc, x: ufunc.reduceat(x, [0, 2], axis=1),
    "outer": lambda ufunc, x: ufunc.outer(x[0], ROW),
    "outer of the second": lambda ufunc, x: ufunc.outer(ROW, x),
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_methods_have_the_numerical_gradient(name, method):
    assert ag.gradcheck(lambda x: METHODS[method](getattr(np, name), x), SQUARE)


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_combining_in_place_at_repeated_places_has_the_numerical_gradient(name):
    def combined(target, values):
        made = target * 1.0
        getattr(np, name).at(made, PLACES, values)
        return made

    assert ag.gradcheck(combined, ROW, ROW[::-1].copy())


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("dtype", [np.float64, np.int64, bool])
def test_every_ufunc_gives_what_numpy_gives_or_raises(name, dtype):
    """Where results are not differentiable they are NumPy's own: comparisons, logic, bits."""
    ufunc = PAIRS[name]
    if name in ("arctan2", "power", "float_power") or ufunc.signature is not None:
        return  # see folded(); products of matrices do not reduce
    x = (SQUARE * 2).astype(dtype)
    t = ag.tensor(x, requires_grad=True) if dtype is np.float64 else ag.tensor(x)
    for call in (
        lambda x: ufunc.reduce(x),
        lambda x: ufunc.reduce(x, axis=1, keepdims=True),
        lambda x: ufunc.accumulate(x, axis=1),
        lambda x: ufunc.reduceat(x, [0, 2], axis=1),
        lambda x: ufunc.outer(x[0], x[1]),
    ):
        try:
            right = call(x)
        except TypeError:
            with pytest.raises(TypeError):
                call(t)
            continue
        found = call(t)
        assert (found.dtype, found.shape) == (right.dtype, right.shape)
        np.testing.assert_allclose(found.numpy(), right, rtol=1e-13)


@pytest.mark.parametrize("name", ["add", "maximum", "power", "logaddexp", "hypot", "less"])
def test_axes_that_are_not_there_are_refused(name):
    ufunc, t = getattr(np, name), ag.tensor(SQUARE, requires_grad=True)
    for axis in (2, -3):
        with pytest.raises(AxisError):
            ufunc.reduce(t, axis=axis)
        with pytest.raises(AxisError):
            ufunc.accumulate(t, axis=axis)
        with pytest.raises(AxisError):
            ufunc.reduceat(t, [0], axis=axis)
    with pytest.raises(AxisError):
        ufunc.reduce(t[0, 0], axis=1)
    with pytest.raises(TypeError, match="accumulate on a scalar"):
        ufunc.accumulate(t[0, 0])


@pytest.mark.parametrize("name", ["subtract", "power", "divide", "arctan2"])
def test_what_depends_on_the_order_is_not_reduced_over_several_axes(name):
    with pytest.raises(ValueError, match="reorder"):
        getattr(np, name).reduce(ag.tensor(SQUARE, requires_grad=True), axis=None)


@pytest.mark.parametrize("name", ONE)
def test_ufuncs_of_one_operand_combine_nothing(name):
    ufunc, t = UFUNCS[name], ag.tensor(SQUARE, requires_grad=True)
    for method in (ufunc.reduce, ufunc.accumulate):
        with pytest.raises((ValueError, TypeError)):
            method(t)
    with pytest.raises((ValueError, TypeError)):
        ufunc.reduceat(t, [0])
    with pytest.raises((ValueError, TypeError)):
        ufunc.outer(t, t)


def test_adding_in_logarithms_of_nothing_is_the_logarithm_of_zero():
    empty = ag.tensor(np.ones((2, 0)), requires_grad=True)
    assert np.logaddexp.reduce(empty, axis=1).tolist() == [-np.inf, -np.inf]
    assert np.logaddexp.reduce(empty, axis=0, keepdims=True).shape == (1, 0)


def test_the_first_entry_of_an_accumulation_is_the_operands_own():
    assert ag.grad(lambda x: np.sum(np.floor_divide.accumulate(x)))(ROW).tolist() == [1, 0, 0, 0, 0]
