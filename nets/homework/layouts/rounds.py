"""Classes that do everything in one method: one round of their training is a backward pass."""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from nets.homework.reading.names import role_of
from nets.homework.reading.source import Source

__all__ = ["trained_with", "updates_for_each", "with_one_round"]


def with_one_round(source: Source) -> Source:
    """Return the file with loops over epochs, in methods that change weights, running once."""
    tree = copy.deepcopy(source.tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            methods = {each.name: each for each in node.body if isinstance(each, ast.FunctionDef)}
            for method in methods.values():
                if _changed(method, methods):
                    _run_once(method, methods)
    return replace(source, tree=tree)


def _run_once(method: ast.FunctionDef, methods: Mapping[str, ast.FunctionDef]) -> None:
    for node in ast.walk(method):
        if not isinstance(node, ast.For) or not isinstance(node.iter, ast.Call):
            continue
        repeats = ast.unparse(node.iter.func) in ("range", "xrange", "trange")
        if repeats and _changed(node, methods) and not _indexes(node, ast.unparse(node.target)):
            for bound in node.iter.args:
                if isinstance(bound, ast.Name):
                    _Renamed(bound.id).visit(method)
            once = ast.Call(ast.Name("range", ast.Load()), [ast.Constant(1)], [])
            node.iter = ast.fix_missing_locations(ast.copy_location(once, node.iter))


class _Renamed(ast.NodeTransformer):
    """Calls the number of rounds so, that one is given for it."""

    def __init__(self, name: str) -> None:
        self.name = name

    def visit_Name(self, node: ast.Name) -> ast.Name:
        """Rename where it is used."""
        node.id = "epochs" if node.id == self.name else node.id
        return node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        """Rename where it is given."""
        node.arg = "epochs" if node.arg == self.name else node.arg
        return node


def _indexes(loop: ast.For, number: str) -> bool:
    """Return whether the number of the round picks examples: ``X[i]``, ``X[i : i + batch]``."""
    return any(
        isinstance(node, ast.Name) and node.id == number
        for each in ast.walk(loop)
        if isinstance(each, ast.Subscript)
        for node in ast.walk(each.slice)
    )


def _changed(node: ast.AST, methods: Mapping[str, ast.FunctionDef], deep: bool = True) -> set[str]:
    """Return the attributes that are changed rather than set: ``self.w += …``, also in calls."""
    found = set()
    for each in ast.walk(node):
        if isinstance(each, ast.Call) and deep:
            called = methods.get(ast.unparse(each.func).removeprefix("self."))
            found |= _changed(called, methods, deep=False) if called is not None else set()
        if isinstance(each, ast.AugAssign):
            text, again = ast.unparse(each.target), True
        elif isinstance(each, ast.Assign) and len(each.targets) == 1:
            text = ast.unparse(each.targets[0])
            again = re.search(rf"{re.escape(text)}(?![\w\[])", ast.unparse(each.value)) is not None
        else:
            continue
        if again and text.startswith("self."):
            found.add(text.partition("[")[0])
    return found


def updates_for_each(methods: Mapping[str, ast.FunctionDef], name: str) -> bool:
    """Return whether a method changes weights in a loop over examples, ``for x in X``."""
    return any(
        isinstance(node, ast.For)
        and any(isinstance(n, ast.Name) and role_of(n.id) == "X" for n in ast.walk(node.iter))
        and _changed(node, methods)
        for node in ast.walk(methods[name])
    )


def _begun(method: ast.FunctionDef) -> set[str]:
    """Return the attributes that a method gives their first value: ``self.w = np.zeros(n)``."""
    return {
        text
        for node in ast.walk(method)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if (text := ast.unparse(target)).startswith("self.") and text not in ast.unparse(node.value)
    }


def trained_with(methods: Mapping[str, ast.FunctionDef]) -> Iterator[tuple[str, str]]:
    """Yield methods (forward, backward) where the latter computes, goes back and updates at once.

    Parameters
    ----------
    methods : mapping
        Those of a class, by name.
    """
    for name, method in methods.items():
        roles = [role_of(each.arg) for each in method.args.args[1:]]
        weights = _changed(method, methods)
        if name == "__init__" or not weights or "Y" not in roles or weights <= _begun(method):
            continue
        for other, answer in methods.items():
            taken = [role_of(each.arg) for each in answer.args.args[1:]]
            reads = {
                ast.unparse(each)
                for each in ast.walk(answer)
                if isinstance(each, ast.Attribute) and isinstance(each.ctx, ast.Load)
            }
            if (
                other not in (name, "__init__")
                and taken[:1] == ["X"]
                and "Y" not in taken
                and weights & reads
            ):
                yield other, name
                return
