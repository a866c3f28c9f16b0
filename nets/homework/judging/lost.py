"""Gradients that backward computes and hands to nobody: it returns nothing."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from nets.homework.reading.source import Source
from nets.homework.results import Finding, GradientRow, Study
from nets.homework.running.gradients import Manual
from nets.homework.running.run import Case, Plain

__all__ = ["with_lost"]


def with_lost(case: Case, plain: Plain, manual: Mapping[str, Manual], study: Study) -> Study:
    """Return the study, with gradients wrong that are lost when backward ends.

    Parameters
    ----------
    case : Case
    plain : Plain
        What happened on arrays.
    manual : mapping of str to Manual
    study : Study
    """
    function = _backward(case.source, case.program.backward)
    if function is None or case.program.owner or plain.result is not None:
        return study
    if not _keeps_all(function) or _changed(plain):
        return study
    line = _end(function)
    names = {each.name for each in manual.values()}
    if not {name for each in names for name in re.findall(r"^\w+", each)} <= _stored(function):
        return study  # in an object that outlives it: layer.dW
    rows = (
        _lost(row, function.name, line) if row.name in names and row.manual is not None else row
        for row in study.rows
    )
    return replace(study, rows=tuple(rows))


def _lost(row: GradientRow, backward: str, line: int) -> GradientRow:
    if row.verdict == "wrong":
        return row
    message = f"{backward} computes {row.name} and returns nothing: it is lost."
    found = Finding("other", message, line)
    return replace(row, verdict="wrong", line=row.line or line, diagnosis=found)


def _backward(source: Source, name: str) -> ast.FunctionDef | None:
    """Return a function as it stands in the file, None for lines that were made one."""
    written = re.search(rf"\bdef {re.escape(name)}\b", source.text)
    found = [each for each in source.functions() if each.name == name]
    return found[0] if found and written else None


def _stored(function: ast.FunctionDef) -> set[str]:
    """Return the names that get a value in a function."""
    return {
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def _changed(plain: Plain) -> bool:
    """Return whether backward has changed a parameter."""
    return any(
        not np.array_equal(np.asarray(before), np.asarray(plain.after[path]))
        for path, before in plain.values.items()
    )


def _keeps_all(function: ast.FunctionDef) -> bool:
    """Return whether nothing that a function computes can be seen from outside."""
    made = {
        node.targets[0].id
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        if ast.unparse(node.value) in ("{}", "[]", "dict()", "list()")
    }
    for node in ast.walk(function):
        if isinstance(node, (ast.Global, ast.Nonlocal, ast.Yield, ast.YieldFrom)):
            return False
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            return False  # update(parameters, dW1), print(dW1)
        stored = isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(
            node.ctx, ast.Store
        )
        if stored and _base(node) not in made:
            return False
    return True


def _base(node: ast.AST) -> str:
    """Return the name that a path begins with: ``grads`` of ``grads['dW1']``."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _end(function: ast.FunctionDef) -> int:
    """Return the line of the last return statement, or that with which a function ends."""
    returns = [node.lineno for node in ast.walk(function) if isinstance(node, ast.Return)]
    return returns[-1] if returns else function.body[-1].lineno
