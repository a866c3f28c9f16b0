"""``ufunc.reduce``, ``accumulate``, ``outer``, ``at`` and ``reduceat`` on tensors (NEP 13)."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from autograd_mini.context import unwatched
from autograd_mini.errors import DataDependentError
from autograd_mini.functions.calculus import along
from autograd_mini.functions.writing import copyto
from autograd_mini.graph.tape import forgive
from autograd_mini.ops import reductions
from autograd_mini.ops.gathering import Slot, spread, take
from autograd_mini.ops.indexing import scatter_add
from autograd_mini.ops.moving import numbers, rearrange
from autograd_mini.protocols import (
    FUNCTIONS,
    UFUNCS,
    array_operand,
    operand,
    plain,
    ufunc_method,
)
from autograd_mini.recording.inplace import plain_index
from autograd_mini.recording.recorded import Recorded

__all__: list[str] = []

_NO_VALUE: Any = np._NoValue

_REDUCTIONS: dict[Any, Any] = {
    np.add: np.sum,
    np.multiply: np.prod,
    np.maximum: np.max,
    np.minimum: np.min,
    np.logical_and: np.all,
    np.logical_or: np.any,
}
"""The function that a ufunc's ``reduce`` is."""


def _needs_rule(ufunc: np.ufunc) -> None:
    if ufunc.nin != 2 or ufunc.nout != 1:
        raise ValueError(f"np.{ufunc.__name__} does not combine two arrays into one")
    if ufunc not in UFUNCS and ufunc not in FUNCTIONS:
        raise TypeError(f"np.{ufunc.__name__} does not work on tensors")


def _axes(array: Any, axis: Any) -> tuple[int, ...]:
    """Return the axes to reduce over, from 0 up; NumPy takes axis 0 of no axes for none at all."""
    if axis is None or (not array.ndim and axis in (0, -1)):
        return tuple(range(array.ndim))
    return normalize_axis_tuple(axis, array.ndim)


@ufunc_method("reduce", *_REDUCTIONS)
def _reduce(
    ufunc: np.ufunc, array: Any, axis: Any = 0, dtype: Any = None, out: Any = None,
    keepdims: Any = False, initial: Any = _NO_VALUE, where: Any = True,
) -> Any:  # fmt: skip
    """Reduce by the function of its own that NumPy has for it."""
    options: dict[str, Any] = {"axis": axis, "keepdims": keepdims}
    if where is not True:
        options["where"] = where
    given = initial is not _NO_VALUE and initial is not None
    logical = ufunc in (np.logical_and, np.logical_or)
    if given and not logical:
        options["initial"] = initial
    array = operand(array)
    if dtype is not None:
        if ufunc in (np.add, np.multiply):
            options["dtype"] = dtype
        else:
            array = array.astype(dtype)
    made = FUNCTIONS[_REDUCTIONS[ufunc]](array, **options)
    return ufunc(made, initial) if given and logical else made


@ufunc_method("reduce", np.logaddexp)
def _logaddexp_reduce(
    ufunc: np.ufunc, array: Any, axis: Any = 0, dtype: Any = None, out: Any = None,
    keepdims: Any = False, initial: Any = _NO_VALUE, where: Any = True,
) -> Any:  # fmt: skip
    """Reduce by logsumexp, whose gradients are the softmax."""
    array = operand(array) if dtype is None else operand(array).astype(dtype)
    if where is not True:
        with unwatched():
            array = np.where(where, array, -np.inf)
    axes = _axes(array, axis)
    if not all(array.shape[each] for each in axes):
        array = np.full([n if k not in axes else 1 for k, n in enumerate(array.shape)], -np.inf)
    made = reductions.logsumexp(array, axis=axes, keepdims=keepdims)
    return made if initial is _NO_VALUE else np.logaddexp(initial, made)


