"""Sums: common factors, signs and numbers outside, nothing added to itself."""

# ruff: noqa: D401 - rules have one signature, and state identities

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_mini.formulas.tidy.table import bare, chooses_one, fits, number, on, same
from autograd_mini.graph.node import Constant, Node, value_of
from autograd_mini.ops.broadcasting import axes_of
from autograd_mini.ops.operation import registry
from autograd_mini.rewrite.builder import Builder, is_given, made_by, shape_of


@on("add")
def twice_the_same(build: Builder, node: Node) -> Any:
    """``x + x`` is ``2 * x``."""
    if node.first is node.second and node.dtype.kind == "f":
        return same(node, build.call("multiply", 2.0, node.first))
    return None


@on("add", "subtract")
def common_divisor(build: Builder, node: Node) -> Any:
    """``x / c - y / c`` is ``(x - y) / c``."""
    x, y = node.inputs
    alike = bare(x, "divide") and bare(y, "divide") and _same_operand(x.second, y.second)
    if alike and not (_is_mask(x.first) or _is_mask(y.first)):
        return build.call("divide", build.call(node.op.name, x.first, y.first), x.second)
    return None


@on("subtract")
def nothing_left(build: Builder, node: Node) -> Any:
    """``x - x`` is 0."""
    if node.first is not node.second or node.dtype.kind != "f":
        return None
    return build.constant(Constant(np.zeros(node.shape, node.dtype)))


@on("add", "subtract")
def common_term(build: Builder, node: Node) -> Any:
    """``(a - b) - (a - c)`` is ``c - b``, and ``(a - b) + (b - c)`` is ``a - c``."""
    x, y = node.inputs
    if not (bare(x, "subtract") and bare(y, "subtract")):
        return None
    (a, b), (c, d) = x.inputs, y.inputs
    if node.op.name == "subtract":
        c, d = d, c
    for one, other, rest in ((a, d, (c, b)), (b, c, (a, d))):
        if one is other and one.__class__ is Node:
            return same(node, build.call("subtract", *rest))
    return None


@on("add", "subtract")
def common_factor(build: Builder, node: Node) -> Any:
    """``a x - a y`` is ``a (x - y)``."""
    x, y = node.inputs
    if not (bare(x, "multiply") and bare(y, "multiply")):
        return None
    for k, a in enumerate(x.inputs):
        for each, b in enumerate(y.inputs):
            left, right = x.inputs[1 - k], y.inputs[1 - each]
            if _is_mask(left) or _is_mask(right):
                continue
            if _same_operand(a, b) and (fits(node, left) or fits(node, a)):
                rest = build.call(node.op.name, left, right)
                if rest.__class__ is Node:
                    pair = (rest, a) if k and number(a) is None else (a, rest)
                    return same(node, build.call("multiply", *pair))
    return None


def _is_mask(operand: Any) -> bool:
    """Return whether an operand holds bools, of which NumPy has sums and differences of its own."""
    return getattr(operand, "dtype", None) == np.dtype(bool)


def _same_operand(a: Any, b: Any) -> bool:
    if a.__class__ is Node or b.__class__ is Node:
        return a is b
    return bool(np.array_equal(value_of(a), value_of(b)))


@on("negative")
def negative_quotient(build: Builder, node: Node) -> Any:
    """``-((x - y) / c)`` is ``(y - x) / c``, and so for products."""
    inner = node.first
    if not bare(inner, "divide", "multiply"):
        return None
    if inner.op.name == "divide" and number(inner.second) is not None:
        turned = build.call("negative", inner.first)
        again = made_by(turned, "negative")
        return None if again else same(node, build.call("divide", turned, inner.second))
    for k, difference in enumerate(inner.inputs):
        if bare(difference, "subtract") and (k == 0 or inner.op.name == "multiply"):
            turned = build.call("negative", difference)
            pair = (inner.first, turned) if k else (turned, inner.second)
            return same(node, build.call(inner.op.name, *pair))
    return None


@on("sum")
def number_outside_a_sum(build: Builder, node: Node) -> Any:
    """``sum(-x)`` is ``-sum(x)``, ``sum(x / c)`` is ``sum(x) / c``."""
    inner = node.first
    if not bare(inner, "negative", "multiply", "divide") or inner.dtype.kind != "f":
        return None
    k = 1 if inner.op.name == "multiply" and number(inner.first) is not None else 0
    others = [each for place, each in enumerate(inner.inputs) if place != k]
    if any(number(each) is None for each in others) or not fits(inner, inner.inputs[k]):
        return None
    total = build.make(node.op, (inner.inputs[k],), node.params, node.shape, node.dtype)
    made = build.call(inner.op.name, *((total, *others) if k == 0 else (*others, total)))
    return same(node, made)


@on("sum")
def constant_outside_a_sum(build: Builder, node: Node) -> Any:
    """``sum(x / c)`` is ``sum(x) / c`` where c is the same for all that is summed."""
    inner = node.first
    if not bare(inner, "divide") or inner.dtype.kind != "f" or not fits(inner, inner.first):
        return None
    axis, keepdims = node.params.get("axis"), node.params.get("keepdims", False)
    c = inner.second
    if axis is None or c.__class__ is not Node or not node.params.get("where", True):
        return None
    axes = axes_of(axis, len(inner.shape))
    full = (1,) * (len(inner.shape) - len(c.shape)) + c.shape
    if any(full[k] != 1 for k in axes):
        return None
    if not keepdims and len(c.shape) > len(inner.shape) - max(axes) - 1:
        return None  # the axis would have to be taken out of c
    total = build.make(node.op, (inner.first,), node.params, node.shape, node.dtype)
    return same(node, build.call("divide", total, c))


