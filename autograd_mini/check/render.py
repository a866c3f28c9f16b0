"""A comparison as a table for the terminal."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Sequence

import numpy as np

from autograd_mini.check.row import Row
from autograd_mini.check.words import Mistake, evidence, findings, norm, number, state, summary

__all__ = ["cells", "has_numerical", "header", "said_about", "text"]

_COLOURS = {"ok": "32", "convention": "36", "wrong": "1;31", "unchecked": "33", "inherited": "2"}
_WORDS = {"ok": "ok", "convention": "convention", "wrong": "WRONG", "unchecked": "unchecked"}


def cells(row: Row, numerical: bool) -> list[str]:
    """Return what the table says of one gradient."""
    found = [row.name, str(row.shape).replace(" ", ""), number(norm(row.manual))]
    found.append(number(norm(row.automatic)))
    if numerical:
        partly = row.numerical is not None and bool(np.isnan(row.numerical).any())
        found.append(number(norm(row.numerical)) + ("*" if partly else ""))
    word = _WORDS[row.verdict] + (" (inherited)" if state(row) == "inherited" else "")
    if row.diagnosis is not None and state(row) != "inherited" and row.diagnosis.code != word:
        word += f": {row.diagnosis.code}"
    return [*found, number(row.max_abs_error, 1), number(row.rel_error, 1), word]


def header(rows: Sequence[Row]) -> list[str]:
    """Return the heads of the columns."""
    norms = ["|manual|", "|automatic|", *(["|numerical|"] if has_numerical(rows) else [])]
    return ["gradient", "shape", *norms, "max error", "rel. error", "verdict"]


def has_numerical(rows: Sequence[Row]) -> bool:
    """Return whether any gradient was computed numerically."""
    return any(row.numerical is not None for row in rows)


def footnotes(table: Sequence[Sequence[str]]) -> list[str]:
    """Return what a star in a cell means, if there is one."""
    starred = any(cell.endswith("*") for line in table for cell in line)
    return ["* of the entries alone that were checked numerically"] if starred else []


def said_about(row: Row, found: Mistake) -> list[str]:
    """Return what is to be said about a gradient, a paragraph each."""
    lines = [found.message]
    if found.fix:
        lines.append(f"write  {found.fix}")
    if shown := evidence(row):
        lines.append(shown)
    return [*lines, *(f"or {other.code}: {other.message}" for other in found.alternatives)]


def text(
    rows: Sequence[Row],
    notes: Sequence[str] = (),
    colour: bool | None = None,
    width: int | None = None,
) -> str:
    """Return the table as text, coloured if it goes to a terminal."""
    if colour is None:
        colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    columns = width or max(60, min(shutil.get_terminal_size((100, 24)).columns, 120))
    numerical = has_numerical(rows)
    table = [header(rows), *(cells(row, numerical) for row in rows)]
    lines = _aligned(table)
    rule = "-" * max(map(len, lines))
    painted = [_paint(line, state(row), colour) for line, row in zip(lines[1:], rows, strict=True)]
    out = [lines[0], rule, *painted, rule, summary(rows), *footnotes(table[1:]), *notes]
    for row, found, others in findings(rows):
        names = ", ".join((row.name, *others))
        out += ["", _paint(f"{names}: {found.code}", row.verdict, colour)]
        for line in said_about(row, found):
            out += textwrap.wrap(line, columns - 2, initial_indent="  ", subsequent_indent="    ")
    return "\n".join(out)


def _aligned(table: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(line[k]) for line in table) for k in range(len(table[0]))]
    last = len(widths) - 1
    return [
        "  ".join(
            cell.ljust(width) if k in (0, 1, last) else cell.rjust(width)
            for k, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in table
    ]


def _paint(line: str, state: str, colour: bool) -> str:
    return f"\x1b[{_COLOURS[state]}m{line}\x1b[0m" if colour else line
