"""NumPy source as a person sets it out."""

from __future__ import annotations

import ast
import json
import textwrap
from collections.abc import Sequence
from typing import TypeGuard

__all__ = ["broken", "call_lines", "docstring", "polished", "readable", "returned"]

WIDTH = 88


def polished(made: ast.expr) -> str:
    """Return the source of an expression without parentheses that say nothing.

    ``2 * (a * b)`` is written ``2 * a * b``, and ``-(a / b)`` is ``-a / b``.

    Examples
    --------
    >>> polished(ast.parse("-(2 * (a * b / 6))", mode="eval").body)
    '-2 * a * b / 6'
    """
    own = ast.parse(ast.unparse(made), mode="eval").body
    written: ast.expr = _Polish().visit(own)
    text = ast.unparse(written)
    return text if '"' in text else text.replace("'", '"')


class _Polish(ast.NodeTransformer):
    """Moves numbers and signs to the left of the product that they multiply."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        """Write ``2 * (a * b)`` as ``2 * a * b``."""
        self.generic_visit(node)
        inner = node.right
        if (
            isinstance(node.op, ast.Mult)
            and isinstance(node.left, ast.Constant)
            and isinstance(inner, ast.BinOp)
            and isinstance(inner.op, (ast.Mult, ast.Div))
        ):
            if isinstance(inner.left, ast.Constant) and inner.left.value == 1:
                return ast.BinOp(node.left, inner.op, inner.right)
            left = self.visit_BinOp(ast.BinOp(node.left, ast.Mult(), inner.left))
            return ast.BinOp(left, inner.op, inner.right)
        left = node.left
        if (
            isinstance(node.op, ast.Mult)
            and isinstance(left, ast.BinOp)
            and isinstance(left.op, ast.Div)
            and isinstance(left.left, ast.Constant)
            and left.left.value == 1
        ):
            return ast.BinOp(inner, ast.Div(), left.right)
        if isinstance(node.op, ast.Add) and _is_negative(node.left):
            return ast.BinOp(node.right, ast.Sub(), _without_sign(node.left))
        if isinstance(node.op, (ast.Add, ast.Sub)) and _is_negative(node.right):
            other = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
            return ast.BinOp(node.left, other, _without_sign(node.right))
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        """Write ``-(a / b)`` as ``-a / b``."""
        self.generic_visit(node)
        inner = node.operand
        if isinstance(inner, ast.UnaryOp) and _is_minus(node) and _is_minus(inner):
            return inner.operand
        if (
            isinstance(node.op, ast.USub)
            and isinstance(inner, ast.BinOp)
            and isinstance(inner.op, (ast.Mult, ast.Div))
        ):
            left = self.visit_UnaryOp(ast.UnaryOp(ast.USub(), inner.left))
            return ast.BinOp(left, inner.op, inner.right)
        return node


def readable(source: str) -> str:
    """Return source as text to read, without what is for special cases only.

    That is ``Z > 0`` for a step, ``x / y`` also where y may be 0, and ``onehot(y)`` for any number
    of kinds.

    Examples
    --------
    >>> readable("dA * np.heaviside(Z, 0.5)"), readable("P - onehot(y, n)")
    ('dA * (Z > 0)', 'P - onehot(y)')
    """
    if not any(name in source for name in ("heaviside", "onehot", "over(")):
        return source
    made = _Readable().visit(ast.parse(source, mode="eval").body)
    text = ast.unparse(made)
    return text if '"' in text else text.replace("'", '"')


class _Readable(ast.NodeTransformer):
    """Leaves out what only a program must know."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        """Write ``-(z > 0) * y`` as ``-y * (z > 0)``: NumPy has no minus for masks."""
        self.generic_visit(node)
        if isinstance(node.op, ast.Mult) and _is_minus(node.left):
            mask = node.left.operand
            if isinstance(mask, ast.Compare):
                return ast.BinOp(ast.UnaryOp(ast.USub(), node.right), ast.Mult(), mask)
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """Write a step as a comparison, and labels without the number of kinds."""
        self.generic_visit(node)
        name = ast.unparse(node.func)
        if name == "np.heaviside" and ast.unparse(node.args[1]) == "0.5":
            return ast.Compare(node.args[0], [ast.Gt()], [ast.Constant(0)])
        if name == "over":
            return ast.BinOp(node.args[0], ast.Div(), node.args[1])
        if name == "onehot":
            return ast.Call(node.func, node.args[:1], [])
        return node


def _is_minus(node: ast.expr) -> TypeGuard[ast.UnaryOp]:
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)


def _is_negative(node: ast.expr) -> bool:
    """Return whether a product begins with a minus."""
    while isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div, ast.MatMult)):
        node = node.left
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)


def _without_sign(node: ast.expr) -> ast.expr:
    if isinstance(node, ast.BinOp):
        return ast.BinOp(_without_sign(node.left), node.op, node.right)
    return node.operand if isinstance(node, ast.UnaryOp) else node


def call_lines(name: str, arguments: Sequence[str]) -> str:
    """Return the first line of a function, or the first lines where they are many."""
    line = f"def {name}({', '.join(arguments)}):"
    if len(line) <= WIDTH:
        return line
    inner = textwrap.fill(", ".join(arguments) + ",", WIDTH - 4, break_long_words=False)
    return f"def {name}(\n{textwrap.indent(inner, '    ')}\n):"


def returned(entries: Sequence[tuple[str, str]]) -> list[str]:
    """Return the lines that return a dict."""
    pairs = [f"{json.dumps(name, ensure_ascii=False)}: {value}" for name, value in entries]
    inside = ", ".join(pairs)
    if len(inside) + 17 <= WIDTH:
        return [f"return {{{inside}}}"]
    return ["return {", *_listed(pairs), "}"]


def _listed(items: Sequence[str]) -> list[str]:
    """Return indented lines with several items each."""
    lines = [""]
    for item in items:
        if lines[-1] and len(lines[-1]) + len(item) + 2 > WIDTH - 8:
            lines.append("")
        lines[-1] += f"{' ' if lines[-1] else ''}{item},"
    return [f"    {line}" for line in lines]


def broken(line: str) -> list[str]:
    """Return a line of source, broken at the arguments of its call where it is too long."""
    if len(line) <= WIDTH - 4 or " = " not in line:
        return [line]
    name, _, source = line.partition(" = ")
    made = ast.parse(source, mode="eval").body
    if not isinstance(made, ast.Call) or made.keywords:
        return [line]
    arguments = [polished(each) for each in made.args]
    return [f"{name} = {ast.unparse(made.func)}(", *_listed(arguments), ")"]


def docstring(summary: str, notes: Sequence[str]) -> list[str]:
    """Return the lines of a docstring."""
    lines = textwrap.wrap(f'"""{summary}', WIDTH - 7, break_long_words=False)
    if not notes and len(lines) == 1:
        return [f'{lines[0]}"""']
    return [*lines, *(["", *notes] if notes else []), '"""']
