"""Rules that put derivatives into the form in which people write them.

They reorder products and sums, so results agree but for rounding.
"""

# ruff: noqa: D401 - rules have one signature, and state identities

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_mini.graph.node import Node, value_of
from autograd_mini.ops.kinds import registry
from autograd_mini.rewrite.builder import Builder, Rule, is_number, made_by, shape_of

__all__ = ["TIDY", "mark_seed"]

TIDY: defaultdict[str, list[Rule]] = defaultdict(list)


def _on(*names: str) -> Callable[[Rule], Rule]:
    def register(rule: Rule) -> Rule:
        for name in names:
            TIDY[name].append(rule)
        return rule

    return register


def mark_seed(node: Node) -> None:
    """Declare that a leaf is dJ/dJ = 1, where a derivative starts."""
    node.extra = {**(node.extra or {}), "seed": True}


def _is_seed(operand: Any) -> bool:
    return operand.__class__ is Node and operand.extra is not None and "seed" in operand.extra


def _fits(node: Node, operand: Any) -> bool:
    return shape_of(operand) == node.shape


# -- the derivative of the cost by itself is 1 ----------------------------------------------------


@_on("multiply")
def seed_times(build: Builder, node: Node) -> Any:
    """``1 * x`` is x, and ``(1 / c) * x`` is ``x / c``."""
    for one, other in (node.inputs, node.inputs[::-1]):
        if _is_seed(one):
            return other if _fits(node, other) or other.__class__ is not Node else None
        if made_by(one, "divide") and _is_seed(one.first) and _fits(node, other):
            return build.call("divide", other, one.second)
    return None


# -- numbers --------------------------------------------------------------------------------------


@_on("multiply")
def one_number_throughout(build: Builder, node: Node) -> Any:
    """``full(shape, c) * x`` is ``c * x``, and ``c * (d * x)`` is ``(c d) * x``."""
    for constant, other in (node.inputs, node.inputs[::-1]):
        number = _throughout(constant)
        if number is None or not _fits(node, other) or node.dtype != other.dtype:
            continue
        if made_by(other, "multiply") and is_number(other.first) and not is_number(constant):
            factor = number * float(np.real(np.asarray(value_of(other.first)).reshape(())))
            inner = other.second
            if _fits(node, inner):
                return inner if factor == 1 else build.call("multiply", factor, inner)
        if not is_number(constant):
            return build.call("multiply", number, other)
    return None


def _throughout(operand: Any) -> float | None:
    """Return the one number that a constant array holds, None if it holds several."""
    if operand.__class__ is Node:
        return None
    values = np.asarray(value_of(operand))
    if values.size == 0 or values.dtype.kind != "f":
        return None
    first = float(values.reshape(-1)[0])
    return first if bool((values == first).all()) else None


@_on("multiply")
def fraction_divides(build: Builder, node: Node) -> Any:
    """``0.2 * x`` is ``x / 5``."""
    for number, other in (node.inputs, node.inputs[::-1]):
        if not is_number(number) or is_number(other):
            continue
        value = float(np.real(np.asarray(value_of(number)).reshape(())))
        count = round(1 / value) if value else 0
        if abs(count) >= 2 and 1 / count == value:
            made = build.call("divide", other, float(abs(count)))
            return made if count > 0 else build.call("negative", made)
    return None


@_on("divide")
def divided_twice(build: Builder, node: Node) -> Any:
    """``(-x) / c`` is ``-(x / c)``: signs move out."""
    if made_by(node.first, "negative") and is_number(node.second):
        return build.call("negative", build.call("divide", node.first.first, node.second))
    return None


@_on("multiply", "divide", "negative")
def number_before_its_shape(build: Builder, node: Node) -> Any:
    """``reshape(s, (1, 1)) / c`` is ``reshape(s / c, (1, 1))``: a scalar stays one."""
    inner = node.first
    numbers = all(is_number(each) and shape_of(each) == () for each in node.inputs[1:])
    if not (made_by(inner, "reshape") and shape_of(inner.first) == () and numbers):
        return None
    made = build.call(node.op.name, inner.first, *node.inputs[1:])
    if made.__class__ is not Node:
        return None
    return build.make(registry["reshape"], (made,), inner.params, node.shape, node.dtype)


