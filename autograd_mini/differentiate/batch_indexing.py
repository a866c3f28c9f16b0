"""Indexing, and whatever moves entries about, for a whole batch."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_mini.differentiate.batching import Call, batches, one_by_one, padded, up
from autograd_mini.ops.gathering import Slot
from autograd_mini.ops.moving import numbers, rearrange

__all__: list[str] = []


def _is_basic(index: Any) -> bool:
    entries = index if isinstance(index, tuple) else (index,)
    return all(
        each is None or each is Ellipsis
        or (isinstance(each, (int, np.integer, slice)) and not isinstance(each, bool))
        for each in entries
    )  # fmt: skip


def _before(index: Any) -> tuple[Any, ...]:
    """Return `index` of an example as that of a batch, which comes first."""
    return (slice(None), *(index if isinstance(index, tuple) else (index,)))


def _behind(index: Any) -> tuple[Any, ...]:
    """Return `index` of an example as that of a batch, which comes last.

    Indices that are arrays may put their axes in front of all others, but never behind.
    """
    entries = index if isinstance(index, tuple) else (index,)
    return entries if all(each is not Ellipsis for each in entries) else (*entries, slice(None))


@batches("getitem")
def _getitem(call: Call) -> Any:
    index = call.parameter("index")
    if _is_basic(index):
        return call.run(call.xs, index=_before(index))
    found = call.run([np.moveaxis(call.xs[0], 0, -1)], index=_behind(index))
    return np.moveaxis(found, -1, 0)


@batches("setitem")
def _setitem(call: Call) -> Any:
    index, x, v = call.parameter("index"), call.whole(0), call.xs[1]
    if _is_basic(index):
        if call.mapped[1]:
            v = _fitted(v, len(np.shape(x[_before(index)])) - 1)
        return call.run([x, v], index=_before(index))
    last = np.moveaxis(x, 0, -1)
    v = np.moveaxis(v, 0, -1) if call.mapped[1] else np.expand_dims(v, -1)
    return np.moveaxis(call.run([last, v], index=_behind(index)), -1, 0)


def _fitted(v: Any, ndim: int) -> Any:
    """Return batched `v` with `ndim` axes an example: more at the front, or fewer of length 1."""
    shape = np.shape(v)
    extra = len(shape) - 1 - ndim
    return np.reshape(v, (shape[0], *shape[1 + extra :])) if extra > 0 else padded(v, ndim)


@batches("scatter_add")
def _scatter_add(call: Call) -> Any:
    gs = [np.moveaxis(call.whole(k), 0, -1) for k in range(len(call.xs))]
    indices = [_behind(index) for index in call.parameter("indices")]
    made = call.run(gs, shape=(*call.parameter("shape"), call.size), indices=indices)
    return np.moveaxis(made, -1, 0)


@batches("gather", "spread")
def _indexed(call: Call) -> Any:
    """Index with one more array, which counts the examples: it and the rest go together."""
    reading = call.node.op.name == "gather"
    shape = np.shape(call.whole(0))[1:] if reading else call.parameter("shape")
    index = _explicit(call.parameter("index"), len(shape))
    arrays = [k for k, each in enumerate(index) if _is_array(each)]
    if any(isinstance(each, np.ndarray) and each.dtype == bool for each in index):
        return one_by_one(call)
    ndims = [call.ndim(each.position + 1) if isinstance(each, Slot) else np.ndim(each)
             for each in index if _is_array(each)]  # fmt: skip
    depth = max(ndims)
    together = arrays == list(range(arrays[0], arrays[-1] + 1))
    start = arrays[0] if together else 0
    indices = [
        padded(x, depth) if mapped else x
        for x, mapped in zip(call.xs[1:], call.mapped[1:], strict=True)
    ]
    if reading and not call.mapped[0]:
        made = call.run([call.xs[0], *indices], index=index)
        return np.moveaxis(made, start, 0)
    count = np.reshape(np.arange(call.size), (call.size,) + (1,) * depth)
    whole = (count, *index)
    # Once the count is there, arrays that do not follow it at once put their axes in front.
    source, destination = range(1, depth + 1), range(1 + start, 1 + start + depth)
    if reading:
        made = call.run([call.xs[0], *indices], index=whole)
        return np.moveaxis(made, tuple(source), tuple(destination))
    g = np.moveaxis(call.whole(0), tuple(destination), tuple(source))
    return call.run([g, *indices], index=whole, shape=(call.size, *shape))


@batches("scatter")
def _scatter(call: Call) -> Any:
    return one_by_one(call)


def _is_array(entry: Any) -> bool:
    return isinstance(entry, (Slot, np.ndarray, list, int, np.integer))


def _explicit(index: Any, ndim: int) -> tuple[Any, ...]:
    """Return `index` as a tuple without Ellipsis and lists."""
    entries = index if isinstance(index, tuple) and not isinstance(index, Slot) else (index,)
    found: list[Any] = []
    for each in entries:
        if each is Ellipsis:
            used = sum(1 for other in entries if other is not None and other is not Ellipsis)
            found.extend([slice(None)] * (ndim - used))
        else:
            found.append(np.asarray(each) if isinstance(each, list) else each)
    return tuple(found)


# -- entries by their numbers ---------------------------------------------------------------------


def _shifted(source: Any, size: int, entries: int, mapped: bool) -> Any:
    """Return numbers of entries of an example as numbers of entries of the batch."""
    ndim = np.ndim(source) - mapped
    first = np.reshape(np.arange(size) * entries, (size,) + (1,) * ndim)
    return np.where(source == 0, 0, source + first)


@batches("rearrange")
def _rearrange(call: Call) -> Any:
    x, source = call.xs
    if call.mapped[0]:
        source = _shifted(source, call.size, math.prod(np.shape(x)[1:]), call.mapped[1])
    return call.run([x, source])


@batches("collect")
def _collect(call: Call) -> Any:
    shape = call.parameter("shape")
    source = _shifted(call.xs[1], call.size, math.prod(shape), call.mapped[1])
    return call.run([call.whole(0), source], shape=(call.size, *shape))


@batches("repeat", "tile", "resize", "delete", "pad", "pad_moved", "rot90", "diag", "diagonal")
@batches("sliding_window_view")
def _moved(call: Call) -> Any:
    """Let the operation move the numbers of the entries; those of other examples follow."""
    shape = np.shape(call.xs[0])[1:]
    source = call.run([numbers(shape)])
    return rearrange(call.xs[0], _shifted(source, call.size, math.prod(shape), False))


@batches("take")
def _take(call: Call) -> Any:
    x, indices = call.xs
    axis = call.parameter("axis")
    if call.mapped[0]:
        shape = np.shape(x)[1:]
        source = call.run([numbers(shape), indices])
        if call.mapped[1] and axis is not None:
            source = np.moveaxis(source, axis % len(shape), 0)
        return rearrange(x, _shifted(source, call.size, math.prod(shape), call.mapped[1]))
    found = call.run([x, indices])
    return found if axis is None else np.moveaxis(found, axis % np.ndim(x), 0)


@batches("take_along_axis")
def _take_along_axis(call: Call) -> Any:
    axis, x, indices = call.parameter("axis"), call.whole(0), call.whole(1)
    if axis is None:
        x = np.reshape(x, (call.size, math.prod(np.shape(x)[1:])))
        return call.run([x, indices], axis=1)
    return call.run([x, indices], axis=up(axis, call.ndim(0)))


@batches("tril", "triu")
def _triangle(call: Call) -> Any:
    return call.run(call.xs) if call.ndim(0) > 1 else one_by_one(call)


@batches("dropout")
def _dropout(call: Call) -> Any:
    """Draw for all examples together; a seed draws the same for each."""
    return one_by_one(call) if isinstance(call.parameter("rng"), int) else call.run(call.xs)
