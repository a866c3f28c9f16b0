"""Reductions that leave NaN out: each is its plain form, with a neutral value for every NaN."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from autograd_mini.context import unwatched
from autograd_mini.protocols import implements, known, operand

__all__ = [
    "nancumprod", "nancumsum", "nanmax", "nanmean", "nanmin", "nanprod", "nanstd", "nansum",
    "nanvar",
]  # fmt: skip

_NO_VALUE: Any = np._NoValue


def _options(**given: Any) -> dict[str, Any]:
    """Return the arguments that were stated."""
    return {key: each for key, each in given.items() if each is not _NO_VALUE}


def filled(a: Any, value: float) -> Any:
    """Return `a` with `value` for NaN; nothing flows back to a NaN."""
    a = operand(a)
    return a if a.dtype.kind not in "fc" else np.where(np.isnan(a), value, a)


def _there(a: Any, where: Any) -> Any:
    """Return where a value counts."""
    valid = ~np.isnan(operand(a))
    return valid if where is _NO_VALUE else valid & where


@implements(np.nansum)
def nansum(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = _NO_VALUE,
    initial: Any = _NO_VALUE, where: Any = _NO_VALUE,
) -> Any:  # fmt: skip
    """Add up what is not NaN: ``np.nansum``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([3.0, float("nan"), 4.0])
    >>> ag.nansum(x)
    Tensor(7.)
    >>> ag.grad(ag.nansum)(x)
    Tensor([1., 0., 1.])
    """
    options = _options(keepdims=keepdims, initial=initial, where=where)
    return np.sum(filled(a, 0), axis=axis, dtype=dtype, **options)


@implements(np.nanprod)
def nanprod(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = _NO_VALUE,
    initial: Any = _NO_VALUE, where: Any = _NO_VALUE,
) -> Any:  # fmt: skip
    """Multiply what is not NaN: ``np.nanprod``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([3.0, float("nan"), 4.0])
    >>> ag.nanprod(x)
    Tensor(12.)
    >>> ag.grad(ag.nanprod)(x)
    Tensor([4., 0., 3.])
    """
    options = _options(keepdims=keepdims, initial=initial, where=where)
    return np.prod(filled(a, 1), axis=axis, dtype=dtype, **options)


@implements(np.nancumsum)
def nancumsum(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    """Return running sums of what is not NaN: ``np.nancumsum``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([3.0, float("nan"), 4.0])
    >>> ag.nancumsum(x)
    Tensor([3., 3., 7.])
    """
    return np.cumsum(filled(a, 0), axis=axis, dtype=dtype)


@implements(np.nancumprod)
def nancumprod(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    """Return running products of what is not NaN: ``np.nancumprod``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([3.0, float("nan"), 4.0])
    >>> ag.nancumprod(x)
    Tensor([ 3.,  3., 12.])
    """
    return np.cumprod(filled(a, 1), axis=axis, dtype=dtype)


def _warn_where(empty: Any, message: str) -> None:
    if known(empty):
        warnings.warn(message, RuntimeWarning, stacklevel=6)


def _nan_where(empty: Any, found: Any) -> Any:
    if found.dtype.kind not in "fc":
        return found
    made = np.where(empty, np.nan, found)
    return made if made.dtype == found.dtype else made.astype(found.dtype)


def _extreme(
    reduce: Any, worst: float, a: Any, axis: Any, keepdims: Any, initial: Any, where: Any
) -> Any:
    options = _options(keepdims=keepdims)
    more = _options(initial=initial, where=where)
    a = operand(a)
    with unwatched():
        found = reduce(filled(a, worst), axis=axis, **options, **more)
    empty = ~np.any(_there(a, where), axis=axis, **options)
    if initial is not _NO_VALUE:
        return found
    _warn_where(empty, "All-NaN slice encountered")
    return _nan_where(empty, found)


@implements(np.nanmax)
def nanmax(
    a: Any, axis: Any = None, out: Any = None, keepdims: Any = _NO_VALUE,
    initial: Any = _NO_VALUE, where: Any = _NO_VALUE,
) -> Any:  # fmt: skip
    """Return the largest entry that is not NaN: ``np.nanmax``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([3.0, float("nan"), 4.0])
    >>> ag.nanmax(x)
    Tensor(4.)
    >>> ag.grad(ag.nanmax)(x)
    Tensor([0., 0., 1.])
    """
    return _extreme(np.max, -np.inf, a, axis, keepdims, initial, where)


@implements(np.nanmin)
def nanmin(
    a: Any, axis: Any = None, out: Any = None, keepdims: Any = _NO_VALUE,
    initial: Any = _NO_VALUE, where: Any = _NO_VALUE,
) -> Any:  # fmt: skip
    """Return the smallest entry that is not NaN: ``np.nanmin``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([3.0, float("nan"), 4.0])
    >>> ag.nanmin(x)
    Tensor(3.)
    """
    return _extreme(np.min, np.inf, a, axis, keepdims, initial, where)


@implements(np.nanmean)
def nanmean(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = _NO_VALUE, *,
    where: Any = _NO_VALUE,
) -> Any:  # fmt: skip
    """Average what is not NaN: ``np.nanmean``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([3.0, float("nan"), 4.0])
    >>> ag.nanmean(x)
    Tensor(3.5)
    >>> ag.grad(ag.nanmean)(x)
    Tensor([0.5, 0. , 0.5])
    """
    there = _there(a, where)
    _warn_where(~np.any(there, axis=axis), "Mean of empty slice")
    with np.errstate(invalid="ignore"):
        options = _options(keepdims=keepdims)
        return np.mean(filled(a, 0), axis=axis, dtype=dtype, where=there, **options)


@implements(np.nanvar)
def nanvar(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: float = 0,
    keepdims: Any = _NO_VALUE, *, where: Any = _NO_VALUE, mean: Any = _NO_VALUE,
    correction: Any = _NO_VALUE,
) -> Any:  # fmt: skip
    """Return the variance of what is not NaN: ``np.nanvar``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([3.0, float("nan"), 4.0])
    >>> ag.nanvar(x)
    Tensor(0.25)
    """
    return _moment(np.var, a, axis, dtype, ddof, keepdims, where, mean, correction)


@implements(np.nanstd)
def nanstd(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: float = 0,
    keepdims: Any = _NO_VALUE, *, where: Any = _NO_VALUE, mean: Any = _NO_VALUE,
    correction: Any = _NO_VALUE,
) -> Any:  # fmt: skip
    """Return the standard deviation of what is not NaN: ``np.nanstd``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([3.0, float("nan"), 4.0])
    >>> ag.nanstd(x)
    Tensor(0.5)
    """
    return _moment(np.std, a, axis, dtype, ddof, keepdims, where, mean, correction)


def _moment(
    moment: Any, a: Any, axis: Any, dtype: Any, ddof: Any, keepdims: Any, where: Any,
    mean: Any, correction: Any,
) -> Any:  # fmt: skip
    there = _there(a, where)
    ddof = ddof if correction is _NO_VALUE else correction
    options = _options(keepdims=keepdims)
    short = np.sum(there, axis=axis, **options) <= ddof
    _warn_where(short, "Degrees of freedom <= 0 for slice.")
    options |= _options(mean=mean)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = moment(filled(a, 0), axis=axis, dtype=dtype, ddof=ddof, where=there, **options)
    return _nan_where(short, found)
