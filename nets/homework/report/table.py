"""Examinations as a table for a spreadsheet: a line for each gradient, and one for each file."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator
from typing import Any

from autograd_mini.check.words import state
from nets.homework.report.words import headline, outcome, roots, told
from nets.homework.results import Examination, GradientRow, Study

__all__ = ["COLUMNS", "as_csv"]

COLUMNS = (
    "kind", "file", "forward", "cost", "backward", "gradient", "wrt", "shape", "verdict", "code",
    "line", "cell", "max_abs_error", "rel_error", "message",
)  # fmt: skip
"""The columns; `kind` is ``file`` for the summary of a file and ``gradient`` for the others."""


def as_csv(examinations: Iterable[Examination]) -> str:
    """Return the table: for each file its summary, then a line for each of its gradients.

    Parameters
    ----------
    examinations : iterable of Examination

    Examples
    --------
    >>> print(as_csv([]), end="")
    kind,file,forward,cost,backward,gradient,wrt,shape,verdict,code,line,cell,max_abs_error,rel_error,message
    """
    made = io.StringIO()
    writer = csv.DictWriter(made, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for each in examinations:
        for line in _lines(each):
            writer.writerow({key: _cell(value) for key, value in line.items()})
    return made.getvalue()


def _lines(examination: Examination) -> Iterator[dict[str, Any]]:
    yield _summary(examination)
    for study in examination.studies:
        for row in study.rows:
            yield {"kind": "gradient", "file": examination.file, **_gradient(study, row)}


def _summary(examination: Examination) -> dict[str, Any]:
    """Return the line of a file, with the first that is wrong."""
    line: dict[str, Any] = {
        "kind": "file",
        "file": examination.file,
        "verdict": outcome(examination),
        "message": headline(examination),
    }
    failure = examination.failure
    if failure is not None:
        code = failure.diagnosis.code if failure.diagnosis is not None else ""
        return {**line, "line": failure.line, "code": code}
    for study in examination.studies:
        for row in roots(study)[:1]:
            first = _gradient(study, row)
            return {**first, **line, "shape": "", "max_abs_error": "", "rel_error": ""}
    return line


def _gradient(study: Study, row: GradientRow) -> dict[str, Any]:
    found = row.diagnosis
    return {
        "forward": study.forward,
        "cost": study.cost,
        "backward": study.backward,
        "gradient": row.name,
        "wrt": row.wrt,
        "shape": "x".join(map(str, row.shape)),
        "verdict": state(row),
        "code": found.code if found is not None else "",
        "line": row.line,
        "cell": row.cell,
        "max_abs_error": row.max_abs_error,
        "rel_error": row.rel_error,
        "message": told(found) if found is not None else "",
    }


def _cell(value: Any) -> Any:
    """Return a cell that no spreadsheet takes for a formula."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"
    return value
