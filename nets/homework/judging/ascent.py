"""Gradients with the other sign: a mistake where the file's own update takes them away."""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from autograd_mini.check.diagnose.numbers import multiple, right_if
from nets.homework.reading.names import role_of
from nets.homework.reading.trees import rebuilt
from nets.homework.results import Finding, GradientRow, Study
from nets.homework.running.direction import Update, against_the_others, common, updates_of
from nets.homework.running.gradients import Manual
from nets.homework.running.run import Case, Plain, made_by_hand, run_plain

__all__ = ["is_turned", "with_direction"]

_CLIMBED = re.compile(r"likelihood|log_?lik|reward|utility|\bll$", re.IGNORECASE)
"""What a cost is called that is to become large."""


def with_direction(
    case: Case,
    plain: Plain,
    manual: Mapping[str, Manual],
    study: Study,
    *,
    steps: Callable[[], Study],
    meant: Callable[[], str | None],
) -> Study:
    """Return the study, with the sign of gradients judged by what the file's update does with them.

    Parameters
    ----------
    case : Case
    plain : Plain
        What happened on arrays.
    manual : mapping of str to Manual
    study : Study
    steps : callable
        Returns the same study with the steps of backward in it.
    meant : callable
        Returns the usual cost that the gradients are right for, None where they are for none.
    """
    if _CLIMBED.search(study.cost):
        return study
    measured = any(each.of_update for each in manual.values())
    updates = [] if measured else updates_of(case.source, case.program, list(plain.values))
    update = common(updates)
    names = {manual[name].name for name in plain.names.values() if name in manual}
    if not any(is_turned(row) for row in study.rows if row.name in names):
        return _with_note(study, updates, case)
    if update is None and not measured:
        return study
    if update is not None and update.adds:
        return _allowed(study, f"Right: line {update.line} adds them.")
    usual = meant()
    if usual is not None:
        cost = study.cost if case.program.costs_apart else "the cost"
        said = f"They are right for {usual}, so it is {cost} that has the other sign."
        return _allowed(study, said)
    return _accused(case, plain, manual, steps(), update)


def is_turned(row: GradientRow) -> bool:
    """Return whether a gradient is right but for a negative factor."""
    if row.verdict != "convention" or row.manual is None or row.automatic is None:
        return False
    a, b = (np.asarray(each, dtype=float) for each in (row.manual, row.automatic))
    return a.shape == b.shape and float(np.sum(a * b)) < 0


def _with_note(study: Study, updates: Sequence[Update], case: Case) -> Study:
    """Say so where right gradients are added."""
    if not study.ok:
        return study
    notes = []
    update = common(updates)
    if update is not None and update.adds:
        text = case.source.line(update.line)
        notes.append(
            f"line {update.line} (`{text}`) adds the gradients to the parameters, which climbs the "
            "cost: to come down, it has to subtract them"
        )
    for each in against_the_others(case.source, updates):
        text = case.source.line(each.line)
        notes.append(
            f"line {each.line} (`{text}`) adds its gradient where the other updates subtract "
            "theirs: this parameter climbs the cost"
        )
    for each in updates:
        of = _of_another(each)
        if of is not None:
            text = case.source.line(each.line)
            notes.append(
                f"line {each.line} (`{text}`) changes {each.target} by the gradient of {of}"
            )
    return replace(study, notes=(*study.notes, *notes))


_NUMBERED = re.compile(r"\b[wWbB]\d+\b")
_NUMBERED_GRADIENT = re.compile(r"(?:\bd_?|\bgrad\w*\[['\"])([wWbB]\d+)\b")


def _of_another(update: Update) -> str | None:
    """Return what an update takes the gradient of, where that is not what it changes: W1 by dW2."""
    own = set(_NUMBERED.findall(update.target))
    taken = set(_NUMBERED_GRADIENT.findall(update.gradient))
    return taken.pop() if len(own) == len(taken) == 1 and own != taken else None


def _allowed(study: Study, said: str) -> Study:
    """Return the study with the reason why gradients may have the other sign."""
    rows = []
    for row in study.rows:
        found = row.diagnosis
        if found is not None and right_if(-1) in found.message:
            found = replace(found, message=found.message.replace(right_if(-1), said))
        rows.append(replace(row, diagnosis=found))
    return replace(study, rows=tuple(rows))


# -- whose fault it is -----------------------------------------------------------------------------


def _accused(
    case: Case, plain: Plain, manual: Mapping[str, Manual], study: Study, update: Update | None
) -> Study:
    """Return the study with the other sign as the mistake that it is, where it is made."""
    turned = [row for row in study.rows if is_turned(row)]
    upright = [row for row in study.rows if _is_upright(row)]
    fixes = {} if upright else _turning(case, plain, manual)  # which turns what is right as well
    at_root = [row for row in turned if row.line in fixes]
    roots = {id(row) for row in (at_root or turned[:1])}
    line = next(iter(fixes), None)
    rows = []
    for row in study.rows:
        if id(row) in roots:
            at = row.line if row.line in fixes else line
            fix = fixes.get(at, "") if at is not None else ""
            said = _said(row, update, case, bool(fix or upright))
            found = Finding("sign", said, at if at is not None else row.line, fix)
            rows.append(replace(row, verdict="wrong", inherited=False, diagnosis=found))
        elif any(row is each for each in turned):
            first = next(each for each in turned if id(each) in roots)
            said = f"{row.name} has the other sign because {first.name} has it."
            rows.append(
                replace(
                    row, verdict="wrong", inherited=True, diagnosis=Finding("sign", said, row.line)
                )
            )
        elif row.verdict == "convention" or any(row is each for each in upright):
            said = f"{row.name} has the right sign for an update that subtracts."
            found = Finding("convention", said, row.line)
            rows.append(replace(row, verdict="convention", inherited=False, diagnosis=found))
        else:
            rows.append(row)
    return replace(study, rows=tuple(rows))


