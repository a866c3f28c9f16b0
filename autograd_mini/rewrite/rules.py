"""The rules of rewriting: each names an operation and what may stand in its place.

A rule sees a node that is about to be made, with operands that are already as simple as they get,
and returns another operand of the same value, or None.
"""

# ruff: noqa: ARG001, D401 - rules have one signature, and state identities

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_mini.graph.node import Node
from autograd_mini.ops.network import is_gentle
from autograd_mini.ops.operation import registry
from autograd_mini.rewrite.bounds import bounds
from autograd_mini.rewrite.builder import (
    Builder,
    has_dtype,
    is_full,
    made_by,
    only_new_axes,
    shape_of,
)
from autograd_mini.rewrite.table import Table, same

__all__ = ["EXACT"]

EXACT = Table()
"""Rules that change no bit of a result."""


# -- what does nothing ----------------------------------------------------------------------------


@EXACT.on("alias", "copy", "positive", "astype", "broadcast_to", "reshape", "ravel", "squeeze")
def nothing_to_do(build: Builder, node: Node) -> Any:
    """``reshape(x, x.shape)``, ``astype(x, x.dtype)``, ``+x``: x itself."""
    return same(node, node.first)


@EXACT.on("real", "conj")
def real_already(build: Builder, node: Node) -> Any:
    """``real(x)`` and ``conj(x)`` are x if that is real."""
    return same(node, node.first) if node.dtype.kind != "c" else None


@EXACT.on("add")
def add_zero(build: Builder, node: Node) -> Any:
    """``x + 0`` is x (but for the sign of zero)."""
    if is_full(node.second, 0):
        return same(node, node.first)
    return same(node, node.second) if is_full(node.first, 0) else None


@EXACT.on("subtract")
def subtract_zero(build: Builder, node: Node) -> Any:
    """``x - 0`` is x."""
    return same(node, node.first) if is_full(node.second, 0) else None


@EXACT.on("multiply")
def multiply_by_one(build: Builder, node: Node) -> Any:
    """``x * 1`` is x."""
    if is_full(node.second, 1):
        return same(node, node.first)
    return same(node, node.second) if is_full(node.first, 1) else None


@EXACT.on("divide", "power")
def over_one(build: Builder, node: Node) -> Any:
    """``x / 1`` and ``x ** 1`` are x."""
    return same(node, node.first) if is_full(node.second, 1) else None


@EXACT.on("bitwise_and", "logical_and")
def and_true(build: Builder, node: Node) -> Any:
    """``mask & True`` is the mask; of numbers it would be their last bit."""
    if node.dtype.kind != "b":
        return None
    if is_full(node.second, True):
        return same(node, node.first)
    return same(node, node.second) if is_full(node.first, True) else None


@EXACT.on("not_equal")
def true_already(build: Builder, node: Node) -> Any:
    """``mask != 0`` is the mask."""
    mask = node.first
    return same(node, mask) if has_dtype(mask, bool) and is_full(node.second, 0) else None


@EXACT.on("where")
def where_again(build: Builder, node: Node) -> Any:
    """``where(mask, where(mask, x, y), z)`` is ``where(mask, x, z)``, and so for z."""
    mask, x, y = node.inputs
    if made_by(x, "where") and x.inputs[0] is mask and has_dtype(x.inputs[1], x.dtype):
        return build.call("where", mask, x.inputs[1], y)
    if made_by(y, "where") and y.inputs[0] is mask and has_dtype(y.inputs[2], y.dtype):
        return build.call("where", mask, x, y.inputs[2])
    return None


@EXACT.on("where")
def where_never(build: Builder, node: Node) -> Any:
    """``where(mask & False, x, y)`` is y: so guards of derivatives end that are not needed."""
    mask, _, y = node.inputs
    if made_by(mask, "bitwise_and") and any(is_full(each, False) for each in mask.inputs):
        return same(node, y)
    return None


@EXACT.on("where")
def leaky(build: Builder, node: Node) -> Any:
    """``where(x > 0, x, c x)`` is ``leaky_relu(x, c)``, of which no half is masked."""
    mask, x, other = node.inputs
    if not (made_by(mask, "greater") and mask.first is x and is_full(mask.second, 0)):
        return None
    if not made_by(other, "multiply") or node.dtype.kind != "f":
        return None
    for slope, factor in (other.inputs, other.inputs[::-1]):
        if factor is x and is_gentle(slope):
            made = {"slope": slope}
            return same(node, build.make(registry["leaky_relu"], (x,), made, x.shape, x.dtype))
    return None


