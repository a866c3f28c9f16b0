"""Layers that repeat, written once: ``for l = L-1, …, 2``."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["folded"]

_NAMED = re.compile(r"\b(d?[A-Za-z]+?)(\d+)\b(?!\()")
_PLACES = {-1: "l-1", 0: "l", 1: "l+1"}

Line = tuple[str, str]
"""A name, and the expression it stands for."""


def folded(lines: Sequence[Line]) -> str:
    """Return formulas with consecutive layers of one form as a loop.

    Parameters
    ----------
    lines : sequence of (str, str)
        Names such as ``dZ2``, the number being that of the layer, with their expressions.

    Examples
    --------
    >>> print(folded([(f"dZ{k}", f"W{k + 1}.T @ dZ{k + 1}") for k in (4, 3, 2)]))
    for l = 4, …, 2:
        dZ[l] = W[l+1].T @ dZ[l+1]
    """
    groups = _by_layer(lines)
    written: list[str] = []
    k = 0
    while k < len(groups):
        layer, own = groups[k]
        form = _form(layer, own)
        last = k
        while form is not None and last + 1 < len(groups):
            below, others = groups[last + 1]
            if below != groups[last][0] - 1 or _form(below, others) != form:
                break
            last += 1
        if last > k and form is not None:
            written.append(f"for l = {layer}, …, {groups[last][0]}:")
            written += [f"    {line}" for line in form]
        else:
            written += [f"{name} = {expression}" for name, expression in own]
        k = last + 1
    return "\n".join(written)


def _by_layer(lines: Sequence[Line]) -> list[tuple[int, list[Line]]]:
    """Return the lines in runs of one layer; what has none stands alone, as layer -1."""
    groups: list[tuple[int, list[Line]]] = []
    for name, expression in lines:
        found = _NAMED.fullmatch(name)
        layer = int(found[2]) if found and found[1].startswith("d") else -1
        if groups and layer >= 0 and groups[-1][0] == layer:
            groups[-1][1].append((name, expression))
        else:
            groups.append((layer, [(name, expression)]))
    return groups


def _form(layer: int, lines: Sequence[Line]) -> list[str] | None:
    """Return lines with ``[l]`` for the layer's number; None where other layers come in."""
    if layer < 0:
        return None
    outside: list[int] = []

    def place(found: re.Match[str]) -> str:
        offset = int(found[2]) - layer
        if offset not in _PLACES:
            outside.append(offset)
        return f"{found[1]}[{_PLACES.get(offset, '?')}]"

    form = [_NAMED.sub(place, f"{name} = {expression}") for name, expression in lines]
    return None if outside else form
