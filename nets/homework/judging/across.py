"""Explain what one network cannot: factors that several networks of different size agree on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from nets.homework.results import Finding, GradientRow, Study

__all__ = ["explained"]

_EXACT, _ROUGH = 1e-7, 1e-4

_POWERS = (
    (1, "m", "divide it by m"),
    (-1, "1 / m", "divide it by m only once"),
    (2, "m**2", "divide it by m twice"),
    (-2, "1 / m**2", "it is divided by m twice too often"),
)


def explained(studies: Sequence[Study], examples: Sequence[int]) -> list[Study]:
    """Name constant factors in gradients that are wrong and have no name yet.

    A gradient of one entry has a ratio to the right one whatever is wrong with it; that the ratio
    is the same, or the number of examples, in every network is evidence.

    Parameters
    ----------
    studies : sequence of Study
        The same program on several networks.
    examples : sequence of int
        The number of examples of each.
    """
    if len(studies) < 2:
        return list(studies)
    exact = _exactness(studies)
    by_name = [{row.name: row for row in study.rows} for study in studies]
    found: dict[str, tuple[str, str]] = {}
    for name in by_name[0]:
        rows = [rows[name] for rows in by_name if name in rows]
        if len(rows) == len(studies) and all(map(_unexplained, rows)):
            named = _name(name, rows, examples, exact)
            named = named or _summed_from_weight(rows, studies, examples, exact)
            if named is not None:
                found[name] = named
    return [
        replace(study, rows=tuple(_with(row, found.get(row.name)) for row in study.rows))
        for study in studies
    ]


def _exactness(studies: Sequence[Study]) -> float:
    """Return how closely networks must agree: as closely as what is right is right."""
    errors = [
        row.rel_error
        for study in studies
        for row in study.rows
        if row.verdict == "ok" and np.isfinite(row.rel_error)
    ]
    return float(np.clip(100 * max(errors, default=0.0), _EXACT, _ROUGH))


def _unexplained(row: GradientRow) -> bool:
    return (
        row.verdict == "wrong"
        and (row.diagnosis is None or row.diagnosis.code == "other")
        and row.manual is not None
        and row.automatic is not None
        and bool(np.any(row.manual))
        and not row.rel_error < _EXACT  # right numbers, which are lost
        and np.shape(row.manual) == np.shape(row.automatic)
        and not np.iscomplexobj(row.manual)
    )


def _ratio(row: GradientRow, exact: float) -> float | None:
    """Return the factor between the person's gradient and the right one, where there is one."""
    a, b = np.ravel(_array(row.manual)), np.ravel(_array(row.automatic))
    norm = float(b @ b)
    if norm == 0 or not np.isfinite(a).all():
        return None
    factor = float(a @ b) / norm
    if np.max(np.abs(a - factor * b)) > exact * np.max(np.abs(b)) * max(abs(factor), 1):
        return None
    return factor


def _array(values: Any) -> Any:
    return np.asarray(values, dtype=float)


def _name(
    name: str, rows: Sequence[GradientRow], examples: Sequence[int], exact: float
) -> tuple[str, str] | None:
    """Return (code, message) for a factor that all networks agree on."""
    ratios = [_ratio(row, exact) for row in rows]
    known = [ratio for ratio in ratios if ratio is not None]
    if len(known) < len(rows):
        return None
    m = np.asarray(examples, dtype=float)
    r = np.asarray(known)
    evidence = f"in {len(rows)} networks of different size"
    if np.ptp(r) <= exact * abs(r[0]):
        if abs(r[0] + 1) < exact:
            return "sign", f"{name} has the other sign, {evidence}."
        return "scale", f"{name} is {r[0]:.6g} times what it should be, {evidence}."
    for power, said, advice in _POWERS:
        rest = r / m**power
        if np.ptp(rest) <= exact * abs(rest[0]):
            factor = "" if abs(rest[0] - 1) < exact else f"{rest[0]:.6g} * "
            return (
                "scale",
                f"{name} is {factor}{said} times what it should be, {evidence}: {advice}.",
            )
    return None


def _summed_from_weight(
    rows: Sequence[GradientRow], studies: Sequence[Study], examples: Sequence[int], exact: float
) -> tuple[str, str] | None:
    """Return that a bias of one unit gets the sum of dW, in every network up to the same factor."""
    if any(_array(row.manual).size != 1 for row in rows):
        return None
    for name in (row.name for row in studies[0].rows):
        sums = [
            float(np.sum(each.manual))
            for study in studies
            for each in study.rows
            if each.name == name and each.manual is not None and each.manual.size > 1
            if each.wrt[:1] in "Ww" and each.wrt[1:] == rows[0].wrt[1:]
        ]
        if len(sums) < len(rows) or not all(sums):
            continue
        ratios = np.array([float(np.sum(_array(row.manual))) for row in rows]) / np.array(sums)
        m = np.asarray(examples, dtype=float)
        if any(np.ptp(r) <= exact * abs(r[0]) for r in (ratios, ratios * m)):
            said = f"{rows[0].name} is summed from {name}, not from dZ, in {len(rows)} networks."
            return "wrong_cache", said
    return None


def _with(row: GradientRow, named: tuple[str, str] | None) -> GradientRow:
    if named is None:
        return row
    code, message = named
    return replace(row, diagnosis=Finding(code, message, row.line))