@EXACT.on("add")
def inside_anyway(build: Builder, node: Node) -> Any:
    """``x + where(x < 0, nan, 0)`` is x if x is never below 0, such as ``exp(z)``."""
    x, guard = node.inputs
    if not (made_by(guard, "where") and is_full(guard.inputs[2], 0)):
        return None
    outside = guard.inputs[0]
    if not (made_by(outside, "less") and outside.first is x):
        return None
    return same(node, x) if bounds(x)[0] >= bounds(outside.second)[1] else None


# -- double operations ----------------------------------------------------------------------------


@EXACT.on("negative")
def twice_negative(build: Builder, node: Node) -> Any:
    """``-(-x)`` is x, and ``-(a - b)`` is ``b - a``."""
    if made_by(node.first, "negative"):
        return node.first.first
    if made_by(node.first, "subtract"):
        return build.call("subtract", node.first.second, node.first.first)
    return None


@EXACT.on("transpose")
def twice_transposed(build: Builder, node: Node) -> Any:
    """``x.T.T`` is x."""
    inner = node.first
    if made_by(inner, "transpose") and not node.params and not inner.params:
        return inner.first
    return None


@EXACT.on("reshape")
def twice_reshaped(build: Builder, node: Node) -> Any:
    """Reshaping again forgets the shape between."""
    inner = node.first
    rows_first = node.params.get("order", "C") == "C"
    if (
        (made_by(inner, "reshape") or made_by(inner, "squeeze") or made_by(inner, "expand_dims"))
        and rows_first
        and inner.params.get("order", "C") == "C"
    ):
        return build.make(
            registry["reshape"], (inner.first,), {"shape": node.shape}, node.shape, node.dtype
        )
    return None


@EXACT.on("scatter_add")
def axes_taken_out(build: Builder, node: Node) -> Any:
    """What goes back to where only axes of length 1 were put in is itself, without them."""
    if any(not only_new_axes(index) for index in node.params["indices"]):
        return None
    parts = [
        build.make(registry["reshape"], (each,), {"shape": node.shape}, node.shape, node.dtype)
        for each in node.inputs
    ]
    total = parts[0]
    for each in parts[1:]:
        total = build.call("add", total, each)
    return same(node, total)


# -- signs ----------------------------------------------------------------------------------------


def _is_opposite(operand: Any) -> bool:
    """Return whether an operand is ``-x`` of a number that has an opposite: integers may not.

    What has a name is wanted itself, and stays what it is.
    """
    return made_by(operand, "negative") and operand.name is None and operand.dtype.kind in "fc"


@EXACT.on("add")
def add_negative(build: Builder, node: Node) -> Any:
    """``a + (-b)`` is ``a - b``."""
    if _is_opposite(node.second):
        return build.call("subtract", node.first, node.second.first)
    if _is_opposite(node.first):
        return build.call("subtract", node.second, node.first.first)
    return None


@EXACT.on("subtract")
def subtract_negative(build: Builder, node: Node) -> Any:
    """``a - (-b)`` is ``a + b``."""
    if _is_opposite(node.second):
        return build.call("add", node.first, node.second.first)
    return None


@EXACT.on("multiply", "divide")
def signs_outside(build: Builder, node: Node) -> Any:
    """``(-a) * b`` is ``-(a * b)``: signs move out, where they meet and cancel."""
    name = node.op.name
    if _is_opposite(node.first):
        return build.call("negative", build.call(name, node.first.first, node.second))
    if _is_opposite(node.second):
        return build.call("negative", build.call(name, node.first, node.second.first))
    return None


# -- broadcasting ---------------------------------------------------------------------------------


@EXACT.on("add", "subtract", "multiply", "divide", "maximum", "minimum", "power")
def broadcast_by_itself(build: Builder, node: Node) -> Any:
    """An operand need not be repeated by hand where the other one has the full shape."""
    first, second = node.first, node.second
    if made_by(first, "broadcast_to") and _fits(first.first, second, node.shape):
        return build.call(node.op.name, first.first, second)
    if made_by(second, "broadcast_to") and _fits(second.first, first, node.shape):
        return build.call(node.op.name, first, second.first)
    return None


def _fits(small: Any, other: Any, shape: tuple[int, ...]) -> bool:
    return shape_of(other) == shape and np.broadcast_shapes(shape_of(small), shape) == shape


@EXACT.on("multiply", "divide", "add", "subtract")
def one_entry_is_a_number(build: Builder, node: Node) -> Any:
    """An operand of shape (1, 1) that only repeats is used without its axes."""
    first, second = node.first, node.second
    if _is_reshaped_number(first) and shape_of(second) == node.shape:
        return same(node, build.call(node.op.name, first.first, second))
    if _is_reshaped_number(second) and shape_of(first) == node.shape:
        return same(node, build.call(node.op.name, first, second.first))
    return None


def _is_reshaped_number(operand: Any) -> bool:
    return made_by(operand, "reshape") and shape_of(operand.first) == ()
