"""Losses that need care at their extremes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_mini.ops.blocks import blockwise
from autograd_mini.ops.kinds import elementwise
from autograd_mini.ops.network import floating, positive_part, sigmoid

__all__ = ["logistic_loss"]


@blockwise
def _logistic_loss(z: Any, y: Any) -> Any:
    """Return log(1 + e^z) - y z without subtracting large numbers."""
    if z.__class__ is np.ndarray and z.dtype.kind == "f" and math.isfinite(np.vdot(z, z)):
        return (positive_part(z) - y * z) + np.log1p(np.exp(-np.abs(z)))
    z = floating(z)
    above = np.real(z) > 0
    factor = np.where(above, 1 - y, -np.asarray(y))
    linear = factor * np.where(factor == 0, 0, z)  # 0 where 0 meets infinity
    return linear + np.log1p(np.exp(np.where(above, -np.asarray(z), z)))


logistic_loss = elementwise(
    "logistic_loss",
    _logistic_loss,
    z=lambda z, y: sigmoid(z) - y,
    y=lambda z: -z,
    latex=r"\log(1 + e^{{{z}}}) - {y} {z}",
    source="np.log1p(np.exp(-np.abs(z))) + np.maximum(z, 0) - y * z",
)
