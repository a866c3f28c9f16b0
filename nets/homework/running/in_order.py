"""Gradients in a structure like that of the parameters: ``[(dW1, db1), (dW2, db2)]``."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nets.homework.reading.spelling import INDEX, spelled_like_gradient

__all__ = ["by_place", "zips_with_gradients"]

_PARAMETERS = re.compile(r"(self\.)?_?\w*(param|weights|model|net|layers)\w*")
_GRADIENTS = re.compile(r"(self\.)?_?\w*(grad|nabla)\w*")


def by_place(
    flat: Sequence[tuple[str, Any]], shapes: Mapping[str, tuple[int, ...]], zipped: bool
) -> dict[str, tuple[str, Any]]:
    """Return which gradient is at the place of which parameter; empty where the places differ.

    Layers may be counted from the end. What has another shape than its parameter is found by its
    place nevertheless.

    Parameters
    ----------
    flat : sequence of (str, array)
        What backward returned, each as it is reached: ``grads[0][1]``.
    shapes : mapping
        The shape of each parameter, in the order in which they are reached.
    zipped : bool
        Whether the file takes gradients and parameters side by side, so that layers cannot be
        counted from the end.
    """
    given = {_place(spelled): (spelled, value) for spelled, value in flat}
    wanted = {_place(name): name for name in shapes}
    nested = all(len(place) > 1 for place in wanted)
    if not nested or set(given) != set(wanted) or len(given) != len(shapes):
        return {}
    last = max(place[0] for place in wanted)
    same = {name: given[place] for place, name in wanted.items()}
    turned = {
        name: given[other]
        for place, name in wanted.items()
        if (other := (last - place[0], *place[1:])) in given
    }
    if zipped or len(turned) < len(same):
        return same
    return max(same, turned, key=lambda found: _fitting(found, shapes))


def _place(path: str) -> tuple[int, ...]:
    """Return the indices that a path ends with: 0 and 1 of ``grads[::-1][0][1]``."""
    tail = re.search(r"(\[-?\d+\])+$", path)
    return tuple(int(k) for k in INDEX.findall(tail[0])) if tail is not None else ()


def _fitting(found: Mapping[str, tuple[str, Any]], shapes: Mapping[str, Any]) -> int:
    return sum(np.shape(value) == shapes[name] for name, (_, value) in found.items())


def zips_with_gradients(tree: ast.AST) -> bool:
    """Return whether parameters and gradients are taken side by side: ``zip(params, grads)``."""
    return any(
        isinstance(node, ast.Call)
        and ast.unparse(node.func) == "zip"
        and any(map(_is_gradients, node.args))
        and any(_PARAMETERS.fullmatch(ast.unparse(each)) for each in node.args)
        for node in ast.walk(tree)
    )


def _is_gradients(node: ast.expr) -> bool:
    text = ast.unparse(node)
    plain = isinstance(node, (ast.Name, ast.Attribute))
    return plain and bool(_GRADIENTS.fullmatch(text) or spelled_like_gradient(text))
