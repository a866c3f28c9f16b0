"""Quotients by a norm, which are 0 where it is 0: the least of the subgradients there."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_mini.formulas.tidy.numbers import Factor
from autograd_mini.formulas.tidy.table import bare, fits, number, same
from autograd_mini.graph.node import Node
from autograd_mini.ops.operation import Op
from autograd_mini.rewrite.builder import Builder, is_number, only_new_axes, shape_of

__all__ = ["OVER", "factor_over", "guarded_inverse", "inverse_with_new_axes"]


def _over(x: Any, y: Any) -> Any:
    return np.where(y == 0, 0, x / np.where(y == 0, 1, y))


OVER = Op("over", _over, "elementwise", ("x", "y"), registered=False)
"""``x / y``, and 0 where y is 0; no operation of the engine, only of formulas."""


def _made(build: Builder, node: Node, x: Any, y: Any) -> Any:
    shape = np.broadcast_shapes(shape_of(x), shape_of(y))
    return build.make(OVER, (x, y), {}, shape, node.dtype)


def guarded_inverse(build: Builder, node: Node) -> Any:
    """``where(y == 0, 0, c / where(y == 0, 1, y))`` is ``c`` over y."""
    condition, zero, quotient = node.inputs
    if not (bare(condition, "equal") and is_number(condition.second, 0) and is_number(zero, 0)):
        return None
    if not bare(quotient, "divide") or number(quotient.first) is None:
        return None
    factor, below = Factor.of(quotient.first), quotient.second
    if bare(below, "multiply") and number(below.first) is not None:
        factor, below = factor.over(Factor.of(below.first)), below.second
    y = condition.first
    if not bare(below, "where") or below.inputs[0] is not condition:
        return None
    if not is_number(below.inputs[1], 1) or below.inputs[2] is not y or not fits(node, y):
        return None
    made = _made(build, node, 1.0, y)
    if factor.is_one:
        return same(node, made)
    return same(node, build.call("multiply", factor.number, made))


def factor_over(build: Builder, node: Node) -> Any:
    """``x * over(1, y)`` is ``over(x, y)``."""
    for x, inverse in (node.inputs, node.inputs[::-1]):
        if bare(inverse, "over") and number(inverse.first) == 1 and number(x) is None:
            return same(node, _made(build, node, x, inverse.second))
    return None


def inverse_with_new_axes(build: Builder, node: Node) -> Any:
    """``over(1, y)[:, None]`` is ``over(1, y[:, None])``."""
    inner = node.first
    if not bare(inner, "over") or number(inner.first) is None:
        return None
    if node.op.name == "getitem" and not only_new_axes(node.params["index"]):
        return None
    y = inner.second
    part = build.make(node.op, (y, *node.inputs[1:]), node.params, node.shape, y.dtype)
    return same(node, _made(build, node, inner.first, part))
