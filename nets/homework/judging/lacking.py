"""Parameters that backward gives no gradient of, and gradients of what forward never uses."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from nets.homework.finding.parameters import is_bias
from nets.homework.judging.forgotten import with_forgotten
from nets.homework.judging.lost import with_lost
from nets.homework.judging.updating import updated_in_loop, updates
from nets.homework.layouts.completing import BEYOND
from nets.homework.reading.names import role_of
from nets.homework.reading.spelling import (
    INDEX,
    is_step,
    last_part,
    matching,
    of_what,
    spelled_like_gradient,
)
from nets.homework.results import Finding, GradientRow, Study
from nets.homework.running.direction import updates_of
from nets.homework.running.gradients import Manual, empty, named
from nets.homework.running.run import Case, Plain, Recording

__all__ = ["with_lacking"]

_CODE = "other"
_STATE = re.compile(r"running|moving|mean|var(iance)?\b|prev|state|mask|\bh_?0", re.IGNORECASE)
"""What an object keeps from one call to the next, and nobody differentiates."""


def with_lacking(
    case: Case,
    plain: Plain,
    manual: Mapping[str, Manual],
    recording: Recording | None,
    study: Study,
) -> Study:
    """Return the study, with gradients marked that are missing, and those that have no parameter.

    A file may leave a parameter as it is on purpose, or have its gradient where nobody looks:
    missing is only what the file shows to be meant, by its update or by the other gradients.

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
    study = with_forgotten(case, plain, manual, recording, study)
    study = with_lost(case, plain, manual, study)
    absent = {
        row.name.removeprefix("d"): row
        for row in study.rows
        if row.verdict == "unchecked" and row.manual is None and row.automatic is not None
    }
    absent = {name: row for name, row in absent.items() if np.any(row.automatic)}
    meant = _Meant(case, plain, manual)
    found = {id(row): meant.missing(name, row) for name, row in absent.items()}
    rows = (found.get(id(row), meant.placed(row)) for row in study.rows)
    return replace(study, rows=tuple(rows))


