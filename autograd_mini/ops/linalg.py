"""Products of vectors and matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_mini.ops.broadcasting import unbroadcast
from autograd_mini.ops.kinds import bilinear
from autograd_mini.ops.sampling import normal

__all__ = ["dot", "matmul", "product"]

_ndarray = np.ndarray


def _swap(x: Any) -> Any:
    """Return x with its last two axes exchanged; ``.T`` of a matrix is the faster spelling."""
    return x.T if x.ndim == 2 else np.swapaxes(x, -1, -2)


def product(x: Any, y: Any) -> Any:
    """Return ``x @ y``; of two matrices by ``dot``, which starts in half the time."""
    if x.__class__ is np.ndarray and y.__class__ is np.ndarray and x.ndim == y.ndim == 2:
        return x.dot(y)
    return np.matmul(x, y)


def _matmul_left(g: Any, x_shape: tuple[int, ...], y: Any) -> Any:
    if g.__class__ is _ndarray and len(x_shape) == 2 == y.ndim:
        return g.dot(y.T)  # which is what most networks do, without detours
    if len(x_shape) == 1:
        if y.ndim == 1:
            return g * y
        # vector @ (batch of) matrices: g has the last axis of y
        return unbroadcast(np.matmul(y, g[..., None])[..., 0], x_shape)
    if y.ndim == 1:
        return g[..., None] * y
    return product(g, _swap(y))


def _matmul_right(g: Any, x: Any, y_shape: tuple[int, ...]) -> Any:
    if g.__class__ is _ndarray and len(y_shape) == 2 == x.ndim:
        return x.T.dot(g)
    if len(y_shape) == 1:
        if x.ndim == 1:
            return g * x
        return unbroadcast(np.matmul(_swap(x), g[..., None])[..., 0], y_shape)
    if x.ndim == 1:
        return x[:, None] * g[..., None, :]
    return product(_swap(x), g)


matmul = bilinear(
    "matmul",
    np.matmul,
    x=_matmul_left,
    y=_matmul_right,
    latex="{x} {y}",
    flops=lambda node: 2.0 * node.inputs[0].shape[-1] * float(np.prod(node.shape)),
    samples=[
        normal(x, y)
        for x, y in (
            ((2, 3), (3, 4)),
            ((3,), (3,)),
            ((3,), (3, 2)),
            ((2, 3), (3,)),
            ((3,), (4, 3, 2)),
            ((4, 2, 3), (3,)),
            ((5, 2, 3), (3, 4)),
            ((2, 3), (5, 3, 4)),
            ((5, 1, 2, 3), (4, 3, 2)),
            ((1, 3), (3, 1)),
            ((2, 0), (0, 3)),
            ((0,), (0,)),
            ((0, 2), (2, 3)),
            ((0, 2, 3), (3, 2)),
            ((3, 3), (3, 3)),
        )
    ],
)


def _dot_left(g: Any, x_shape: tuple[int, ...], y: Any) -> Any:
    if not x_shape:
        return np.sum(g * y)
    if np.ndim(y) == 0:
        return g * y
    if y.ndim <= 2 and len(x_shape) <= 2:
        return _matmul_left(g, x_shape, y)
    # dot(x, y)[i, j, m] = sum_k x[i, k] y[j, k, m]: sum over every axis that came from y
    rest = tuple(k for k in range(y.ndim) if k != max(y.ndim - 2, 0))
    along = tuple(range(len(x_shape) - 1, g.ndim))
    return np.tensordot(g, y, axes=(along, rest))


def _dot_right(g: Any, x: Any, y_shape: tuple[int, ...]) -> Any:
    if not y_shape:
        return np.sum(g * x)
    if np.ndim(x) == 0:
        return g * x
    if x.ndim <= 2 and len(y_shape) <= 2:
        return _matmul_right(g, x, y_shape)
    along = tuple(range(x.ndim - 1))
    moved = np.tensordot(x, g, axes=(along, along))  # the summed axis of x comes first
    return np.moveaxis(moved, 0, max(len(y_shape) - 2, 0))


dot = bilinear(
    "dot",
    lambda x, y: np.dot(x, y),
    x=_dot_left,
    y=_dot_right,
    latex="{x} {y}",
    flops=lambda node: 2.0 * (node.inputs[0].shape or (1,))[-1] * float(np.prod(node.shape)),
    samples=[
        normal(x, y)
        for x, y in (
            ((2, 3), (3, 4)),
            ((3,), (3,)),
            ((3,), (3, 2)),
            ((2, 3), (3,)),
            ((), (2, 3)),
            ((2,), ()),
            ((), ()),
            ((2, 3), (4, 3, 2)),
            ((5, 2, 3), (3,)),
            ((3,), (5, 3, 2)),
            ((4, 2, 3), (3, 2)),
            ((2, 2, 3), (4, 3, 2)),
            ((0,), (0,)),
            ((2, 0), (0, 3)),
            ((3, 3), (3, 3)),
        )
    ],
)


def _tensordot(x: Any, y: Any, axes: Any = 2) -> Any:
    return np.tensordot(x, y, axes=axes)


def _contracted(axes: Any, x_ndim: int, y_ndim: int) -> tuple[list[int], list[int]]:
    if isinstance(axes, (int, np.integer)):
        n = int(axes)
        return list(range(x_ndim - n, x_ndim)), list(range(n))
    of_x, of_y = ([each] if np.ndim(each) == 0 else list(each) for each in axes)
    return [a % x_ndim for a in of_x], [a % y_ndim for a in of_y]


def _tensordot_left(g: Any, x_shape: tuple[int, ...], y: Any, axes: Any) -> Any:
    of_x, of_y = _contracted(axes, len(x_shape), y.ndim)
    free_x = [k for k in range(len(x_shape)) if k not in of_x]
    free_y = [k for k in range(y.ndim) if k not in of_y]
    along = list(range(len(free_x), g.ndim))
    made = np.tensordot(g, y, axes=(along, free_y))  # axes: free of x, then the summed ones of y
    order = free_x + [of_x[of_y.index(k)] for k in sorted(of_y)]
    return np.transpose(made, np.argsort(order).tolist())


def _tensordot_right(g: Any, x: Any, y_shape: tuple[int, ...], axes: Any) -> Any:
    of_x, of_y = _contracted(axes, x.ndim, len(y_shape))
    free_x = [k for k in range(x.ndim) if k not in of_x]
    free_y = [k for k in range(len(y_shape)) if k not in of_y]
    along = list(range(len(free_x)))
    made = np.tensordot(x, g, axes=(free_x, along))  # axes: the summed ones of x, then free of y
    order = [of_y[of_x.index(k)] for k in sorted(of_x)] + free_y
    return np.transpose(made, np.argsort(order).tolist())


tensordot = bilinear(
    "tensordot", _tensordot, x=_tensordot_left, y=_tensordot_right,
    latex=r"{x} \cdot {y}",
    flops=lambda node: 2.0 * float(np.prod(node.inputs[0].shape)),
samples=[
        normal((2, 3, 4), (3, 4, 2)),
        normal((2, 3), (3, 2), axes=1),
        normal((2, 3), (4,), axes=0),
        normal((2, 3, 4), (4, 5, 2), axes=([0, 2], [2, 0])),
        normal((2, 3, 4), (5, 3), axes=(1, 1)),
        normal((2, 3, 4), (4, 2, 3), axes=([2, -3, 1], [0, 1, -1])),
        normal((3, 3), (3, 3), axes=([0, 1], [1, 0])),
    ])  # fmt: skip
