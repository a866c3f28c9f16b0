"""Gradients of parameters that the forward pass never uses."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

import autograd_mini as ag
from nets.homework.finding.parameters import is_bias
from nets.homework.layouts.completing import BEYOND
from nets.homework.results import Finding, GradientRow, Study
from nets.homework.running.gradients import Manual
from nets.homework.running.run import Case, Plain, Recording

__all__ = ["with_forgotten"]


def with_forgotten(
    case: Case,
    plain: Plain,
    manual: Mapping[str, Manual],
    recording: Recording | None,
    study: Study,
) -> Study:
    """Return the study, with gradients marked that belong to another forward pass.

    Where the cost stays what it is whatever a parameter is, its gradient is zero. Backward that
    gives another was written for a forward pass that uses the parameter.

    Parameters
    ----------
    case : Case
    plain : Plain
        What happened on arrays.
    manual : mapping of str to Manual
    recording : Recording or None
        Of the forward pass, where it runs on Tensors.
    study : Study
    """
    given = {each.name: name for name, each in manual.items()}
    paths = {name: path for path, name in plain.names.items()}
    rows = []
    for row in study.rows:
        name = given.get(row.name, "?")
        path = paths.get(name)
        is_parameter = name[0] in "Ww" or is_bias(path or "")  # and no state, such as h of dh
        known = path and is_parameter and _of_nothing(row)
        if path and known and not _is_used(name, path, case, plain, recording):
            row = replace(  # noqa: PLW2901 - the row with what is said about it
                row,
                wrt=path,
                verdict="wrong",
                diagnosis=_finding(path, name, case, plain, recording),
                max_abs_error=float(np.abs(np.asarray(row.manual)).max()),
                rel_error=1.0,
            )
        rows.append(row)
    return replace(study, rows=tuple(rows))


def _of_nothing(row: GradientRow) -> bool:
    """Return whether there is a gradient where none, or nothing but zeros, is expected."""
    if row.manual is None or not np.any(row.manual) or row.verdict not in ("unchecked", "wrong"):
        return False
    return row.automatic is None or not np.any(row.automatic)


def _is_used(name: str, path: str, case: Case, plain: Plain, recording: Recording | None) -> bool:
    """Return whether the cost is computed with a parameter, if only by units that are off."""
    if recording is None:
        return _moves_cost(case, plain, path)
    return name in {node.name for node in ag.graph(recording.cost).inputs}


def _moves_cost(case: Case, plain: Plain, path: str) -> bool:
    """Return whether the cost, or without one the output, depends on a parameter."""
    try:
        before, after = (_outcome(case, plain, path, by) for by in (0.0, 0.37))
    except Exception:  # noqa: BLE001 - whatever theirs raises, nothing is shown
        return True
    return before is None or not np.array_equal(before, after)


def _outcome(case: Case, plain: Plain, path: str, by: float) -> Any:
    session = case.session()
    for place in session.places:
        if place.path in plain.values:
            value = np.array(plain.values[place.path], dtype=float)
            moved = value * (1 + by) + by if place.path == path else value
            place.value = moved if moved.ndim else float(moved)
    cost = session.cost(session.forward())
    return session.known.roles.get("AL") if cost is None else cost


def _finding(
    path: str, name: str, case: Case, plain: Plain, recording: Recording | None
) -> Finding:
    line = _forward_line(name, case, plain, recording)
    message = (
        f"Backward gives a gradient of {path}, and the forward pass never uses {path}: the cost "
        "does not depend on it."
    )
    return Finding("forward_bug", message, line, _added(path, line, case))


def _forward_line(name: str, case: Case, plain: Plain, recording: Recording | None) -> int | None:
    """Return the line of forward that leaves a bias out, None where it is not known."""
    number = re.search(r"\d+$", name)
    if name[:1] not in "bB":
        return None
    if recording is not None and number is not None:
        made = recording.forward.get(f"Z{number[0]}")
        if made is not None and made[2] < BEYOND:
            return made[2]
    weight = re.sub(r"b(?=\d*\b)", "W", name)
    spelled = [path for path, each in plain.names.items() if each == weight]
    for each in plain.forward_trace:
        text = case.source.line(each.line)
        product = re.search(r"@|dot\(|matmul\(", text)
        if product and any(re.search(rf"(?<![\w.]){re.escape(w)}(?!\w)", text) for w in spelled):
            return each.line
    return None


def _added(path: str, line: int | None, case: Case) -> str:
    """Return a line with the bias added to the product that it assigns, where that will do."""
    text = case.source.line(line)
    try:
        (statement,) = ast.parse(text.strip()).body
    except (SyntaxError, ValueError):
        return ""
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return ""
    value = statement.value
    product = isinstance(value, ast.BinOp) and isinstance(value.op, ast.MatMult)
    called = isinstance(value, ast.Call) and ast.unparse(value.func).endswith(("dot", "matmul"))
    if not (product or called) or not _in_reach(path, line, case):
        return ""
    return f"{ast.unparse(statement.targets[0])} = {ast.unparse(value)} + {path}"


def _in_reach(path: str, line: int | None, case: Case) -> bool:
    """Return whether the function around a line knows what a path begins with."""
    first = re.match(r"\w+", path)
    for node in ast.walk(case.source.tree):
        if isinstance(node, ast.FunctionDef) and node.lineno <= (line or 0) <= (
            node.end_lineno or 0
        ):
            held = {each.arg for each in (*node.args.args, *node.args.kwonlyargs)}
            held |= {
                each.id
                for each in ast.walk(node)
                if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
                if each.lineno < (line or 0)
            }
            if first is not None and first[0] in held:
                return True
    return False
