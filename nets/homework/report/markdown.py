"""Examinations as Markdown, to be pasted into a forum or an issue."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from autograd_mini.check.words import evidence, findings, number, state, summary
from nets.homework.reading.cells import in_cell, spoken
from nets.homework.report.words import SIGNS, Quote, headline, is_code, place, quote
from nets.homework.results import Examination, Failure, Finding, GradientRow, Study

__all__ = ["as_markdown"]


def as_markdown(examinations: Iterable[Examination]) -> str:
    """Return what was found as GitHub's Markdown.

    Parameters
    ----------
    examinations : iterable of Examination

    Examples
    --------
    >>> print(as_markdown([Examination("empty.py")]), end="")
    ### `empty.py`
    <BLANKLINE>
    Nothing was found that computes gradients.
    """
    return "\n\n".join("\n\n".join(_file(each)) for each in examinations) + "\n"


def _file(examination: Examination) -> Iterator[str]:
    yield f"### {_code(examination.file)}"
    if examination.failure is not None:
        yield from _failed(examination.failure, examination)
    elif not examination.studies:
        yield headline(examination)
    for study in examination.studies:
        yield from _study(study, examination)


def _failed(failure: Failure, examination: Examination) -> Iterator[str]:
    at = spoken(failure.line, examination.cells) if failure.line is not None else ""
    where = f" in {at}" if at else ""
    kind = f"{_code(failure.type)}{where}: " if failure.theirs else ""
    yield f"{kind}{_plain(failure.message)}"
    found = failure.diagnosis
    shown = quote(examination.source, failure.line, found.fix if found is not None else "")
    if shown is not None:
        yield _fence(shown, examination.cells)
    if found is not None:
        yield f"**{_code(found.code)}** {_plain(found.message)}"


def _study(study: Study, examination: Examination) -> Iterator[str]:
    yield f"**{_plain(summary(study.rows))}**"
    assumed = _plain(study.cost) if study.cost.startswith("assumed") else _code(study.cost)
    yield f"{_code(study.backward)} against {_code(study.forward)}, cost {assumed}."
    if study.rows:
        yield _table(study, examination.cells)
    yield from (f"> {_plain(note)}" for note in study.notes)
    for row, _, others in findings(study.rows):
        assert row.diagnosis is not None
        yield from _finding(row, row.diagnosis, others, examination)


def _table(study: Study, cells: Sequence[int]) -> str:
    lines = ["| gradient | line | max error | rel. error | verdict |", "|---|--:|--:|--:|---|"]
    for row in study.rows:
        said = [
            _code(row.name), _line(row, cells), number(row.max_abs_error, 1),
            number(row.rel_error, 1), _verdict(row),
        ]  # fmt: skip
        lines.append(" | ".join(["", *(cell.replace("|", "\\|") for cell in said), ""]).strip())
    return "\n".join(lines)


def _line(row: GradientRow, cells: Sequence[int]) -> str:
    return place(row, cells).removeprefix("line ")


def _verdict(row: GradientRow) -> str:
    now = state(row)
    word = {"inherited": "wrong, follows from another"}.get(now, now)
    if now == "wrong":
        code = f": {_code(row.diagnosis.code)}" if row.diagnosis is not None else ""
        return f"{SIGNS[now]} **{word}**{code}"
    return f"{SIGNS[now]} {word}"


def _finding(
    row: GradientRow, found: Finding, others: Sequence[str], examination: Examination
) -> Iterator[str]:
    names = ", ".join(map(_code, (row.name, *others)))
    yield f"#### {names}: {found.code.replace('_', ' ')}"
    yield _plain(found.message)
    shown = quote(examination.source, found.line if found.line is not None else row.line, found.fix)
    if shown is not None and row.verdict == "wrong":
        yield _fence(shown, examination.cells)
    if found.fix and (shown is None or not shown.fix or row.verdict != "wrong"):
        yield f"Write {_code(found.fix)}" if is_code(found.fix) else _plain(found.fix)
    if values := evidence(row):
        yield f"{_plain(values[0].upper() + values[1:])}."
    for other in found.alternatives:
        remedy = f" Write {_code(other.fix)}" if other.fix else ""
        yield f"Or {_code(other.code)}: {_plain(other.message)}{remedy}"


def _fence(shown: Quote, cells: Sequence[int]) -> str:
    """Return the lines as a difference: what stands there, and what to write instead."""
    width = len(str(shown.first + len(shown.lines)))
    marked = []
    for line, text, wrong in shown.numbered:
        sign = ("-" if shown.fix else ">") if wrong else " "
        marked.append(f"{sign} {in_cell(line, cells):>{width}}  {text}".rstrip())
        if line == shown.wrong.stop - 1:
            marked += [f"+ {'':>{width}}  {each}" for each in shown.fix]
    inside = "\n".join(marked)
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", inside)), default=0))
    return f"{fence}{'diff' if shown.fix else 'text'}\n{inside}\n{fence}"


def _code(text: str) -> str:
    """Return text as code, whatever backticks and bars it holds."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    ticks = "`" * (longest + 1)
    pad = " " if longest else ""
    return f"{ticks}{pad}{text}{pad}{ticks}".replace("\n", " ")


def _plain(text: str) -> str:
    """Return text in which nothing is taken for Markdown or HTML."""
    return re.sub(r"([\\`*_<>|\[\]#])", r"\\\1", " ".join(text.split()))
