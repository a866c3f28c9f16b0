"""A comparison as a terminal table and as HTML."""

from __future__ import annotations

import html as escape
import math
import os
import shutil
import sys
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from autograd_mini.check.comparison import Comparison, Row

__all__ = ["html", "page", "summary", "text"]

_COLOURS = {"ok": "32", "convention": "36", "wrong": "1;31", "unchecked": "33", "inherited": "2"}
_WORDS = {"ok": "ok", "convention": "convention", "wrong": "WRONG", "unchecked": "unchecked"}


def _number(value: Any, digits: int = 4) -> str:
    if value is None:
        return ""
    if np.iscomplexobj(value):
        return f"{value:.{digits}g}"
    return "" if math.isnan(value) else f"{value:.{digits}e}"


def _norm(values: Any) -> float | None:
    """Return the Euclidean norm, of the entries that there are."""
    if values is None:
        return None
    known = np.asarray(values)[~np.isnan(values)]
    return float(np.linalg.norm(known)) if known.size or not np.size(values) else math.nan


def _state(row: Row) -> str:
    return "inherited" if row.inherited and row.verdict == "wrong" else row.verdict


def _cells(row: Row, numerical: bool) -> list[str]:
    cells = [row.name, str(row.shape).replace(" ", ""), _number(_norm(row.manual))]
    cells.append(_number(_norm(row.automatic)))
    if numerical:
        partly = row.numerical is not None and bool(np.isnan(row.numerical).any())
        cells.append(_number(_norm(row.numerical)) + ("*" if partly else ""))
    word = _WORDS[row.verdict] + (" (inherited)" if _state(row) == "inherited" else "")
    if row.diagnosis is not None and _state(row) != "inherited" and row.diagnosis.code != word:
        word += f": {row.diagnosis.code}"
    return [*cells, _number(row.max_abs_error, 1), _number(row.rel_error, 1), word]


def _header(numerical: bool) -> list[str]:
    norms = ["|manual|", "|automatic|", *(["|numerical|"] if numerical else [])]
    return ["gradient", "shape", *norms, "max error", "rel. error", "verdict"]


def _has_numerical(comparison: Comparison) -> bool:
    return any(row.numerical is not None for row in comparison.rows)


def summary(comparison: Comparison) -> str:
    """Return the verdict in one sentence."""
    rows = comparison.rows
    wrong = [row for row in rows if row.verdict == "wrong"]
    checked = [row for row in rows if row.verdict != "unchecked"]
    if wrong:
        first = comparison.first_wrong
        after = sum(row.inherited for row in wrong)
        follow = f"; {after} of them only because of others" if after else ""
        return f"{len(wrong)} of {len(checked)} gradients are wrong, {first} first{follow}."
    if not checked:
        return "Nothing could be compared."
    worst = max(checked, key=lambda row: 0.0 if math.isnan(row.rel_error) else row.rel_error)
    if any(row.verdict == "convention" for row in checked):
        return f"All {len(checked)} gradients are right, up to a convention."
    return (
        f"All {len(checked)} gradients agree: largest relative error {worst.rel_error:.1e}, "
        f"in {worst.name}."
    )


def _evidence(row: Row) -> str:
    """Return the worst entry and its values."""
    if row.worst is None or row.verdict != "wrong":
        return ""
    values = [
        f"{which} {_number(row.at_worst(which), 6)}"
        for which in ("manual", "automatic", "numerical")
        if row.at_worst(which) is not None and not np.isnan(row.at_worst(which))
    ]
    if not values:
        return ""
    index = f"[{', '.join(map(str, row.worst))}]" if row.worst else ""
    return f"worst entry {row.name}{index}: {', '.join(values)}"


def _findings(comparison: Comparison) -> list[tuple[Row, list[str]]]:
    """Return what is to be said about rows, a message that several share only once."""
    found: list[tuple[Row, list[str]]] = []
    said: set[str] = set()
    for row in comparison.rows:
        if row.diagnosis is None or row.inherited or row.diagnosis.message in said:
            continue
        said.add(row.diagnosis.message)
        lines = [row.diagnosis.message]
        if row.diagnosis.fix:
            lines.append(f"write  {row.diagnosis.fix}")
        if evidence := _evidence(row):
            lines.append(evidence)
        lines += [f"or {other.code}: {other.message}" for other in row.diagnosis.alternatives]
        found.append((row, lines))
    return found


# -- terminal -------------------------------------------------------------------------------------


