"""Python expressions with places to fill in."""

from __future__ import annotations

import ast
from functools import cache

__all__ = ["filled_in", "name_expression", "names_in", "template"]


@cache
def template(source: str) -> ast.expr:
    """Return the expression that a text is; the same each time, and not to be changed."""
    return ast.parse(source, mode="eval").body


class _Fill(ast.NodeTransformer):
    """Puts expressions in the place of names."""

    def __init__(self, parts: dict[str, ast.expr]) -> None:
        self.parts = parts

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Replace a name that stands for an operand or parameter."""
        return self.parts.get(node.id, node)


@cache
def names_in(source: str) -> frozenset[str]:
    """Return the names that stand in an expression."""
    return frozenset(each.id for each in ast.walk(template(source)) if isinstance(each, ast.Name))


def filled_in(source: str, parts: dict[str, ast.expr]) -> ast.expr:
    """Return an expression with others in the place of its names."""
    copied = ast.parse(ast.unparse(template(source)), mode="eval").body
    return _Fill(parts).visit(copied)  # type: ignore[no-any-return]


def name_expression(name: str) -> ast.expr:
    """Return the expression that is just a name."""
    return ast.Name(name, ast.Load())
