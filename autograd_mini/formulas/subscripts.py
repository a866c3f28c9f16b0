"""Indices in LaTeX: what is taken, and where it is put back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_mini.formulas.names import latex_name
from autograd_mini.formulas.terms import TIGHT, Term, named
from autograd_mini.graph.node import Node
from autograd_mini.ops.gathering import filled

__all__ = ["INDEXED", "Called", "indexable"]

Terms = Sequence[Term]
Called = Callable[[Any], str | None]
"""Returns the name of an array that others are indexed with; None if it has none."""


def _getitem(node: Node, operands: Terms, called: Called) -> Term:
    index = node.params["index"]
    parts = index if isinstance(index, tuple) else (index,)
    kept = [each for each in parts if each is not None and each is not Ellipsis]
    if all(isinstance(each, slice) and each == slice(None) for each in kept):
        return operands[0]
    x = operands[0]
    return Term(f"{indexable(x)}_{{{_index(index, called)}}}", TIGHT)


def _gathered(node: Node, operands: Terms, called: Called) -> Term:
    index = filled(node.params["index"], operands[1:])
    return Term(f"{indexable(operands[0])}_{{{_index(index, called)}}}", TIGHT)


def indexable(x: Term) -> str:
    """Return a term that can take an index."""
    plain = x.binds == TIGHT and not x.above and not _ends_with_index(x.text)
    return x.text if plain else rf"\left({x.text}\right)"


def _ends_with_index(text: str) -> bool:
    r"""Return whether the last pair of braces holds an index: ``a_{[\mathit{rows}]}``."""
    if not text.endswith("}"):
        return False
    place, depth = len(text) - 1, 1
    while depth and place:
        place -= 1
        depth += {"}": 1, "{": -1}.get(text[place], 0)
    return text[:place].endswith("_")


def _placed(node: Node, operands: Terms, called: Called) -> Term:
    """Return what was put where, in an array of zeros."""
    parts = [
        rf"{each.text} \to {_index(index, called)}"
        for each, index in zip(operands, node.params["indices"], strict=True)
    ]
    return Term(named("placed", r", \; ".join(parts)), TIGHT)


def _index(index: Any, called: Called) -> str:
    parts = index if isinstance(index, tuple) else (index,)
    return f"[{', '.join(_part(each, called) for each in parts)}]"


def _part(part: Any, called: Called) -> str:
    if isinstance(part, Term):
        return part.text
    if isinstance(part, slice):
        ends = ["" if each is None else str(each) for each in (part.start, part.stop)]
        return ":".join(ends + ([str(part.step)] if part.step is not None else []))
    if part is Ellipsis:
        return r"\dots"
    if part is None:
        return r"\text{new}"
    array = np.asarray(part)
    if array.ndim == 0:
        return str(part)
    name = called(part)
    if name is not None:
        return latex_name(name)
    return ",".join(map(str, array.ravel().tolist())) if array.size <= 6 else r"\text{index}"


INDEXED = {"gather": _gathered, "getitem": _getitem, "scatter_add": _placed}
"""How operations with an index are written."""
