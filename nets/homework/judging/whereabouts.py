"""The line that a mistake is made on, where the one that shows it is right."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_mini.check.diagnose.numbers import multiple
from nets.homework.layouts.completing import BEYOND
from nets.homework.reading.source import Source
from nets.homework.results import Finding, GradientRow
from nets.homework.running.trace import Assigned

__all__ = ["Step", "before_scaling", "step_behind", "with_callers"]

Array = NDArray[Any]

_INCOMING = re.compile(
    r"_*(d_?[a-z0-9]\w*|\w*delta\w*|\w*err\w*|\w*grad\w*|g|upstream)_*", re.IGNORECASE
)


@dataclass(frozen=True)
class Step:
    """What a gradient is made from, and where that is made.

    Attributes
    ----------
    name : str
    line : int
    shown : int
        The line that uses it.
    """

    name: str
    line: int
    shown: int


def step_behind(
    line: int | None,
    made: Any,
    source: Source,
    trace: Sequence[Assigned],
    *,
    handed: bool = False,
) -> Step | None:
    """Return the gradient that the line of another uses, as it was last made before that.

    Parameters
    ----------
    line : int or None
        That of a gradient such as dW, which is right as far as it goes.
    made : numpy.ndarray
        What it made.
    source : Source
    trace : sequence of Assigned
        What happened in backward.
    handed : bool
        Whether to go on to what made an argument of the function that the line is in.
    """
    value = _value(source, line) if line is not None else None
    if value is None:
        return None
    there = [k for k, each in enumerate(trace) if each.line == line and not each.given]
    # An update is no array that is made: `W += X.T @ delta`.
    at = next((k for k in there if _is(trace[k], made)), there[-1] if there else None)
    if at is None:
        return None
    names = [
        node.id
        for node in ast.walk(value)
        if isinstance(node, ast.Name) and _INCOMING.fullmatch(node.id)
    ]
    changed = _changed(source, line)
    for name in dict.fromkeys([changed, *names] if changed else names):
        for each in reversed(trace[:at]):
            if each.name != name or each.call != trace[at].call:
                continue
            if each.given and not handed:
                continue
            made_on = _origin(each, trace[:at]) if each.given else each.line
            if made_on is not None and made_on != line and name == changed:
                return step_behind(made_on, each.value, source, trace, handed=handed)
            if made_on is not None:
                return Step(name, made_on, trace[at].line) if made_on != line else None
    return None


def _changed(source: Source, line: int | None) -> str | None:
    """Return the name whose entries a line changes: ``dW`` of ``dW[:, 1:] += c * W``."""
    for node in ast.walk(source.tree):
        if isinstance(node, (ast.Assign, ast.AugAssign)) and node.lineno == line:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
                return target.value.id
    return None


def _value(source: Source, line: int) -> ast.expr | None:
    """Return what the last assignment on a line computes, or the update there."""
    found = [
        node.value
        for node in ast.walk(source.tree)
        if isinstance(node, (ast.Assign, ast.AugAssign))
        and node.lineno <= line <= (node.end_lineno or line)
    ]
    return found[-1] if found else None


def _origin(handed: Assigned, trace: Sequence[Assigned]) -> int | None:
    """Return the line that made what a function was handed, None where no other did."""
    same = (each for each in trace if not each.given and _is(each, handed.value))
    return next((each.line for each in same if each.line < BEYOND), None)


def before_scaling(
    rows: Sequence[GradientRow], source: Source, trace: Sequence[Assigned]
) -> tuple[GradientRow, ...]:
    """Return the rows, with the line before ``dW = dW / m`` where not the factor is wrong.

    The same where a return statement puts the factor in: ``return dW / m, db / m``.

    Parameters
    ----------
    rows : sequence of GradientRow
    source : Source
    trace : sequence of Assigned
        What happened in backward.
    """
    before_return = (_before_return(row, source, trace) for row in rows)
    return tuple(_before_scaling(row, source, trace) for row in before_return)


def _before_return(row: GradientRow, source: Source, trace: Sequence[Assigned]) -> GradientRow:
    found = row.diagnosis
    if found is None or row.verdict != "wrong" or row.inherited or row.manual is None:
        return row
    if found.code not in (*_MADE, "wrong_shape", "wrong_axis"):
        return row
    finished = [
        ast.unparse(part)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Return) and node.value is not None
        for part in ast.walk(node.value)
        if isinstance(part, (ast.Name, ast.Attribute)) and part.lineno == found.line
    ]
    made = [
        each
        for each in trace
        if each.name in finished and not each.given and _is_scaled(row.manual, each.value)
    ]
    if not made:
        return row
    own = [each for each in made if each.name == row.name] or made
    moved = Finding(found.code, found.message, own[-1].line, "", found.alternatives)
    return replace(row, diagnosis=moved)


def _is_scaled(given: Array, made: Any) -> bool:
    """Return whether a gradient is that which was made, times a number above 0."""
    values = np.asarray(made)
    factor = multiple(given, values, 1e-9) if values.shape == given.shape else None
    return factor is not None and factor > 0


def _before_scaling(row: GradientRow, source: Source, trace: Sequence[Assigned]) -> GradientRow:
    found = row.diagnosis
    if found is None or row.verdict != "wrong" or row.inherited or found.code not in _MADE:
        return row
    name = _scaled(source, found.line)
    own = [k for k, each in enumerate(trace) if each.name == name and not each.given]
    at = next((k for k in own if trace[k].line == found.line), None)
    if name is None or at is None:
        return row
    before = [trace[k] for k in own if k < at and trace[k].call == trace[at].call]
    if not before or before[-1].line == found.line:
        return row
    moved = Finding(found.code, found.message, before[-1].line, "", found.alternatives)
    return _before_scaling(replace(row, diagnosis=moved), source, trace)


_MADE = ("other", "sign", "wrong_output_gradient", "wrong_cache", "transpose")
"""Mistakes that no factor makes."""


def _scaled(source: Source, line: int | None) -> str | None:
    """Return the name that a line only multiplies or divides: ``dW`` of ``dW /= m``."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.AugAssign):
            own, by = ast.unparse(node.target), (node.op, node.value)
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp):
            own, value = ast.unparse(node.targets[0]), node.value
            first = ast.unparse(value.left) == own
            if not first and not isinstance(value.op, ast.Mult):
                continue
            if own not in (ast.unparse(value.left), ast.unparse(value.right)):
                continue
            by = (value.op, value.right if first else value.left)
        else:
            continue
        scales = isinstance(by[0], (ast.Mult, ast.Div)) and not isinstance(by[1], ast.UnaryOp)
        if node.lineno == line and scales and own.isidentifier():
            return own
    return None


