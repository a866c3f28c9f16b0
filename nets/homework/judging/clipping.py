"""Gradients that backward clips when it has made them: compared is what they were before."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nets.homework.reading.source import Source
from nets.homework.results import Finding, GradientRow, Study
from nets.homework.running.gradients import Manual, manual
from nets.homework.running.trace import Assigned

__all__ = ["Clipped", "before_clipping", "with_clipping"]

_CLIPS = re.compile(r"\bclip\w*\(|\b(minimum|maximum)\(")


@dataclass(frozen=True)
class Clipped:
    """Where a gradient was clipped, and to which numbers.

    Attributes
    ----------
    line : int
    low, high : float
    """

    line: int
    low: float
    high: float


def before_clipping(
    given: Mapping[str, Manual], trace: Sequence[Assigned], source: Source
) -> tuple[dict[str, Manual], dict[str, Clipped]]:
    """Return gradients as they were before they were clipped, and where those were that have been.

    Parameters
    ----------
    given : mapping of str to Manual
    trace : sequence of Assigned
        What happened in backward.
    source : Source

    Returns
    -------
    tuple
        The gradients by what they are the gradients of, and what clipped them, by their spelling.
    """
    found, clipped = dict(given), {}
    for name, each in given.items():
        at = _clipped_at(each.value, trace, source)
        before = None if at is None else _before(each.value, trace[:at])
        if at is not None and before is not None:
            found[name] = replace(manual(each.name, before.value, trace), returned=each.returned)
            low, high = float(np.min(each.value)), float(np.max(each.value))
            clipped[each.name] = Clipped(trace[at].line, low, high)
    return found, clipped


def _clipped_at(value: Any, trace: Sequence[Assigned], source: Source) -> int | None:
    """Return where in a trace a line that clips something made a value."""
    if np.size(value) < 2 or not np.all(np.isfinite(value)):
        return None
    for k, each in enumerate(trace):
        if not each.given and _CLIPS.search(source.line(each.line)) and _equal(each.value, value):
            return k
    return None


def _before(value: Any, trace: Sequence[Assigned]) -> Assigned | None:
    """Return the last value that becomes another one when it is clipped to what that has."""
    low, high = np.min(value), np.max(value)
    if low == 0 or high == 0:
        return None  # that is no clipping: somebody has taken it for a relu
    for each in reversed(trace):
        if np.shape(each.value) != np.shape(value) or _equal(each.value, value):
            continue
        if _equal(np.clip(np.asarray(each.value, dtype=float), low, high), value):
            return each
    return None


def _equal(a: Any, b: Any) -> bool:
    return np.shape(a) == np.shape(b) and bool(np.array_equal(a, b))


def with_clipping(study: Study, clipped: Mapping[str, Clipped]) -> Study:
    """Return the study, with what was clipped told where it is right before that."""
    rows = (_told(row, clipped[row.name]) if row.name in clipped else row for row in study.rows)
    return replace(study, rows=tuple(rows))


def _told(row: GradientRow, clipped: Clipped) -> GradientRow:
    if row.verdict not in ("ok", "convention"):
        return row
    message = (
        f"{row.name} is right before line {clipped.line} clips it to what lies between "
        f"{clipped.low:.3g} and {clipped.high:.3g}."
    )
    if row.diagnosis is not None and row.verdict == "convention":
        message = f"{message} {row.diagnosis.message}"
    return replace(
        row, verdict="convention", diagnosis=Finding("convention", message, clipped.line)
    )
