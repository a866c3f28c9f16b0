"""An examination on the terminal: a table, and the wrong lines with what to write instead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from autograd_mini.check.words import evidence, findings, number, state, summary
from nets.homework.reading.cells import in_cell, spoken
from nets.homework.report.words import SIGNS, Quote, headline, is_code, outcome, place, quote
from nets.homework.results import Examination, Failure, Finding, GradientRow, Study

__all__ = ["overview", "show"]

STYLES = {
    "ok": "green",
    "convention": "cyan",
    "wrong": "bold red",
    "inherited": "bright_black",
    "unchecked": "yellow",
}
_OUTCOMES = {"right": "green", "wrong": "bold red", "crashed": "bold red", "not analysed": "yellow"}


def show(console: Console, examination: Examination) -> None:
    """Print what was found in a file.

    Parameters
    ----------
    console : rich.console.Console
    examination : Examination
    """
    console.print(Text(examination.file, style="bold underline"))
    if examination.failure is not None:
        console.print(_failed(examination.failure, examination))
    elif not examination.studies:
        console.print(Text(headline(examination), style="yellow"))
    for study in examination.studies:
        console.print(_study(study, examination))


def overview(examinations: Iterable[Examination]) -> Table:
    """Return a table with one line for each file."""
    table = _table("file", "outcome", "found")
    for each in examinations:
        word = outcome(each)
        table.add_row(each.file, Text(word, style=_OUTCOMES[word]), Text(headline(each)))
    return table


def _table(*heads: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for head in heads:
        table.add_column(head, overflow="fold")
    return table


def _failed(failure: Failure, examination: Examination) -> RenderableType:
    at = spoken(failure.line, examination.cells) if failure.line is not None else ""
    where = f" in {at}" if at else ""
    first = Text(f"{failure.type}{where}: ", style="bold red") if failure.theirs else Text("")
    parts: list[RenderableType] = [first + Text(failure.message)]
    found = failure.diagnosis
    shown = quote(examination.source, failure.line, found.fix if found is not None else "")
    if shown is not None:
        parts.append(_lines(shown, examination.cells))
    if found is not None:
        parts.append(Text.assemble((found.code, "bold"), ": ", found.message))
    return Group(*parts, Text(""))


def _study(study: Study, examination: Examination) -> RenderableType:
    parts: list[RenderableType] = [
        Text.assemble(
            (study.backward, "bold"), " against ", (study.forward, "bold"), ", cost ",
            (study.cost, "bold"),
        ),
        *(Text(note, style="italic") for note in study.notes),
        Text(""),
    ]  # fmt: skip
    if study.rows:
        parts += [Padding(_gradients(study, examination.cells), (0, 0, 1, 2))]
    parts.append(Text(summary(study.rows), style="bold green" if study.ok else "bold red"))
    for row, _, others in findings(study.rows):
        assert row.diagnosis is not None
        parts += [Text(""), *_finding(row, row.diagnosis, others, examination)]
    return Group(*parts, Text(""))


def _gradients(study: Study, cells: Sequence[int]) -> Table:
    table = _table("gradient", "shape", "made in", "max error", "rel. error", "verdict")
    for column in table.columns[3:5]:
        column.justify = "right"
    for row in study.rows:
        shape = " × ".join(map(str, row.shape)) or "scalar"
        said = [
            row.name, shape, place(row, cells), number(row.max_abs_error, 1),
            number(row.rel_error, 1), _verdict(row),
        ]  # fmt: skip
        table.add_row(*map(Text, said), style=STYLES[state(row)])
    return table


def _verdict(row: GradientRow) -> str:
    now = state(row)
    word = {"inherited": "wrong, follows from another"}.get(now, now)
    named = row.diagnosis is not None and now != "inherited" and row.diagnosis.code != now
    code = f": {row.diagnosis.code}" if row.diagnosis is not None and named else ""
    return f"{SIGNS[now]} {word}{code}"


def _finding(
    row: GradientRow, found: Finding, others: Sequence[str], examination: Examination
) -> Iterator[RenderableType]:
    line = found.line if found.line is not None else row.line
    where = "" if line is None or row.verdict != "wrong" else f", {spoken(line, examination.cells)}"
    sign = SIGNS[row.verdict]
    names = ", ".join((row.name, *others))
    yield Text(f"{sign} {names}: {found.code}{where}", style=STYLES[row.verdict])
    parts: list[RenderableType] = [Text(found.message)]
    shown = quote(examination.source, line, found.fix)
    if shown is not None and row.verdict == "wrong":
        parts.append(_lines(shown, examination.cells))
    if found.fix and (shown is None or not shown.fix or row.verdict != "wrong"):
        parts.append(Text(f"write  {found.fix}" if is_code(found.fix) else found.fix))
    if values := evidence(row):
        parts.append(Text(values, style="dim"))
    parts += [_other(each) for each in found.alternatives]
    yield Padding(Group(*parts), (0, 0, 0, 2))


def _other(found: Finding) -> Text:
    remedy = f" Write {found.fix}" if found.fix else ""
    return Text.assemble("or ", (found.code, "bold"), f": {found.message}{remedy}")


def _lines(shown: Quote, cells: Sequence[int]) -> RenderableType:
    """Return quoted lines with their numbers, the wrong ones marked, the remedy below them."""
    syntax = Syntax("", "python", theme="ansi_dark", background_color="default")
    grid = Table.grid(padding=(0, 1))
    for line, text, wrong in shown.numbered:
        code = syntax.highlight(text)
        code.rstrip()
        if wrong:
            grid.add_row(
                Text("✗", "bold red"), Text(f"{in_cell(line, cells):>4} │", "bold red"), code
            )
        else:
            grid.add_row("", Text(f"{in_cell(line, cells):>4} │", "dim"), code)
        if line == shown.wrong.stop - 1:
            for each in shown.fix:
                fixed = Text(each, style="bold green")
                grid.add_row(Text("✓", "bold green"), Text("     │", "bold green"), fixed)
    return Padding(grid, (1, 0, 1, 0))