@on("sum")
def whole_sum(build: Builder, node: Node) -> Any:
    """The sum of a vector along its axis is its sum."""
    axis = node.params.get("axis")
    along = axis in (0, -1, (0,), (-1,)) and len(shape_of(node.first)) == 1
    everything = axis is not None and not node.shape and not node.params.get("keepdims")
    if node.params.get("keepdims") or not (along or everything):
        return None
    params = {**node.params, "axis": None}
    return build.make(node.op, (node.first,), params, node.shape, node.dtype)


@on("reshape", "squeeze")
def number_before_a_shape(build: Builder, node: Node) -> Any:
    """``reshape(2 * sum(x) / n)`` is ``2 * reshape(sum(x)) / n``, unless it is a scalar already."""
    inner = node.first
    if not bare(inner, "negative", "multiply", "divide") or inner.dtype.kind != "f":
        return None
    if inner.shape == ():
        return None
    parts = [each for each in inner.inputs if number(each) is None]
    if len(parts) != 1 or not fits(inner, parts[0]) or not made_by(_core(parts[0]), "sum"):
        return None
    if inner.op.name == "divide" and parts[0] is not inner.first:
        return None
    turned = build.make(node.op, (parts[0],), node.params, node.shape, node.dtype)
    pair = tuple(turned if each is parts[0] else each for each in inner.inputs)
    return same(node, build.call(inner.op.name, *pair))


def _core(operand: Any) -> Any:
    """Return what numbers multiply."""
    while bare(operand, "negative", "multiply", "divide"):
        rest = [each for each in operand.inputs if number(each) is None]
        if len(rest) != 1 or rest[0].__class__ is not Node:
            return operand
        operand = rest[0]
    return operand


@on("reshape", "squeeze")
def summed_axes_dropped(build: Builder, node: Node) -> Any:
    """``sum(x, keepdims=True)`` without the axes of length 1 is ``sum(x)``."""
    inner = node.first
    if not bare(inner, "sum") or not inner.params.get("keepdims"):
        return None
    gone = axes_of(inner.params.get("axis"), len(shape_of(inner.first)))
    kept = tuple(length for k, length in enumerate(shape_of(inner.first)) if k not in gone)
    if kept != node.shape:
        return None
    params = {**inner.params, "keepdims": False}
    return build.make(inner.op, (inner.first,), params, node.shape, node.dtype)


@on("add", "subtract", "multiply", "divide")
def sum_without_its_axis(build: Builder, node: Node) -> Any:
    """The sum of a vector fits any shape without ``keepdims``."""
    for k, each in enumerate(node.inputs):
        if not bare(each, "sum") or each.shape != (1,) or len(shape_of(each.first)) != 1:
            continue
        if not fits(node, node.inputs[1 - k]):
            continue
        params = {**each.params, "axis": None, "keepdims": False}
        total = build.make(each.op, (each.first,), params, (), each.dtype)
        pair = (node.inputs[0], total) if k else (total, node.inputs[1])
        return same(node, build.call(node.op.name, *pair))
    return None


@on("sum")
def sum_of_parts(build: Builder, node: Node) -> Any:
    """The sum of what was put into an array of zeros is the sum of what was put there."""
    inner = node.first
    whole = node.params.get("axis") is None and not node.params.get("keepdims")
    if not whole or not bare(inner, "scatter_add") or node.params.get("where", True) is not True:
        return None
    if any(shape_of(each) != () for each in inner.inputs):
        return None
    total = inner.inputs[0]
    for each in inner.inputs[1:]:
        total = build.call("add", total, each)
    return same(node, total)


@on("sum")
def shares(build: Builder, node: Node) -> Any:
    """The sum of shares of one, such as those of softmax, or one-hot columns, is 1."""
    y = node.first
    axis, keepdims = node.params.get("axis"), node.params.get("keepdims", False)
    axes = axes_of(axis, len(shape_of(y)))
    if axes == (chooses_one(y),) or (made_by(y, "softmax") and axes == _softmax_axes(y)):
        return _ones(build, node)
    if y.__class__ is not Node or not (y.is_leaf and is_given(y)) or y.dtype.kind != "f":
        return None
    if axis is None or not y.name or not node.params.get("where", True):
        return None
    if not bool((np.sum(y.value, axis=axis, keepdims=keepdims) == 1).all()):
        return None
    y.extra = {**y.extra, "shares": axis}
    return _ones(build, node)


def _softmax_axes(node: Node) -> tuple[int, ...]:
    return axes_of(node.params.get("axis", -1), len(node.shape))


def _ones(build: Builder, node: Node) -> Any:
    """Return ones in the shape of a node."""
    one = build.call("multiply", 1.0, 1.0)
    return build.make(
        registry["broadcast_to"], (one,), {"shape": node.shape}, node.shape, node.dtype
    )


@on("add", "subtract")
def sum_of_sums(build: Builder, node: Node) -> Any:
    """``sum(x) + sum(y)`` is ``sum(x + y)``."""
    x, y = node.inputs
    alike = bare(x, "sum") and bare(y, "sum") and x.params == y.params
    if alike and shape_of(x.first) == shape_of(y.first):
        inner = build.call(node.op.name, x.first, y.first)
        return build.make(registry["sum"], (inner,), x.params, node.shape, node.dtype)
    return None


@on("dot", "matmul")
def product_of_rows(build: Builder, node: Node) -> Any:
    """``y @ x.T`` of two rows is the sum of ``y * x``."""
    y, xt = node.inputs
    if node.shape != (1, 1) or not made_by(xt, "transpose") or len(shape_of(y)) != 2:
        return None
    if node.name is not None or xt.name is not None:
        return None
    product = build.call("multiply", y, xt.first)
    params = {"axis": None, "keepdims": True}
    return build.make(registry["sum"], (product,), params, (1, 1), node.dtype)
