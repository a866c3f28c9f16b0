"""Compare in another way what is wrong in one: without guards, by another cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from autograd_mini.check.diagnose.numbers import (
    informative,
    is_conventional,
    is_meant,
    multiple,
)
from nets.homework.finding.costs import ASSUMED, SUMMED
from nets.homework.judging.ascent import is_turned
from nets.homework.reading.load import has_guards
from nets.homework.results import Finding, GradientRow, Study
from nets.homework.running.gradients import Manual
from nets.homework.running.run import Case, Plain, Recording, ResistsError, run_recorded

__all__ = [
    "Compared",
    "meant_cost",
    "with_meant_cost",
    "with_other_cost",
    "with_own_rate",
    "without_guards",
]

Manuals = Mapping[str, Manual]
Compared = Callable[[Case, Plain, Manuals, Recording], Study]
"""Compares what a person has made by hand with what is recorded."""


def with_other_cost(
    compared: Compared,
    case: Case,
    plain: Plain,
    manual: Manuals,
    recording: Recording,
    study: Study,
) -> tuple[Case, Recording, Study]:
    """Return case, recording and study by the cost that explains most, where the file has none.

    With one example the gradients of two costs may differ by no more than a number: by which of
    them backward is right, or wrong in a way that has a name, is then the better guess.

    Parameters
    ----------
    compared : callable
    case : Case
    plain : Plain
    manual : mapping of str to Manual
    recording : Recording
    study : Study
    """
    best = case, recording, study
    most = _most_are_scaled(study)
    if case.program.cost is not None or not (most or _doubtful(study)):
        return best
    if not most and any(map(_proves_cost, study.rows)):
        return best
    for name, _ in SUMMED if most else ASSUMED:  # they may be those of a sum
        other = replace(case, assumed=name, notes=list(case.notes))
        try:
            recorded = run_recorded(other, plain, manual)
        except ResistsError:
            continue
        again = compared(other, plain, manual, recorded)
        if again.ok:
            return other, recorded, again
        if _wrong(again) < _wrong(best[2]) and not _doubtful(again):
            best = other, recorded, again
    return best


def with_own_rate(
    compared: Compared,
    case: Case,
    plain: Plain,
    manual: Manuals,
    recording: Recording,
    study: Study,
) -> tuple[Manuals, Study]:
    """Return gradients read off updates at the rate that most of them show, and their study.

    How large a step is, the file may say where nobody looks: in an attribute, a constant.
    """
    moved = [name for name, each in manual.items() if each.of_update]
    if study.ok or not moved:
        return manual, study
    m = case.draw.m
    ratios = [
        abs(ratio)
        for row in study.comparison.rows
        if row.name.removeprefix("d") in moved and row.automatic is not None
        if row.manual is not None and informative(row.manual)
        if (ratio := multiple(row.manual, row.automatic, 1e-7)) and is_meant(ratio, m, None, 1e-8)
    ]
    if any(is_conventional(ratio, m, None, 1e-7) for ratio in ratios):
        return manual, study
    known = Counter(float(f"{ratio:.6g}") for ratio in ratios)
    rate, count = known.most_common(1)[0] if known else (1.0, 0)
    if 2 * count < len(moved) or abs(rate - 1) < 1e-6:
        return manual, study
    exact = next(ratio for ratio in ratios if float(f"{ratio:.6g}") == rate)
    scaled = {name: replace(manual[name], value=manual[name].value / exact) for name in moved}
    scaled = {**manual, **scaled}
    return scaled, compared(case, plain, scaled, recording)


def _proves_cost(row: GradientRow) -> bool:
    """Return whether a gradient is right as it would not be with another cost."""
    return row.verdict == "ok" and row.manual is not None and informative(row.manual)


def _doubtful(study: Study) -> bool:
    """Return whether what is wrong has no name, or is that backward starts for another cost."""
    return bool(_codes(study) & {"other", _OUTPUT})


_OUTPUT = "wrong_output_gradient"


def _roots(study: Study) -> list[GradientRow]:
    """Return what is wrong by itself."""
    return [row for row in study.rows if row.verdict == "wrong" and not row.inherited]


def _most_are_scaled(study: Study) -> bool:
    """Return whether more gradients are off by a factor of their own than are right."""
    roots, right = _roots(study), [row for row in study.rows if row.verdict == "ok"]
    return len(roots) > max(1, len(right)) and _codes(study) == {"scale"}


def _codes(study: Study) -> set[str]:
    """Return the codes of what is wrong by itself."""
    found = (row.diagnosis for row in _roots(study))
    return {each.code if each is not None else "other" for each in found}


def without_guards(
    compared: Compared,
    case: Case,
    plain: Plain,
    manual: Manuals,
    guarded: Recording,
    study: Study,
) -> Study:
    """Compare again without what guards logarithms, and say so if that explains it."""
    if not has_guards(case.source):
        return study
    try:
        recording = run_recorded(case, plain, manual, guards=False)
    except ResistsError:
        return study
    if recording.cost.item() == guarded.cost.item():
        return study  # the guard is somewhere else
    again = compared(case, plain, manual, recording)
    better = _worst(again) < _worst(study) * 1e-2 or _wrong(again) < _wrong(study)
    better |= _OUTPUT in _codes(study) and _OUTPUT not in _codes(again)  # it was the guard
    if not again.ok and not better:
        return study
    note = "the guard inside the cost's logarithm, such as + 1e-8, was left out to compare"
    reason = "Right, but for the guard inside the cost's logarithm, which gradients leave out."
    before = {row.name: row.verdict for row in study.rows}
    rows = tuple(
        replace(row, verdict="convention", diagnosis=Finding("convention", reason, row.line))
        if row.verdict == "ok" and before.get(row.name) == "wrong"
        else row
        for row in again.rows
    )
    return replace(again, rows=rows, notes=(*again.notes, note))


def with_meant_cost(
    compared: Compared,
    case: Case,
    plain: Plain,
    manual: Manuals,
    recording: Recording,
    study: Study,
) -> Study:
    """Say so where backward is right for a usual cost, and only the file's own is another.

    A cost that is the sum over the examples, where gradients are those of their mean, is no
    mistake of backward: all is right then.
    """
    codes = _codes(study)
    meant = _meant(compared, case, plain, manual) if codes in ({_OUTPUT}, {"scale"}) else None
    if meant is None:
        return study
    usual, again = meant
    if codes == {"scale"}:
        ratio = recording.cost.item() / usual.cost.item()
        if abs(ratio - case.draw.m) > 1e-9 * case.draw.m:
            return study
        note = f"the cost is not divided by m: the gradients are those of {usual.assumed}"
        return replace(again, cost=study.cost, notes=(*again.notes, note))
    computed = f"{study.cost} computes" if case.program.costs_apart else "the cost computed is"
    said = (
        f"All gradients are right for another cost, {usual.assumed}: if that is meant, "
        f"{computed} something else."
    )
    marked = {id(row) for row in _roots(study)}
    rows = tuple(_also(row, said) if id(row) in marked else row for row in study.rows)
    return replace(study, rows=rows)


def meant_cost(compared: Compared, case: Case, plain: Plain, manual: Manuals) -> str | None:
    """Return the usual cost that backward is right for, sign included, None where there is none."""
    meant = _meant(compared, case, plain, manual)
    return meant[0].assumed if meant is not None else None


def _meant(
    compared: Compared, case: Case, plain: Plain, manual: Manuals
) -> tuple[Recording, Study] | None:
    """Return the usual cost that backward is right for, and the study by it."""
    if case.program.cost is None:
        return None
    bare = Case(case.source, replace(case.program, cost=None), case.draw, case.about)
    try:
        recording = run_recorded(bare, plain, manual)
    except ResistsError:
        return None
    study = compared(bare, plain, manual, recording)
    right = study.ok and not any(map(is_turned, study.rows))
    return (recording, study) if right else None


def _also(row: GradientRow, said: str) -> GradientRow:
    assert row.diagnosis is not None
    found = replace(row.diagnosis, message=f"{row.diagnosis.message} {said}")
    return replace(row, diagnosis=found)


def _wrong(study: Study) -> tuple[int, int]:
    """Return how many gradients are wrong for no reason that is known, and how many at all."""
    wrong = [row for row in study.rows if row.verdict == "wrong"]
    roots = [row for row in wrong if not row.inherited]
    unnamed = [row for row in roots if row.diagnosis is None or row.diagnosis.code == "other"]
    return len(unnamed), len(wrong)


def _worst(study: Study) -> float:
    errors = [row.rel_error for row in study.rows if np.isfinite(row.rel_error)]
    return max(errors, default=float("inf"))
