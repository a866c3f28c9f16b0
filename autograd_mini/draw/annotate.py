"""Put values and gradients on boxes: one number, a range, and a heat map."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd_mini.draw.view import Box
from autograd_mini.graph.graph import BaseGraph
from autograd_mini.graph.node import Constant, Node

__all__ = ["annotate", "heat_map", "range_text"]

ROWS, COLUMNS = 5, 10


MISSING = "not computed"


def annotate(
    graph: BaseGraph, boxes: Iterable[Box], values: bool, gradients: bool, hypothetical: bool
) -> None:
    """Fill in what was asked for.

    Parameters
    ----------
    graph : BaseGraph
    boxes : iterable of Box
    values, gradients : bool
    hypothetical : bool
        Whether the backward part has only been added for the picture: then a gradient counts as
        computed only once ``backward`` has run, for a number nobody computed would mislead.
    """
    shown = [box for box in boxes if box.node is not None]
    forward = getattr(graph, "forward_nodes", None) or set(graph.nodes)
    ran = any(_left_by_backward(node) is not None for node in graph.inputs)
    trusted = ran or not hypothetical
    recorded = {
        node.name: node for node in graph.nodes if node.name and trusted and node not in forward
    }
    nodes = [box.node for box in shown if isinstance(box.node, Node)]
    known: dict[Node, Any] = {}
    if values and any(node.value is None for node in nodes):
        known = graph.evaluate({})
    for box in shown:
        if values and box.backward and not trusted:
            box.value = MISSING
        elif values:
            value = _value(box.node, known)
            box.value, box.heat = range_text(value), heat_map(value)
        if gradients and isinstance(box.node, Node) and not box.backward:
            g = _gradient(box.node, recorded)
            box.gradient = f"gradient {MISSING if g is None else range_text(g)}"


def _value(node: Node | Constant | None, known: dict[Node, Any]) -> Any:
    if isinstance(node, Constant):
        return node._value
    assert node is not None
    value = node.value if node.value is not None else known[node]
    return getattr(value, "_value", value)


def _left_by_backward(node: Node) -> Any:
    """Return the gradient that ``backward`` left with the tensor of this node, if any."""
    target = node.extra["target"]() if node.extra and "target" in node.extra else None
    return None if target is None or target.grad is None else target.grad._value


def _gradient(node: Node, recorded: dict[str, Node]) -> Any:
    """Return what ``backward`` left, or what the graph itself computes; None if neither."""
    left = _left_by_backward(node)
    own = recorded.get(f"d{node.name}") if node.name else None
    return own.value if left is None and own is not None else left


def range_text(value: Any) -> str:
    """Return a number as it is, an array from its least to its greatest entry.

    Examples
    --------
    >>> range_text(np.array([[0.5, -2.0]])), range_text(np.array(3.14159))
    ('−2 … 0.5', '3.14')
    """
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
    return f"{value:.3g}".replace("-", "−") if not isinstance(value, np.bool_) else str(value)


def heat_map(value: Any) -> tuple[tuple[float, ...], ...]:
    """Return at most 5 rows of at most 10 entries, scaled to between -1 and 1."""
    array = value if isinstance(value, np.ndarray) else np.empty(0)
    if array.ndim not in (1, 2) or array.size < 2 or array.dtype.kind not in "fiub":
        return ()
    table = np.atleast_2d(array).astype(float)
    rows = np.linspace(0, table.shape[0] - 1, min(ROWS, table.shape[0])).round().astype(int)
    columns = np.linspace(0, table.shape[1] - 1, min(COLUMNS, table.shape[1])).round().astype(int)
    some = np.nan_to_num(table[np.ix_(rows, columns)], nan=0.0, posinf=0.0, neginf=0.0)
    largest = np.abs(some).max() or 1.0
    return tuple(tuple(float(x) for x in row) for row in some / largest)
