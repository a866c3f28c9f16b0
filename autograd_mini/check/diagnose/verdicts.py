"""Turn explanations into verdicts: what is wrong, what follows from it, what is a convention."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_mini.check.diagnose.case import Case, Units
from autograd_mini.check.diagnose.mistake import listed
from autograd_mini.check.diagnose.numbers import (
    factor_text,
    informative,
    is_meant,
    multiple,
    right_if,
    same,
)
from autograd_mini.check.diagnose.paths import downstream
from autograd_mini.check.diagnose.search import Explanation, Search
from autograd_mini.check.diagnosis import Diagnosis, Facts
from autograd_mini.check.judge import largest, present
from autograd_mini.check.row import Row

__all__ = ["explain_recorded"]

Array = NDArray[Any]


def explain_recorded(case: Case) -> None:
    """Give every row of a case its verdict and diagnosis."""
    rows = {row.name: row for row in case.rows}
    search = _searched(case)
    for name, row in rows.items():
        if row.verdict == "wrong" and case.agrees_with_truth(name):
            row.verdict, row.diagnosis = "convention", _convention(case, name)
    explanations = search.explanations
    for each in explanations:
        _apply(each, rows, case)
    _corroborate(explanations, rows, case)
    _inherit(explanations, rows, case, search)


def _searched(case: Case) -> Search:
    """Return the search in the units of the person, which some mistakes hide.

    Where no gradient is right, none shows a factor that is common to all, such as that of a sum
    for a mean: the factors that people choose are tried where nothing is explained without.
    """
    search = Search(case)
    units = case.units
    if all(each.findings for each in search.explanations):
        return search
    m, common = case.anatomy.examples or 1, case.may_share_a_factor()
    for size in (1.0, 2.0, 0.5, float(m), 1.0 / m, 2.0 * m, 2.0 / m):
        for outer in (size, -size):
            if outer != 1 and not common:
                continue
            for inner in (outer, -outer) if case.inner else (units.inner,):
                if case.budget.spent:
                    break
                case.units = Units(inner, outer)
                other = Search(case)
                if other.failing and all(each.findings for each in other.explanations):
                    return other
    case.units = units
    return search


def _convention(case: Case, name: str) -> Diagnosis:
    """Return what is to be said about a factor that the rest accounts for."""
    numbers, units = case.anatomy.numbers, case.units
    if case.harmless is not None and not case.agrees(name, case.right[name] * case.factor(name)):
        return Diagnosis(case.harmless.code, case.harmless.text())
    text = factor_text(case.factor(name), numbers)
    if name in case.inner and units.inner != units.outer:
        inner = [each for each in case.inner if case.agrees_with_truth(each)]
        names = f"{listed(inner)} {'are' if len(inner) > 1 else 'is'}"
        rest = "are right" if units.outer == 1 else (
            f"are {factor_text(units.outer, numbers)} times those of the cost"
        )  # fmt: skip
        return Diagnosis(
            "convention",
            f"{names} {text} times the derivative of the cost, and the gradients of the "
            f"parameters {rest}: the factor is put in later, as when 1 / m stands in dW and db. "
            "Either place is right.",
        )
    reason = "of minus the cost" if text == "-1" else (
        "of the sum over the examples, not of the mean" if text.startswith("m") else
        "of the mean over the examples, not of the sum" if text.startswith("1 / m =") else
        f"of {text} times the cost"
    )  # fmt: skip
    common = units.inner == units.outer or not case.inner
    whose = "All gradients" if common else "The gradients of the parameters"
    return Diagnosis(
        "convention",
        f"{whose} are {text} times those of the cost: they are the derivatives {reason}. "
        f"{right_if(units.outer)}",
        facts=Facts(factor=units.outer),
    )


def _apply(found: Explanation, rows: dict[str, Row], case: Case) -> None:
    """Write an explanation into its rows: the cause where it is made, the code where it shows."""
    if not found.findings:
        row = rows[found.names[0]]
        row.verdict, row.diagnosis = "wrong", _unexplained(row, case)
        return
    first, *others = found.findings
    if not _numbers_right(rows[found.names[0]]):
        given = "the numbers are right, given what comes in"
        first = replace(first, message=first.message.replace("the numbers are right", given))
    said = _divided_twice(rows[found.names[0]], first, case)
    if said is not None:
        first, others = replace(first, message=said), [e for e in others if e.code != first.code]
    proof = ""
    if len(found.names) > 1:
        proof = f" That reproduces {listed(found.names)} to {max(found.error, 1e-16):.0e}."
    diagnosis = replace(first, message=first.message + proof, alternatives=tuple(others))
    root = next(name for name in found.names if name in found.made_at)
    for name in found.names:
        row = rows[name]
        row.verdict = "wrong"
        if name in found.made_at:
            row.diagnosis = diagnosis
        else:
            row.inherited = True
            row.diagnosis = Diagnosis(first.code, f"{name} follows from {root}: {first.message}")


def _divided_twice(row: Row, found: Diagnosis, case: Case) -> str | None:
    """Return what to say of a gradient that is right where what is made from it is divided too."""
    known = row.manual is not None and row.automatic is not None
    if found.code != "scale" or not known or not same(present(row.manual), present(row.automatic)):
        return None
    size = factor_text(case.units.inner / case.units.outer, case.anatomy.numbers)
    return (
        f"{row.name} is the derivative of the cost as it stands, and what is made from it is "
        f"divided by {size} once more: divide in one of the two places."
    )


def _numbers_right(row: Row) -> bool:
    """Return whether an array holds the right numbers, in whatever shape."""
    manual, right = row.manual, row.automatic
    if manual is None or right is None or manual.size != right.size:
        return False
    return multiple(manual.ravel(), right.ravel(), 1e-6) is not None


def _unexplained(row: Row, case: Case) -> Diagnosis:
    """Return what can be said where no mistake fits."""
    manual, base = row.manual, row.automatic
    hint = ""
    if manual is not None and base is not None and manual.shape == base.shape:
        ratio = multiple(manual, base, case.exact)
        sizes = case.anatomy.examples, case.anatomy.outputs
        meant = ratio is not None and is_meant(ratio, *sizes, case.exact)
        if ratio is not None and meant and not informative(manual):
            text = factor_text(ratio, case.anatomy.numbers, case.exact)
            hint = f" Its one number is {text} times what it should be, which may be chance."
        elif not manual.any():
            hint = " It is zero everywhere."
        else:
            hint = _where_wrong(manual, base * case.factor(row.name))
    if manual is not None and manual.shape != row.shape:
        has = f"{row.name} has shape {manual.shape} in place of {row.shape}"
        other = _gradient_of_other(row, manual, case)
        return Diagnosis("wrong_shape", f"{has}{other and f': it is {other}'}.")
    return Diagnosis(
        "other",
        f"{row.name} is wrong, though what it is made from is right as far as it was given; "
        f"no single mistake known here reproduces it.{hint}",
        facts=Facts(unknown=True, hint=hint),
    )


def _gradient_of_other(row: Row, manual: Array, case: Case) -> str:
    """Return the gradient that was handed over in place of another; nothing where none was."""
    others = {name: each.ravel() for name, each in case.manual.items() if name != row.name}
    given = manual.ravel()
    alike = (
        name
        for name, each in others.items()
        if given.any() and given.size == each.size and same(given, each, case.exact)
    )
    return next(alike, "")


def _where_wrong(manual: Array, right: Array) -> str:
    """Return which entries, rows or columns are wrong, where that is a part that can be named."""
    wrong = ~np.isclose(manual, right, rtol=1e-6, atol=1e-9 * largest(right))
    parts: dict[str, tuple[str, Any]] = {}
    if wrong.size == max(wrong.shape, default=0):
        parts = {"entry": ("entries", wrong.ravel())}
    elif wrong.ndim == 2:
        parts = {"row": ("rows", wrong.any(axis=1)), "column": ("columns", wrong.any(axis=0))}
    for one, (several, marked) in parts.items():
        runs = _runs(marked)
        if 0 < len(runs) <= _RUNS and not marked.all():
            kind = f"is {one}" if marked.sum() == 1 else f"are {several}"
            named = " and ".join(f"{a}" if a == b else f"{a} to {b}" for a, b in runs)
            return f" Wrong {kind} {named} of {marked.size}, counted from 0; the rest is right."
    return ""


_RUNS = 2


def _runs(marked: Array) -> list[tuple[int, int]]:
    """Return the first and last index of each run of what is marked."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], marked, [False]])))
    return [(int(a), int(b) - 1) for a, b in edges.reshape(-1, 2)]


