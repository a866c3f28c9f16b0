"""The rules of rewriting: each names an operation and what may stand in its place.

A rule sees a node that is about to be made, with operands that are already as simple as they get,
and returns another operand of the same value, or None.  Values agree bitwise, but for the rules
marked "stable", which replace a formula by one that loses less to rounding.
"""

# ruff: noqa: ARG001, D401 - rules have one signature, and state identities

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_mini.graph.node import Node, value_of
from autograd_mini.ops.operation import registry
from autograd_mini.rewrite.bounds import bounds
from autograd_mini.rewrite.builder import (
    Builder,
    Rule,
    is_full,
    is_given,
    is_number,
    made_by,
    shape_of,
)

__all__ = ["EXACT", "STABLE"]

EXACT: defaultdict[str, list[Rule]] = defaultdict(list)
"""Rules that change no bit of a result."""

STABLE: defaultdict[str, list[Rule]] = defaultdict(list)
"""Rules that put a numerically better formula in the place of a naive one."""


def _on(*names: str, table: defaultdict[str, list[Rule]] = EXACT) -> Callable[[Rule], Rule]:
    def register(rule: Rule) -> Rule:
        for name in names:
            table[name].append(rule)
        return rule

    return register


def _same(node: Node, operand: Any) -> Any:
    """Return `operand` if it has the shape and dtype of `node`, so that it can stand for it."""
    alike = shape_of(operand) == node.shape and getattr(operand, "dtype", None) == node.dtype
    return operand if alike else None


# -- what does nothing ----------------------------------------------------------------------------


@_on("alias", "copy", "positive", "astype", "broadcast_to", "reshape", "ravel", "squeeze")
def nothing_to_do(build: Builder, node: Node) -> Any:
    """``reshape(x, x.shape)``, ``astype(x, x.dtype)``, ``+x``: x itself."""
    return _same(node, node.first)


@_on("add")
def add_zero(build: Builder, node: Node) -> Any:
    """``x + 0`` is x (but for the sign of zero)."""
    if is_full(node.second, 0):
        return _same(node, node.first)
    return _same(node, node.second) if is_full(node.first, 0) else None


@_on("subtract")
def subtract_zero(build: Builder, node: Node) -> Any:
    """``x - 0`` is x."""
    return _same(node, node.first) if is_full(node.second, 0) else None


@_on("multiply")
def multiply_by_one(build: Builder, node: Node) -> Any:
    """``x * 1`` is x."""
    if is_full(node.second, 1):
        return _same(node, node.first)
    return _same(node, node.second) if is_full(node.first, 1) else None


@_on("divide", "power")
def over_one(build: Builder, node: Node) -> Any:
    """``x / 1`` and ``x ** 1`` are x."""
    return _same(node, node.first) if is_full(node.second, 1) else None


@_on("bitwise_and", "logical_and")
def and_true(build: Builder, node: Node) -> Any:
    """``mask & True`` is the mask; of numbers it would be their last bit."""
    if node.dtype.kind != "b":
        return None
    if is_full(node.second, True):
        return _same(node, node.first)
    return _same(node, node.second) if is_full(node.first, True) else None


@_on("where")
def where_never(build: Builder, node: Node) -> Any:
    """``where(mask & False, x, y)`` is y: so guards of derivatives end that are not needed."""
    mask, _, y = node.inputs
    if made_by(mask, "bitwise_and") and any(is_full(each, False) for each in mask.inputs):
        return _same(node, y)
    return None


@_on("add")
def inside_anyway(build: Builder, node: Node) -> Any:
    """``x + where(x < 0, nan, 0)`` is x if x is never below 0, such as ``exp(z)``."""
    x, guard = node.inputs
    if not (made_by(guard, "where") and is_full(guard.inputs[2], 0)):
        return None
    outside = guard.inputs[0]
    if not (made_by(outside, "less") and outside.first is x):
        return None
    return _same(node, x) if bounds(x)[0] >= bounds(outside.second)[1] else None


# -- double operations ----------------------------------------------------------------------------


@_on("negative")
def twice_negative(build: Builder, node: Node) -> Any:
    """``-(-x)`` is x, and ``-(a - b)`` is ``b - a``."""
    if made_by(node.first, "negative"):
        return node.first.first
    if made_by(node.first, "subtract"):
        return build.call("subtract", node.first.second, node.first.first)
    return None


@_on("transpose")
def twice_transposed(build: Builder, node: Node) -> Any:
    """``x.T.T`` is x."""
    inner = node.first
    if made_by(inner, "transpose") and not node.params and not inner.params:
        return inner.first
    return None


