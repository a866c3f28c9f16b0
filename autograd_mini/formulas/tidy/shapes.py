"""Shapes: what real numbers and single entries do not need said."""

# ruff: noqa: D401 - rules have one signature, and state identities

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_mini.formulas.tidy.table import bare, fits, number, on, same
from autograd_mini.graph.node import Node, value_of
from autograd_mini.ops.broadcasting import axes_of
from autograd_mini.ops.operation import registry
from autograd_mini.rewrite.builder import Builder, shape_of


@on("conj", "real")
def of_real_numbers(_: Builder, node: Node) -> Any:
    """``conj(x)`` and ``real(x)`` of a real x are x."""
    return node.first if getattr(node.first, "dtype", np.dtype("c16")).kind in "fiub" else None


@on("conj")
def conjugated_twice(_: Builder, node: Node) -> Any:
    """``conj(conj(x))`` is x."""
    inner = node.first
    return inner.first if inner.__class__ is Node and inner.op.name == "conj" else None


@on("collect")
def put_on_the_diagonal(build: Builder, node: Node) -> Any:
    """What adds up on a diagonal alone is a diagonal matrix."""
    g, source = node.inputs
    shape = shape_of(g)
    if source.__class__ is Node or len(shape) != 1 or node.shape != (*shape, *shape):
        return None
    if not np.array_equal(value_of(source), np.arange(shape[0]) * (shape[0] + 1) + 1):
        return None
    return build.make(registry["diag"], (g,), {}, node.shape, node.dtype)


@on("add", "subtract", "multiply", "divide")
def first_axes_unsaid(build: Builder, node: Node) -> Any:
    """``x * v[None, :]`` is ``x * v``, and so where a sum over examples kept its axis."""
    for k, each in enumerate(node.inputs):
        other = node.inputs[1 - k]
        shorter = _shorter(build, each) if fits(node, other) else None
        if shorter is not None:
            pair = (other, shorter) if k else (shorter, other)
            return same(node, build.call(node.op.name, *pair))
    return None


def _shorter(build: Builder, operand: Any) -> Any:
    """Return an operand without its first axes, which have length 1; None if it would not read."""
    if bare(operand, "reshape", "expand_dims"):
        inner = operand.first
        new = len(operand.shape) - len(shape_of(inner))
        added = new > 0 and operand.shape == (1,) * new + shape_of(inner)
        return inner if added and shape_of(inner) else None
    if bare(operand, "sum", "mean") and operand.params.get("keepdims"):
        n = len(shape_of(operand.first))
        axes = axes_of(operand.params.get("axis"), n)
        if len(axes) == n or set(axes) != set(range(len(axes))):
            return None
        params = {key: each for key, each in operand.params.items() if key != "keepdims"}
        shape = operand.shape[len(axes) :]
        return build.make(operand.op, (operand.first,), params, shape, operand.dtype)
    if bare(operand, "negative", "multiply", "divide"):
        parts = [each for each in operand.inputs if number(each) is None]
        inner = _shorter(build, parts[0]) if len(parts) == 1 else None
        if inner is None:
            return None
        given = (inner if each is parts[0] else each for each in operand.inputs)
        return build.call(operand.op.name, *given)
    return None


@on("einsum")
def einsum_without_numbers(build: Builder, node: Node) -> Any:
    """A factor 1 of an ``einsum`` is left out."""
    terms, _, result = node.params["subscripts"].partition("->")
    letters = terms.split(",")
    kept = [k for k, each in enumerate(node.inputs) if letters[k] or number(each) != 1]
    if len(kept) == len(letters) or not kept:
        return None
    subscripts = f"{','.join(letters[k] for k in kept)}->{result}"
    operands = tuple(node.inputs[k] for k in kept)
    params = {**node.params, "subscripts": subscripts}
    return build.make(node.op, operands, params, node.shape, node.dtype)
