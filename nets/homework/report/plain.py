"""An examination as ``compare --json`` says it."""

from __future__ import annotations

import math
from typing import Any

from nets.homework.report.words import told
from nets.homework.results import Examination, Failure, Finding, GradientRow, Study

__all__ = ["as_dict"]


def as_dict(examination: Examination) -> dict[str, Any]:
    """Return what JSON holds of an examined file; a number that is not finite is null.

    Parameters
    ----------
    examination : Examination

    Examples
    --------
    >>> as_dict(Examination("homework.py"))
    {'file': 'homework.py', 'comparisons': [], 'error': None}
    """
    failure = examination.failure
    return {
        "file": examination.file,
        "comparisons": [_study(each) for each in examination.studies],
        "error": None if failure is None else _failure(failure),
    }


def _study(study: Study) -> dict[str, Any]:
    return {
        "forward": study.forward,
        "cost": study.cost,
        "backward": study.backward,
        "ok": study.ok,
        "first_wrong": study.first_wrong,
        "rows": [_row(each) for each in study.rows],
        "notes": list(study.notes),
    }


def _row(row: GradientRow) -> dict[str, Any]:
    found = row.diagnosis
    told_of = None if found is None else {**_finding(found), "line": found.line}
    made = {
        "name": row.name,
        "wrt": row.wrt,
        "shape": [int(n) for n in row.shape],
        "max_abs_error": _number(row.max_abs_error),
        "rel_error": _number(row.rel_error),
        "verdict": row.verdict,
        "line": row.line,
        "diagnosis": told_of,
    }
    return made if row.cell is None else {**made, "cell": row.cell}


def _finding(found: Finding) -> dict[str, Any]:
    return {"code": found.code, "message": told(found)}


def _failure(failure: Failure) -> dict[str, Any]:
    found = failure.diagnosis
    return {
        "type": failure.type,
        "message": failure.message,
        "line": failure.line,
        "diagnosis": None if found is None else _finding(found),
    }


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
