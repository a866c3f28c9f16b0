"""Where no known mistake explains a gradient: the one change of a line that makes it right."""

from __future__ import annotations

import ast
import copy
import itertools
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nets.homework.judging.fixes import is_code
from nets.homework.judging.trying import common_factor
from nets.homework.layouts.completing import BEYOND
from nets.homework.reading.trees import rebuilt
from nets.homework.results import Finding, GradientRow, Study
from nets.homework.running.run import Case, NoGradientsError, Plain, made_by_hand, run_plain

__all__ = ["with_edits"]

_TRIES, _ASSIGNED = 200, 100_000
"""How many changes are tried, and how many values they may make in all."""

Array = NDArray[Any]
Statement = ast.Assign | ast.AugAssign


def with_edits(study: Study) -> Study:
    """Return the study, with the change of a line that mends what nothing else was found for.

    It is told only if all gradients are right with it. Where a mistake has a name, only its own
    line is changed; where it has none, any that ran.

    Parameters
    ----------
    study : Study
        With what was judged.
    """
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return _with_edits(study.case, study)


def _with_edits(case: Case, study: Study) -> Study:
    roots = [row for row in study.rows if row.verdict == "wrong" and not row.inherited]
    if not roots or not all(map(_is_open, roots)):
        return study
    first, found = roots[0], roots[0].diagnosis
    assert found is not None
    named = not found.facts.unknown
    if named and len(roots) > 1:
        return study
    plain = run_plain(replace(case, notes=[], spelled={}))
    tries = min(_TRIES, _ASSIGNED // max(len(plain.trace), 1))
    for old, new in itertools.islice(_changes(case, plain, found.line, only=named), tries):
        if _mends(case, study.rows, old, new):
            fix = f"{ast.unparse(new)}{_comment(case, old)}"
            told = replace(found, fix=fix) if named else _told(found, first, old, new, fix)
            others = {id(row): replace(row, inherited=True) for row in roots}
            mended = {**others, id(first): replace(first, diagnosis=told)}
            return replace(study, rows=tuple(mended.get(id(row), row) for row in study.rows))
    return study


def _is_open(row: GradientRow) -> bool:
    """Return whether it is not known how to mend a gradient that is made, and made wrong."""
    found = row.diagnosis
    if found is None or row.manual is None or row.automatic is None:
        return False
    made = not _is_close(row.manual, row.automatic)  # what is right may be lost, or add up
    return made and not (found.fix and is_code(found.fix))


def _told(found: Finding, row: GradientRow, old: Statement, new: Statement, fix: str) -> Finding:
    adds = isinstance(old, ast.Assign) and isinstance(new, ast.AugAssign)
    why = ": what a loop makes in one round is to be added to that of the others" if adds else ""
    message = f"{row.name} is wrong, and right with one change in line {old.lineno}{why}."
    return replace(found, message=f"{message}{found.facts.hint}", line=old.lineno, fix=fix)


def _comment(case: Case, old: Statement) -> str:
    text = case.source.line(old.lineno)
    return text[text.index("  #") :] if "  #" in text else ""


# -- what may be meant -----------------------------------------------------------------------------


def _changes(
    case: Case, plain: Plain, line: int | None, *, only: bool
) -> Iterator[tuple[Statement, Statement]]:
    """Yield statements that ran in backward, each with what may be meant, the nearest first.

    Or `only` those of that line.
    """
    ran = {each.line for each in plain.trace if not each.given and each.line < BEYOND}
    written = {ast.unparse(node) for node in ast.walk(ast.parse(case.source.text))
               if isinstance(node, (ast.Assign, ast.AugAssign))}  # fmt: skip
    endless = {  # with a change
        id(each)
        for loop in ast.walk(case.source.tree)
        if isinstance(loop, ast.While)
        for each in ast.walk(loop)
    }
    own = [
        node
        for node in ast.walk(case.source.tree)
        if isinstance(node, (ast.Assign, ast.AugAssign))
        and id(node) not in endless
        and not ran.isdisjoint(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        and ast.unparse(node) in written
        and (not only or node.lineno <= (line or 0) <= (node.end_lineno or node.lineno))
    ]
    looped = {
        id(each)
        for loop in ast.walk(case.source.tree)
        if isinstance(loop, ast.For)
        for each in ast.walk(loop)
    }
    nearest = sorted(own, key=lambda each: abs(each.lineno - (line or 0)))
    beside = {id(node): _names_beside(case.source.tree, node) for node in nearest}

    def changes(
        meant: Iterator[Statement], node: Statement
    ) -> Iterator[tuple[Statement, Statement]]:
        for new in meant:
            yield node, ast.copy_location(ast.fix_missing_locations(new), node)

    for node in nearest:
        yield from changes(_signs(node, looped=id(node) in looped), node)
    for idle in (True, False):  # what is forgotten is often used nowhere else
        for meant in (_others, _products):
            for node in nearest:
                names = [name for name, unused in beside[id(node)].items() if unused is idle]
                yield from changes(meant(node, names), node)


def _names_beside(tree: ast.Module, node: Statement) -> dict[str, bool]:
    """Return what has a name in the function of a statement before that, and if it is unused."""
    inside = [
        each
        for each in ast.walk(tree)
        if isinstance(each, ast.FunctionDef)
        and each.lineno <= node.lineno <= (each.end_lineno or each.lineno)
    ]
    if not inside:
        return {}
    every = [each for each in ast.walk(inside[-1]) if isinstance(each, ast.Name)]
    used = {each.id for each in every if isinstance(each.ctx, ast.Load)}
    made = [
        each.id for each in every if isinstance(each.ctx, ast.Store) and each.lineno < node.lineno
    ]
    return {name: name not in used for name in (*made, *(e.arg for e in inside[-1].args.args))}


def _with_values(
    node: Statement, other: Callable[[ast.AST], Iterator[ast.expr]]
) -> Iterator[Statement]:
    """Yield a statement with something else in the place of each part of its value."""
    for part in ast.walk(node.value):
        for meant in other(part):
            made = copy.copy(node)
            made.value = rebuilt(node.value, {id(part): meant})
            yield made


def _signs(node: Statement, *, looped: bool) -> Iterator[Statement]:
    """Yield a statement with another sign, order or number, with less, or added to what was."""
    if isinstance(node, ast.AugAssign):
        if type(node.op) in _TURNED:
            yield ast.AugAssign(node.target, _TURNED[type(node.op)](), node.value)
    elif looped and isinstance(node.targets[0], (ast.Subscript, ast.Name)):
        yield ast.AugAssign(node.targets[0], ast.Add(), node.value)
    yield from _with_values(node, _turned)
    made = copy.copy(node)
    made.value = ast.UnaryOp(ast.USub(), node.value)
    yield made


def _others(node: Statement, names: Sequence[str]) -> Iterator[Statement]:
    """Yield a statement with another name in the place of one."""

    def other(part: ast.AST) -> Iterator[ast.expr]:
        if isinstance(part, ast.Name) and part.id not in ("np", "numpy"):
            yield from (ast.Name(name, ast.Load()) for name in names if name != part.id)

    return _with_values(node, other)


def _products(node: Statement, names: Sequence[str]) -> Iterator[Statement]:
    """Yield a statement with one factor or divisor more."""

    def other(part: ast.AST) -> Iterator[ast.expr]:
        plain = isinstance(part, ast.Name) and part.id not in ("np", "numpy")
        if not plain and not isinstance(part, (ast.BinOp, ast.Call)):
            return
        assert isinstance(part, ast.expr)
        for name in names:
            yield ast.BinOp(part, ast.Mult(), ast.Name(name, ast.Load()))
            yield ast.BinOp(part, ast.Div(), ast.Name(name, ast.Load()))

    return _with_values(node, other)


_TURNED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
}  # fmt: skip
_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Gt: ast.Lt, ast.Lt: ast.Gt, ast.GtE: ast.LtE, ast.LtE: ast.GtE,
}  # fmt: skip


