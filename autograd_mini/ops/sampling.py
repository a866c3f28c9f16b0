"""Example operands, which tables give beside their operations: generated tests draw from them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["Sample", "normal", "together"]

Sample = Callable[[Any], tuple[tuple[Any, ...], dict[str, Any]]]  # of a np.random.Generator
"""``sample(rng) -> (args, kwargs)`` of one call."""


def normal(*shapes: tuple[int, ...], **params: Any) -> Sample:
    """Return a sample of normal operands of these shapes, and parameters."""

    def sample(rng: np.random.Generator) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return tuple(np.asarray(rng.normal(size=shape)) for shape in shapes), params

    return sample


def together(*shapes: tuple[int, ...], **params: Any) -> Sample:
    """Return a sample for a variadic operation: one list of normal operands."""

    def sample(rng: np.random.Generator) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return ([np.asarray(rng.normal(size=shape)) for shape in shapes],), params

    return sample
