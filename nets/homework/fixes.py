"""Say the line to write instead in the person's own names."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

from nets.homework.source import Source

__all__ = ["in_their_words"]

_GRADIENT = re.compile(r"\bd[A-Z]\d*\b")


def in_their_words(fix: str, line: int | None, source: Source, spelled: Mapping[str, str]) -> str:
    """Return a line to write instead of the one at `line`.

    Parameters
    ----------
    fix : str
        In the names of the course: ``dZ1 = dA1 * (1 - A1**2)``.
    line : int or None
    source : Source
    spelled : mapping of str to str
        What the person calls gradients: ``{"dZ1": "delta2"}``.

    Returns
    -------
    str
        A gradient that the person has no name for is replaced by what they compute it from.
    """
    target, equals, formula = fix.partition(" = ")
    if not equals or line is None:
        return fix
    names = {node.id for node in ast.walk(source.tree) if isinstance(node, ast.Name)}
    for name in set(_GRADIENT.findall(formula)) - names:
        formula = re.sub(rf"\b{name}\b", spelled.get(name, name).replace("\\", ""), formula)
    lacking = [name for name in _GRADIENT.findall(formula) if name not in names]
    mine = _assignment(source, line)
    if mine is None:
        return fix
    theirs, value = mine
    if len(lacking) == 1 and lacking[0] not in value and target.startswith("dZ"):
        inner = f"({value})" if _is_sum(value) else value
        formula = re.sub(rf"\b{lacking[0]}\b", lambda _: inner, formula)
    plain = re.fullmatch(r"[\w.\[\]'\"+() ]+", theirs)
    return f"{theirs if plain else target} = {formula}"


def _assignment(source: Source, line: int) -> tuple[str, str] | None:
    """Return the target and the value of the assignment that stands on a line."""
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Assign) or isinstance(node.targets[0], (ast.Tuple, ast.List)):
            continue
        if node.lineno <= line <= (node.end_lineno or line):
            return ast.unparse(node.targets[0]), ast.unparse(node.value)
    return None


def _is_sum(text: str) -> bool:
    node = ast.parse(text, mode="eval").body
    return isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub))
