"""Backward steps that a file has, and that none of its programs has run."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator

from nets.homework.reading.source import Source

__all__ = ["unseen"]

_STEP = re.compile(
    r"_*(\w*_)?(backward|backprop|back_prop|deriv(ative)?|prime|gradient|grad)_*", re.IGNORECASE
)
_CHECK = re.compile(r"check|numeric|approx|clip|update|descent|zero|plot|print", re.IGNORECASE)


def unseen(source: Source, ran: Collection[int]) -> list[str]:
    """Return the note on backward steps that were not run: empty if there are none.

    Parameters
    ----------
    source : Source
        The file as it was read.
    ran : collection of int
        The lines at which backward made something, or was handed something.
    """
    left = [
        f"{name} (line {step.lineno})"
        for name, step in _steps(source)
        if not any(step.lineno <= line <= (step.end_lineno or step.lineno) for line in ran)
    ]
    return (
        [f"not examined, because nothing that was run calls it: {', '.join(left)}"] if left else []
    )


def _steps(source: Source) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Yield functions and methods that compute derivatives, by their names."""
    for node in source.tree.body:
        owner = f"{node.name}." if isinstance(node, ast.ClassDef) else ""
        for each in node.body if isinstance(node, ast.ClassDef) else [node]:
            if isinstance(each, ast.FunctionDef) and _is_step(each):
                yield f"{owner}{each.name}", each


def _is_step(function: ast.FunctionDef) -> bool:
    """Return whether a function is called like a step of backward, and computes something."""
    named = _STEP.fullmatch(function.name) and not _CHECK.search(function.name)
    computes = any(
        isinstance(node, (ast.Assign, ast.AugAssign))
        or (isinstance(node, ast.Return) and isinstance(node.value, (ast.BinOp, ast.Call)))
        for node in ast.walk(function)
    )
    return bool(named) and computes
