"""Sorting: the gradient follows the stable permutation."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_mini.ops.kinds import structured
from autograd_mini.ops.moving import take_along_axis
from autograd_mini.ops.sampling import normal

__all__ = ["partition", "sort"]


def _sort(x: Any, axis: int | None = -1, stable: bool | None = None) -> Any:
    return np.sort(x, axis=axis, stable=stable)


def _partition(x: Any, kth: Any, axis: int | None = -1) -> Any:
    return np.partition(x, kth, axis)


def _ordered(x: Any, axis: int | None) -> Any:
    return np.argsort(x, axis=axis, stable=True)


def _inverse(order: Any, axis: int | None) -> Any:
    """Return where each number stands in a permutation of the numbers from 0."""
    if order.__class__ is not np.ndarray:
        return np.argsort(order, axis=axis)
    k = order.ndim - 1 if axis is None else axis
    made, numbers = np.empty_like(order), np.arange(order.shape[k])
    shape = [1] * order.ndim
    shape[k] = -1
    np.put_along_axis(made, order, numbers.reshape(shape), k)
    return made


def _source(x: Any, out: Any, axis: int | None) -> Any:
    """Return where in `x` each entry of `out` stood; equal ones keep their order."""
    rank = _inverse(_ordered(out, axis), axis)
    return np.take_along_axis(_ordered(x, axis), rank, axis=-1 if axis is None else axis)


def _carried_back(g: Any, source: Any, shape: tuple[int, ...], axis: int | None) -> Any:
    if axis is None:
        return np.reshape(take_along_axis(g, _inverse(source, 0), axis=0), shape)
    return take_along_axis(g, _inverse(source, axis), axis=axis)


def _carried_along(t: Any, source: Any, axis: int | None) -> Any:
    if axis is None:
        return take_along_axis(np.reshape(t, -1), source, axis=0)
    return take_along_axis(t, source, axis=axis)


sort = structured(
    "sort",
    _sort,
    x=lambda g, x, axis: _carried_back(g, _ordered(x, axis), x.shape, axis),
    jvp={"x": lambda t, x, axis: _carried_along(t, _ordered(x, axis), axis)},
    samples=[normal((5,)), normal((2, 4)), normal((3, 2), axis=0), normal((2, 3), axis=None)],
)
partition = structured(
    "partition",
    _partition,
    x=lambda g, x, out, axis: _carried_back(g, _source(x, out, axis), x.shape, axis),
    jvp={"x": lambda t, x, out, axis: _carried_along(t, _source(x, out, axis), axis)},
    samples=[normal((6,), kth=2), normal((2, 5), kth=[1, 3]), normal((4, 2), kth=1, axis=0)],
)
