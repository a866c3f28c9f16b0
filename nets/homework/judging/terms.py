"""What to add to a line, in the person's own names: an L2 term, a mask, 1 / keep_prob."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from autograd_mini.check.diagnose.numbers import share_text
from autograd_mini.check.recorded import Recording as Graph
from nets.homework.judging.fixes import assignment
from nets.homework.reading.names import role_of
from nets.homework.results import Finding, GradientRow
from nets.homework.running.run import Case, Plain, Recording

__all__ = ["with_own_terms"]


def with_own_terms(row: GradientRow, case: Case, plain: Plain, recording: Recording) -> GradientRow:
    """Return a row whose remedy, where a term is missing or wrong, has that term spelled out.

    Parameters
    ----------
    row : GradientRow
    case : Case
    plain : Plain
        What happened on arrays.
    recording : Recording
    """
    found = row.diagnosis
    if found is None or row.verdict != "wrong" or row.inherited:
        return row
    line = case.source.line(found.line)
    added = re.match(r"([\w.\[\]'\"]+) *[-+]= *(.*)", line)
    made = (added[1], added[2]) if added else None
    if made is None and found.line is not None:
        own = assignment(case.source, found.line, lambda target: target == row.name)
        made = own or assignment(case.source, found.line)
    if made is None:
        return row
    fix = None
    if found.code in ("missing_regularization", "regularization_scale"):
        fix = _with_decay(row, found, made, case, recording)
    elif found.code == "dropout_mask":
        fix = _with_mask(row, found, made[0], case, plain)
    return row if fix is None else replace(row, diagnosis=replace(found, fix=fix))


# -- L2 --------------------------------------------------------------------------------------------


def _with_decay(
    row: GradientRow, found: Finding, made: tuple[str, str], case: Case, recording: Recording
) -> str | None:
    target, value = made
    name = next((each for each, path in case.spelled.items() if path == row.name), "")[1:]
    share = _share(name, recording)
    if share is None:
        return None
    weight = _spelled_weight(name, value, case)
    term = next(_terms(share, weight, case))
    if "+=" in case.source.line(found.line) or "-=" in case.source.line(found.line):
        return f"{target} += {term}"
    kept = value if found.code == "missing_regularization" else "…"
    return f"{target} = {kept} + {term}"


def _share(name: str, recording: Recording) -> float | None:
    """Return c where the cost's L2 term adds ``c * W`` to the gradient of W."""
    graph = Graph(recording.cost)
    node = graph.nodes.get(name)
    if node is None:
        return None
    parts = graph.rerun.sweep().by_edge()
    value = np.asarray(graph.rerun.values[node])
    share = 0.0
    for edge in graph.anatomy.uses.get(node, []):
        part = np.asarray(parts.get(edge, 0.0))
        factor = float(np.vdot(value, part) / np.vdot(value, value)) if part.shape else 0.0
        if part.shape == value.shape and np.allclose(part, factor * value, rtol=1e-9, atol=0):
            share += factor
    return share or None


def _spelled_weight(name: str, value: str, case: Case) -> str:
    """Return how the line or its function reaches the weight, else how it is kept."""
    path = case.spelled.get(name, name)
    plain = rf"(?<!['\".])\b{name}\b(?!['\"])"
    forms = (rf"self\.{name}\b", plain, rf"[\w.]+\[['\"]{name}['\"]\]")
    for text in (value, _backward(case)):
        for form in forms:
            if match := re.search(form, text):
                return match[0]
    return path


def _backward(case: Case) -> str:
    return next(
        (
            ast.unparse(node)
            for node in ast.walk(case.source.tree)
            if isinstance(node, ast.FunctionDef) and node.name == case.program.backward
        ),
        "",
    )


def _terms(share: float, weight: str, case: Case) -> Iterator[str]:
    """Yield the products of the person's own factor, of m and of 2 that are as large as `share`.

    The last is the number itself, which the cost may have in it.
    """
    m = case.draw.m
    count = next(iter(_names(case, "m")), "m")
    for name, value in _values(case):
        for text, factor in (
            (f"{name} / {count} * {weight}", value / m),
            (f"{name} * {weight}", value),
            (f"2 * {name} * {weight}", 2 * value),
            (f"2 * {name} / {count} * {weight}", 2 * value / m),
            (f"{name} / 2 * {weight}", value / 2),
            (f"{name} / (2 * {count}) * {weight}", value / (2 * m)),
        ):
            if abs(factor - share) <= 1e-9 * abs(share):
                yield text
    number = share_text(share, {float(m): "m"})
    yield f"{re.sub('m$', count, number)} * {weight}"


def _values(case: Case) -> Iterator[tuple[str, float]]:
    """Yield the names that regularization has in the file, and their values."""
    session = case.session()
    for name in _names(case, "lambd"):
        held = session.loaded.names.get(name)
        if name.startswith("self."):
            held = getattr(session.instance, name.removeprefix("self."), None)
        value = held if isinstance(held, (int, float)) else session.known.roles["lambd"]
        yield name, float(value)


def _names(case: Case, role: str) -> list[str]:
    """Return names and attributes with a role, those of backward first."""
    backward = _backward(case)
    found = [
        ast.unparse(node)
        for node in ast.walk(case.source.tree)
        if isinstance(node, (ast.Name, ast.Attribute))
        and role_of(ast.unparse(node).removeprefix("self.")) == role
    ]
    return sorted(dict.fromkeys(found), key=lambda name: name not in backward)


# -- dropout ---------------------------------------------------------------------------------------


def _with_mask(
    row: GradientRow, found: Finding, target: str, case: Case, plain: Plain
) -> str | None:
    mask = _mask(row, plain)
    keep = next(iter(_names(case, "keep_prob")), None)
    if not found.facts.drops_mask:
        return f"{target} = {target} / {keep}" if keep else None
    if mask is None:
        return None
    divided = f" / {keep}" if found.facts.drops_scale and keep else ""
    return f"{target} = {target} * {mask}{divided}"


def _mask(row: GradientRow, plain: Plain) -> str | None:
    """Return what the mask of this layer is called in backward: zeros and one other value."""
    number = re.findall(r"\d+", row.name)
    names = [
        each.name
        for each in plain.trace
        if np.shape(each.value) == row.shape and len(np.unique(each.value)) == 2
        if not np.all(each.value)
    ]
    alike = [name for name in names if number and number[-1] in name]
    return next(iter(alike or names), None)
