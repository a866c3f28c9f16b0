"""A comparison as HTML: a fragment for notebooks, and a page of its own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from html import escape
from pathlib import Path

from autograd_mini.check.render import cells, footnotes, has_numerical, header, said_about
from autograd_mini.check.row import Row
from autograd_mini.check.words import Mistake, findings, state, summary
from autograd_mini.draw.heat import heat_maps, script, style

__all__ = ["fragment", "whole"]


@cache
def _file(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def fragment(rows: Sequence[Row], notes: Sequence[str]) -> str:
    """Return the table and what was found as a fragment of HTML, with its own style."""
    return (
        f'<div class="agm"><style>{_file("fragment.css")}</style>{_table(rows, linked=False)}'
        f"<p>{escape(summary(rows))}</p>{_findings(rows, notes)}</div>"
    )


def whole(rows: Sequence[Row], notes: Sequence[str], graph: str | None) -> str:
    """Return a whole page of HTML that refers to nothing else.

    Parameters
    ----------
    rows : sequence of Row
    notes : sequence of str
    graph : str or None
        The graph of the cost with the verdicts on it, as SVG.
    """
    said = escape(summary(rows))
    styles = "".join((_file("page.css"), _file("fragment.css"), style()))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{said}</title>\n<style>\n{styles}</style>\n</head>\n"
        f"<body>\n<main>\n<h1>{said}</h1>\n"
        f'<section class="agm" aria-label="Verdicts">{_table(rows, linked=True)}'
        f"{_findings(rows, notes)}</section>\n{_values(rows)}{_graph(graph)}</main>\n"
        f"<script>\n{script()}{_file('page.js')}</script>\n</body>\n</html>\n"
    )


def _table(rows: Sequence[Row], *, linked: bool) -> str:
    numerical = has_numerical(rows)
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in header(rows))
    said = [cells(row, numerical) for row in rows]
    body = "".join(
        _line(row, line, f"#g{k}" if linked else "")
        for k, (row, line) in enumerate(zip(rows, said, strict=True))
    )
    below = "".join(f"<p>{escape(note)}</p>" for note in footnotes(said))
    return (
        '<div class="agm-table" role="region" aria-label="Comparison of gradients" tabindex="0">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{below}</div>"
    )


def _line(row: Row, said: list[str], target: str) -> str:
    name, *between, verdict = map(escape, said)
    if target and _shown(row):
        name = f'<a href="{target}">{name}</a>'
    return (
        f'<tr class="{state(row)}"><th scope="row">{name}</th>'
        + "".join(f"<td>{cell}</td>" for cell in between)
        + f'<td><span class="agm-verdict {row.verdict}">{verdict}</span></td></tr>'
    )


def _findings(rows: Sequence[Row], notes: Sequence[str]) -> str:
    said = "".join(f"<p>{escape(note)}</p>" for note in notes)
    return said + "".join(_finding(*each) for each in findings(rows))


def _finding(row: Row, found: Mistake, others: tuple[str, ...]) -> str:
    said = "".join(
        f'<p class="agm-write">write <code>{escape(line.removeprefix("write  "))}</code></p>'
        if line.startswith("write  ")
        else f"<p>{escape(line)}</p>"
        for line in said_about(row, found)
    )
    names = escape(", ".join((row.name, *others)))
    return (
        f'<div class="agm-finding {row.verdict}"><p><b>{names}</b>: '
        f"{escape(found.code)}</p>{said}</div>"
    )


def _shown(row: Row) -> bool:
    return row.manual is not None or row.automatic is not None


def _values(rows: Sequence[Row]) -> str:
    """Return heat maps of every gradient; those of wrong ones are open."""
    parts = [_maps(row, f"g{k}") for k, row in enumerate(rows) if _shown(row)]
    if not parts:
        return ""
    return (
        '<section aria-labelledby="values"><h2 id="values">The values</h2>'
        "<p>Zero is neutral; blue is negative, red positive. Manual and automatic share one scale, "
        "their difference has its own; the entry that differs most is framed. Point at an entry, "
        f"or move with the arrow keys, to read it.</p>{''.join(parts)}</section>\n"
    )


def _maps(row: Row, key: str) -> str:
    opened = " open" if state(row) == "wrong" else ""
    return (
        f'<details id="{key}" data-name="{escape(row.name)}"{opened}>'
        f'<summary>{escape(row.name)}<span class="agm-verdict {row.verdict}">{row.verdict}</span>'
        f"</summary>{heat_maps(row.manual, row.automatic, name=row.name, worst=row.worst)}"
        "</details>"
    )


def _graph(svg: str | None) -> str:
    if svg is None:
        return ""
    return (
        '<section aria-labelledby="graph-of"><h2 id="graph-of">The graph</h2>'
        "<p>Forward from left to right, backward from right to left; gradients have the colours of "
        "their verdicts.</p>"
        f'<div class="scroll" role="region" aria-label="Graph" tabindex="0">{svg}</div></section>\n'
    )
