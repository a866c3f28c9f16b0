"""The number of examples, where a person has taken another number for it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from nets.homework.reading.names import role_of
from nets.homework.reading.source import Source
from nets.homework.reading.trees import rebuilt
from nets.homework.results import Finding

__all__ = ["recounted"]


def recounted(found: Finding, source: Source) -> Iterator[Finding]:
    """Yield a wrong scale as the mistake of the line that counts: ``m = A_prev.shape[0]``.

    Only trying them shows whether one is right.

    Parameters
    ----------
    found : Finding
        At the line of the gradient, which divides by what was counted.
    source : Source
    """
    if found.code != "scale" or found.line is None:
        return
    function = _around(source.tree, found.line)
    used = {
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and node.lineno == found.line
    }
    for node in ast.walk(function):
        if not isinstance(node, ast.Assign):
            continue
        count = ast.unparse(node.targets[0])
        if count in used and role_of(count) == "m":
            said = f"{found.message} `{count}` is not the number of examples."
            for value in _along_the_other_axis(node.value):
                fix = f"{count} = {value}"
                yield replace(found, message=said, line=node.lineno, fix=fix)


def _around(tree: ast.Module, line: int) -> ast.AST:
    """Return the innermost function that a line is in, or the module."""
    inside = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.lineno <= line <= (node.end_lineno or 0)
    ]
    return inside[-1] if inside else tree


def _along_the_other_axis(value: ast.expr) -> Iterator[str]:
    """Yield an expression with another axis of the array whose length it takes."""
    for node in ast.walk(value):
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            array, taken = node.value, node.slice.value
            shape = isinstance(array, ast.Attribute) and array.attr == "shape"
            others = [axis for axis in (0, 1) if axis != taken] if shape else []
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "len" and node.args:
            array, others = ast.Attribute(node.args[0], "shape", ast.Load()), [1]
        elif isinstance(node, ast.Attribute) and node.attr == "size":
            array, others = ast.Attribute(node.value, "shape", ast.Load()), [0, 1]
        else:
            continue
        for axis in others:
            other = ast.Subscript(array, ast.Constant(axis), ast.Load())
            yield ast.unparse(rebuilt(value, {id(node): other}))
