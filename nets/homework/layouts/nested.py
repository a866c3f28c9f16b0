"""Functions that stand inside another one, such as ``main``: lifted out of it."""

from __future__ import annotations

import ast
from dataclasses import replace

from nets.homework.reading.names import function_role
from nets.homework.reading.source import Source, definitions

__all__ = ["with_nested"]

_STEPS = ("forward", "backward", "both")


def with_nested(source: Source) -> Source:
    """Return the file with the functions and constants of the one function that has a network.

    Only where no function or class stands outside that may be one.
    """
    functions = list(source.functions())
    if any(True for _ in source.classes()) or any(map(_is_step, functions)):
        return source
    for outer in functions:
        inner = [each for each in outer.body if isinstance(each, ast.FunctionDef)]
        if any(map(_is_step, inner)):
            lifted = definitions(ast.Module(list(outer.body), [])).body
            return replace(source, tree=ast.Module([*source.tree.body, *lifted], []))
    return source


def _is_step(function: ast.FunctionDef) -> bool:
    return function_role(function.name) in _STEPS
