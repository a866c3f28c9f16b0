"""Between which numbers the values of a node lie, as far as its operations tell."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_mini.graph.node import Node, value_of

__all__ = ["bounds"]

_RANGES = {
    "exp": (0.0, math.inf), "exp2": (0.0, math.inf), "absolute": (0.0, math.inf),
    "square": (0.0, math.inf), "sqrt": (0.0, math.inf), "relu": (0.0, math.inf),
    "softplus": (0.0, math.inf), "cosh": (1.0, math.inf),
    "sigmoid": (0.0, 1.0), "softmax": (0.0, 1.0), "tanh": (-1.0, 1.0),
}  # fmt: skip

_ANYWHERE = (-math.inf, math.inf)
_NOT_NEGATIVE = (0.0, math.inf)
_DEPTH = 6  # of operations looked at: formulas that guard a logarithm are short


def bounds(operand: Any, depth: int = _DEPTH) -> tuple[float, float]:
    """Return two numbers between which each entry of an operand lies that is not NaN.

    Rounding keeps order, so what holds for the ends holds for what is between, if they are
    computed in the same precision.
    """
    if operand.__class__ is not Node:
        return _of_constant(np.asarray(value_of(operand)))
    name = operand.op.name
    if operand.dtype.kind != "f":  # whole numbers may overflow
        return _ANYWHERE
    if name in _RANGES:
        return _RANGES[name]
    if depth == 0 or not operand.inputs or operand.op.variadic:
        return _ANYWHERE
    low, high = bounds(operand.inputs[0], depth - 1)
    if name == "negative":
        return -high, -low
    if name in ("sum", "mean", "broadcast_to", "reshape"):
        return _NOT_NEGATIVE if low >= 0 else _ANYWHERE
    if len(operand.inputs) != 2:
        return _ANYWHERE
    low, high = _of_pair(name, operand, (low, high), depth)
    return (low, high) if low <= high else _ANYWHERE  # the difference of two overflows is NaN


def _of_pair(name: str, node: Node, first: tuple[float, float], depth: int) -> tuple[float, float]:
    """Return the bounds of an operation on two operands."""
    (a, b), (c, d) = first, bounds(node.inputs[1], depth - 1)
    kind = node.dtype.type
    with np.errstate(all="ignore"):
        if name == "add":
            return float(kind(a) + kind(c)), float(kind(b) + kind(d))
        if name == "subtract":
            return float(kind(a) - kind(d)), float(kind(b) - kind(c))
    if name == "maximum":
        return max(a, c), max(b, d)
    if name == "minimum":
        return min(a, c), min(b, d)
    if a >= 0 and (c > 0 or (c == 0 and name == "multiply")):  # it may be -0, to divide by
        return _NOT_NEGATIVE if name in ("multiply", "divide") else _ANYWHERE
    if name == "multiply" and node.inputs[0] is node.inputs[1]:
        return _NOT_NEGATIVE
    return _ANYWHERE


def _of_constant(value: np.ndarray[Any, Any]) -> tuple[float, float]:
    if value.dtype.kind not in "fiub" or not value.size or np.isnan(value).any():
        return _ANYWHERE
    return float(value.min()), float(value.max())