@_on("reshape")
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


# -- signs ----------------------------------------------------------------------------------------


def _is_opposite(operand: Any) -> bool:
    """Return whether an operand is ``-x`` of a number that has an opposite: integers may not."""
    return made_by(operand, "negative") and operand.dtype.kind in "fc"


@_on("add")
def add_negative(build: Builder, node: Node) -> Any:
    """``a + (-b)`` is ``a - b``."""
    if _is_opposite(node.second):
        return build.call("subtract", node.first, node.second.first)
    if _is_opposite(node.first):
        return build.call("subtract", node.second, node.first.first)
    return None


@_on("subtract")
def subtract_negative(build: Builder, node: Node) -> Any:
    """``a - (-b)`` is ``a + b``."""
    if _is_opposite(node.second):
        return build.call("add", node.first, node.second.first)
    return None


@_on("multiply", "divide")
def signs_outside(build: Builder, node: Node) -> Any:
    """``(-a) * b`` is ``-(a * b)``: signs move out, where they meet and cancel."""
    name = node.op.name
    if _is_opposite(node.first):
        return build.call("negative", build.call(name, node.first.first, node.second))
    if _is_opposite(node.second):
        return build.call("negative", build.call(name, node.first, node.second.first))
    return None


# -- broadcasting ---------------------------------------------------------------------------------


@_on("add", "subtract", "multiply", "divide", "maximum", "minimum", "power")
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


@_on("multiply", "divide", "add", "subtract")
def one_entry_is_a_number(build: Builder, node: Node) -> Any:
    """An operand of shape (1, 1) that only repeats is used without its axes."""
    for k, each in enumerate(node.inputs):
        other = node.inputs[1 - k]
        if (
            made_by(each, "reshape")
            and shape_of(each.first) == ()
            and shape_of(other) == node.shape
        ):
            pair = (each.first, other) if k == 0 else (other, each.first)
            made = build.call(node.op.name, *pair)
            return _same(node, made)
    return None


