"""Put values, gradients, costs and verdicts on boxes: a number, a range, a heat map, a word."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_mini.draw.values import MISSING, Values, range_text, size_in_bytes, table_of
from autograd_mini.draw.view import Box
from autograd_mini.graph.node import Node

__all__ = ["Asked", "annotate", "heat_map", "judge", "size_text", "time_text"]

ROWS, COLUMNS = 5, 10

SIGNS = {
    "ok": "✓ agrees", "convention": "≈ convention", "wrong": "✗ wrong",
    "unchecked": "? not checked",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked to be written on the boxes."""

    values: bool = False
    gradients: bool = False
    memory: bool = False
    time: bool = False


def annotate(boxes: Iterable[Box], found: Values, asked: Asked) -> None:
    """Write on boxes what was asked for."""
    for box in boxes:
        if asked.values and box.node is not None:
            value = found.of_box(box)
            box.value, box.heat = range_text(value), heat_map(value)
        if asked.gradients and isinstance(box.node, Node) and not box.backward:
            g = found.gradient(box.node)
            box.gradient = f"gradient {MISSING if g is None else range_text(g)}"
        if asked.memory or asked.time:
            steps = _steps(box)
            costs = [size_text(sum(map(size_in_bytes, steps)))] if asked.memory and steps else []
            taken = [found.seconds(node) for node in steps] if asked.time else []
            known = [each for each in taken if each is not None]
            box.cost = ", ".join([*costs, *([time_text(sum(known))] if known else [])])


def _steps(box: Box) -> list[Node]:
    """Return every node of a box, and of those inside it."""
    found: list[Node] = []
    pending = [box]
    while pending:
        each = pending.pop()
        pending += each.members
        found += [*each.interior, *([each.node] if isinstance(each.node, Node) else [])]
    return found


def size_text(size: int) -> str:
    """Return a number of bytes for people.

    Examples
    --------
    >>> size_text(160), size_text(51_200), size_text(3_000_000)
    ('160 B', '50 KB', '2.9 MB')
    """
    if size < 2048:
        return f"{size} B"
    return f"{size / 1024:.0f} KB" if size < 1 << 20 else f"{size / (1 << 20):.1f} MB"


def time_text(seconds: float) -> str:
    """Return a time for people.

    Examples
    --------
    >>> time_text(3.2e-6), time_text(0.0123), time_text(2.5)
    ('3.2 µs', '12 ms', '2.5 s')
    """
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.2g} {unit}"
    return f"{seconds / 1e-6:.2g} µs"


def judge(boxes: Iterable[Box], comparison: Any) -> dict[str, Any]:
    """Colour boxes by the verdicts of a comparison; return its rows by the keys of boxes.

    The box of a gradient carries its verdict; so does the tensor where its gradient is not drawn.
    """
    rows: dict[str, Any] = {}
    for row in comparison.rows:
        rows.setdefault(row.wrt if row.forward else f"d{row.wrt}", row)
        rows.setdefault(row.name, row)
    shown = list(boxes)
    names = {name for box in shown for name in box.names}
    found: dict[str, Any] = {}
    for box in shown:
        own = f"d{box.name}"
        row = next((rows[name] for name in box.names if name in rows), None)
        row = row or (rows.get(own) if own not in names else None)
        if row is not None and box.node is not None:
            found[box.key] = row
            box.verdict = "inherited" if _inherited(row) else row.verdict
            box.judgement = _judgement(row)
    return found


def _inherited(row: Any) -> bool:
    return row.verdict == "wrong" and bool(row.inherited)


def _judgement(row: Any) -> str:
    if _inherited(row):
        return "✗ follows from another"
    named = row.diagnosis is not None and row.verdict == "wrong"
    return SIGNS[row.verdict] + (f": {row.diagnosis.code.replace('_', ' ')}" if named else "")


def heat_map(value: Any) -> tuple[tuple[float, ...], ...]:
    """Return at most 5 rows of at most 10 entries, scaled to between -1 and 1."""
    flat = isinstance(value, np.ndarray) and value.ndim <= 2
    table = table_of(value, ROWS, COLUMNS) if flat else None
    if table is None:
        return ()
    some = np.nan_to_num(table, nan=0.0, posinf=0.0, neginf=0.0)
    largest = np.abs(some).max() or 1.0
    return tuple(tuple(float(x) for x in row) for row in some / largest)
