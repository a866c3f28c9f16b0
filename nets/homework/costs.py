"""Costs to assume where a file has none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["ASSUMED"]


def _binary(A: Any, Y: Any, m: int) -> Any:
    return -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / m


def _categorical(A: Any, Y: Any, m: int) -> Any:
    return -np.sum(Y * np.log(A)) / m


def _half_squares(A: Any, Y: Any, m: int) -> Any:
    return np.sum((A - Y) ** 2) / (2 * m)


def _mean_squares(A: Any, Y: Any, m: int) -> Any:  # noqa: ARG001 - as the others
    return np.mean((A - Y) ** 2)


Cost = Callable[[Any, Any, int], Any]

ASSUMED: tuple[tuple[str, Cost], ...] = (
    ("binary cross-entropy, mean over m", _binary),
    ("categorical cross-entropy, mean over m", _categorical),
    ("half the squared error, mean over m", _half_squares),
    ("mean squared error", _mean_squares),
)
"""Costs by what they are called, the likeliest first; each takes (A, Y, m)."""
