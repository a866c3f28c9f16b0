"""How sizes are read from arguments: as source, and as LaTeX."""

from __future__ import annotations

from autograd_mini.formulas.names import latex_name
from autograd_mini.graph.node import Node

__all__ = ["length", "whole_size"]


def whole_size(name: str, leaf: Node) -> tuple[str, str]:
    """Return how it is written how many entries an argument has."""
    source = f"len({name})" if len(leaf.shape) == 1 else f"{name}.size"
    return source, _applied("size", name)


def length(name: str, leaf: Node, axis: int) -> tuple[str, str]:
    """Return how it is written how long an axis of an argument is."""
    if len(leaf.shape) == 1:
        return whole_size(name, leaf)
    word = ("rows", "columns")[axis] if len(leaf.shape) == 2 else f"axis {axis}"
    return f"{name}.shape[{axis}]", _applied(word, name)


def _applied(word: str, name: str) -> str:
    return rf"\operatorname{{{word}}}\left({latex_name(name)}\right)".replace("axis ", r"axis\ ")
