"""Operations that move, repeat or drop entries, with the transpose worked out for them.

Such an operation, run on the *numbers* of the entries instead of their values, tells where each
entry of the result came from.  Its transpose adds every entry of the gradient up where it came
from, so a line of the table needs no more than NumPy's own function.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_mini.ops.kinds import linear
from autograd_mini.ops.operation import Op
from autograd_mini.ops.sampling import Sample, normal

__all__ = [
    "collect",
    "delete",
    "diag",
    "diagonal",
    "moving",
    "numbers",
    "pad_zeros",
    "rearrange",
    "repeat",
    "resize",
    "rot90",
    "take",
    "take_along_axis",
    "tile",
    "tril",
    "triu",
    "windows",
]


def numbers(shape: tuple[int, ...], start: int = 1) -> Any:
    """Return numbers for the entries of an array; 0 is left for entries made up."""
    return np.arange(start, start + math.prod(shape)).reshape(shape)


def _rearrange(x: Any, source: Any) -> Any:
    flat = np.reshape(x, -1)
    return np.concatenate([np.zeros(1, flat.dtype), flat])[source]


def _collect(g: Any, source: Any, shape: tuple[int, ...]) -> Any:
    total = np.zeros(math.prod(shape) + 1, g.dtype)
    np.add.at(total, source.reshape(-1), np.reshape(g, -1))
    return total[1:].reshape(shape)


def _rearrange_sample(rng: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    return (rng.normal(size=(2, 3)), np.array([[1, 0, 6, 6], [2, 3, 3, 0]])), {}


def _collect_sample(rng: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    return (rng.normal(size=4), np.array([1, 0, 3, 3])), {"shape": (3,)}


rearrange: Op = linear(
    "rearrange",
    _rearrange,
    operands=("x", "source"),
    x=lambda g, source, x_shape: collect(g, source, shape=x_shape),
    samples=[_rearrange_sample],
)
collect: Op = linear(
    "collect",
    _collect,
    operands=("g", "source"),
    g=lambda g, source: rearrange(g, source),
    samples=[_collect_sample],
)


def moving(
    name: str, kernel: Callable[..., Any], samples: Sequence[Sample] = (), **about: Any
) -> Op:
    """Declare an operation whose result is entries of its first argument, and zeros.

    Parameters
    ----------
    name : str
    kernel : callable
        Its first argument is ``x``; an argument ``indices`` is an operand too.
    samples : sequence of callables
        See :class:`~autograd_mini.ops.operation.Op`.
    """
    names = [each for each in inspect.signature(kernel).parameters if each != "x"]

    def transpose(g: Any, x_shape: tuple[int, ...], *values: Any) -> Any:
        stated = dict(zip(names, values, strict=True))
        return collect(g, op(numbers(x_shape), **stated), shape=x_shape)

    transpose.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter(each, inspect.Parameter.POSITIONAL_OR_KEYWORD)
            for each in ("g", "x_shape", *names)
        ]
    )
    operands = ("x", "indices") if "indices" in names else None
    op = linear(name, kernel, operands=operands, x=transpose, samples=samples, **about)
    return op


def _indexed(shape: tuple[int, ...], indices: Any, **params: Any) -> Sample:
    return lambda rng: ((rng.normal(size=shape), np.array(indices)), params)


# -- repeating and dropping -----------------------------------------------------------------------


def _repeat(x: Any, repeats: Any, axis: int | None = None) -> Any:
    return np.repeat(x, repeats, axis)


def _tile(x: Any, reps: Any) -> Any:
    return np.tile(x, reps)


def _resize(x: Any, shape: Any) -> Any:
    return np.resize(x, shape)


def _delete(x: Any, where: Any, axis: int | None = None) -> Any:
    return np.delete(x, where, axis)


def _pad_zeros(x: Any, width: Any) -> Any:
    return np.pad(x, width)


def _pad_moved(x: Any, width: Any, mode: str) -> Any:
    return np.pad(x, width, mode)  # type: ignore[call-overload]


repeat = moving(
    "repeat",
    _repeat,
    [
        normal((2, 3), repeats=2),
        normal((2, 3), repeats=[1, 0, 2], axis=1),
        normal((), repeats=3),
    ],
)
tile = moving(
    "tile",
    _tile,
    [normal((3,), reps=(2, 2)), normal((2, 3), reps=2), normal((2, 1, 2), reps=(1, 2))],
)
resize = moving("resize", _resize, [normal((2, 2), shape=(3, 2)), normal((4,), shape=2)])
delete = moving(
    "delete",
    _delete,
    [
        normal((2, 3), where=1, axis=1),
        normal((5,), where=slice(0, 4, 2)),
        normal((4,), where=[0, 0]),
    ],
)
pad_zeros = moving("pad", _pad_zeros, [normal((2, 3), width=((1, 2), (0, 1)))])
pad_moved = moving(
    "pad_moved",
    _pad_moved,
    [
        normal((3,), width=(4, 5), mode="reflect"),
        normal((2, 3), width=1, mode="symmetric"),
        normal((3,), width=(1, 4), mode="wrap"),
        normal((2, 2), width=2, mode="edge"),
    ],
)

# -- turning and diagonals ------------------------------------------------------------------------


def _rot90(x: Any, k: int = 1, axes: tuple[int, int] = (0, 1)) -> Any:
    return np.rot90(x, k, axes)


def _diag(x: Any, k: int = 0) -> Any:
    return np.diag(x, k)


def _diagonal(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    return np.diagonal(x, offset, axis1, axis2)


def _tril(x: Any, k: int = 0) -> Any:
    return np.tril(x, k)


def _triu(x: Any, k: int = 0) -> Any:
    return np.triu(x, k)


def _windows(x: Any, window_shape: Any, axis: Any = None) -> Any:
    return np.lib.stride_tricks.sliding_window_view(x, window_shape, axis)


rot90 = moving("rot90", _rot90, [normal((2, 3)), normal((2, 3, 2), k=3, axes=(1, 2))])
diag = moving("diag", _diag, [normal((3,)), normal((3, 4), k=1), normal((2,), k=-1)])
diagonal = moving(
    "diagonal", _diagonal, [normal((3, 3)), normal((2, 3, 4), offset=-1, axis1=2, axis2=0)]
)
tril = linear(
    "tril", _tril, x=lambda g, k: np.tril(g, k), samples=[normal((3, 3)), normal((2, 3), k=-1)]
)
triu = linear(
    "triu", _triu, x=lambda g, k: np.triu(g, k), samples=[normal((3, 3)), normal((2, 3), k=1)]
)
windows = moving("sliding_window_view", _windows, [normal((5,), window_shape=3)])

# -- by index -------------------------------------------------------------------------------------


def _take(x: Any, indices: Any, axis: int | None = None, mode: str = "raise") -> Any:
    return np.take(x, indices, axis, mode=mode)  # type: ignore[call-overload]


def _take_along_axis(x: Any, indices: Any, axis: int | None = -1) -> Any:
    return np.take_along_axis(x, indices, axis)


take = moving(
    "take",
    _take,
    [_indexed((2, 3), [2, 0, 2], axis=1), _indexed((4,), [[0, 5], [1, 1]], mode="wrap")],
)
take_along_axis = moving(
    "take_along_axis",
    _take_along_axis,
    [_indexed((2, 3), [[2, 0, 2], [1, 1, 0]], axis=1), _indexed((2, 3), [[1, 0, 0]], axis=0)],
)
