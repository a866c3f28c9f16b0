"""Errors that a person's code raises whatever its functions are given."""

from __future__ import annotations

import ast
import re
import traceback

from nets.homework.finding.undefined import made_outside
from nets.homework.reading.source import Source

__all__ = ["certain"]

_LOOPS = (ast.For, ast.While)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def certain(written: Source, error: BaseException) -> bool:
    """Return whether an error can only be the person's: no arguments would have avoided it.

    Parameters
    ----------
    written : Source
        The file as it was read: what was made of it since may have lost a name.
    error : BaseException
    """
    frames = [
        (frame, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_filename == str(written.path)
    ]
    if not frames:
        return False
    function = _function_at(written.tree, frames[-1][0].f_code.co_name, frames[-1][1])
    if function is None:
        return False
    if type(error) is NameError:
        return _undefined(written.tree, error.name)
    if isinstance(error, UnboundLocalError):
        return _made_later(function, str(error), frames[-1][1])
    return isinstance(error, AttributeError) and _never_set(written.tree, error)


def _function_at(tree: ast.Module, name: str, line: int) -> ast.AST | None:
    """Return the function of that name that a line of the file stands in."""
    return next(
        (
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef)
            and node.name == name
            and node.lineno <= line <= (node.end_lineno or node.lineno)
        ),
        None,
    )


def _undefined(tree: ast.Module, name: str | None) -> bool:
    """Return whether nothing in a file makes a name, and nothing may bring it in."""
    made = made_outside(tree)
    brought = any(
        isinstance(node, ast.Call) and ast.unparse(node.func) in ("exec", "globals", "vars")
        for node in ast.walk(tree)
    )
    return bool(name) and name not in made and "*" not in made and not brought


def _made_later(function: ast.AST, message: str, line: int) -> bool:
    """Return whether a name gets its value only below the line that uses it, and in no loop."""
    quoted = re.search(r"'(\w+)'", message)
    repeated = any(
        isinstance(node, _LOOPS) and node.lineno <= line <= (node.end_lineno or node.lineno)
        for node in ast.walk(function)
    )
    made = [
        node.lineno
        for node in ast.walk(function)
        if isinstance(node, ast.Name)
        and quoted is not None
        and node.id == quoted[1]
        and not isinstance(node.ctx, ast.Load)
    ]
    deleted = any(isinstance(node, ast.Delete) for node in ast.walk(function))
    return bool(made) and min(made) >= line and not repeated and not deleted


def _never_set(tree: ast.Module, error: AttributeError) -> bool:
    """Return whether nothing gives an object of the file's own classes an attribute it asks for."""
    classes = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    owner = classes.get(type(error.obj).__name__)
    if owner is None or not _is_plain(owner, classes):
        return False
    text = ast.unparse(tree)
    if re.search(r"\b(setattr|__dict__|__getattr__|__getattribute__|__slots__|vars)\b", text):
        return False
    named = {each.name for each in ast.walk(tree) if isinstance(each, _FUNCTIONS[:2])}
    stored = {
        node.attr if isinstance(node, ast.Attribute) else node.id
        for node in ast.walk(tree)
        if isinstance(node, (ast.Attribute, ast.Name)) and isinstance(node.ctx, ast.Store)
    }
    return error.name not in named | stored


def _is_plain(owner: ast.ClassDef, classes: dict[str, ast.ClassDef]) -> bool:
    """Return whether a class has nothing that does not stand in the file."""
    bases = [ast.unparse(base) for base in owner.bases]
    known = all(base == "object" or base in classes for base in bases)
    inherited = all(_is_plain(classes[base], classes) for base in bases if base in classes)
    return known and inherited and not owner.decorator_list and not owner.keywords
