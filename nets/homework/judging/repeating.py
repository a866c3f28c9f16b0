"""Gradients that grow with every call of backward, because nothing sets them to zero."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from nets.homework.reading.source import Source
from nets.homework.results import Finding, GradientRow, Study
from nets.homework.running import gradients
from nets.homework.running.gradients import Manual
from nets.homework.running.run import Case, Plain
from nets.homework.running.trace import Tracer

__all__ = ["with_sums_over_calls"]

_ADDS = re.compile(r"\+=|(?m:^\s*([\w.\[\]'\"]+) = \1 \+)")
_ZEROES = re.compile(r"\w*(zero|reset|clear)")
_RESETS = re.compile(
    r"def \w*(zero|reset|clear)"
    r"|(\bd[WwBb]\w*|grad\w*|nabla\w*)\S* *(= *0|= .*zeros|\.fill\(0|\*= *0)"
    r"|\[(\.\.\.|:)\] *\*?= *0|\.fill\(0"
)


def with_sums_over_calls(
    case: Case, plain: Plain, manual: Mapping[str, Manual], study: Study
) -> Study:
    """Return the study, with gradients marked that a second call of backward doubles.

    A file that sets them to zero somewhere, but for where it makes them, means them to add up.
    """
    idle = _never_called(case)
    constructors = [
        each for each in _functions(case.source) if re.match("__init__$|init", each.name)
    ]
    text = _without(case.source, [*constructors, *idle])
    if not _ADDS.search(text) or _RESETS.search(text):
        return study
    grown = _grown(case, plain, manual)
    rows = tuple(
        _marked(row, case.source, idle) if row.name in grown and row.verdict != "wrong" else row
        for row in study.rows
    )
    return replace(study, rows=rows)


def _functions(source: Source) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(source.tree) if isinstance(node, ast.FunctionDef)]


def _never_called(case: Case) -> list[ast.FunctionDef]:
    """Return what would set gradients to zero, and is named nowhere in a file that trains."""
    backward = case.program.backward.removeprefix("::")
    loops = (n for n in ast.walk(case.source.tree) if isinstance(n, (ast.For, ast.While)))
    inside = {
        id(each) for n in _functions(case.source) if n.name == backward for each in ast.walk(n)
    }
    trains = any(
        isinstance(node, ast.Call)
        and id(node) not in inside  # of one layer after the other
        and ast.unparse(node.func).rpartition(".")[2] == backward
        for loop in loops
        for node in ast.walk(loop)
    )
    if not trains:
        return []
    named = {
        getattr(node, "id", None) or getattr(node, "attr", None)
        for node in ast.walk(case.source.tree)
        if isinstance(node, (ast.Name, ast.Attribute))
    }
    zeroing = (each for each in _functions(case.source) if _ZEROES.match(each.name))
    return [each for each in zeroing if each.name not in named]


def _without(source: Source, functions: Sequence[ast.FunctionDef]) -> str:
    """Return the file without what runs once, before everything else, or never."""
    lines = source.text.splitlines()
    for node in functions:
        for k in range(node.lineno - 1, node.end_lineno or node.lineno):
            if k < len(lines):
                lines[k] = ""
    return "\n".join(lines)


def _grown(case: Case, plain: Plain, manual: Mapping[str, Manual]) -> set[str]:
    """Return the gradients, as they are spelled, that a second call doubles."""
    session = case.session()
    names = session.returned(case.program.backward)
    shapes = {plain.names[path]: np.shape(value) for path, value in plain.values.items()}
    calls = []
    for _ in range(2):
        for place in session.places:
            if place.path in plain.values:
                place.value = np.copy(plain.values[place.path])
        session.cost(session.forward())
        with Tracer(session.loaded.files) as tracer:
            result = session.backward()
        made = gradients.returned(result, names, tracer.found, shapes)
        calls.append({name: np.array(each.value, float) for name, each in made.items()})
    once, twice = calls
    return {
        manual[name].name
        for name in set(manual) & set(once) & set(twice) & set(shapes)
        if _doubled(once[name], twice[name])
    }


def _doubled(once: Any, twice: Any) -> bool:
    return bool(np.any(once)) and np.allclose(twice, 2 * once, rtol=1e-9, atol=0.0)


def _marked(row: GradientRow, source: Source, idle: Sequence[ast.FunctionDef]) -> GradientRow:
    """Return a row with what a second call of backward gives."""
    zeroing = f" but {idle[0].name} of line {idle[0].lineno}, which nothing calls" if idle else ""
    message = (
        f"{row.name} grows with every call of backward: it is the sum over all calls so far, and "
        f"nothing in the file sets it to zero{zeroing}. The second call gives twice the gradient."
    )
    line = source.line(row.line)
    fix = f"set {row.name} to zero before each call of backward"
    if idle:
        fix = f"call {idle[0].name}() before each call of backward"
    elif "+=" in line:
        fix = line.replace("+=", "=", 1)
    manual = 2 * np.asarray(row.manual)
    largest = np.abs(np.asarray(row.manual))
    return replace(
        row,
        verdict="wrong",
        diagnosis=Finding("accumulated", message, row.line, fix),
        manual=manual,
        max_abs_error=float(largest.max()),
        rel_error=0.5,
        worst=tuple(int(k) for k in np.unravel_index(int(largest.argmax()), largest.shape)),
    )