@ufunc_method("reduce", None)
def _fold(
    ufunc: np.ufunc, array: Any, axis: Any = 0, dtype: Any = None, out: Any = None,
    keepdims: Any = False, initial: Any = _NO_VALUE, where: Any = True,
) -> Any:  # fmt: skip
    """Combine entry after entry along the axes: for ufuncs without a reduction of their own."""
    _needs_rule(ufunc)
    array = operand(array) if dtype is None else operand(array).astype(dtype)
    axes = _axes(array, axis)
    if len(axes) > 1 and ufunc.identity is None and ufunc not in _REORDERABLE:
        raise ValueError(f"np.{ufunc.__name__} is not reorderable: reduce over one axis")
    kept = tuple(k for k in range(array.ndim) if k not in axes)
    shape = tuple(1 if k in axes else n for k, n in enumerate(array.shape))
    rows = np.reshape(np.transpose(array, axes + kept), (-1, *(array.shape[k] for k in kept)))
    masks: Any = None
    if where is not True:
        if initial is _NO_VALUE and ufunc.identity is None:
            raise ValueError(f"{ufunc.__name__}.reduce with where= needs initial=")
        full = np.broadcast_to(operand(where), array.shape)
        masks = np.reshape(np.transpose(full, axes + kept), rows.shape)
    total: Any = None if initial is _NO_VALUE or initial is None else initial
    if total is None and (masks is not None or not rows.shape[0] or ufunc is np.logical_xor):
        if ufunc.identity is None:
            raise ValueError(f"zero-size array to {ufunc.__name__}.reduce, which has no identity")
        total = (
            ufunc.identity if ufunc is np.logical_xor else np.asarray(ufunc.identity, array.dtype)
        )
    for k in range(rows.shape[0]):
        if total is None:
            total = np.abs(rows[k]) if ufunc is np.hypot else rows[k]  # hypot(0, x)
        elif masks is None:
            total = ufunc(total, rows[k])
        else:
            total = np.where(masks[k], ufunc(total, rows[k]), total)
    total = np.broadcast_to(total, rows.shape[1:]) if np.shape(total) != rows.shape[1:] else total
    return np.reshape(total, shape) if keepdims else total


_REORDERABLE = {np.fmax, np.fmin, np.logaddexp2, np.hypot, np.bitwise_and, np.gcd, np.lcm}


def _axis(array: Any, axis: Any) -> int:
    """Return the axis to go along, from 0 up; the only one need not be named."""
    if not array.ndim:
        raise TypeError("cannot accumulate on a scalar")
    if axis is None and array.ndim == 1:
        return 0
    return normalize_axis_index(axis, array.ndim)


@ufunc_method("accumulate", np.add, np.multiply)
def _running(ufunc: np.ufunc, array: Any, axis: int = 0, dtype: Any = None, out: Any = None) -> Any:
    """Accumulate by cumsum or cumprod."""
    run = np.cumsum if ufunc is np.add else np.cumprod
    array = operand(array)
    return run(array, axis=_axis(array, axis), dtype=dtype)


@ufunc_method("accumulate", np.maximum, np.minimum)
def _running_extreme(
    ufunc: np.ufunc, array: Any, axis: int = 0, dtype: Any = None, out: Any = None
) -> Any:
    """Accumulate extremes: equal ones so far share the gradient equally."""
    array = operand(array) if dtype is None else operand(array).astype(dtype)
    run = reductions.cummax if ufunc is np.maximum else reductions.cummin
    return run(array, axis=_axis(array, axis))


@ufunc_method("accumulate", None)
def _accumulate(
    ufunc: np.ufunc, array: Any, axis: int = 0, dtype: Any = None, out: Any = None
) -> Any:
    """Combine entry after entry, and keep what there is on the way."""
    _needs_rule(ufunc)
    array = operand(array) if dtype is None else operand(array).astype(dtype)
    axis = _axis(array, axis)
    if not array.shape[axis]:
        return np.copy(array)
    made = [array[along(axis, array.ndim, 0)]]
    for k in range(1, array.shape[axis]):
        made.append(ufunc(made[-1], array[along(axis, array.ndim, k)]))
    return np.stack(made, axis)


