"""Try what is to be written instead: with that line in place, the gradient must come out right."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from autograd_mini.check.diagnose.numbers import is_conventional, multiple, same
from nets.homework.judging.counting import recounted
from nets.homework.judging.fixes import is_code
from nets.homework.judging.rewritten import rewritten
from nets.homework.reading.trees import rebuilt
from nets.homework.results import Finding, GradientRow
from nets.homework.running.run import Case, run_plain

__all__ = ["common_factor", "with_tried_lines"]

_ELSEWHERE = ("forward_bug", "shifted_keys", "accumulated", "stale_parameters", "dropout_mask")
"""Mistakes that other lines than that of the gradient make, or that take one line more."""


def with_tried_lines(
    rows: Sequence[GradientRow], case: Case, due: Mapping[str, str]
) -> tuple[GradientRow, ...]:
    """Return the rows; a line to write instead that does not do is told as a formula only.

    Parameters
    ----------
    rows : sequence of GradientRow
    case : Case
    due : mapping of str to str
        The formula of each gradient, by its name.
    """
    roots = [row for row in rows if row.verdict == "wrong" and not row.inherited]
    common = common_factor(rows)
    return tuple(
        _tried(row, case, due.get(row.name, ""), alone=len(roots) == 1, common=common)
        if any(row is root for root in roots)
        else row
        for row in rows
    )


def common_factor(rows: Sequence[GradientRow]) -> float:
    """Return the factor that the gradients which are right have by convention, 1 if none.

    Parameters
    ----------
    rows : sequence of GradientRow
    """
    found = {
        row.diagnosis.facts.factor
        for row in rows
        if row.verdict == "convention" and row.diagnosis is not None
    }
    if len(found) != 1 or any(row.verdict == "ok" for row in rows):
        return 1.0
    return next(iter(found)) or 1.0


def _tried(row: GradientRow, case: Case, due: str, *, alone: bool, common: float) -> GradientRow:
    found = row.diagnosis
    if found is None or found.code in _ELSEWHERE or found.line is None:
        return row
    if "…" in found.fix:
        return row
    if found.fix and is_code(found.fix) and _does(found, row, case, alone=alone):
        return row
    for counted in recounted(found, case.source):
        if _does(counted, row, case, alone=True, exactly=common):
            return replace(row, diagnosis=counted)
    for line in rewritten(found.code, case.source, found.line):
        own = replace(found, fix=line)
        if _does(own, row, case, alone=True, exactly=common):
            return replace(row, diagnosis=own)
    if not found.fix or not is_code(found.fix):
        return row
    return replace(row, diagnosis=replace(found, fix=f"what is due: {due}" if due else ""))


def _does(
    found: Finding, row: GradientRow, case: Case, *, alone: bool, exactly: float | None = None
) -> bool:
    """Return whether the file runs with another line, and makes the right gradient.

    It makes it there, or in its own line of what that one makes. Where something else is wrong as
    well, no more can be asked than that it runs and makes something else than before. A
    conventional factor is let be unless it is what the line is about: then it is `exactly` that of
    the other gradients.
    """
    changed = _replacement(case.source.tree, found)
    if changed is None:
        return True
    tree = rebuilt(case.source.tree, changed)
    other = replace(case, source=replace(case.source, tree=tree), notes=[], spelled={})
    try:
        trace = run_plain(other).trace
    except Exception:  # noqa: BLE001 - a name that is not there, operands that do not fit
        return False
    right = np.asarray(row.automatic, dtype=float) if row.automatic is not None else None
    made = [each.value for each in trace if each.line in (found.line, row.line) and not each.given]
    if not alone or right is None:
        return row.manual is None or not any(same(each, row.manual) for each in made)
    if exactly is not None:
        due = exactly * right
        return any(np.size(each) == right.size and _is_close(each, due) for each in made)
    return any(_is(each, right, case) for each in made)


def _is_close(value: Any, right: Any) -> bool:
    mine = np.asarray(value, dtype=float).reshape(right.shape)
    return bool(np.allclose(mine, right, rtol=1e-5, atol=1e-9 * float(np.abs(right).max())))


def _is(value: Any, right: Any, case: Case) -> bool:
    mine = np.asarray(value, dtype=float)
    if mine.size == right.size:
        mine = mine.reshape(right.shape)
    factor = multiple(mine, right, 1e-5)
    m = case.draw.m
    outputs = case.draw.sizes[-1]
    return factor is not None and is_conventional(factor, m, outputs, 1e-4)


def _replacement(tree: ast.Module, found: Finding) -> dict[int, ast.stmt] | None:
    """Return the statements to put in the places of those on a line that give the same target."""
    new = ast.parse(found.fix.strip()).body[0]
    if not isinstance(new, (ast.Assign, ast.AugAssign)):
        return None
    target = ast.unparse(new.targets[0] if isinstance(new, ast.Assign) else new.target)
    old = [
        node
        for node in ast.walk(tree)
        if isinstance(node, (ast.Assign, ast.AugAssign))
        and node.lineno <= (found.line or 0) <= (node.end_lineno or 0)
        and target == ast.unparse(node.targets[0] if isinstance(node, ast.Assign) else node.target)
    ]
    moved = {id(node): ast.copy_location(_located(found.fix, node), node) for node in old}
    return moved or None


def _located(text: str, at: ast.stmt) -> ast.stmt:
    """Return a statement whose every part stands where another one does."""
    made = ast.parse(text.strip()).body[0]
    for each in ast.walk(made):
        if isinstance(each, (ast.expr, ast.stmt)):
            ast.copy_location(each, at)
    return made
