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


def _source(x: Any, out: Any, axis: int | None) -> Any:
    """Return where in `x` each entry of `out` stood; equal ones keep their order."""
    rank = np.argsort(_ordered(out, axis), axis=axis)
    return np.take_along_axis(_ordered(x, axis), rank, axis=-1 if axis is None else axis)


def _permuted_vjp(g: Any, x: Any, out: Any, axis: int | None) -> Any:
    source = _source(x, out, axis)
    if axis is None:
        return np.reshape(take_along_axis(g, np.argsort(source), axis=0), x.shape)
    return take_along_axis(g, np.argsort(source, axis=axis), axis=axis)


def _permuted_jvp(t: Any, x: Any, out: Any, axis: int | None) -> Any:
    source = _source(x, out, axis)
    if axis is None:
        return take_along_axis(np.reshape(t, -1), source, axis=0)
    return take_along_axis(t, source, axis=axis)


sort = structured(
    "sort",
    _sort,
    x=_permuted_vjp,
    jvp={"x": _permuted_jvp},
    samples=[normal((5,)), normal((2, 4)), normal((3, 2), axis=0), normal((2, 3), axis=None)],
)
partition = structured(
    "partition",
    _partition,
    x=_permuted_vjp,
    jvp={"x": _permuted_jvp},
    samples=[normal((6,), kth=2), normal((2, 5), kth=[1, 3]), normal((4, 2), kth=1, axis=0)],
)