def with_callers(rows: Sequence[GradientRow], trace: Sequence[Assigned]) -> tuple[GradientRow, ...]:
    """Return the rows, with the call to change where one line makes right gradients and wrong ones.

    A helper that is right for one layer is used for another that is of another kind.

    Parameters
    ----------
    rows : sequence of GradientRow
    trace : sequence of Assigned
        What happened in backward.
    """
    right = [row for row in rows if row.verdict in ("ok", "convention") and _telling(row)]
    return tuple(_at_its_call(row, right, trace) for row in rows)


def _telling(row: GradientRow) -> bool:
    """Return whether a right gradient shows that its line is: for one unit, any sum is right."""
    return row.line is not None and row.manual is not None and row.manual.size > 1


def _at_its_call(
    row: GradientRow, right: Sequence[GradientRow], trace: Sequence[Assigned]
) -> GradientRow:
    found = row.diagnosis
    alike = [each for each in right if each.line == row.line and _shows(each)]
    wrong = row.verdict == "wrong" and not row.inherited
    if found is None or not wrong or found.line != row.line or not alike:
        return row
    known = {line for each in alike for line in _way_out(each, trace)}
    line = next((line for line in _way_out(row, trace) if line not in known), None)
    if line is None:
        return row
    said = (
        f"{found.message} Line {row.line} is right for another layer: look at line {line}, which "
        "has it called for this one."
    )
    fix = found.fix if found.fix.startswith("what is due") else ""
    return replace(row, diagnosis=Finding(found.code, said, line, fix, found.alternatives))


def _shows(row: GradientRow) -> bool:
    """Return whether a right gradient proves its line right: one number may be so by chance."""
    return row.manual is not None and row.manual.size > 1


def _way_out(row: GradientRow, trace: Sequence[Assigned]) -> Iterator[int]:
    """Yield the lines of the calls that a gradient was made in, the innermost first."""
    at = next(
        (k for k, each in enumerate(trace) if each.line == row.line and _is(each, row.manual)), None
    )
    if at is None:
        return
    call = trace[at].call
    for each in trace[at:]:
        if each.call < call and not each.given:
            call = each.call
            yield each.line


def _is(each: Assigned, made: Any) -> bool:
    same = np.shape(each.value) == np.shape(made)
    return not each.given and same and bool(np.array_equal(each.value, made))
