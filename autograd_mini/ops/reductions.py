"""Reductions: sums, products, extremes, moments, and their running forms."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_mini.ops.broadcasting import Axis, axes_of, count, expand, shared
from autograd_mini.ops.halves import in_single
from autograd_mini.ops.kinds import linear, structured
from autograd_mini.ops.network import floating, is_plain, softmax
from autograd_mini.ops.sampling import normal

__all__ = [
    "cummax",
    "cummin",
    "cumprod",
    "cumsum",
    "logsumexp",
    "max",
    "mean",
    "min",
    "prod",
    "std",
    "sum",
    "var",
]


_WHOLE_AND_AXES = (
    normal((2, 3)),
    normal((2, 3), axis=0),
    normal((2, 3, 2), axis=(-1, 0)),
    normal((2, 3), axis=1, keepdims=True),
    normal((2, 3), axis=()),
    normal(()),
)
"""Samples for every reduction."""

_EMPTY = (normal((0,)), normal((0, 3), axis=0), normal((2, 0), axis=0))
"""Samples for reductions that have a value for no entries."""

_RUNNING = (
    normal((2, 3)),
    normal((2, 5), axis=1),
    normal((2, 3, 2), axis=-2),
    normal((0, 2), axis=0),
)

_MOMENTS = (
    *_WHOLE_AND_AXES[:4],
    normal((4,), ddof=1),
    normal((3, 2), axis=0, ddof=1.5, keepdims=True),
)


_add_up: Any = np.add.reduce  # what np.sum and np.mean come down to, in half their time


def _sum(x: Any, axis: Axis = None, dtype: Any = None, keepdims: bool = False) -> Any:
    return _add_up(x, axis=axis, dtype=dtype, keepdims=keepdims)


sum = linear(
    "sum",
    _sum,
    x=lambda g, x_shape, axis, keepdims: expand(g, x_shape, axis, keepdims),
    latex=r"\sum {x}",
    samples=(*_WHOLE_AND_AXES, *_EMPTY),
)


def _mean(x: Any, axis: Axis = None, dtype: Any = None, keepdims: bool = False) -> Any:
    if dtype is None and x.dtype.char in "fd" and x.size:
        return _add_up(x, axis=axis, keepdims=keepdims) / count(x.shape, axis)
    return np.mean(x, axis=axis, dtype=dtype, keepdims=keepdims)


mean = linear(
    "mean",
    _mean,
    x=lambda g, x_shape, axis, keepdims: expand(
        shared(g, count(x_shape, axis)), x_shape, axis, keepdims
    ),
    latex=r"\operatorname{{mean}} {x}",
    samples=(*_WHOLE_AND_AXES, normal((2, 0), axis=0)),
)


def _centred(x: Any, axis: Axis) -> Any:
    return x - np.mean(x, axis=axis, keepdims=True)


def _var(
    x: Any, axis: Axis = None, dtype: Any = None, ddof: float = 0, keepdims: bool = False
) -> Any:
    return np.var(x, axis=axis, dtype=dtype, ddof=ddof, keepdims=keepdims)


def _var_vjp(g: Any, x: Any, axis: Axis, ddof: float, keepdims: bool) -> Any:
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.float64(2.0) / np.maximum(count(x.shape, axis) - ddof, 0)
    return expand(g * scale, x.shape, axis, keepdims) * np.conj(_centred(x, axis))


var = structured(
    "var",
    _var,
    x=_var_vjp,
    latex=r"\operatorname{{var}} {x}",
    samples=(*_MOMENTS, normal((2, 3), axis=()), normal(())),
)


def _std(
    x: Any, axis: Axis = None, dtype: Any = None, ddof: float = 0, keepdims: bool = False
) -> Any:
    return np.std(x, axis=axis, dtype=dtype, ddof=ddof, keepdims=keepdims)


def _std_vjp(g: Any, out: Any, x: Any, axis: Axis, ddof: float, keepdims: bool) -> Any:
    """Go through the variance; equal values have the subgradient 0."""
    flat = out == 0
    return _var_vjp(g * np.where(flat, 0, 0.5 / np.where(flat, 1, out)), x, axis, ddof, keepdims)


std = structured("std", _std, x=_std_vjp, latex=r"\operatorname{{std}} {x}", samples=_MOMENTS)


def _extreme_vjp(g: Any, out: Any, x: Any, axis: Axis, keepdims: bool) -> Any:
    """Share the gradient equally among the entries that reach the extreme."""
    shape = x.shape
    reached = x == expand(out, shape, axis, keepdims)
    ties = np.sum(reached, axis=axis, keepdims=True)
    return np.where(reached, expand(g, shape, axis, keepdims) / np.maximum(ties, 1), 0)


def _max(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    return np.max(x, axis=axis, keepdims=keepdims)


def _min(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    return np.min(x, axis=axis, keepdims=keepdims)


max = structured(
    "max",
    _max,
    x=_extreme_vjp,
    latex=r"\max {x}",
    samples=(*_WHOLE_AND_AXES, normal((2, 0), axis=0)),
)
min = structured(
    "min",
    _min,
    x=_extreme_vjp,
    latex=r"\min {x}",
    samples=(*_WHOLE_AND_AXES, normal((2, 0), axis=0)),
)


def _prod(x: Any, axis: Axis = None, dtype: Any = None, keepdims: bool = False) -> Any:
    return np.prod(x, axis=axis, dtype=dtype, keepdims=keepdims)


def _prod_vjp(g: Any, x: Any, axis: Axis, keepdims: bool) -> Any:
    """Multiply by the product of all *other* entries, which needs no division by zero."""
    axes = axes_of(axis, x.ndim)
    kept = tuple(k for k in range(x.ndim) if k not in axes)
    moved = np.transpose(x, kept + axes)
    rows = np.reshape(moved, (*moved.shape[: len(kept)], count(x.shape, axis)))
    ones = np.ones_like(rows[..., :1])
    before = np.cumprod(np.concatenate([ones, rows[..., :-1]], axis=-1), axis=-1)
    reverse = rows[..., ::-1]
    after = np.cumprod(np.concatenate([ones, reverse[..., :-1]], axis=-1), axis=-1)[..., ::-1]
    others = np.reshape(before * after, moved.shape)
    back = tuple(int(k) for k in np.argsort(kept + axes))
    return expand(g, x.shape, axis, keepdims) * np.transpose(others, back)


prod = structured(
    "prod", _prod, x=_prod_vjp, latex=r"\prod {x}", samples=(*_WHOLE_AND_AXES, *_EMPTY)
)


def _cumsum(x: Any, axis: int | None = None, dtype: Any = None) -> Any:
    return np.cumsum(x, axis=axis, dtype=dtype)


def _cumsum_vjp(g: Any, x_shape: tuple[int, ...], axis: int | None) -> Any:
    if axis is None:
        return np.reshape(np.flip(np.cumsum(np.flip(g, 0), 0), 0), x_shape)
    return np.flip(np.cumsum(np.flip(g, axis), axis), axis)


cumsum = linear("cumsum", _cumsum, x=_cumsum_vjp, samples=_RUNNING)


def _cumprod(x: Any, axis: int | None = None, dtype: Any = None) -> Any:
    return np.cumprod(x, axis=axis, dtype=dtype)


def _carried_back(v: Any, factor: Any) -> Any:
    """Solve v_k = g_k + factor_k v_(k+1) along the last axis, where `v` holds g at first.

    The recurrence divides by nothing, and doubles its reach in every pass, which takes log2(n)
    vectorised steps.
    """
    n, reach = v.shape[-1], 1
    while reach < n:
        pad = np.zeros_like(factor[..., :reach])
        v = v + factor * np.concatenate([v[..., reach:], pad], axis=-1)
        factor = factor * np.concatenate([factor[..., reach:], pad], axis=-1)
        reach *= 2
    return v


def _cumprod_vjp(g: Any, x: Any, axis: int | None) -> Any:
    """Let v_k = g_k + x_(k+1) v_(k+1) from the end: then dx_k = v_k times the product before k."""
    shape = x.shape
    if axis is None:
        return np.reshape(_cumprod_vjp(g, np.reshape(x, -1), 0), shape)
    rows, v = np.moveaxis(x, axis, -1), np.moveaxis(g, axis, -1)
    ones = np.ones_like(rows[..., :1])
    before = np.cumprod(np.concatenate([ones, rows[..., :-1]], axis=-1), axis=-1)
    factor = np.concatenate([rows[..., 1:], np.zeros_like(ones)], axis=-1) if v.size else rows
    return np.moveaxis(_carried_back(v, factor) * before, -1, axis)


cumprod = structured("cumprod", _cumprod, x=_cumprod_vjp, samples=_RUNNING)


def _cummax(x: Any, axis: int = 0) -> Any:
    return np.maximum.accumulate(x, axis=axis)


def _cummin(x: Any, axis: int = 0) -> Any:
    return np.minimum.accumulate(x, axis=axis)


def _running_extreme_vjp(g: Any, out: Any, x: Any, axis: int) -> Any:
    """Share the gradient of each extreme equally among the entries that reached it so far."""
    rows, tops, g = (np.moveaxis(each, axis, -1) for each in (x, out, g))
    reached = rows == tops
    same = tops[..., 1:] == tops[..., :-1]  # the same extreme goes on
    total = np.cumsum(reached, axis=-1)
    fresh = np.concatenate([np.ones_like(reached[..., :1]), ~same], axis=-1)
    before = np.maximum.accumulate(np.where(fresh, total - reached, 0), axis=-1)
    shared = g / np.maximum(total - before, 1)
    lasts = np.concatenate([same, np.zeros_like(reached[..., :1])], axis=-1)
    carried = _carried_back(shared, lasts.astype(g.dtype)) if g.size else shared
    return np.moveaxis(carried * reached, -1, axis)


cummax = structured(
    "cummax", _cummax, x=_running_extreme_vjp, samples=[normal((5,)), normal((2, 4), axis=1)]
)
cummin = structured(
    "cummin", _cummin, x=_running_extreme_vjp, samples=[normal((5,)), normal((3, 2), axis=0)]
)


@in_single
def _logsumexp(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    x = floating(x)
    top = np.max(x, axis=axis, keepdims=True)
    if is_plain(x) and np.isfinite(top).all():
        made = x - top
        np.exp(made, out=made)
        total = np.log(np.add.reduce(made, axis=axis, keepdims=True)) + top
    else:
        shift = np.where(np.isfinite(top), top, 0)
        with np.errstate(divide="ignore"):
            total = np.log(np.sum(np.exp(x - shift), axis=axis, keepdims=True)) + shift
    return total if keepdims else np.squeeze(total, axis=axes_of(axis, np.ndim(x)))


def _logsumexp_vjp(g: Any, out: Any, x: Any, axis: Axis, keepdims: bool) -> Any:
    """Share as softmax does; where all entries are -inf, none of them counts."""
    if is_plain(x) and isinstance(g, (np.ndarray, np.generic)) and np.isfinite(out).all():
        return softmax.kernel(x, axis) * expand(g, x.shape, axis, keepdims)
    nothing = expand(np.real(out) == -np.inf, x.shape, axis, keepdims)
    weights = np.where(nothing, 0, softmax(np.where(nothing, 0, x), axis=axis))
    return expand(g, x.shape, axis, keepdims) * weights


logsumexp = structured(
    "logsumexp",
    _logsumexp,
    x=_logsumexp_vjp,
    latex=r"\log \sum e^{{{x}}}",
    samples=_WHOLE_AND_AXES,
    source="np.log(np.sum(np.exp(x - np.max(x, axis=axis, keepdims=True)), axis=axis, "
    "keepdims=keepdims)) + np.max(x, axis=axis, keepdims=keepdims)",
)
