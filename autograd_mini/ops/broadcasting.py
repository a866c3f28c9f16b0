"""Helpers that rules share: shapes under broadcasting and reduction."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

__all__ = ["axes_of", "count", "expand", "unbroadcast"]

Axis = int | tuple[int, ...] | None


def unbroadcast(g: Any, shape: tuple[int, ...]) -> Any:
    """Sum `g` over the axes along which an operand of `shape` was repeated."""
    extra = g.ndim - len(shape)
    if extra:
        g = np.sum(g, axis=tuple(range(extra)))
    repeated = tuple(k for k, n in enumerate(shape) if n == 1 and g.shape[k] != 1)
    if repeated:
        g = np.sum(g, axis=repeated, keepdims=True)
    return g


def axes_of(axis: Axis, ndim: int) -> tuple[int, ...]:
    """Return `axis` as a tuple of axes from 0 up; None means all of them."""
    if axis is None:
        return tuple(range(ndim))
    axes = axis if isinstance(axis, tuple) else (axis,)
    return tuple(int(a) % ndim if ndim else 0 for a in axes)


def expand(g: Any, shape: tuple[int, ...], axis: Axis, keepdims: bool) -> Any:
    """Return `g`, the result of reducing `shape` over `axis`, repeated to `shape` again."""
    if not keepdims:
        axes = axes_of(axis, len(shape))
        g = np.reshape(g, tuple(1 if k in axes else n for k, n in enumerate(shape)))
    return np.broadcast_to(g, shape)


def count(shape: tuple[int, ...], axis: Axis) -> int:
    """Return how many entries a reduction of `shape` over `axis` takes together."""
    return math.prod(shape[k] for k in axes_of(axis, len(shape)))
