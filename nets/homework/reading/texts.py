"""Text that a file reads and that is not there, such as what a network learns to write."""

from __future__ import annotations

import ast

__all__ = ["TEXT", "with_text"]

TEXT = "hello world"
"""What is read instead: letters enough for a vocabulary."""

_OPENS = ("open", "io.open", "codecs.open")


def with_text(node: ast.stmt) -> ast.stmt:
    """Return an assignment with a text in place of what it reads: ``data = open(f).read()``.

    The one inside ``with open(f) as file:`` counts as well.  Anything else is returned as it is.

    Parameters
    ----------
    node : ast.stmt
        Of a module.
    """
    if isinstance(node, ast.With) and len(node.body) == 1 and len(node.items) == 1:
        opened = node.items[0]
        if opened.optional_vars is not None and _opens(opened.context_expr):
            file = ast.unparse(opened.optional_vars)
            return _Reading(file).visit(_copied(node.body[0]))  # type: ignore[no-any-return]
    if isinstance(node, ast.Assign):
        return _Reading(None).visit(_copied(node))  # type: ignore[no-any-return]
    return node


def _copied(node: ast.stmt) -> ast.stmt:
    return ast.copy_location(ast.parse(ast.unparse(node)).body[0], node)


def _opens(node: ast.expr) -> bool:
    """Return whether an expression opens a file of text for reading."""
    if not isinstance(node, ast.Call) or ast.unparse(node.func) not in _OPENS:
        return False
    mode = node.args[1] if len(node.args) > 1 else None
    return mode is None or (isinstance(mode, ast.Constant) and str(mode.value) in ("r", "rt"))


class _Reading(ast.NodeTransformer):
    """Puts the text where a file is read."""

    def __init__(self, file: str | None) -> None:
        self.file = file

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """Let ``open(f).read()`` be the text."""
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "read" and not node.args:
            of = node.func.value
            if _opens(of) or (self.file is not None and ast.unparse(of) == self.file):
                return ast.copy_location(ast.Constant(TEXT), node)
        return node
