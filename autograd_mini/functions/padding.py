"""``np.pad`` in all its modes."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_mini.functions.calculus import along
from autograd_mini.ops import moving as ops
from autograd_mini.protocols import implements, operand, plain

__all__ = ["pad"]

_ARGUMENT = {
    "constant": "constant_values", "linear_ramp": "end_values", "maximum": "stat_length",
    "mean": "stat_length", "median": "stat_length", "minimum": "stat_length",
    "reflect": "reflect_type", "symmetric": "reflect_type", "edge": "", "wrap": "", "empty": "",
}  # fmt: skip
_STATISTIC: dict[str, Any] = {
    "maximum": np.max,
    "minimum": np.min,
    "mean": np.mean,
    "median": np.median,
}


def _pairs(value: Any, ndim: int) -> list[tuple[Any, Any]]:
    """Return (before, after) for every axis."""
    value = operand(value)
    full = np.broadcast_to(value, (ndim, 2))
    return [(full[k, 0], full[k, 1]) for k in range(ndim)]


def _widths(pad_width: Any, ndim: int) -> list[tuple[int, int]]:
    if isinstance(pad_width, dict):
        widths: list[Any] = [(0, 0)] * ndim
        for axis, each in pad_width.items():
            widths[axis] = (each, each) if np.ndim(each) == 0 else tuple(each)
        pad_width = widths
    given = np.asarray(plain(pad_width))
    if given.dtype.kind != "i":
        raise TypeError("`pad_width` must be of integral type.")
    if (given < 0).any():
        raise ValueError("index can't contain negative values")
    full = np.broadcast_to(given, (ndim, 2)).tolist()
    return [(int(before), int(after)) for before, after in full]


@implements(np.pad)
def pad(array: Any, pad_width: Any, mode: Any = "constant", **kwargs: Any) -> Any:
    """Add entries around an array: ``np.pad``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([1.0, 2.0])
    >>> ag.pad(x, (1, 2), mode="edge")
    Tensor([1., 1., 2., 2., 2.])
    >>> ag.grad(lambda x: ag.sum(ag.pad(x, (1, 2), mode="edge")))(x)
    Tensor([2., 3.])
    """
    array = operand(array)
    if not array.ndim:  # nothing has ends to add to
        return np.copy(array)
    widths = _widths(pad_width, array.ndim)
    if callable(mode):
        return _by_function(array, widths, mode, kwargs)
    if mode not in _ARGUMENT:
        raise ValueError(f"mode '{mode}' is not supported")
    if set(kwargs) - {_ARGUMENT[mode]}:
        raise ValueError(f"unsupported keyword arguments for mode '{mode}': {set(kwargs)}")
    if mode == "empty" or (mode == "constant" and not kwargs):
        return ops.pad_zeros(array, width=tuple(widths))
    if mode == "constant":
        return _axis_by_axis(array, widths, _pairs(kwargs["constant_values"], array.ndim), _level)
    if array.size == 0 or mode in ("edge", "wrap"):
        return ops.pad_moved(array, width=tuple(widths), mode=mode)
    if mode in ("reflect", "symmetric"):
        even = ops.pad_moved(array, width=tuple(widths), mode=mode)
        if kwargs.get("reflect_type", "even") == "even":
            return even
        for axis, width in enumerate(widths):
            array = _odd(array, axis, width, mode == "symmetric")
        return array
    if mode == "linear_ramp":
        ends = _pairs(kwargs.get("end_values", 0), array.ndim)
        return _axis_by_axis(array, widths, ends, _ramp)
    lengths = kwargs.get("stat_length")
    pairs = [(None, None)] * array.ndim if lengths is None else _pairs(lengths, array.ndim)
    shape, statistic = array.shape, _STATISTIC[mode]
    whole = array.dtype.kind in "iu"

    def flat(a: Any, axis: int, width: int, length: Any, before: bool) -> Any:
        n = shape[axis] if length is None else min(int(plain(length)), shape[axis])
        if n <= 0 and mode in ("maximum", "minimum"):
            raise ValueError("stat_length of 0 yields no value for padding")
        part = a[along(axis, a.ndim, slice(0, n) if before else slice(a.shape[axis] - n, None))]
        value = statistic(part, axis=axis, keepdims=True)
        return np.repeat(np.round(value) if whole else value, width, axis)

    return _axis_by_axis(array, widths, pairs, flat)


def _axis_by_axis(array: Any, widths: Any, arguments: Any, make: Any) -> Any:
    """Join to both ends of each axis in turn what `make` gives."""
    dtype = array.dtype
    for axis, ((before, after), (first, last)) in enumerate(zip(widths, arguments, strict=True)):
        pieces = [array]
        if before:
            pieces.insert(0, make(array, axis, before, first, True))
        if after:
            pieces.append(make(array, axis, after, last, False))
        pieces = [each if each.dtype == dtype else each.astype(dtype) for each in pieces]
        array = np.concatenate(pieces, axis) if len(pieces) > 1 else array
    return array if array.dtype == dtype else array.astype(dtype)


def _level(a: Any, axis: int, width: int, value: Any, before: bool) -> Any:
    shape = (*a.shape[:axis], width, *a.shape[axis + 1 :])
    return np.broadcast_to(value, shape)


def _ramp(a: Any, axis: int, width: int, end: Any, before: bool) -> Any:
    edge = a[along(axis, a.ndim, 0 if before else -1)]
    ramp = np.linspace(end, edge, width, endpoint=False, axis=axis)
    return ramp if before else np.flip(ramp, axis)


def _odd(a: Any, axis: int, width: tuple[int, int], with_edge: bool) -> Any:
    """Extend so that the graph is symmetric about its end points, as often as needed."""
    n = a.shape[axis]
    if n == 1:
        return ops.pad_moved(
            a, width=tuple(width if k == axis else (0, 0) for k in range(a.ndim)), mode="edge"
        )
    left, right = width
    period = n if with_edge else n - 1
    position = np.arange(-left, n + right)
    turns, within = np.divmod(position, 2 * period)
    mirrored = within >= n if with_edge else within > n - 1
    index = np.where(mirrored, 2 * period - within - (1 if with_edge else 0), within)
    shape = tuple(-1 if k == axis else 1 for k in range(a.ndim))
    turns, mirrored = np.reshape(turns, shape), np.reshape(mirrored, shape)
    low, high = a[along(axis, a.ndim, slice(0, 1))], a[along(axis, a.ndim, slice(n - 1, None))]
    found = np.take(a, index, axis)
    found = np.where(mirrored, 2 * high - found, found)
    made = np.where(turns == 0, found, found + 2 * turns * (high - low))
    return made if made.dtype == a.dtype else made.astype(a.dtype)


def _by_function(array: Any, widths: Any, function: Any, kwargs: dict[str, Any]) -> Any:
    """Let a user's function write the margins, line by line, as ``np.pad`` does."""
    padded = ops.pad_zeros(array, width=tuple(widths))
    for axis, width in enumerate(widths):
        lines = np.moveaxis(padded, axis, -1)
        outer = lines.shape[:-1]
        made = []
        for at in np.ndindex(outer):
            line = np.copy(lines[at])
            function(line, width, axis, kwargs)
            made.append(line)
        padded = np.moveaxis(np.reshape(np.stack(made), lines.shape), -1, axis)
    return padded
