"""Median, quantiles and percentiles: they interpolate between order statistics."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd_mini.ops.moving import take_along_axis
from autograd_mini.protocols import implements, known, operand

__all__ = [
    "median", "nanmedian", "nanpercentile", "nanquantile", "percentile", "quantile",
]  # fmt: skip

_NO_VALUE: Any = np._NoValue


def _plotting(alpha: float, beta: float) -> Callable[[Any, Any], Any]:
    """Return the position ``n q + alpha + q (1 - alpha - beta) - 1`` of Hyndman and Fan."""
    return lambda n, q: n * q + (alpha + q * (1 - alpha - beta)) - 1


def _stepping(position: Callable[[Any, Any], Any], stays: Callable[[Any], Any]) -> Any:
    """Return the whole position at or above `position`; at it where `stays` says so."""

    def whole(n: Any, q: Any) -> Any:
        at = position(n, q)
        below = np.floor(at)
        return np.maximum(np.where((at == below) & stays(below), below, below + 1), 0)

    return whole


def _midway(n: Any, q: Any) -> Any:
    at = (n - 1) * q
    return 0.5 * (np.floor(at) + np.ceil(at))


_POSITION: dict[str, Callable[[Any, Any], Any]] = {
    "inverted_cdf": _stepping(lambda n, q: n * q - 1, lambda _: True),
    "averaged_inverted_cdf": lambda n, q: n * q - 1,
    "closest_observation": _stepping(lambda n, q: n * q - 1.5, lambda below: below % 2 == 1),
    "interpolated_inverted_cdf": _plotting(0, 1),
    "hazen": _plotting(0.5, 0.5),
    "weibull": _plotting(0, 0),
    "linear": lambda n, q: (n - 1) * q,
    "median_unbiased": _plotting(1 / 3, 1 / 3),
    "normal_unbiased": _plotting(3 / 8, 3 / 8),
    "lower": lambda n, q: np.floor((n - 1) * q),
    "higher": lambda n, q: np.ceil((n - 1) * q),
    "midpoint": _midway,
    "nearest": lambda n, q: np.round((n - 1) * q),
}
"""Where among n sorted values, counted from 0, the q-quantile lies, by method."""


def _between(low: Any, high: Any, share: Any) -> Any:
    """Go `share` of the way from `low` to `high`, exact at both ends."""
    step = high - low
    return np.where(share >= 0.5, high - step * (1 - share), low + step * share)


def _interpolated(ordered: Any, q: Any, n: Any, method: str, weak: bool) -> Any:
    """Return the quantile along the first axis of sorted values, of which `n` count.

    A `weak` level says where it lies in its own precision, and gives the values' own.
    """
    position = _POSITION["linear" if method == _MIDDLE else method](n, q)
    last = np.maximum(n - 1, 0)
    low = np.floor(np.clip(position, 0, last))
    first = take_along_axis(ordered, low.astype(np.intp), axis=0)
    if method in _DISCRETE:
        return first
    share = position - low
    if method == "averaged_inverted_cdf":
        share = np.where(share == 0, 0.5, 1.0)
    elif method == "midpoint":
        share = np.where(share == 0, 0.0, 0.5)
    share = np.where((position < 0) | (position >= n - 1), 0.0, share)
    share = share.astype(ordered.dtype) if weak else share
    following = np.minimum(low + 1, last).astype(np.intp)
    second = take_along_axis(ordered, following, axis=0)
    if method == _MIDDLE:  # NumPy's median takes the mean, which two infinities have
        return np.where(share == 0, first, (first + second) / 2)
    between = _between(first, second, share)
    return np.where(share == 0, first, between)


def _flat_first(a: Any, axis: Any) -> tuple[Any, tuple[int, ...]]:
    """Return `a` with the reduced axes made one, the first, and its shape if they are kept."""
    reduced = normalize_axis_tuple(range(a.ndim) if axis is None else axis, a.ndim)
    kept = tuple(k for k in range(a.ndim) if k not in reduced)
    moved = np.transpose(a, reduced + kept)
    shape = tuple(1 if k in reduced else n for k, n in enumerate(a.shape))
    together = math.prod(a.shape[k] for k in reduced)  # -1 would say nothing of empty arrays
    return np.reshape(moved, (together, *(a.shape[k] for k in kept))), shape


_MIDDLE = "the median"
"""No method that a caller may name."""

_DISCRETE = {"inverted_cdf", "closest_observation", "lower", "higher", "nearest"}


def _check(q: Any) -> None:
    """Raise if these are no quantile levels."""
    if np.ndim(q) > 1:
        raise ValueError("q must be a scalar or 1d")
    if known(~((q >= 0) & (q <= 1))):
        raise ValueError("Quantiles must be in the range [0, 1]")


def _quantile(
    a: Any, q: Any, axis: Any, method: str, keepdims: Any, skip_nan: bool, weights: Any = None
) -> Any:
    a = operand(a)
    if method not in _POSITION and method != _MIDDLE:
        raise ValueError(f"{method!r} is not a valid method. Use one of: {', '.join(_POSITION)}")
    rows, kept_shape = _flat_first(a if a.dtype.kind in "fc" else a.astype(np.float64), axis)
    weak = isinstance(q, (int, float))
    q = np.asarray(q, np.float64) if weak else operand(q)
    _check(q)
    levels, rest = np.shape(q), rows.shape[1:]
    if not rows.shape[0]:
        found: Any = np.sum(rows, axis=0) + np.full(levels + rest, np.nan)
    else:
        missing = np.isnan(rows)
        lost = np.all(missing, axis=0) if skip_nan else np.any(missing, axis=0)
        if weights is None:
            n = np.sum(~missing, axis=0, keepdims=True) if skip_nan else rows.shape[0]
            column = np.reshape(q, (-1,) + (1,) * len(rest))
            found = _interpolated(np.sort(rows, axis=0), column, n, method, weak)
        elif method != "inverted_cdf":
            raise ValueError("Only method 'inverted_cdf' supports weights")
        else:
            w = _flat_first(_weights_of(weights, a, axis), axis)[0]
            w = np.where(missing, 0.0, w) if skip_nan else w
            found = _weighted(rows, q, np.where(lost, 1.0, w))
        if skip_nan and known(lost):
            warnings.warn("All-NaN slice encountered", RuntimeWarning, stacklevel=6)
        found = np.reshape(np.where(lost, np.nan, found), levels + rest)
    if weights is not None or method in _DISCRETE:
        wanted = a.dtype
    else:
        wanted = rows.dtype if weak else np.result_type(rows.dtype, q.dtype)
    found = found if found.dtype == wanted else found.astype(wanted)
    return np.reshape(found, levels + kept_shape) if keepdims is True else found


def _weighted(rows: Any, q: Any, weights: Any) -> Any:
    """Return the first of the sorted values at which the sum of weights reaches each level."""
    if known(weights < 0):
        raise ValueError("Weights must be non-negative.")
    order = np.argsort(rows, axis=0, stable=True)
    ordered = take_along_axis(rows, order, axis=0)
    running = np.cumsum(take_along_axis(weights, order, axis=0), axis=0, dtype=np.float64)
    share = running / running[-1:]
    if known(~np.isfinite(share[-1:])):
        raise ValueError("Weights included NaN, inf or were all zero.")
    share = share.astype(q.dtype) if q.dtype.kind == "f" else share
    column = np.reshape(q, (-1, 1) + (1,) * (rows.ndim - 1))
    before = np.sum((share[None] < column) | (share[None] == 0), axis=1)
    return take_along_axis(ordered, np.minimum(before, rows.shape[0] - 1), axis=0)


def _weights_of(weights: Any, a: Any, axis: Any) -> Any:
    """Return weights of the shape of `a`, from these or from one for each entry along axes."""
    weights = operand(weights)
    if weights.shape == a.shape:
        return weights
    if axis is None:
        raise TypeError("Axis must be specified when shapes of a and weights differ.")
    axes = normalize_axis_tuple(axis, a.ndim)
    if weights.shape != tuple(a.shape[k] for k in axes):
        raise ValueError(f"weights of shape {weights.shape} do not fit axis {axis} of {a.shape}")
    shape = tuple(n if k in axes else 1 for k, n in enumerate(a.shape))
    moved = np.transpose(weights, np.argsort(axes).tolist())
    return np.broadcast_to(np.reshape(moved, shape), a.shape)


def _real(a: Any) -> Any:
    a = operand(a)
    if a.dtype.kind == "c":
        raise TypeError("a must be an array of real numbers")
    return a


@implements(np.quantile)
def quantile(
    a: Any, q: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False,
    method: str = "linear", keepdims: Any = False, *, weights: Any = None,
) -> Any:  # fmt: skip
    """Return quantiles: ``np.quantile``; differentiable in `a` and in `q`.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([1.0, 3.0, 2.0])
    >>> ag.quantile(x, 0.25)
    Tensor(1.5)
    >>> ag.grad(lambda x: ag.quantile(x, 0.25))(x)
    Tensor([0.5, 0. , 0.5])
    """
    return _quantile(_real(a), q, axis, method, keepdims, False, weights)


@implements(np.nanquantile)
def nanquantile(
    a: Any, q: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False,
    method: str = "linear", keepdims: Any = _NO_VALUE, *, weights: Any = None,
) -> Any:  # fmt: skip
    """Return quantiles of what is not NaN: ``np.nanquantile``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.nanquantile(ag.tensor([1.0, float("nan"), 2.0]), 0.5)
    Tensor(1.5)
    """
    return _quantile(_real(a), q, axis, method, keepdims, True, weights)


def _hundredth(q: Any) -> Any:
    return q / 100 if isinstance(q, (int, float)) else operand(q) / 100


@implements(np.percentile)
def percentile(
    a: Any, q: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False,
    method: str = "linear", keepdims: Any = False, *, weights: Any = None,
) -> Any:  # fmt: skip
    """Return percentiles: ``np.percentile``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.percentile(ag.tensor([1.0, 3.0, 2.0]), 25)
    Tensor(1.5)
    """
    return _quantile(_real(a), _hundredth(q), axis, method, keepdims, False, weights)


@implements(np.nanpercentile)
def nanpercentile(
    a: Any, q: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False,
    method: str = "linear", keepdims: Any = _NO_VALUE, *, weights: Any = None,
) -> Any:  # fmt: skip
    """Return percentiles of what is not NaN: ``np.nanpercentile``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.nanpercentile(ag.tensor([1.0, float("nan"), 2.0]), 50)
    Tensor(1.5)
    """
    return _quantile(_real(a), _hundredth(q), axis, method, keepdims, True, weights)


@implements(np.median)
def median(
    a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: bool = False
) -> Any:
    """Return the middle value: ``np.median``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([4.0, 1.0, 3.0, 2.0])
    >>> ag.median(x)
    Tensor(2.5)
    >>> ag.grad(ag.median)(x)
    Tensor([0. , 0. , 0.5, 0.5])
    """
    return _quantile(a, 0.5, axis, _MIDDLE, keepdims, False)


@implements(np.nanmedian)
def nanmedian(
    a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False,
    keepdims: Any = _NO_VALUE,
) -> Any:  # fmt: skip
    """Return the middle of what is not NaN: ``np.nanmedian``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.nanmedian(ag.tensor([4.0, float("nan"), 3.0]))
    Tensor(3.5)
    """
    return _quantile(a, 0.5, axis, _MIDDLE, keepdims, True)
