"""The numbers in a graph: what is kept, what can be computed again, and what backward has left."""

from __future__ import annotations

import math
from time import perf_counter
from typing import Any

import numpy as np

from autograd_mini.draw.view import Box
from autograd_mini.graph.graph import BaseGraph
from autograd_mini.graph.node import Constant, Node

__all__ = ["MISSING", "UNKEPT", "Values", "range_text", "size_in_bytes", "table_of"]

MISSING = "not computed"
UNKEPT = "not kept"

MOST_BYTES = 1 << 28
"""How much is computed again for a picture, rather than left out."""

MOST_NODES = 20_000


class Values:
    """The values of a graph's nodes, and their gradients.

    Parameters
    ----------
    graph : BaseGraph
    hypothetical : bool
        Whether the backward part has only been added for the picture: then a gradient counts as
        computed only once ``backward`` has run, for a number nobody computed would mislead.

    Attributes
    ----------
    trusted : bool
        Whether the backward part has run.
    gradient_nodes : dict of Node to Node
    """

    def __init__(self, graph: BaseGraph, hypothetical: bool = False) -> None:
        self.graph = graph
        forward = getattr(graph, "forward_nodes", None) or set(graph.nodes)
        ran = any(_left_by_backward(node) is not None for node in graph.inputs)
        self.trusted = ran or not hypothetical
        self.gradient_nodes: dict[Node, Node] = dict(getattr(graph, "gradients", {}))
        named = {node.name: node for node in graph.nodes if node not in forward and node.name}
        for node in reversed(graph.nodes):
            if node.name and node in forward and f"d{node.name}" in named:
                self.gradient_nodes.setdefault(node, named[f"d{node.name}"])
        self._known: dict[Node, Any] | None = None

    def gradient_node(self, node: Node | Constant | None) -> Node | None:
        """Return the node that computes the gradient of `node`, if the graph has one."""
        return self.gradient_nodes.get(node) if isinstance(node, Node) else None

    def of(self, node: Node | Constant) -> Any:
        """Return the value of a node, or None if it would take too much to compute again."""
        if isinstance(node, Constant):
            return node._value
        value = node.value if node.value is not None else self._again().get(node)
        return _plain(value)

    def of_box(self, box: Box) -> Any:
        """Return the value of a box, or why there is none."""
        if box.node is None or (box.backward and not self.trusted):
            return MISSING
        value = self.of(box.node)
        return UNKEPT if value is None else value

    def gradient(self, node: Node) -> Any:
        """Return what ``backward`` left, or what the graph itself computes; None if neither."""
        left = _left_by_backward(node)
        own = self.gradient_node(node)
        if left is None and own is not None and self.trusted:
            return self.of(own)
        return left

    def seconds(self, node: Node) -> float | None:
        """Return how long the operation of a node takes, the best of three; None if not known."""
        operands = [
            self.of(each) if each.__class__ in (Node, Constant) else each for each in node.inputs
        ]
        if node.is_leaf or node.op.random or any(each is None for each in operands):
            return None  # drawing again would change the numbers that the person draws next
        kernel, params = node.op.kernel, node.params
        arguments = [operands] if node.op.variadic else operands
        taken = []
        with np.errstate(all="ignore"):
            for _ in range(3):
                start = perf_counter()
                kernel(*arguments, **params)
                taken.append(perf_counter() - start)
        return min(taken)

    def _again(self) -> dict[Node, Any]:
        """Compute what was not kept, from what was."""
        if self._known is None:
            nodes = self.graph.nodes
            missing = [node for node in nodes if node.value is None]
            small = len(nodes) <= MOST_NODES and sum(map(size_in_bytes, missing)) <= MOST_BYTES
            small = small and not any(node.op.random for node in missing)
            kept = {node: _plain(node.value) for node in nodes if node.value is not None}
            with np.errstate(all="ignore"):
                self._known = self.graph.evaluate(kept) if small else kept
        return self._known


def size_in_bytes(node: Node | Constant) -> int:
    """Return how much memory the value of a node takes."""
    shape: tuple[Any, ...] = node.shape
    several = shape if shape and isinstance(shape[0], tuple) else (shape,)
    return int(node.dtype.itemsize * sum(math.prod(each) for each in several))


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_plain(each) for each in value)
    return getattr(value, "_value", value)


def _left_by_backward(node: Node) -> Any:
    """Return the gradient that ``backward`` left with the tensor of this node, if any."""
    target = node.extra["target"]() if node.extra and "target" in node.extra else None
    left = getattr(target, "_grad", None)
    return None if left is None else left._value


def range_text(value: Any) -> str:
    """Return a number as it is, an array from its least to its greatest entry.

    Examples
    --------
    >>> range_text(np.array([[0.5, -2.0]])), range_text(np.array(3.14159))
    ('−2 … 0.5', '3.14')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, tuple):
        return ", ".join(range_text(each) for each in value)
    array = np.asarray(value)
    if not array.size:
        return "no entries"
    if array.dtype.kind == "c" and array.size > 1:
        return f"|z| ≤ {np.abs(array).max():.4g}"
    if array.size == 1:
        return _number(array.reshape(-1)[0])
    finite = array[np.isfinite(array)]
    if not finite.size:
        return "not finite"
    low, high = finite.min(), finite.max()
    text = _number(low) if low == high else f"{_number(low)} … {_number(high)}"
    return text if finite.size == array.size else f"{text}, {array.size - finite.size} not finite"


def _number(value: Any) -> str:
    return str(value) if isinstance(value, np.bool_) else f"{value + 0:.3g}".replace("-", "−")


def table_of(value: Any, rows: int, columns: int) -> np.ndarray[Any, np.dtype[np.float64]] | None:
    """Return evenly chosen entries of an array as a table of floats; None for what is none.

    Axes before the last are taken together.
    """
    if not isinstance(value, np.ndarray) or value.size < 2 or value.dtype.kind not in "fiub":
        return None
    table = value.reshape(-1, value.shape[-1])
    some = table[_evenly(table.shape[0], rows)][:, _evenly(table.shape[1], columns)]
    return np.asarray(some, float)


def _evenly(length: int, most: int) -> np.ndarray[Any, np.dtype[np.intp]]:
    return np.linspace(0, length - 1, min(most, length)).round().astype(np.intp)