def text(comparison: Comparison, colour: bool | None = None, width: int | None = None) -> str:
    """Return the table as text, coloured if it goes to a terminal."""
    if colour is None:
        colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    columns = width or max(60, min(shutil.get_terminal_size((100, 24)).columns, 120))
    numerical = _has_numerical(comparison)
    table = [_header(numerical), *(_cells(row, numerical) for row in comparison.rows)]
    lines = _aligned(table)
    rule = "-" * max(map(len, lines))
    painted = [
        _paint(line, _state(row), colour)
        for line, row in zip(lines[1:], comparison.rows, strict=True)
    ]
    out = [lines[0], rule, *painted, rule, summary(comparison)]
    if any(cell.endswith("*") for cells in table[1:] for cell in cells):
        out.append("* of the entries that were checked numerically")
    out.extend(comparison.notes)
    for row, found in _findings(comparison):
        head = f"{row.name}: {row.diagnosis.code}" if row.diagnosis else row.name
        out += ["", _paint(head, row.verdict, colour)]
        for line in found:
            out += textwrap.wrap(line, columns - 2, initial_indent="  ", subsequent_indent="    ")
    return "\n".join(out)


def _aligned(table: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(cells[k]) for cells in table) for k in range(len(table[0]))]
    last = len(widths) - 1
    return [
        "  ".join(
            cell.ljust(width) if k in (0, 1, last) else cell.rjust(width)
            for k, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ).rstrip()
        for cells in table
    ]


def _paint(line: str, state: str, colour: bool) -> str:
    return f"\x1b[{_COLOURS[state]}m{line}\x1b[0m" if colour else line


# -- HTML -----------------------------------------------------------------------------------------

_STYLE = """
.agm { font: 14px/1.45 system-ui, sans-serif; }
.agm table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.agm th, .agm td { padding: .25em .8em; text-align: right; border-bottom: 1px solid #8884; }
.agm th:first-child, .agm td:first-child, .agm th:nth-child(2), .agm td:nth-child(2),
.agm th:last-child, .agm td:last-child { text-align: left; }
.agm td:first-child { font-family: ui-monospace, monospace; }
.agm .ok td:last-child { color: #2a7d2a; } .agm .convention td:last-child { color: #1f7a8c; }
.agm .wrong td { background: #d3302f22; }
.agm .wrong td:last-child { color: #d3302f; font-weight: 600; }
.agm .inherited td { color: #888; } .agm .unchecked td:last-child { color: #a66f00; }
.agm .finding { margin: .8em 0; padding-left: .8em; border-left: 3px solid #d3302f; }
.agm .finding.convention, .agm .finding.ok { border-color: #1f7a8c; }
.agm .finding.unchecked { border-color: #a66f00; }
.agm .finding p { margin: .2em 0; }
""".strip()


def html(comparison: Comparison) -> str:
    """Return the table and what was found as a fragment of HTML, with its own style."""
    numerical = _has_numerical(comparison)
    head = "".join(f"<th>{escape.escape(cell)}</th>" for cell in _header(numerical))
    body = "".join(
        f'<tr class="{_state(row)}">'
        + "".join(f"<td>{escape.escape(cell)}</td>" for cell in _cells(row, numerical))
        + "</tr>"
        for row in comparison.rows
    )
    findings = "".join(_finding(row, lines) for row, lines in _findings(comparison))
    notes = "".join(f"<p>{escape.escape(note)}</p>" for note in comparison.notes)
    return (
        f'<div class="agm"><style>{_STYLE}</style><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table><p>{escape.escape(summary(comparison))}</p>{notes}{findings}</div>"
    )


def _finding(row: Row, lines: Sequence[str]) -> str:
    code = row.diagnosis.code if row.diagnosis else ""
    said = "".join(
        f"<p><code>{escape.escape(line)}</code></p>"
        if line.startswith("write ")
        else f"<p>{escape.escape(line)}</p>"
        for line in lines
    )
    return (
        f'<div class="finding {row.verdict}"><p><b>{escape.escape(row.name)}</b>: '
        f"{escape.escape(code)}</p>{said}</div>"
    )


def page(comparison: Comparison) -> str:
    """Return a whole page of HTML that refers to nothing else."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<title>Gradients compared</title>"
        "<style>:root { color-scheme: light dark } body { margin: 2em }</style></head>"
        f"<body>{html(comparison)}</body></html>\n"
    )
