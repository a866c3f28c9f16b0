"""Lines of a notebook as one sees them: in their cell, not counted over all cells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from nets.homework.results import Examination, Failure, Finding, Study

__all__ = ["in_cell", "spoken", "with_cells"]


def in_cell(line: int, cells: Sequence[int]) -> int:
    """Return the number of a line in its cell; the line itself where there are no cells.

    Parameters
    ----------
    line : int
        Counted over all cells.
    cells : sequence of int
        The first line of each code cell.
    """
    return line - max((first for first in cells if first <= line), default=1) + 1


def spoken(line: int, cells: Sequence[int] = ()) -> str:
    """Return where a line is, as one would say it.

    Examples
    --------
    >>> spoken(33), spoken(33, (1, 10, 26))
    ('line 33', 'cell 3, line 8')
    """
    if not cells:
        return f"line {line}"
    return f"cell {sum(first <= line for first in cells)}, line {in_cell(line, cells)}"


def with_cells(examination: Examination, cells: tuple[int, ...]) -> Examination:
    """Return an examination of a notebook, its messages with lines as they are in their cells.

    Parameters
    ----------
    examination : Examination
    cells : tuple of int
        The first line of each code cell.
    """
    if not cells:
        return examination
    failure = examination.failure
    studies = tuple(_study(each, cells) for each in examination.studies)
    failed = None if failure is None else _failure(failure, cells)
    return replace(examination, studies=studies, failure=failed, cells=cells)


def _study(study: Study, cells: Sequence[int]) -> Study:
    rows = tuple(replace(row, diagnosis=_finding(row.diagnosis, cells)) for row in study.rows)
    return replace(study, rows=rows, notes=tuple(_said(each, cells) for each in study.notes))


def _failure(failure: Failure, cells: Sequence[int]) -> Failure:
    found = _finding(failure.diagnosis, cells)
    return replace(failure, message=_said(failure.message, cells), diagnosis=found)


def _finding(found: Finding | None, cells: Sequence[int]) -> Finding | None:
    if found is None:
        return None
    others = [_finding(each, cells) for each in found.alternatives]
    known = tuple(each for each in others if each is not None)
    return replace(found, message=_said(found.message, cells), alternatives=known)


def _said(text: str, cells: Sequence[int]) -> str:
    """Return a message with ``cell 8, line 8`` for ``line 33``."""

    def instead(found: re.Match[str]) -> str:
        numbers = [int(number) for number in found[2].split(", ")]
        said = " and ".join(spoken(number, cells) for number in numbers)
        return said[0].upper() + said[1:] if found[1] == "L" else said

    return re.sub(r"\b([lL])ines? (\d+(?:, \d+)*)\b", instead, text)
