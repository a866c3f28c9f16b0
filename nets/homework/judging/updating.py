"""Read off a file which parameters its updates change."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from nets.homework.reading.spelling import spelled_like_gradient

__all__ = ["updated_in_loop", "updates"]


def updates(tree: ast.AST) -> Iterator[ast.expr]:
    """Yield what a file changes by something that is called like a gradient.

    Parameters
    ----------
    tree : ast.AST
    """
    for node in ast.walk(tree):
        target: ast.expr
        if isinstance(node, ast.AugAssign):
            target, value = node.target, node.value
        elif isinstance(node, ast.Assign) and len(node.targets) == 1:
            target, value = node.targets[0], node.value
            if ast.unparse(target) not in {ast.unparse(each) for each in _parts(value)}:
                continue
        else:
            continue
        if spelled_like_gradient(ast.unparse(target)):
            continue
        if any(spelled_like_gradient(ast.unparse(each)) for each in _parts(value)):
            yield target


def updated_in_loop(tree: ast.AST, key: str) -> bool:
    """Return whether a loop over the layers updates the entry of a dict: ``"W" + str(l + 1)``.

    Layers before the first one of the loop may be left as they were drawn on purpose.

    Parameters
    ----------
    tree : ast.AST
    key : str
        ``W1``
    """
    letters, number = _split(key)
    for loop in ast.walk(tree):
        if not isinstance(loop, ast.For) or not isinstance(loop.target, ast.Name):
            continue
        start = _start(loop.iter)
        if start is None or not number:
            continue
        for target in updates(loop):
            if isinstance(target, ast.Subscript):
                first = _split(_key_at(target.slice, loop.target.id, start))
                if first[0] == letters and first[1] and int(first[1]) <= int(number):
                    return True
    return False


def _parts(value: ast.expr) -> Iterator[ast.expr]:
    for node in ast.walk(value):
        if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)):
            yield node


def _split(key: str) -> tuple[str, str]:
    """Return the letters of a key and its number: ``W`` and ``1``."""
    found = re.fullmatch(r"(\D+)(\d+)", key)
    return (found[1], found[2]) if found is not None else (key, "")


def _start(counted: ast.expr) -> int | None:
    """Return where ``range(1, L)`` begins, None for what is no range."""
    if not isinstance(counted, ast.Call):
        return None
    name = ast.unparse(counted.func)
    if name == "reversed" and counted.args:
        return _start(counted.args[0])
    if name != "range" or len(counted.args) not in (1, 2):
        return None
    first = counted.args[0]
    if len(counted.args) == 1:
        return 0
    known = isinstance(first, ast.Constant) and isinstance(first.value, int)
    return first.value if known else None  # type: ignore[attr-defined]


def _key_at(key: ast.expr, counter: str, number: int) -> str:
    """Return what a key is in one round of a loop, empty where more than the counter is in it."""
    names = {node.id for node in ast.walk(key) if isinstance(node, ast.Name)}
    if counter not in names or names - {counter, "str"}:
        return ""
    known = {"__builtins__": {}, counter: number, "str": str}
    try:
        return str(eval(compile(ast.Expression(key), "<key>", "eval"), known))
    except Exception:  # noqa: BLE001 - whatever else is computed there
        return ""