@ufunc_method("outer", None)
def _outer(ufunc: np.ufunc, first: Any, second: Any, /, **options: Any) -> Any:
    """Combine every entry of one operand with every one of the other."""
    if ufunc.nin != 2:
        raise ValueError(f"np.{ufunc.__name__} does not combine two arrays")
    first, second = array_operand(first), array_operand(second)
    apart = np.reshape(first, np.shape(first) + (1,) * np.ndim(second))
    return ufunc(apart, second, **options)


def _rounds(places: Any) -> list[Any]:
    """Split positions into rounds, in each of which no place occurs twice.

    The k-th round holds each place's k-th occurrence, so what is done to one place is done in
    the order given.
    """
    order = np.argsort(places, kind="stable")
    ordered = places[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    lengths = np.diff(np.r_[starts, ordered.size])
    turn = np.empty(places.size, np.intp)
    turn[order] = np.arange(places.size) - np.repeat(starts, lengths)
    return [np.flatnonzero(turn == k) for k in range(int(turn.max()) + 1 if turn.size else 0)]


@ufunc_method("at", None)
def _at(ufunc: np.ufunc, target: Any, indices: Any, *operands: Any) -> None:
    """Combine values into the entries at an index, repeated ones again and again, in place."""
    if len(operands) + 1 != ufunc.nin or ufunc.nout != 1:
        raise TypeError(f"np.{ufunc.__name__}.at takes {ufunc.nin - 1} operand(s) to combine")
    shape = np.shape(target)
    places = _places(ufunc, shape, indices)
    values = [
        np.reshape(np.broadcast_to(_beside(operand(e), target), places.shape), -1) for e in operands
    ]
    entries, places = np.reshape(np.copy(target), -1), places.reshape(-1)
    if isinstance(places, Recorded):
        entries = ufunc(entries, spread([*values, places], shape=entries.shape, index=Slot(0)))
    elif ufunc in (np.add, np.subtract):
        added = scatter_add(values, shape=entries.shape, indices=[places])
        entries = ufunc(entries, added)
    else:
        for turn in _rounds(places):
            made = ufunc(entries[places[turn]], *(each[turn] for each in values))
            source = np.zeros(entries.shape[0], np.intp)
            source[places[turn]] = np.arange(1, turn.size + 1)
            entries = np.where(source > 0, rearrange(made, source), entries)
    copyto(target, np.reshape(entries, shape))


def _places(ufunc: np.ufunc, shape: tuple[int, ...], indices: Any) -> Any:
    """Return the numbers of the entries at an index: a tensor if that is computed, to add there."""
    entries = numbers(shape, start=0)
    try:
        return entries[plain_index(indices)]
    except DataDependentError as error:
        if ufunc not in (np.add, np.subtract):
            raise
        forgive(error)
        return take(entries, indices)


def _beside(value: Any, target: Any) -> Any:
    """Return a value as it is added to the target: bools alone would add up to one of them."""
    dtype = np.result_type(target.dtype, getattr(value, "dtype", value))
    return value.astype(dtype) if hasattr(value, "dtype") else np.asarray(value, dtype)


@ufunc_method("reduceat", None)
def _reduceat(
    ufunc: np.ufunc, array: Any, indices: Any, axis: int = 0, dtype: Any = None, out: Any = None
) -> Any:
    """Reduce slice after slice: from each index to the next, or one entry if that comes before."""
    array = operand(array)
    axis = _axis(array, axis)
    n = array.shape[axis]
    starts = np.asarray(plain(operand(indices))).tolist()
    if any(not 0 <= each < n for each in starts):
        raise IndexError(f"index out of bounds in {ufunc.__name__}.reduceat: 0 … {n - 1}")
    reduce = functools.partial(ufunc.reduce, axis=axis, dtype=dtype, keepdims=True)
    made = [
        reduce(array[along(axis, array.ndim, slice(a, b if b > a else a + 1))])
        for a, b in zip(starts, [*starts[1:], n], strict=True)
    ]
    return np.concatenate(made, axis) if made else array[along(axis, array.ndim, slice(0, 0))]
