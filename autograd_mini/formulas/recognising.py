"""What NumPy made of named data before anything was recorded: ``1 - Y``, ``X.T``, ``-Y``.

Only its values are left, so it is recognised by them; a formula that held the values themselves
would be right for these data only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_mini.graph.graph import topological
from autograd_mini.graph.node import Node
from autograd_mini.ops.operation import registry
from autograd_mini.rewrite.builder import Builder, is_given

__all__ = ["recognised"]

Make = Callable[[Builder, Node], Any]

_MADE: tuple[tuple[Callable[[Any], Any], Make], ...] = (
    (lambda value: value, lambda _, x: x),
    (lambda value: value.T, lambda build, x: build.make(
        registry["transpose"], (x,), {}, x.shape[::-1], x.dtype
    )),
    (lambda value: 1 - value, lambda build, x: build.call("subtract", 1.0, x)),
    (lambda value: -value, lambda build, x: build.call("negative", x)),
    (lambda value: 1 + value, lambda build, x: build.call("add", 1.0, x)),  # 1 - Y, of -Y
)  # fmt: skip


def recognised(outputs: Sequence[Node]) -> dict[Node, Node]:
    """Return nodes that replace those of a graph, with data without a name made of those with one.

    Parameters
    ----------
    outputs : sequence of Node
        Of a graph whose constants are leaves.
    """
    order = topological(outputs)
    data = [node for node in order if node.is_leaf and is_given(node)]
    named = [node for node in data if node.name and node.value.size > 1]
    floats = [node for node in data if node.dtype.kind == "f" and node.value.size > 1]
    inputs = [node for node in order if node.is_leaf and not is_given(node)]
    build = Builder()
    replaced: dict[Node, Any] = {}
    for node in order:
        if node.is_leaf:
            unnamed = is_given(node) and not node.name and node.value.size > 1
            before = floats[: floats.index(node)] if node in floats else []
            found = unnamed and (_made_of(build, node, named) or _made_of(build, node, before))
            if unnamed and node.dtype.kind == "b":
                found = _told_from(build, node, [*named, *floats, *inputs])
            replaced[node] = found or node
            continue
        operands = tuple(replaced[x] if x.__class__ is Node else x for x in node.inputs)
        replaced[node] = build.make(node.op, operands, node.params, node.shape, node.dtype, node)
    return {old: new for old, new in replaced.items() if new.__class__ is Node}


def _told_from(build: Builder, leaf: Node, known: Sequence[Node]) -> Any:
    """Return a mask as ``y == 0`` or ``y == 1``; None where it is not."""
    if bool((leaf.value == leaf.value.flat[0]).all()):
        return None
    for other in known:
        for value in (0, 1):
            if other.shape == leaf.shape and np.array_equal(other.value == value, leaf.value):
                return build.call("equal", other, value)
    return None


def _made_of(build: Builder, leaf: Node, named: Sequence[Node]) -> Any:
    """Return how data are made of named ones; None if they are not, or in several ways."""
    found = [
        (make, other)
        for other in named
        for compute, make in _MADE
        if other.dtype == leaf.dtype and other.dtype.kind == "f"
        and compute(other.value).shape == leaf.shape
        and np.array_equal(compute(other.value), leaf.value)
    ]  # fmt: skip
    same = bool((leaf.value == leaf.value.flat[0]).all())  # zeros could be anything
    if not found or (same and len(found) > 1):
        return None
    make, other = found[0]
    return make(build, other)