@dataclass(frozen=True)
class _Meant:
    """Whether a file means to give the gradient of a parameter that it does not give."""

    case: Case
    plain: Plain
    manual: Mapping[str, Manual]

    def missing(self, name: str, row: GradientRow) -> GradientRow:
        """Return the row of a gradient that is not there: wrong, unless it may be on purpose."""
        hole = empty(self.plain.result, self.plain.returned, self._shapes).get(name)
        updated = self._updated(name)
        if updated is False or self._kept_elsewhere(name) or _STATE.search(self._path(name)):
            return row
        if hole is None and not updated and not self._like_the_others(name):
            return row
        depends = f"{self._path(name)}, which the cost depends on"
        if hole is not None:
            line = self._filling(hole)
            message = f"{hole} is None when backward ends: no gradient of {depends}."
        else:
            made = self._local(name)
            line = self._return() or (made.line if made is not None else None)
            said = f": {made.name} of line {made.line} is not returned" if made is not None else ""
            message = f"Backward gives no gradient of {depends}{said}."
        return replace(
            row,
            name=hole or row.name,
            verdict="wrong",
            line=line,
            diagnosis=Finding(_CODE, message, line),
            max_abs_error=float(np.abs(np.asarray(row.automatic)).max()),
            rel_error=1.0,
        )

    def placed(self, row: GradientRow) -> GradientRow:
        """Return a row with the line that returns a number which nothing has made: ``0``."""
        nothing = row.manual is not None and not np.any(row.manual)
        if row.verdict != "wrong" or row.line is not None or not nothing:
            return row
        line = self._return()
        found = row.diagnosis and replace(row.diagnosis, line=line)
        return replace(row, line=line, diagnosis=found)

    @property
    def _shapes(self) -> dict[str, tuple[int, ...]]:
        names = self.plain.names
        return {names[path]: np.shape(value) for path, value in self.plain.values.items()}

    def _path(self, name: str) -> str:
        return next(path for path, each in self.plain.names.items() if each == name)

    # -- what shows that it is meant ---------------------------------------------------------------

    def _like_the_others(self, name: str) -> bool:
        """Return whether all but this parameter, or what is beside it and above, has a gradient.

        A layer without any may be left as it was drawn on purpose.
        """
        given = {each: path for path, each in self.plain.names.items() if each in self.manual}
        if len(given) == len(self.plain.names) - 1:
            return len(given) > 1
        number, bias = re.search(r"\d+$", name), is_bias(self._path(name))
        beside = number is not None and any(each.endswith(number[0]) for each in given)
        return beside and any(is_bias(path) == bias for path in given.values())

    def _updated(self, name: str) -> bool | None:
        """Return whether the file takes a gradient from this parameter; None where it is unclear.

        It is not where updates are written one for each parameter, and none is of this one.
        """
        path, tree = self._path(name), self.case.source.tree
        moved = updates_of(self.case.source, self.case.program, list(self.plain.values))
        targets = [*(ast.unparse(each) for each in updates(tree)), *(e.target for e in moved)]
        if not targets:
            return None
        own = {path, path.removeprefix("self."), name}
        if any(each in own for each in targets):
            return True
        base = path.partition("[")[0].removeprefix("self.")
        if updated_in_loop(tree, last_part(path)):
            return True
        loops = [each for each in targets if re.search(r"\[[^'\"\d\]]", each)]
        if any(each.partition("[")[0].removeprefix("self.") == base for each in loops):
            return True
        known = set(self.plain.names) | set(self.plain.names.values())
        bare = {each.removeprefix("self.") for each in known}
        plain = all(each.removeprefix("self.") in bare for each in targets)
        return False if plain else None

    # -- where it may be instead -------------------------------------------------------------------

    def _kept_elsewhere(self, name: str) -> bool:
        """Return whether the gradient may be somewhere that was not recognised."""
        path = self._path(name)
        if any(each.of_update for each in self.manual.values()):
            return not self._updated(name)  # what no update changes may be meant to stay
        if not np.array_equal(np.asarray(self.plain.values[path], float), self.plain.after[path]):
            return True  # backward has changed the parameter itself
        shapes = self._shapes
        if any(
            each.name.isidentifier() is False and matching(each.name, shapes) == name
            for each in self.plain.trace
            if not each.given and spelled_like_gradient(each.name)
        ):
            return True
        strange = [
            spelled
            for spelled, value in named(self.plain.result, self.plain.returned)
            if matching(spelled, shapes) is None and not is_step(spelled) and np.ndim(value)
            if _may_hold(value, self.plain.values[path]) and not self._is_parameter(spelled, value)
            if spelled not in {each.name for each in self.manual.values()}
            if role_of((of_what(spelled) or spelled).rpartition(".")[2]) not in ("X", "AL", "cache")
        ]
        return bool(strange) or self._computed_elsewhere(name)

    def _is_parameter(self, spelled: str, value: object) -> bool:
        """Return whether a parameter itself is returned, as it was: ``W2`` for ``dW2``."""
        paths = [path for path, name in self.plain.names.items() if spelled in (path, name)]
        return any(np.array_equal(np.asarray(value), self.plain.values[path]) for path in paths)

    def _computed_elsewhere(self, name: str) -> bool:
        """Return whether a function that did not run in backward computes it."""
        ran = {each.function for each in self.plain.trace}
        for function in self.case.source.functions():
            if function.name in ran:
                continue
            for node in ast.walk(function):
                if isinstance(node, ast.Assign) and isinstance(node.value, (ast.BinOp, ast.Call)):
                    target = ast.unparse(node.targets[0])
                    if spelled_like_gradient(target) and matching(target, self._shapes) == name:
                        return True
        return False

    # -- where it is forgotten ---------------------------------------------------------------------

    def _local(self, name: str) -> Manual | None:
        """Return the gradient that backward makes and keeps to itself."""
        for each in reversed(self.plain.trace):
            if each.given or not each.name.isidentifier() or each.line >= BEYOND:
                continue
            if matching(each.name, self._shapes) == name:
                return Manual(each.name, each.value, each.line, False)
        return None

    def _filling(self, hole: str) -> int | None:
        """Return the line of the loop that fills a list or dict, or that makes the None."""
        base = INDEX.sub("", hole).partition("[")[0]
        loops = [
            node.lineno
            for node in ast.walk(self._backward())
            if isinstance(node, (ast.For, ast.While))
            and any(base == each.partition("[")[0] for each in _stored(node))
        ]
        nothing = [
            node.lineno
            for node in ast.walk(self._backward())
            if isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Constant)
            and node.value.value is None
            and _last(ast.unparse(node.targets[0])) == _last(hole)
        ]
        return next(iter((*nothing[-1:], *loops[-1:])), None) or self._return()

    def _return(self) -> int | None:
        lines = [
            node.lineno
            for node in ast.walk(self._backward())
            if isinstance(node, ast.Return) and node.value is not None
        ]
        return lines[-1] if lines and lines[-1] < BEYOND else None

    def _backward(self) -> ast.AST:
        name = self.case.program.backward.removeprefix("::")
        owners = [
            each for each in self.case.source.classes() if each.name == self.case.program.owner
        ]
        for tree in (*owners, self.case.source.tree):
            for node in ast.walk(tree):
                if isinstance(node, ast.FunctionDef) and node.name == name:
                    return node
        return ast.Module([], [])


def _may_hold(value: object, parameter: object) -> bool:
    """Return whether a value has room for a gradient: it is as large, or a vector of several."""
    large, own = np.size(np.asarray(value)), np.size(np.asarray(parameter))
    return large == own or (np.ndim(np.asarray(value)) == 1 and large > own)


def _last(path: str) -> str:
    """Return the key or name that a path ends with: ``db2`` of ``grads['db2']``."""
    return str(re.findall(r"\w+", path)[-1])


def _stored(node: ast.AST) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Subscript) and isinstance(each.ctx, ast.Store):
            yield ast.unparse(each)