# -- common factors -------------------------------------------------------------------------------


@_on("add", "subtract")
def common_divisor(build: Builder, node: Node) -> Any:
    """``x / c - y / c`` is ``(x - y) / c``."""
    x, y = node.inputs
    if made_by(x, "divide") and made_by(y, "divide") and _same_operand(x.second, y.second):
        return build.call("divide", build.call(node.op.name, x.first, y.first), x.second)
    return None


@_on("add", "subtract")
def common_factor(build: Builder, node: Node) -> Any:
    """``a x - a y`` is ``a (x - y)``, for a number a."""
    x, y = node.inputs
    if not (made_by(x, "multiply") and made_by(y, "multiply")):
        return None
    for a, left in (x.inputs, x.inputs[::-1]):
        for b, right in (y.inputs, y.inputs[::-1]):
            if _same_operand(a, b) and shape_of(a) == () and _fits(node, left):
                return build.call("multiply", a, build.call(node.op.name, left, right))
    return None


def _same_operand(a: Any, b: Any) -> bool:
    if a.__class__ is Node or b.__class__ is Node:
        return a is b
    return bool(np.array_equal(value_of(a), value_of(b)))


@_on("negative")
def negative_quotient(build: Builder, node: Node) -> Any:
    """``-((x - y) / c)`` is ``(y - x) / c``."""
    inner = node.first
    if made_by(inner, "divide") and made_by(inner.first, "subtract"):
        return build.call("divide", build.call("negative", inner.first), inner.second)
    return None


# -- sums -----------------------------------------------------------------------------------------


@_on("dot", "matmul")
def product_of_rows(build: Builder, node: Node) -> Any:
    """``y @ x.T`` of two rows is the sum of ``y * x``."""
    y, xt = node.inputs
    if node.shape != (1, 1) or not made_by(xt, "transpose") or len(shape_of(y)) != 2:
        return None
    product = build.call("multiply", y, xt.first)
    params = {"axis": None, "keepdims": True}
    return build.make(registry["sum"], (product,), params, (1, 1), node.dtype)


@_on("add", "subtract")
def sum_of_sums(build: Builder, node: Node) -> Any:
    """``sum(x) + sum(y)`` is ``sum(x + y)``."""
    x, y = node.inputs
    alike = made_by(x, "sum") and made_by(y, "sum") and x.params == y.params
    if alike and shape_of(x.first) == shape_of(y.first):
        inner = build.call(node.op.name, x.first, y.first)
        return build.make(registry["sum"], (inner,), x.params, node.shape, node.dtype)
    return None


@_on("log")
def log_of_transposed(build: Builder, node: Node) -> Any:
    """``log(x.T)`` is ``log(x).T``."""
    inner = node.first
    if not made_by(inner, "transpose"):
        return None
    log = build.call("log", inner.first)
    return build.make(registry["transpose"], (log,), inner.params, node.shape, node.dtype)


# -- masks ----------------------------------------------------------------------------------------


@_on("where")
def masked(build: Builder, node: Node) -> Any:
    """``where(mask, g, 0)`` is ``g * mask``."""
    mask, g, otherwise = node.inputs
    if is_number(otherwise, 0) and _fits(node, g) and _is_mask(mask):
        return build.make(registry["multiply"], (g, mask), {}, node.shape, node.dtype)
    return None


def _is_mask(operand: Any) -> bool:
    dtype = getattr(operand, "dtype", None)
    return dtype is not None and dtype.kind == "b"


@_on("greater")
def relu_is_positive(build: Builder, node: Node) -> Any:
    """``relu(z) > 0`` is ``z > 0``."""
    if made_by(node.first, "relu") and is_number(node.second, 0):
        return build.call("greater", node.first.first, node.second)
    return None
