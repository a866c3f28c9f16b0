"""The table of a graph: every node with what it is and what it costs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import Any

from autograd_mini.draw.formula import UNSAID
from autograd_mini.draw.notation import shape_text
from autograd_mini.graph.graph import BaseGraph
from autograd_mini.graph.node import Node

__all__ = ["Row", "Summary", "summarise"]

MOST_ROWS = 200
"""How many rows are printed; ``rows`` has all of them."""

_FREE = UNSAID | {"transpose", "swapaxes", "moveaxis", "flip", "getitem", "pick"}
_HEADINGS = ("node", "op", "shape", "dtype", "bytes", "flops", "source")


@dataclass(frozen=True, slots=True)
class Row:
    """One node: its name, what made it, and what it costs."""

    node: str
    op: str
    shape: tuple[int, ...]
    dtype: str
    bytes: int
    flops: int
    source: str
    scope: str
    backward: bool

    def cells(self) -> tuple[str, ...]:
        """Return the row as texts."""
        shape, source = shape_text(self.shape), self.source
        return (self.node, self.op, shape, self.dtype, f"{self.bytes:,}", f"{self.flops:,}", source)


@dataclass(frozen=True, slots=True)
class Summary:
    """What is in a graph, as a table to print or to show in a notebook.

    Attributes
    ----------
    rows : tuple of Row
        One for each node, operands first.
    bytes, flops : int
        In total; operations on a number count as one, a matrix product as 2 k per entry.
    """

    rows: tuple[Row, ...]
    bytes: int
    flops: int

    def _printed(self) -> tuple[list[tuple[str, ...]], int]:
        """Return the first and last rows as texts, and how many are missing between them."""
        if len(self.rows) <= MOST_ROWS:
            return [row.cells() for row in self.rows], 0
        half = MOST_ROWS // 2
        shown = [*self.rows[:half], *self.rows[-half:]]
        return [row.cells() for row in shown], len(self.rows) - MOST_ROWS

    def _total(self) -> tuple[str, ...]:
        return (f"{len(self.rows):,} nodes", "", "", "", f"{self.bytes:,}", f"{self.flops:,}", "")

    def __str__(self) -> str:
        body, missing = self._printed()
        table = [_HEADINGS, *body, self._total()]
        widths = [max(len(row[k]) for row in table) for k in range(len(_HEADINGS))]
        lines = ["  ".join(_aligned(row, widths)).rstrip() for row in table]
        rule = "  ".join("─" * width for width in widths)
        if missing:
            lines.insert(1 + MOST_ROWS // 2, f"… {missing:,} more …")
        return "\n".join([lines[0], rule, *lines[1:-1], rule, lines[-1]])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        body, missing = self._printed()
        head = "".join(f"<th>{name}</th>" for name in _HEADINGS)
        rows = ["<tr>" + "".join(f"<td>{escape(c)}</td>" for c in row) + "</tr>" for row in body]
        if missing:
            rows.insert(MOST_ROWS // 2, f'<tr><td colspan="7">… {missing:,} more …</td></tr>')
        foot = "".join(f"<th>{cell}</th>" for cell in self._total())
        return (
            f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody>"
            f"<tfoot><tr>{foot}</tr></tfoot></table>"
        )


def _aligned(row: tuple[str, ...], widths: list[int]) -> list[str]:
    return [
        text.rjust(width) if _HEADINGS[k] in ("bytes", "flops") else text.ljust(width)
        for k, (text, width) in enumerate(zip(row, widths, strict=True))
    ]


def summarise(graph: BaseGraph) -> Summary:
    """Return the table of a graph."""
    forward: Any = getattr(graph, "forward_nodes", None) or set(graph.nodes)
    rows = tuple(_row(k, node, node not in forward) for k, node in enumerate(graph.nodes))
    return Summary(rows, sum(row.bytes for row in rows), sum(row.flops for row in rows))


def _row(k: int, node: Node, backward: bool) -> Row:
    where = ""
    if node.source is not None:
        where = node.source.short
    return Row(
        node.name or f"t{k}", "input" if node.is_leaf else node.op.name, node.shape,
        str(node.dtype), _entries(node.shape) * node.dtype.itemsize, _flops(node), where,
        node.scope, backward,
    )  # fmt: skip


def _entries(shape: Any) -> int:
    if shape and isinstance(shape[0], tuple):
        return sum(math.prod(each) for each in shape)
    return math.prod(shape)


def _flops(node: Node) -> int:
    if node.is_leaf or node.op.name in _FREE:
        return 0
    if callable(node.op.flops):
        return int(node.op.flops(node))
    entries = [_entries(node.shape)]
    entries += [_entries(each.shape) for each in node.inputs if hasattr(each, "shape")]
    return int(node.op.flops * max(entries))
