"""Examinations as one HTML page that works offline: the person's source beside the verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from autograd_mini.check.words import evidence, findings, number, state, summary
from autograd_mini.draw import heat
from nets.homework.reading.cells import in_cell, spoken
from nets.homework.reading.spelling import canonical
from nets.homework.report.highlight import highlighted
from nets.homework.report.words import (
    SIGNS,
    fix_line,
    headline,
    is_code,
    outcome,
    place,
    statement,
)
from nets.homework.results import GRAPH, Examination, Failure, Finding, GradientRow, Study

__all__ = ["as_html"]

_RANK = ("wrong", "inherited", "unchecked", "convention", "ok")
"""Which verdict a line shows that several gradients come from."""


@dataclass
class _Line:
    """A line of the person's file.

    Attributes
    ----------
    number : int
    code : Markup
    shown : str
        The number to show: in a notebook that in its cell, with the cell where one begins.
    state : str
        The verdict on what it makes; empty for most lines.
    target : str
        Id of the row it makes.
    fault : bool
        Whether it is a line to change.
    fix : list of Markup
        What to write instead, below the last line of the statement.
    """

    number: int
    code: Markup
    shown: str = ""
    state: str = ""
    target: str = ""
    fault: bool = False
    fix: list[Markup] = field(default_factory=list)


@dataclass(frozen=True)
class _Row:
    """A gradient, ready to be shown."""

    id: str
    node: str
    row: GradientRow
    state: str
    sign: str
    made: str
    finding: Finding | None
    others: Sequence[str]
    fault: int | None
    evidence: str
    maps: Markup

    @property
    def code(self) -> str:
        """The remedy, if it is Python."""
        found = self.finding
        return found.fix if found is not None and found.fix and is_code(found.fix) else ""


@dataclass(frozen=True)
class _Study:
    """A backward function, ready to be shown."""

    id: str
    study: Study
    summary: str
    rows: Sequence[_Row]
    graph: Markup


@dataclass(frozen=True)
class _File:
    """An examined file, ready to be shown."""

    id: str
    name: str
    outcome: str
    headline: str
    failure: Failure | None
    lines: Sequence[_Line]
    studies: Sequence[_Study]
    cells: Sequence[int] = ()


def as_html(examinations: Iterable[Examination]) -> str:
    """Return a page about examined files.

    Parameters
    ----------
    examinations : iterable of Examination
    """
    files = [_file(f"f{k}", each) for k, each in enumerate(examinations)]
    return _template().render(
        files=files,
        title=(
            f"{files[0].name}: {files[0].headline}"
            if len(files) == 1
            else f"{len(files)} files examined"
        ),
        heat_style=Markup(heat.style()),
        heat_script=Markup(heat.script()),
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=ChoiceLoader(
            [PackageLoader("nets.homework.report", "page"), PackageLoader("nets.report", "page")]
        ),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "size": lambda value: number(value, 1),
        "is_code": is_code,
        "spoken": spoken,
    }
    return environment.get_template("homework.html")


def _file(key: str, examination: Examination) -> _File:
    cells = examination.cells
    studies = [_study(f"{key}-s{k}", each, cells) for k, each in enumerate(examination.studies)]
    lines = [
        _Line(k, code, _shown(k, cells))
        for k, code in enumerate(highlighted(examination.source), start=1)
    ]
    if any(line.code for line in lines):
        _mark(lines, examination, studies)
    return _File(
        key,
        examination.file,
        outcome(examination),
        headline(examination),
        examination.failure,
        lines,
        studies,
        cells,
    )


def _shown(line: int, cells: Sequence[int]) -> str:
    """Return the number of a line in its cell, with that of the cell in its first line."""
    begins = f"[{cells.index(line) + 1}] " if line in cells else ""
    return f"{begins}{in_cell(line, cells)}"


def _study(key: str, study: Study, cells: Sequence[int]) -> _Study:
    told = {id(row): others for row, _, others in findings(study.rows)}
    rows = [
        _Row(
            f"{key}-r{k}",
            f"d{canonical(row.wrt)}",
            row,
            state(row),
            SIGNS[state(row)],
            place(row, cells),
            row.diagnosis if id(row) in told else None,
            told.get(id(row), ()),
            _fault(row),
            evidence(row) if state(row) == "wrong" else "",
            Markup(heat.heat_maps(row.manual, row.automatic, name=row.name, worst=row.worst)),
        )
        for k, row in enumerate(study.rows)
    ]
    return _Study(
        key, study, summary(study.rows), rows, Markup(study.graph.replace(GRAPH, f"{key}-graph"))
    )


def _fault(row: GradientRow) -> int | None:
    """Return the line to change."""
    if row.verdict != "wrong" or row.inherited:
        return None
    found = row.diagnosis
    return found.line if found is not None and found.line is not None else row.line


# -- marks beside the source ----------------------------------------------------------------------


def _mark(lines: list[_Line], examination: Examination, studies: Iterable[_Study]) -> None:
    """Put verdicts and remedies on the lines that they belong to."""
    for study in studies:
        for each in study.rows:
            _mark_made(lines, each)
            if each.fault is not None:
                _mark_fault(lines, examination.source, each.fault, each.finding, each.id)
    failure = examination.failure
    if failure is not None and failure.line is not None:
        _mark_fault(lines, examination.source, failure.line, failure.diagnosis, "")


def _mark_made(lines: list[_Line], each: _Row) -> None:
    """Say on the line that makes a gradient what it is worth."""
    if each.row.line is None or not 1 <= each.row.line <= len(lines):
        return
    line = lines[each.row.line - 1]
    if not line.state or _RANK.index(each.state) < _RANK.index(line.state):
        line.state, line.target = each.state, each.id


def _mark_fault(
    lines: list[_Line], source: str, number_: int, found: Finding | None, target: str
) -> None:
    """Mark the statement to change, and put below it what to write instead."""
    if not 1 <= number_ <= len(lines):
        return
    wrong = statement(source, number_)
    for k in wrong:
        lines[k - 1].fault, lines[k - 1].state = True, "wrong"
    lines[wrong.start - 1].target = target
    fix = found.fix if found is not None else ""
    last = lines[wrong.stop - 2]
    if not last.fix:
        remedy = "\n".join(fix_line(source.splitlines(), wrong, fix))
        last.fix = highlighted(remedy) if remedy else []
