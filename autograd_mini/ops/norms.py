"""Norms of vectors: their derivative at 0 is 0, the subgradient of least norm."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_mini.ops.broadcasting import Axis, expand
from autograd_mini.ops.kinds import structured
from autograd_mini.ops.matrices import conj
from autograd_mini.ops.sampling import normal

__all__ = ["euclidean_norm", "p_norm"]


def _euclidean(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    if isinstance(axis, (tuple, list)) and len(axis) not in (1, 2):
        return np.linalg.vector_norm(x, axis=tuple(axis), keepdims=keepdims)
    return np.linalg.norm(x, axis=axis, keepdims=keepdims)


def _inverse(x: Any) -> Any:
    """Return 1 / x, and 0 for 0."""
    zero = x == 0
    return np.where(zero, 0, 1 / np.where(zero, 1, x))


def _direction(x: Any, out: Any, axis: Axis, keepdims: bool) -> Any:
    return conj(x) * expand(_inverse(out), x.shape, axis, keepdims)


euclidean_norm = structured(
    "euclidean_norm",
    _euclidean,
    x=lambda g, x, out, axis, keepdims: (
        expand(g, x.shape, axis, keepdims) * _direction(x, out, axis, keepdims)
    ),
    jvp={
        "x": lambda t, x, out, axis, keepdims: np.real(
            np.sum(t * _direction(x, out, axis, keepdims), axis=axis, keepdims=keepdims)
        )
    },
    latex=r"\left\|{x}\right\|",
    flops=lambda node: 2.0 * float(np.prod(node.inputs[0].shape)),
    samples=[
        normal((3,)),
        normal((2, 3), axis=1),
        normal((2, 3), axis=(0, 1), keepdims=True),
        normal((2, 3, 2), axis=-2, keepdims=True),
        normal((2, 3), axis=()),
        normal(()),
        normal((0, 3), axis=1),
    ],
)


def _p_norm(x: Any, ord: float, axis: Any = None, keepdims: bool = False) -> Any:
    return np.linalg.vector_norm(x, ord=ord, axis=axis, keepdims=keepdims)


def _p_slope(x: Any, out: Any, ord: float, axis: Axis, keepdims: bool) -> Any:
    """Return (|x| / out)^(p - 1) times the direction of x; at the kinks, where x is 0, 0."""
    total = expand(out, x.shape, axis, keepdims)
    zero = (x == 0) | (total == 0)
    size = abs(np.where(zero, 1, x))
    ratio = size / np.where(zero, 1, total)
    return np.where(zero, 0, ratio ** (ord - 1) * conj(x) / size)


def _p_vjp(g: Any, x: Any, out: Any, ord: float, axis: Axis, keepdims: bool) -> Any:
    return expand(g, x.shape, axis, keepdims) * _p_slope(x, out, ord, axis, keepdims)


def _p_jvp(t: Any, x: Any, out: Any, ord: float, axis: Axis, keepdims: bool) -> Any:
    slope = _p_slope(x, out, ord, axis, keepdims)
    return np.real(np.sum(t * slope, axis=axis, keepdims=keepdims))


p_norm = structured(
    "p_norm",
    _p_norm,
    x=_p_vjp,
    jvp={"x": _p_jvp},
    latex=r"\left\|{x}\right\|_p",
    samples=[normal((3,), ord=3), normal((2, 3), ord=1.5, axis=1), normal((2, 2), ord=-1, axis=0)],
)
