"""Operations that only move entries: all of them linear, each given with its transpose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_mini.ops.broadcasting import unbroadcast
from autograd_mini.ops.kinds import linear
from autograd_mini.ops.sampling import normal, together

__all__ = [
    "astype",
    "broadcast_to",
    "concatenate",
    "copy",
    "expand_dims",
    "flip",
    "moveaxis",
    "reshape",
    "roll",
    "squeeze",
    "stack",
    "swapaxes",
    "transpose",
]

Shape = tuple[int, ...]


def _reshape(x: Any, shape: Any, order: str = "C") -> Any:
    return np.reshape(x, shape, order=order)  # type: ignore[call-overload]


reshape = linear(
    "reshape",
    _reshape,
    x=lambda g, x_shape, order: np.reshape(g, x_shape, order=order),
    samples=[
        normal((2, 3), shape=(3, -1)),
        normal((2, 3), shape=6),
        normal((2, 3), shape=(3, 2), order="F"),
        normal((), shape=(1, 1)),
        normal((1,), shape=()),
        normal((0, 2), shape=(3, 0)),
    ],
)


def _ravel(x: Any, order: Any = "C") -> Any:
    return np.ravel(x, order=order)


ravel = linear(
    "ravel",
    _ravel,
    x=lambda g, x_shape, order: np.reshape(g, x_shape, order=order),
    samples=[normal((2, 3)), normal((2, 3), order="F"), normal(()), normal((0, 2))],
)


def _transpose(x: Any, axes: Sequence[int] | None = None) -> Any:
    return np.transpose(x, axes)


transpose = linear(
    "transpose",
    _transpose,
    x=lambda g, axes: np.transpose(
        g, None if axes is None else np.argsort([a % len(axes) for a in axes]).tolist()
    ),
    latex="{{{x}}}^T",
    samples=[
        normal((2, 3)),
        normal((2, 3, 4), axes=(1, 2, 0)),
        normal((2, 3, 4), axes=(-1, 0, -2)),
        normal(()),
        normal((3,)),
        normal((0, 2)),
    ],
)


def _swapaxes(x: Any, axis1: int, axis2: int) -> Any:
    return np.swapaxes(x, axis1, axis2)


swapaxes = linear(
    "swapaxes",
    _swapaxes,
    x=lambda g, axis1, axis2: np.swapaxes(g, axis1, axis2),
    samples=[normal((2, 3, 4), axis1=0, axis2=-1), normal((2, 3), axis1=1, axis2=1)],
)


def _moveaxis(x: Any, source: Any, destination: Any) -> Any:
    return np.moveaxis(x, source, destination)


moveaxis = linear(
    "moveaxis",
    _moveaxis,
    x=lambda g, source, destination: np.moveaxis(g, destination, source),
    samples=[
        normal((2, 3, 4), source=0, destination=-1),
        normal((2, 3, 4), source=(0, 2), destination=(1, 0)),
    ],
)


def _squeeze(x: Any, axis: Any = None) -> Any:
    return np.squeeze(x, axis=axis)


squeeze = linear(
    "squeeze",
    _squeeze,
    x=lambda g, x_shape: np.reshape(g, x_shape),
    latex="{x}",
    samples=[
        normal((1, 3, 1)),
        normal((1, 3, 1), axis=-1),
        normal((1, 1), axis=(0, 1)),
        normal(()),
    ],
)


def _expand_dims(x: Any, axis: Any = 0) -> Any:
    return np.expand_dims(x, axis)


expand_dims = linear(
    "expand_dims",
    _expand_dims,
    x=lambda g, x_shape: np.reshape(g, x_shape),
    samples=[normal((2, 3), axis=1), normal((2, 3), axis=(0, -1)), normal((), axis=0)],
)


def _broadcast_to(x: Any, shape: Any) -> Any:
    return np.broadcast_to(x, shape)


broadcast_to = linear(
    "broadcast_to",
    _broadcast_to,
    x=lambda g, x_shape: unbroadcast(g, x_shape),
    samples=[
        normal((3,), shape=(2, 3)),
        normal((2, 1), shape=(4, 2, 3)),
        normal((), shape=(2, 2)),
        normal((1,), shape=(0,)),
        normal((2, 3), shape=(2, 3)),
    ],
)


def _flip(x: Any, axis: Any = None) -> Any:
    return np.flip(x, axis)


flip = linear(
    "flip",
    _flip,
    x=lambda g, axis: np.flip(g, axis),
    samples=[normal((2, 3)), normal((2, 3), axis=-1), normal((2, 3, 2), axis=(0, 2))],
)


def _roll(x: Any, shift: Any, axis: Any = None) -> Any:
    return np.roll(x, shift, axis)


def _back(shift: Any) -> Any:
    return tuple(-each for each in shift) if isinstance(shift, (tuple, list)) else -shift


roll = linear(
    "roll",
    _roll,
    x=lambda g, shift, axis: np.roll(g, _back(shift), axis),
    samples=[
        normal((2, 3), shift=2),
        normal((2, 3), shift=-1, axis=1),
        normal((2, 3), shift=(1, 2), axis=(0, 1)),
        normal((2, 3), shift=2, axis=(0, 1)),
        normal((2, 3), shift=(1, 1), axis=0),
        normal((0,), shift=1),
    ],
)


def _concatenate(xs: Any, axis: int | None = 0, dtype: Any = None) -> Any:
    return np.concatenate(xs, axis=axis, dtype=dtype)


def _concatenate_vjp(g: Any, shapes: list[Shape], axis: int | None) -> list[Any]:
    """Cut the gradient where the operands met."""
    if axis is None:
        sizes = [int(np.prod(shape)) for shape in shapes]
        ends = np.cumsum(sizes).tolist()
        pieces = [g[end - size : end] for size, end in zip(sizes, ends, strict=True)]
        return [np.reshape(p, shape) for p, shape in zip(pieces, shapes, strict=True)]
    axis %= g.ndim
    ends = np.cumsum([shape[axis] for shape in shapes]).tolist()
    before = (slice(None),) * axis
    return [
        g[(*before, slice(end - shape[axis], end))] for shape, end in zip(shapes, ends, strict=True)
    ]


concatenate = linear(
    "concatenate",
    _concatenate,
    variadic=True,
    xs=_concatenate_vjp,
    samples=[
        together((2, 3), (1, 3)),
        together((2, 3), (2, 1), (2, 0), axis=-1),
        together((2, 3), (4,), (1, 1), axis=None),
        together((3,)),
    ],
)


def _stack(xs: Any, axis: int = 0, dtype: Any = None) -> Any:
    return np.stack(xs, axis=axis, dtype=dtype)


def _stack_vjp(g: Any, shapes: list[Shape], axis: int) -> list[Any]:
    before = (slice(None),) * (axis % g.ndim)
    return [g[(*before, k)] for k in range(len(shapes))]


stack = linear(
    "stack",
    _stack,
    variadic=True,
    xs=_stack_vjp,
    samples=[together((2, 3), (2, 3)), together((2,), (2,), (2,), axis=-1), together((), ())],
)


def _astype(x: Any, dtype: Any, copy: bool = True) -> Any:
    return np.asarray(x).astype(dtype, copy=copy)


astype = linear(
    "astype", _astype, x=lambda g: g, latex="{x}", samples=[normal((2, 3), dtype=np.float64)]
)


def _copy(x: Any, order: Any = "K") -> Any:
    return np.array(x, order=order)


copy = linear(
    "copy", _copy, x=lambda g: g, latex="{x}",
    samples=[normal((2, 3)), normal(()), normal((2, 3), order="F")],
)  # fmt: skip