def _turned(part: ast.AST) -> Iterator[ast.expr]:
    """Yield what a part of an expression may be meant to be: with another sign, order, or less."""
    if isinstance(part, ast.BinOp):
        if type(part.op) in _TURNED:
            yield ast.BinOp(part.left, _TURNED[type(part.op)](), part.right)
        if isinstance(part.op, (ast.Sub, ast.Div)):
            yield ast.BinOp(part.right, part.op, part.left)
        if isinstance(part.op, ast.Mult):
            yield ast.BinOp(part.right, ast.Div(), part.left)
        yield part.left
        yield part.right
    elif isinstance(part, ast.Constant) and part.value in (1, 2, 3, 0.5):
        yield from (ast.Constant(each) for each in (1, 2, 0.5) if each != part.value)
    elif isinstance(part, ast.UnaryOp):
        yield part.operand
    elif isinstance(part, ast.Compare) and type(part.ops[0]) in _COMPARED:
        yield ast.Compare(part.left, [_COMPARED[type(part.ops[0])]()], part.comparators)
    elif isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute):
        names = {"sum": "mean", "mean": "sum"}
        if part.func.attr in names:
            named = ast.Attribute(part.func.value, names[part.func.attr], ast.Load())
            yield ast.Call(named, part.args, part.keywords)


# -- whether it is ---------------------------------------------------------------------------------


def _mends(case: Case, rows: Sequence[GradientRow], old: Statement, new: Statement) -> bool:
    """Return whether all gradients that can be compared are right with another statement."""
    tree = rebuilt(case.source.tree, {id(old): new})
    other = replace(case, source=replace(case.source, tree=tree), notes=[], spelled={})
    try:
        made = made_by_hand(other, run_plain(other))
    except NoGradientsError:
        return False
    except Exception:  # noqa: BLE001 - operands that do not fit
        return False
    by_name = {each.name: np.asarray(each.value) for each in made.values()}
    common = common_factor(rows)
    right = {row.name: common * row.automatic for row in rows if row.automatic is not None}
    wrong = {row.name for row in rows if row.verdict == "wrong"}
    known = by_name.keys() & right.keys()
    return bool(known & wrong) and all(_is_close(by_name[name], right[name]) for name in known)


def _is_close(made: Array, right: Array) -> bool:
    return made.shape == right.shape and np.allclose(made, right, rtol=1e-6, atol=1e-10)