def _is_upright(row: GradientRow) -> bool:
    """Return whether all that is wrong with a gradient is that others have the other sign."""
    if row.verdict != "wrong" or row.diagnosis is None or row.diagnosis.code != "sign":
        return False
    if row.manual is None or row.automatic is None:
        return False
    factor = multiple(np.asarray(row.manual), np.asarray(row.automatic), 1e-6)
    return factor is not None and factor > 0


def _said(row: GradientRow, update: Update | None, case: Case, known: bool) -> str:
    """Return what is wrong with a sign, what shows it, and whether it is `known` where."""
    if update is None:
        does = "so the update climbs the cost"
    else:
        shown = case.source.line(update.line)
        does = f"and line {update.line} (`{shown}`) subtracts it, which climbs the cost"
    where = "" if known else " It shows here; the sign comes in somewhere before."
    return f"{row.name} has the other sign, {does}.{where}"


def _turning(case: Case, plain: Plain, manual: Mapping[str, Manual]) -> dict[int, str]:
    """Return the lines to write instead, by line: with them in place all gradients turn over.

    What starts backward is likeliest to be the wrong way round: what names the labels.
    """
    lines = list(dict.fromkeys(each.line for each in plain.trace if not each.given))
    starts = [each for each in _statements(case.source.tree, lines) if _names_labels(each)]
    for way in range(_WAYS):
        for some in [*([each] for each in starts), starts]:
            changed = {id(node): new for node in some if (new := _other_way(node, way)) is not None}
            if len(changed) == len(some) and some and _turns(case, manual, changed):
                return {node.lineno: ast.unparse(changed[id(node)]) for node in some}
    return {}


def _statements(tree: ast.Module, lines: Collection[int]) -> Iterator[ast.Assign | ast.Return]:
    """Yield the assignments and returns that ran, in the order of the file, each once."""
    seen: set[int] = set()
    for node in ast.walk(tree):
        ran = isinstance(node, (ast.Assign, ast.Return)) and node.lineno in lines
        if ran and node.value is not None and id(node) not in seen:  # type: ignore[attr-defined]
            seen.add(id(node))
            yield node  # type: ignore[misc]


def _names_labels(node: ast.Assign | ast.Return) -> bool:
    assert node.value is not None
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], (ast.Tuple, ast.List)):
        return False
    names = (n for n in ast.walk(node.value) if isinstance(n, (ast.Name, ast.Attribute)))
    labels = [n for n in names if role_of(ast.unparse(n).removeprefix("self.")) == "Y"]
    return bool(labels) and any(isinstance(n, (ast.Sub, ast.USub)) for n in ast.walk(node.value))


_WAYS = 3


def _other_way(node: ast.Assign | ast.Return, way: int) -> ast.Assign | ast.Return | None:
    """Return a statement with the other sign, None where it has no such form.

    First without its minus, then with a difference the other way round, then with a minus.
    """
    made = copy.deepcopy(node)
    value = made.value
    assert value is not None
    if way == 0:
        if not isinstance(value, ast.UnaryOp) or not isinstance(value.op, ast.USub):
            return None
        made.value = value.operand
    elif way == 1:
        found = next((n for n in _factors(value) if isinstance(n, ast.BinOp)), None)
        if found is None:
            return None
        found.left, found.right = found.right, found.left
    else:
        made.value = ast.UnaryOp(ast.USub(), value)
    return ast.fix_missing_locations(ast.copy_location(made, node))


def _factors(value: ast.expr) -> Iterator[ast.expr]:
    """Yield the differences that an expression has as a factor, outermost first."""
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Sub):
        yield value
    elif isinstance(value, ast.BinOp) and isinstance(value.op, (ast.Mult, ast.MatMult)):
        yield from _factors(value.left)
        yield from _factors(value.right)
    elif isinstance(value, ast.BinOp) and isinstance(value.op, ast.Div):
        yield from _factors(value.left)
    elif isinstance(value, ast.UnaryOp):
        yield from _factors(value.operand)
    elif isinstance(value, ast.Call):
        inside = value.func.value if isinstance(value.func, ast.Attribute) else None
        for each in [*([inside] if inside is not None else []), *value.args]:
            yield from _factors(each)


def _turns(case: Case, manual: Mapping[str, Manual], changed: Mapping[int, ast.stmt]) -> bool:
    """Return whether with other statements every gradient of a parameter has the other sign."""
    tree = rebuilt(case.source.tree, changed)
    other = Case(replace(case.source, tree=tree), case.program, case.draw, case.about)
    try:
        plain = run_plain(other)
        again = made_by_hand(other, plain)
    except Exception:  # noqa: BLE001 - whatever the changed file raises, it is not what was meant
        return False
    names = [name for name in plain.names.values() if name in manual]
    return bool(names) and all(
        name in again
        and np.shape(again[name].value) == np.shape(manual[name].value)
        and np.allclose(again[name].value, -np.asarray(manual[name].value), rtol=1e-6, atol=1e-12)
        for name in names
    )
