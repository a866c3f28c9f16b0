"""Softmax and its relatives, recognised however they were written."""

# ruff: noqa: D401 - rules have one signature, and state identities

from __future__ import annotations

from typing import Any

from autograd_mini.formulas.tidy.table import bare, chooses_one, on
from autograd_mini.graph.node import Node
from autograd_mini.ops.broadcasting import axes_of
from autograd_mini.ops.operation import registry
from autograd_mini.rewrite.builder import Builder, made_by, shape_of


def _axis(params: dict[str, Any]) -> Any:
    axis = params.get("axis")
    return axis[0] if isinstance(axis, tuple) and len(axis) == 1 else axis


def _softmax(build: Builder, x: Any, axis: Any, node: Node) -> Any:
    return build.make(registry["softmax"], (x,), {"axis": axis}, node.shape, node.dtype)


@on("divide")
def softmax_by_hand(build: Builder, node: Node) -> Any:
    """``exp(x) / sum(exp(x))`` is ``softmax(x)``."""
    above, below = node.inputs
    if made_by(above, "exp") and made_by(below, "sum") and below.first is above:
        axis = _axis(below.params)
        if below.params.get("keepdims") and isinstance(axis, int):
            return _softmax(build, above.first, axis, node)
    return None


@on("softmax", "log_softmax")
def axis_from_the_front(build: Builder, node: Node) -> Any:
    """The last axis has one number, so that softmax along it is one step however it was asked."""
    axes = axes_of(node.params.get("axis", -1), len(node.shape))
    if len(axes) != 1 or node.params.get("axis") == axes[0]:
        return None
    params = {**node.params, "axis": axes[0]}
    return build.make(node.op, node.inputs, params, node.shape, node.dtype)


@on("softmax", "log_softmax")
def shifted(build: Builder, node: Node) -> Any:
    """A shift of all entries changes nothing: ``softmax(x - max(x))`` is ``softmax(x)``."""
    inner = node.first
    axis = _axis({"axis": -1, **node.params})
    if not bare(inner, "subtract", "add") or not isinstance(axis, int):
        return None
    x, shift = inner.inputs
    if shape_of(x) != node.shape or not bare(shift, "max"):
        return None
    if shape_of(shift) and shape_of(shift)[axis] != 1:
        return None
    return build.make(node.op, (x,), node.params, node.shape, node.dtype)


@on("exp")
def exponential_of_log_softmax(build: Builder, node: Node) -> Any:
    """``exp(log_softmax(x))`` is ``softmax(x)``, and so is ``exp(x - logsumexp(x))``."""
    inner = node.first
    if bare(inner, "log_softmax"):
        axis = _axis({"axis": -1, **inner.params})
        return _softmax(build, inner.first, axis, node)
    if bare(inner, "subtract") and made_by(inner.second, "logsumexp"):
        total = inner.second
        axis = _axis(total.params)
        whole = total.first is inner.first and total.params.get("keepdims")
        return _softmax(build, inner.first, axis, node) if whole and isinstance(axis, int) else None
    return None


@on("log")
def logarithm_of_chosen(build: Builder, node: Node) -> Any:
    """``log(sum(P * onehot(y)))`` is ``sum(log(P) * onehot(y))``: one entry is chosen."""
    total = node.first
    if not bare(total, "sum") or not bare(total.first, "multiply"):
        return None
    for p, chosen in (total.first.inputs, total.first.inputs[::-1]):
        if made_by(p, "softmax") and chooses_one(chosen) == _axis(total.params):
            product = build.call("multiply", build.call("log", p), chosen)
            return build.make(total.op, (product,), total.params, node.shape, node.dtype)
    return None


@on("add")
def logsumexp_by_hand(build: Builder, node: Node) -> Any:
    """``m + logsumexp(x - m)`` is ``logsumexp(x)``."""
    for m, total in (node.inputs, node.inputs[::-1]):
        if not bare(total, "logsumexp") or not bare(total.first, "subtract"):
            continue
        x, shift = total.first.inputs
        alike = shift is m and bare(m, "max") and m.first is x
        alike = alike and shape_of(m) == node.shape and total.shape == node.shape
        if alike:
            return build.make(total.op, (x,), total.params, node.shape, node.dtype)
    return None
