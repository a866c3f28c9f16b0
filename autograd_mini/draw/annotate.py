"""Put values, gradients and verdicts on boxes: a number, a range, a heat map, a word."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd_mini.draw.values import MISSING, Values, range_text, table_of
from autograd_mini.draw.view import Box
from autograd_mini.graph.node import Node

__all__ = ["annotate", "heat_map", "judge"]

ROWS, COLUMNS = 5, 10

SIGNS = {
    "ok": "✓ agrees", "convention": "≈ convention", "wrong": "✗ wrong",
    "unchecked": "? not checked",
}  # fmt: skip


def annotate(boxes: Iterable[Box], found: Values, values: bool, gradients: bool) -> None:
    """Write on boxes what was asked for."""
    for box in boxes:
        if values and box.node is not None:
            value = found.of_box(box)
            box.value, box.heat = range_text(value), heat_map(value)
        if gradients and isinstance(box.node, Node) and not box.backward:
            g = found.gradient(box.node)
            box.gradient = f"gradient {MISSING if g is None else range_text(g)}"


def judge(boxes: Iterable[Box], comparison: Any) -> dict[str, Any]:
    """Colour boxes by the verdicts of a comparison; return its rows by the keys of boxes.

    The box of a gradient carries its verdict; so does the tensor where its gradient is not drawn.
    """
    rows: dict[str, Any] = {}
    for row in comparison.rows:
        rows.setdefault(row.wrt if row.forward else f"d{row.wrt}", row)
        rows.setdefault(row.name, row)
    shown = list(boxes)
    names = {box.name for box in shown}
    found: dict[str, Any] = {}
    for box in shown:
        own = f"d{box.name}"
        row = rows.get(box.name) or (rows.get(own) if own not in names else None)
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
