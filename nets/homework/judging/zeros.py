"""Gradients that are zero on every network, by hand and automatically: they verify nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from nets.homework.results import Finding, GradientRow, Study

__all__ = ["idle", "nothing_but_zeros", "without_zeros"]

_REASON = (
    "Not checked: it is zero everywhere, by hand and automatically, on the data made up here, "
    "and so would many a wrong one be. --data FILE.npz gives other data."
)


def without_zeros(study: Study, others: Sequence[Study]) -> Study:
    """Return a study in which no gradient is called right for being zero.

    Parameters
    ----------
    study : Study
    others : sequence of Study
        The same program on other networks, where it may not be zero.
    """
    moved = {row.name for each in others for row in each.rows if not _is_zero(row)}
    rows = (row if row.name in moved else _unchecked(row) for row in study.rows)
    return replace(study, rows=tuple(rows))


def idle(studies: Sequence[Study]) -> bool:
    """Return whether some gradient is zero in all studies of a program, if there are any.

    Parameters
    ----------
    studies : sequence of Study
    """
    every = [row for study in studies for row in study.rows if row.automatic is not None]
    moved = {row.wrt for row in every if np.any(row.automatic)}
    return any(row.wrt not in moved for row in every)


def nothing_but_zeros(study: Study) -> bool:
    """Return whether every gradient of a study is zero, by hand and automatically."""
    return bool(study.rows) and all(map(_is_zero, study.rows))


def _unchecked(row: GradientRow) -> GradientRow:
    if row.verdict != "ok" or not _is_zero(row):
        return row
    return replace(row, verdict="unchecked", diagnosis=Finding("other", _REASON, row.line))


def _is_zero(row: GradientRow) -> bool:
    """Return whether both gradients are known, and zero."""
    known = row.manual is not None and row.automatic is not None
    return known and not np.any(row.manual) and not np.any(row.automatic)
