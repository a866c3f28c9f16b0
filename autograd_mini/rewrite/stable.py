"""Rules that put a formula that loses less to rounding in the place of a naive one."""

# ruff: noqa: D401 - rules state identities

from __future__ import annotations

import math
from typing import Any

from autograd_mini.graph.node import Node
from autograd_mini.ops.broadcasting import axes_of
from autograd_mini.ops.operation import registry
from autograd_mini.rewrite.builder import Builder, has_dtype, is_number, made_by, shape_of
from autograd_mini.rewrite.table import Table, same

__all__ = ["STABLE"]

STABLE = Table()


def _of_dtype(operand: Any, node: Node) -> bool:
    """Return whether an operand has a node's dtype: of integers, opposites are something else."""
    return has_dtype(operand, node.dtype)


@STABLE.on("divide", "reciprocal")
def one_over_one_plus_exp(build: Builder, node: Node) -> Any:
    """``1 / (1 + exp(-z))`` is ``sigmoid(z)``, whose derivative is never 0 times infinity."""
    above, below = node.inputs if len(node.inputs) == 2 else (1, node.first)
    if not (is_number(above, 1) and made_by(below, "add") and node.dtype.kind == "f"):
        return None
    for one, power in (below.inputs, below.inputs[::-1]):
        if is_number(one, 1) and made_by(power, "exp") and _of_dtype(power.first, node):
            z = power.first
            opposite = z.first if made_by(z, "negative") else build.call("negative", z)
            return same(node, build.call("sigmoid", opposite))
    return None


@STABLE.on("divide")
def exp_over_sum_of_exp(build: Builder, node: Node) -> Any:
    """``exp(z) / sum(exp(z), keepdims=True)`` is ``softmax(z)``, which does not overflow.

    So it is if something was subtracted from z first that is the same along that axis.
    """
    e, total = node.inputs
    if not (made_by(e, "exp") and made_by(total, "sum") and total.first is e):
        return None
    if not (_of_dtype(e, node) and _of_dtype(e.first, node)):
        return None
    axes = axes_of(total.params.get("axis"), len(e.shape))
    if len(axes) != 1 or node.dtype.kind != "f" or set(total.params) - _SUMMED:
        return None
    axis = axes[0]
    if not total.params.get("keepdims") and not (axis == 0 and len(e.shape) <= 2):
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


@STABLE.on("log")
def log_of_sigmoid(build: Builder, node: Node) -> Any:
    """``log(sigmoid(z))`` is finite for any z only as ``log_sigmoid(z)``."""
    if made_by(node.first, "sigmoid") and node.dtype.kind == "f":
        return build.call("log_sigmoid", node.first.first)
    return None


@STABLE.on("log")
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


@STABLE.on("log")
def log_of_softmax(build: Builder, node: Node) -> Any:
    """``log(softmax(z))`` is ``log_softmax(z)``."""
    inner = node.first
    if made_by(inner, "softmax") and node.dtype.kind == "f":
        return build.make(
            registry["log_softmax"], (inner.first,), inner.params, node.shape, node.dtype
        )
    return None


@STABLE.on("log")
def log_of_sum_of_exp(build: Builder, node: Node) -> Any:
    """``log(sum(exp(z)))`` is ``logsumexp(z)``."""
    inner = node.first
    if node.dtype.kind != "f":  # of complex numbers, the logarithm may be another one
        return None
    exponential = made_by(inner, "sum") and made_by(inner.first, "exp")
    if exponential and _of_dtype(inner.first, node) and _of_dtype(inner.first.first, node):
        params = {key: inner.params[key] for key in ("axis", "keepdims") if key in inner.params}
        z = inner.first.first
        return build.make(registry["logsumexp"], (z,), params, node.shape, node.dtype)
    return None


@STABLE.on("log")
def log_of_a_part(build: Builder, node: Node) -> Any:
    """``log(softmax(z)[k])`` is ``log_softmax(z)[k]``: parts are taken of the logarithm."""
    part = node.first
    if part.__class__ is not Node or part.op.name not in _PARTS or node.dtype.kind != "f":
        return None
    whole = build.call("log", part.first)
    if whole.__class__ is not Node or whole.op.name == "log":
        return None
    return build.make(part.op, (whole, *part.inputs[1:]), part.params, node.shape, node.dtype)


_PARTS = {
    "expand_dims", "flip", "getitem", "moveaxis", "ravel", "reshape", "squeeze", "swapaxes",
    "transpose",
}  # fmt: skip


@STABLE.on("sum")
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
    gone = set(axes_of(axis, len(shape)))
    if any(own[k] != 1 for k in gone) or any(
        own[k] != n for k, n in enumerate(shape) if k not in gone
    ):
        return None
    count = float(math.prod(shape[k] for k in gone))
    flat = build.make(registry["reshape"], (x,), {"shape": node.shape}, node.shape, node.dtype)
    return same(node, build.call("multiply", flat, count))