def _corroborate(explanations: Sequence[Explanation], rows: dict[str, Row], case: Case) -> None:
    """Let an array that proves nothing on its own share the mistake of another with its factor."""
    proven: dict[float, Row] = {}
    for each in explanations:
        row = rows[each.names[0]]
        if row.diagnosis is not None and row.diagnosis.code in ("scale", "sign"):
            ratio = _factor(row)
            if ratio is not None:
                proven[ratio] = row
    for each in explanations:
        row = rows[each.names[0]]
        ratio = _factor(row)
        if each.findings or ratio is None or row.diagnosis is None:
            continue
        for known, other in proven.items():
            if abs(known - ratio) <= 10 * case.exact * abs(known) and other.diagnosis is not None:
                code = other.diagnosis.code
                text = factor_text(known, case.anatomy.numbers, case.exact)
                row.diagnosis = Diagnosis(
                    code, f"{row.name} is {text} times what it should be, as {other.name} is."
                )
                each.findings.append(row.diagnosis)


def _factor(row: Row) -> float | None:
    if row.manual is None or row.automatic is None:
        return None
    return multiple(row.manual, row.automatic, 1e-6)


def _inherit(
    explanations: Sequence[Explanation], rows: dict[str, Row], case: Case, search: Search
) -> None:
    """Mark what is wrong only because something before it is."""
    roots = {name for each in explanations for name in each.names}
    culprits = [each.names[0] for each in explanations]
    for name, row in rows.items():
        if row.verdict == "wrong" and name not in roots:
            row.inherited = True
            row.diagnosis = _following(name, culprits, rows, case)
    unknown = [each.names[0] for each in explanations if not each.findings]
    innocent = search.suspicion.innocent
    suspects = {name: downstream(case, case.nodes[name][0]) - innocent for name in unknown}
    for k, name in enumerate(unknown):
        cause = next((n for n in unknown[:k] if suspects[n] & suspects[name]), None)
        if cause is not None:
            rows[name].inherited = True
            rows[name].diagnosis = Diagnosis(
                "other", f"{name} may follow from what is wrong in {cause}."
            )


def _following(
    name: str, culprits: Sequence[str], rows: dict[str, Row], case: Case
) -> Diagnosis | None:
    """Return the code of the wrong gradient that another is made from: the nearest one."""
    above = downstream(case, case.nodes[name][0], through=True)
    causes = [each for each in culprits if case.nodes[each][0] in above]
    for cause in reversed(causes):
        found = rows[cause].diagnosis
        if found is not None:
            return Diagnosis(found.code, f"{name} is right, given the wrong {cause}.")
    return None
