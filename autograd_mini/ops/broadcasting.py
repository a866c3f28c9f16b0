"""Helpers that rules share: shapes under broadcasting and reduction."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_mini.ops.halves import is_half

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["axes_of", "count", "expand", "repeated_view", "shared", "unbroadcast"]

Axis = int | tuple[int, ...] | None


def unbroadcast(g: Any, shape: tuple[int, ...]) -> Any:
    """Sum `g` over the axes along which an operand of `shape` was repeated."""
    if g.__class__ is np.ndarray:
        if g.ndim > 2 and g.size and shape == g.shape[-1:] and g.flags.c_contiguous:
            g = g.reshape(-1, shape[0])
        if g.ndim == 2 and g.dtype.char in "fd" and g.flags.forc:
            n, m = g.shape
            if shape == (n, 1) and 1 < m <= _FEW:
                return g.dot(_ones(m, 1, g.dtype.char))
            if shape == (m,) and n <= _FEW:
                return _ones(1, n, g.dtype.char)[0].dot(g)
            if shape == (1, m) and 1 < n <= _FEW:
                return _ones(1, n, g.dtype.char).dot(g)
        total: Any = np.add.reduce  # what np.sum does to arrays, without its detours
    else:
        total = np.sum  # tensors have their own
    if is_half(g) and g.shape != shape:
        return unbroadcast(g.astype(np.float32), shape).astype(g.dtype)
    extra = g.ndim - len(shape)
    if extra:
        g = total(g, axis=tuple(range(extra)))
    repeated = tuple([k for k, n in enumerate(shape) if n == 1 and g.shape[k] != 1])
    if repeated:
        g = total(g, axis=repeated, keepdims=True)
    return g


@functools.lru_cache(maxsize=32)
def _ones(n: int, m: int, char: str) -> NDArray[Any]:
    """Return a matrix of ones, a product with which is a sum, in a third of its time."""
    made = np.ones((n, m), char)
    made.flags.writeable = False
    return made


_FEW = 1 << 14
"""As many numbers are added up like this: of more, np.add.reduce loses fewer digits."""


def axes_of(axis: Axis, ndim: int) -> tuple[int, ...]:
    """Return `axis` as a tuple of axes from 0 up; None means all of them.

    Where there are none, NumPy's reductions take axis 0 for none at all.
    """
    if axis is None or not ndim:
        return tuple(range(ndim))
    axes = axis if isinstance(axis, tuple) else (axis,)
    return tuple([int(a) % ndim for a in axes])


def expand(g: Any, shape: tuple[int, ...], axis: Axis, keepdims: bool) -> Any:
    """Return `g`, the result of reducing `shape` over `axis`, repeated to `shape` again."""
    if not keepdims and g.ndim:
        axes = axes_of(axis, len(shape))
        g = np.reshape(g, tuple(1 if k in axes else n for k, n in enumerate(shape)))
    if isinstance(g, np.generic):
        return np.ndarray(shape, g.dtype, g, 0, (0,) * len(shape))  # nobody can write into a number
    return repeated_view(g, shape) if g.__class__ is np.ndarray else np.broadcast_to(g, shape)


def repeated_view(g: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    """Return the read-only view that ``np.broadcast_to`` makes, in a fifth of its time."""
    if not g.flags.forc:  # not one block of memory, which is what ndarray() takes
        return np.broadcast_to(g, shape)
    strides = [0] * len(shape)
    offset = len(shape) - g.ndim
    for k, n in enumerate(g.shape):
        if n == shape[k + offset]:
            strides[k + offset] = g.strides[k]
        elif n != 1:
            return np.broadcast_to(g, shape)  # which says what is wrong
    view: NDArray[Any] = np.ndarray(shape, g.dtype, g, 0, strides)
    view.flags.writeable = False
    return view


def count(shape: tuple[int, ...], axis: Axis) -> int:
    """Return how many entries a reduction of `shape` over `axis` takes together."""
    if axis is None:
        return math.prod(shape)
    return math.prod(shape[k] for k in axes_of(axis, len(shape)))


def shared(g: Any, n: int) -> Any:
    """Return the ``n``-th part of `g`; float16 cannot hold an `n` above 65504 itself."""
    return g / (np.float32(n) if is_half(g) else n)
