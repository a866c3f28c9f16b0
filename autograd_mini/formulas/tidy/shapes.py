"""Shapes: what real numbers and single entries do not need said."""

# ruff: noqa: D401 - rules have one signature, and state identities

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_mini.formulas.tidy.table import number, on
from autograd_mini.graph.node import Node, value_of
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