@_on("sum", table=STABLE)
def sum_of_repeated(build: Builder, node: Node) -> Any:
    """The sum of n times the same number is n times that number."""
    repeated = node.first
    axis, dtype = node.params.get("axis"), node.params.get("dtype")
    if not made_by(repeated, "broadcast_to") or dtype is not None or node.dtype.char not in "fdFD":
        return None  # of half floats, the number of entries may be infinite
    x, shape = repeated.first, repeated.shape
    if 0 in shape:
        return None  # 0 times infinity is not the sum of nothing
    own = (1,) * (len(shape) - len(shape_of(x))) + shape_of(x)
    axes = range(len(shape)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    gone = {k % len(shape) for k in axes}
    if any(own[k] != 1 for k in gone) or any(
        own[k] != n for k, n in enumerate(shape) if k not in gone
    ):
        return None
    count = float(math.prod(shape[k] for k in gone))
    flat = build.make(registry["reshape"], (x,), {"shape": node.shape}, node.shape, node.dtype)
    return _same(node, build.call("multiply", flat, count))


# -- formulas that lose less to rounding ----------------------------------------------------------


@_on("divide", "reciprocal", table=STABLE)
def one_over_one_plus_exp(build: Builder, node: Node) -> Any:
    """``1 / (1 + exp(-z))`` is ``sigmoid(z)``, whose derivative is never 0 times infinity."""
    above, below = node.inputs if len(node.inputs) == 2 else (1, node.first)
    if not (is_number(above, 1) and made_by(below, "add") and node.dtype.kind == "f"):
        return None
    for one, power in (below.inputs, below.inputs[::-1]):
        if is_number(one, 1) and made_by(power, "exp"):
            z = power.first
            opposite = z.first if made_by(z, "negative") else build.call("negative", z)
            return _same(node, build.call("sigmoid", opposite))
    return None


@_on("divide", table=STABLE)
def exp_over_sum_of_exp(build: Builder, node: Node) -> Any:
    """``exp(z) / sum(exp(z), keepdims=True)`` is ``softmax(z)``, which does not overflow.

    So it is if something was subtracted from z first that is the same along that axis.
    """
    e, total = node.inputs
    if not (made_by(e, "exp") and made_by(total, "sum") and total.first is e):
        return None
    axis = total.params.get("axis")
    axis = axis[0] if isinstance(axis, tuple) and len(axis) == 1 else axis
    axis = 0 if axis is None and len(e.shape) == 1 else axis
    if not isinstance(axis, int) or node.dtype.kind != "f" or set(total.params) - _SUMMED:
        return None
    if not total.params.get("keepdims") and not (axis % len(e.shape) == 0 and len(e.shape) <= 2):
        return None
    if shape_of(total) not in (_kept(e.shape, axis), _kept(e.shape, axis)[1:]):
        return None
    z = e.first
    if made_by(z, "subtract") and shape_of(z.first) == z.shape and _is_top(z.second, z.first, axis):
        z = z.first
    return build.make(registry["softmax"], (z,), {"axis": axis}, node.shape, node.dtype)


_SUMMED = {"axis", "keepdims"}


def _kept(shape: tuple[int, ...], axis: int) -> tuple[int, ...]:
    return tuple(1 if k == axis % len(shape) else n for k, n in enumerate(shape))


def _is_top(operand: Any, z: Any, axis: int) -> bool:
    """Return whether `operand` is the largest entry of `z`, along the axis or of all."""
    if not made_by(operand, "max") or operand.first is not z:
        return False
    return shape_of(operand) in ((), (1,) * len(z.shape), _kept(z.shape, axis))


@_on("log", table=STABLE)
def log_of_sigmoid(build: Builder, node: Node) -> Any:
    """``log(sigmoid(z))`` is finite for any z only as ``log_sigmoid(z)``."""
    if made_by(node.first, "sigmoid") and node.dtype.kind == "f":
        return build.call("log_sigmoid", node.first.first)
    return None


@_on("log", table=STABLE)
def log_of_one_minus_sigmoid(build: Builder, node: Node) -> Any:
    """``log(1 - sigmoid(z))`` is ``log_sigmoid(-z)``."""
    inner = node.first
    if (
        made_by(inner, "subtract")
        and is_number(inner.first, 1)
        and made_by(inner.second, "sigmoid")
        and node.dtype.kind == "f"
    ):
        return build.call("log_sigmoid", build.call("negative", inner.second.first))
    return None


@_on("log", table=STABLE)
def log_of_softmax(build: Builder, node: Node) -> Any:
    """``log(softmax(z))`` is ``log_softmax(z)``."""
    inner = node.first
    if made_by(inner, "softmax") and node.dtype.kind == "f":
        return build.make(
            registry["log_softmax"], (inner.first,), inner.params, node.shape, node.dtype
        )
    return None


@_on("log", table=STABLE)
def log_of_sum_of_exp(build: Builder, node: Node) -> Any:
    """``log(sum(exp(z)))`` is ``logsumexp(z)``."""
    inner = node.first
    if node.dtype.kind != "f":  # of complex numbers, the logarithm may be another one
        return None
    if made_by(inner, "sum") and made_by(inner.first, "exp") and inner.first.dtype == node.dtype:
        params = {key: inner.params[key] for key in ("axis", "keepdims") if key in inner.params}
        z = inner.first.first
        return build.make(registry["logsumexp"], (z,), params, node.shape, node.dtype)
    return None


@_on("add", table=STABLE)
def cross_entropy_of_logits(build: Builder, node: Node) -> Any:
    """``y log_sigmoid(z) + (1 - y) log_sigmoid(-z)`` is ``y z - softplus(z)``.

    Its derivative is ``y - sigmoid(z)``, which is how the course writes dZ^[L].
    """
    for one, other in (node.inputs, node.inputs[::-1]):
        right = _weighted_log_sigmoid(one)
        wrong = _weighted_log_sigmoid(other)
        if right is None or wrong is None:
            continue
        (y, z), (not_y, not_z) = right, wrong
        if made_by(not_z, "negative") and not_z.first is z and _complement(not_y, y):
            return build.call("subtract", build.call("multiply", y, z), build.call("softplus", z))
    return None


def _weighted_log_sigmoid(operand: Any) -> tuple[Any, Any] | None:
    """Return (weight, argument) of ``weight * log_sigmoid(argument)``."""
    if not made_by(operand, "multiply"):
        return None
    for weight, log in (operand.inputs, operand.inputs[::-1]):
        if made_by(log, "log_sigmoid"):
            return weight, log.first
    return None


def _complement(not_y: Any, y: Any) -> bool:
    """Return whether one operand is 1 minus the other."""
    if made_by(not_y, "subtract"):
        return is_number(not_y.first, 1) and not_y.second is y
    if _varies(not_y) or _varies(y):
        return False
    return bool(np.array_equal(value_of(not_y), 1 - np.asarray(value_of(y))))


def _varies(operand: Any) -> bool:
    """Return whether an operand depends on an input that is differentiated by."""
    return operand.__class__ is Node and not (operand.is_leaf and is_given(operand))
