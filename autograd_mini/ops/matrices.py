"""What the rules of matrix operations share: transposes, diagonals, masks."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = [
    "adjoint",
    "conj",
    "cubic",
    "diagonal_of",
    "half_triangle",
    "hermitian",
    "is_complex",
    "swap",
]


def cubic(factor: float) -> Callable[[Any], float]:
    """Return the cost of an operation on (m, n) matrices that takes factor · m n min(m, n)."""

    def flops(node: Any) -> float:
        shape = node.inputs[0].shape
        return float(factor * math.prod(shape) * min(shape[-2:]))

    return flops


def swap(x: Any) -> Any:
    """Return x with its last two axes exchanged; ``.T`` of a matrix is the faster spelling."""
    return x.T if x.ndim == 2 else np.swapaxes(x, -1, -2)


def is_complex(x: Any) -> bool:
    """Return whether `x` holds complex numbers."""
    return bool(x.dtype.kind == "c")


def conj(x: Any) -> Any:
    """Return the conjugate, which costs nothing for real numbers."""
    return np.conj(x) if is_complex(x) else x


def adjoint(x: Any) -> Any:
    """Return the conjugate transpose."""
    return conj(swap(x))


def hermitian(x: Any) -> Any:
    """Return (x + xᴴ) / 2, which is x where x is Hermitian."""
    return 0.5 * x + 0.5 * adjoint(x)


def diagonal_of(x: Any) -> Any:
    """Return the diagonals of stacked matrices."""
    k = np.arange(min(x.shape[-2:]))
    return x[..., k, k]


def half_triangle(x: Any, upper: bool = False) -> Any:
    """Return the lower (or upper) triangle of x with half its diagonal."""
    n = x.shape[-1]
    mask = np.tri(n, dtype=np.finfo(x.dtype).dtype)
    mask[np.diag_indices(n)] = 0.5
    return x * (mask.T if upper else mask)
