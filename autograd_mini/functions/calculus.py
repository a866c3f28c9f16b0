"""Differences, integrals, interpolation and convolution, with NumPy's arguments."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from autograd_mini.ops import calculus as ops
from autograd_mini.ops.moving import take
from autograd_mini.protocols import array_operand, implements, operand

__all__ = [
    "convolve", "correlate", "cumulative_prod", "cumulative_sum", "diff", "ediff1d", "gradient",
    "interp", "trapezoid", "unwrap",
]  # fmt: skip

_NO_VALUE: Any = np._NoValue


def along(axis: int, ndim: int, part: Any) -> tuple[Any, ...]:
    """Return the index that takes `part` of one axis."""
    index: list[Any] = [slice(None)] * ndim
    index[axis] = part
    return tuple(index)


def _beside(value: Any, a: Any, axis: int) -> Any:
    """Return `value` as a slab to join to `a` along `axis`; a scalar is repeated."""
    value = operand(value)
    if np.ndim(value):
        return value
    shape = list(a.shape)
    shape[axis] = 1
    return np.broadcast_to(value, tuple(shape))


@implements(np.diff)
def diff(
    a: Any, n: int = 1, axis: int = -1, prepend: Any = _NO_VALUE, append: Any = _NO_VALUE
) -> Any:
    """Return differences of neighbours, `n` times: ``np.diff``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([1.0, 4.0, 9.0])
    >>> ag.diff(x)
    Tensor([3., 5.])
    >>> ag.grad(lambda x: ag.sum(ag.diff(x)))(x)
    Tensor([-1.,  0.,  1.])
    """
    if n == 0:
        return a
    if n < 0:
        raise ValueError(f"order must be non-negative but got {n}")
    a = operand(a)
    if a.ndim == 0:
        raise ValueError("diff requires input that is at least one dimensional")
    axis = normalize_axis_index(axis, a.ndim)
    pieces = [a]
    if prepend is not _NO_VALUE:
        pieces.insert(0, _beside(prepend, a, axis))
    if append is not _NO_VALUE:
        pieces.append(_beside(append, a, axis))
    if len(pieces) > 1:
        a = np.concatenate(pieces, axis)
    upper, lower = along(axis, a.ndim, slice(1, None)), along(axis, a.ndim, slice(None, -1))
    subtract = np.not_equal if a.dtype.kind == "b" else np.subtract
    for _ in [None] * n:
        a = subtract(a[upper], a[lower])
    return a


@implements(np.ediff1d)
def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    """Return differences of the flat entries, with ends joined: ``np.ediff1d``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.ediff1d(ag.tensor([1.0, 4.0, 9.0]), to_begin=0.0)
    Tensor([0., 3., 5.])
    """
    flat = np.reshape(operand(ary), -1)
    pieces = [diff(flat)]
    if to_begin is not None:
        pieces.insert(0, np.reshape(operand(to_begin), -1))
    if to_end is not None:
        pieces.append(np.reshape(operand(to_end), -1))
    joined = np.concatenate(pieces) if len(pieces) > 1 else pieces[0]
    return joined if joined.dtype == flat.dtype else joined.astype(flat.dtype)


@implements(np.trapezoid, "trapz")
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """Integrate by the trapezoidal rule: ``np.trapezoid``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.trapezoid(ag.tensor([0.0, 1.0, 4.0]))
    Tensor(3.)
    >>> ag.grad(lambda y: ag.trapezoid(y, dx=2.0))(ag.ones(3))
    Tensor([1., 2., 1.])
    """
    y = operand(y)
    if x is not None:
        x = operand(x)
        dx = diff(x) if x.ndim == 1 else diff(x, axis=axis)
        if x.ndim == 1:
            dx = np.reshape(dx, tuple(-1 if k == axis % y.ndim else 1 for k in range(y.ndim)))
    heights = y[along(axis, y.ndim, slice(1, None))] + y[along(axis, y.ndim, slice(None, -1))]
    return np.sum(dx * heights / 2.0, axis)


def _spacings(f: Any, given: tuple[Any, ...], axes: tuple[int, ...]) -> list[Any]:
    """Return for each axis the spacing, a number or one for each gap."""
    if not given:
        return [1.0] * len(axes)
    if len(given) == 1 and np.ndim(given[0]) == 0:
        return [given[0]] * len(axes)
    if len(given) != len(axes):
        raise TypeError("invalid number of arguments")
    found = []
    for each, axis in zip(given, axes, strict=True):
        points = operand(each)
        if np.ndim(points) > 1:
            raise ValueError("distances must be either scalars or 1d")
        if np.ndim(points) == 0:
            found.append(points)
            continue
        if points.shape[0] != f.shape[axis]:
            raise ValueError("when 1d, distances must match the corresponding dimension")
        shape = tuple(-1 if k == axis else 1 for k in range(f.ndim))
        found.append(np.reshape(diff(points * 1.0), shape))
    return found


def _slope(f: Any, h: Any, axis: int, edge_order: int) -> Any:
    """Return the slope of `f` along an axis: parabolas inside, lines or parabolas at the ends."""

    def at(part: Any) -> Any:
        return f[along(axis, f.ndim, part)]

    def gap(part: slice) -> Any:
        return h if np.ndim(h) == 0 else h[along(axis, f.ndim, part)]

    def first(k: int) -> slice:
        return slice(k, k + 1)

    def last(k: int) -> slice:
        return slice(-k - 1, -k or None)

    a, b = gap(slice(None, -1)), gap(slice(1, None))
    low, middle, high = at(slice(None, -2)), at(slice(1, -1)), at(slice(2, None))
    if np.ndim(h) == 0:
        inside = (high - low) / (2.0 * h)
    else:
        inside = (
            -b / (a * (a + b)) * low + (b - a) / (a * b) * middle + a / (b * (a + b)) * high
        )  # fmt: skip
    a, z = gap(first(0)), gap(last(0))
    if edge_order == 1:
        begin = (at(first(1)) - at(first(0))) / a
        end = (at(last(0)) - at(last(1))) / z
    else:
        b, y = gap(first(1)), gap(last(1))
        begin = (
            -(2.0 * a + b) / (a * (a + b)) * at(first(0))
            + (a + b) / (a * b) * at(first(1))
            - a / (b * (a + b)) * at(first(2))
        )
        end = (
            z / (y * (y + z)) * at(last(2))
            - (y + z) / (y * z) * at(last(1))
            + (2.0 * z + y) / (z * (y + z)) * at(last(0))
        )
    made = np.concatenate([begin, inside, end], axis)
    return made if f.dtype.kind not in "fc" or made.dtype == f.dtype else made.astype(f.dtype)


@implements(np.gradient)
def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """Return slopes by differences, second order inside: ``np.gradient``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.gradient(ag.tensor([0.0, 1.0, 4.0, 9.0]))
    Tensor([1., 2., 4., 5.])
    """
    f = operand(f)
    f = f if f.dtype.kind in "fc" else f.astype(np.float64)
    axes = normalize_axis_tuple(range(f.ndim) if axis is None else axis, f.ndim)
    if edge_order not in (1, 2):
        raise ValueError("'edge_order' greater than 2 not supported")
    for each in axes:
        if f.shape[each] < edge_order + 1:
            raise ValueError(
                f"np.gradient needs at least {edge_order + 1} entries along axis {each}, shape "
                f"{f.shape} has {f.shape[each]}"
            )
    spacings = _spacings(f, varargs, axes)
    slopes = [_slope(f, h, k, edge_order) for h, k in zip(spacings, axes, strict=True)]
    return slopes[0] if len(slopes) == 1 else tuple(slopes)


@implements(np.interp)
def interp(
    x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None
) -> Any:
    """Interpolate on a line through points: ``np.interp``; differentiable in all of them.

    At a point the slope is that to its right.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x, y = [0.0, 1.0, 2.0], ag.tensor([0.0, 10.0, 15.0])
    >>> ag.interp(0.5, x, y)
    Tensor(5.)
    >>> ag.grad(lambda at: ag.interp(at, x, y))(1.5)
    Tensor(5.)
    """
    x, xp, fp = _precise(x), _precise(xp), _precise(fp)
    if np.ndim(xp) != 1 or xp.shape != np.shape(fp):
        raise ValueError(
            f"interp needs as many points as values, got shapes {np.shape(xp)} and {np.shape(fp)}"
        )
    if xp.shape[0] == 0:
        raise ValueError("array of sample points is empty")
    if period is not None:
        if period == 0:
            raise ValueError("period must be a non-zero value")
        period, left, right = abs(period), None, None
        x, xp = np.remainder(x, period), np.remainder(xp, period)
        order = np.argsort(xp)
        xp, fp = take(xp, order), take(fp, order)
        xp = np.concatenate((xp[-1:] - period, xp, xp[:1] + period))
        fp = np.concatenate((fp[-1:], fp, fp[:1]))
    n = xp.shape[0]
    left = fp[0] if left is None else left
    right = fp[-1] if right is None else right
    low = np.clip(np.searchsorted(xp, x, "right") - 1, 0, max(n - 2, 0))
    high = np.minimum(low + 1, n - 1)
    x0, y0, y1 = take(xp, low), take(fp, low), take(fp, high)
    gap = take(xp, high) - x0
    share = (x - x0) / np.where(gap == 0, 1.0, gap)
    inside = y0 + share * (y1 - y0)
    return _precise(np.where(x < xp[0], left, np.where(x > xp[-1], right, inside)))


def _precise(x: Any) -> Any:
    """Return an operand in double precision, in which NumPy interpolates whatever it is given."""
    x = array_operand(x)
    wanted = np.complex128 if x.dtype.kind == "c" else np.float64
    return x if x.dtype == wanted else x.astype(wanted)


@implements(np.unwrap)
def unwrap(p: Any, discont: Any = None, axis: int = -1, *, period: Any = 2 * np.pi) -> Any:
    """Take out jumps by multiples of the period: ``np.unwrap``; the slope is 1.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.unwrap(ag.tensor([0.0, 6.0]))
    Tensor([ 0.        , -0.28318531])
    """
    return ops.unwrap(operand(p), discont=discont, axis=axis, period=period)


_MODES = ("valid", "same", "full")


def _windowed(full: Any, n: int, m: int, mode: Any, late: bool) -> Any:
    """Cut the full convolution of lengths `n` and `m` to a mode."""
    name = _MODES[mode] if isinstance(mode, int) else mode
    if name not in _MODES:
        raise ValueError(f"mode must be one of {', '.join(_MODES)}, not {mode!r}")
    short, long = min(n, m), max(n, m)
    if name == "full":
        return full
    if name == "valid":
        return full[short - 1 : long]
    begin = short // 2 if late else short - 1 - short // 2
    return full[begin : begin + long]


def _sequences(a: Any, v: Any) -> tuple[Any, Any]:
    a, v = np.atleast_1d(operand(a)), np.atleast_1d(operand(v))
    if a.ndim > 1 or v.ndim > 1:
        raise ValueError(f"convolution takes sequences, got shapes {a.shape} and {v.shape}")
    if a.size == 0 or v.size == 0:
        raise ValueError("neither operand of a convolution may be empty")
    return a, v


@implements(np.convolve)
def convolve(a: Any, v: Any, mode: Any = "full") -> Any:
    """Convolve two sequences: ``np.convolve``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.convolve(ag.tensor([1.0, 2.0]), [1.0, -1.0])
    Tensor([ 1.,  1., -2.])
    >>> ag.grad(lambda v: ag.sum(ag.convolve([1.0, 2.0], v)))(ag.ones(2))
    Tensor([3., 3.])
    """
    a, v = _sequences(a, v)
    return _windowed(ops.convolve(a, v), a.shape[0], v.shape[0], mode, late=False)


@implements(np.correlate)
def correlate(a: Any, v: Any, mode: Any = "valid") -> Any:
    """Correlate two sequences: ``np.correlate``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.correlate(ag.tensor([1.0, 2.0, 3.0]), [0.0, 1.0, 0.5])
    Tensor([3.5])
    """
    a, v = _sequences(a, v)
    late = a.shape[0] < v.shape[0]
    turned = np.conj(v[::-1]) if v.dtype.kind == "c" else v[::-1]  # np.conj counts with bools
    return _windowed(ops.convolve(a, turned), a.shape[0], v.shape[0], mode, late)


def _cumulative(
    run: Any, first: Any, x: Any, axis: int | None, dtype: Any, include_initial: bool
) -> Any:
    x = operand(x)
    if axis is None:
        if x.ndim > 1:
            raise ValueError("For arrays which have more than one dimension, axis is required")
        axis = 0
    x = np.atleast_1d(x)
    made = run(x, axis=axis, dtype=dtype)
    if not include_initial:
        return made
    shape = list(x.shape)
    shape[axis] = 1
    return np.concatenate([np.full(shape, first, made.dtype), made], axis=axis)


@implements("cumulative_sum")
def cumulative_sum(
    x: Any, /, *, axis: int | None = None, dtype: Any = None, out: Any = None,
    include_initial: bool = False,
) -> Any:  # fmt: skip
    """Return running sums: ``np.cumulative_sum``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.cumulative_sum(ag.tensor([1.0, 2.0, 3.0]), include_initial=True)
    Tensor([0., 1., 3., 6.])
    """
    return _cumulative(np.cumsum, 0, x, axis, dtype, include_initial)


@implements("cumulative_prod")
def cumulative_prod(
    x: Any, /, *, axis: int | None = None, dtype: Any = None, out: Any = None,
    include_initial: bool = False,
) -> Any:  # fmt: skip
    """Return running products: ``np.cumulative_prod``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.cumulative_prod(ag.tensor([1.0, 2.0, 3.0]))
    Tensor([1., 2., 6.])
    """
    return _cumulative(np.cumprod, 1, x, axis, dtype, include_initial)
