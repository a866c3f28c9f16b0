"""Names that a person's functions use and that nothing in their file defines."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from nets.homework.finding.guesses import STOOD_IN
from nets.homework.layouts.completing import free_names
from nets.homework.reading.names import role_of

__all__ = ["made_outside", "undefined"]

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def made_outside(tree: ast.Module) -> dict[str, int]:
    """Return the names that a file defines outside its functions, each with its first line.

    Parameters
    ----------
    tree : ast.Module
        Also what stands in loops and under ``if __name__ == "__main__"`` counts, and what a
        function declares global.
    """
    found: dict[str, int] = {}
    for node in _outside(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.setdefault(node.id, node.lineno)
        elif isinstance(node, (*_SCOPES[:2], ast.ClassDef)):
            found.setdefault(node.name, node.lineno)
        elif isinstance(node, ast.alias):
            found.setdefault((node.asname or node.name).partition(".")[0], node.lineno)
    for node in ast.walk(tree):
        if isinstance(node, ast.Global):
            found |= {name: node.lineno for name in node.names if name not in found}
    return found


def undefined(tree: ast.Module, functions: Iterable[ast.AST]) -> tuple[str, ...]:
    """Return a sentence on each name that is stood in for, and which its function cannot see.

    Parameters
    ----------
    tree : ast.Module
        The file as it was written.
    functions : iterable of ast.AST
        Those that are run.
    """
    made = made_outside(tree)
    if "*" in made:
        return ()
    said: dict[str, str] = {}
    for function in functions:
        for name in free_names(ast.Module([function], [])):  # type: ignore[list-item]
            kind = STOOD_IN.get(role_of(name) or "")
            if kind is not None and name not in made and name not in said:
                line = next(
                    node.lineno
                    for node in ast.walk(function)
                    if isinstance(node, ast.Name) and node.id == name
                )
                said[name] = (
                    f"line {line} uses {name}, which nothing defines that it can see: "
                    f"{kind} was taken for it"
                )
    return tuple(said.values())


def _outside(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a module that are not inside a function, except one with functions."""
    for child in ast.iter_child_nodes(node):
        yield child
        inside = isinstance(child, _SCOPES)
        if not inside or any(isinstance(each, ast.FunctionDef) for each in _body(child)):
            yield from _outside(child)


def _body(node: ast.AST) -> list[ast.stmt]:
    return list(getattr(node, "body", [])) if not isinstance(node, ast.Lambda) else []
