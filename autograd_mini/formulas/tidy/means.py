"""Means: sums over as many as were summed."""

from __future__ import annotations

from math import prod
from typing import Any

from autograd_mini.formulas.counts import Count
from autograd_mini.formulas.tidy.table import bare
from autograd_mini.graph.node import Node
from autograd_mini.ops.operation import registry
from autograd_mini.rewrite.builder import Builder, shape_of


def not_stopped(_: Builder, node: Node) -> Any:
    """``stop_gradient(x)`` is x."""
    return node.first if node.name is None else None


def mean_of(build: Builder, node: Node) -> Any:
    """``sum(x) / n`` is ``mean(x)``; over m examples it stays a sum, as in the course."""
    total, n = node.inputs
    if isinstance(n, Count) and any(size.name == "m" for size, _ in n.sizes):
        return None
    if not isinstance(n, Count) or not bare(total, "sum") or n.times != 1:
        return None
    if float(n) * prod(node.shape) != prod(shape_of(total.first)):
        return None
    if total.params.get("where", True) is not True:
        return None
    params = {key: total.params[key] for key in ("axis", "keepdims") if key in total.params}
    return build.make(registry["mean"], (total.first,), params, node.shape, node.dtype)
