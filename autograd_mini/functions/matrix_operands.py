"""Operands that are matrices, or stacks of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_mini.protocols import operand

__all__ = ["matrices", "square_matrices"]


def matrices(a: Any, name: str) -> Any:
    """Return an operand of ``np.linalg.name`` that has the two axes of matrices."""
    a = operand(a)
    if getattr(a, "ndim", 0) < 2:
        raise np.linalg.LinAlgError(f"{name} needs matrices, got shape {np.shape(a)}")
    return a


def square_matrices(a: Any, name: str) -> Any:
    """Return an operand of ``np.linalg.name`` whose matrices are square."""
    a = matrices(a, name)
    if a.shape[-1] != a.shape[-2]:
        raise np.linalg.LinAlgError(f"{name} needs square matrices, got shape {a.shape}")
    return a
