"""Trees of code with other parts in the places of some."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

__all__ = ["rebuilt"]


def rebuilt(node: Any, changed: Mapping[int, ast.AST]) -> Any:
    """Return a copy of a tree with other statements in the places of some.

    Parameters
    ----------
    node : ast.AST
    changed : mapping of int to ast.AST
        What stands instead of the node with an id.
    """
    if isinstance(node, list):
        return [rebuilt(each, changed) for each in node]
    if not isinstance(node, ast.AST):
        return node
    if id(node) in changed:
        return changed[id(node)]
    made = type(node)(**{name: rebuilt(value, changed) for name, value in ast.iter_fields(node)})
    return ast.copy_location(made, node)
