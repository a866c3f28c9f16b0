"""A person's own line with one thing changed, for mistakes of which that is the remedy."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from nets.homework.judging.fixes import assignment
from nets.homework.reading.names import role_of
from nets.homework.reading.source import Source
from nets.homework.reading.trees import rebuilt

__all__ = ["rewritten"]


def rewritten(code: str, source: Source, line: int) -> Iterator[str]:
    """Yield lines that may be meant, the likeliest first; only trying them shows which one is.

    Parameters
    ----------
    code : str
        The mistake: of a ``scale`` a division is put in, taken out or made one by the number of
        examples, or a sum made of a mean; of a ``sign`` a difference is turned round. Others have
        no such remedy.
    source : Source
    line : int
        With an assignment.
    """
    own = assignment(source, line)
    if own is None:
        return
    target, text = own
    names = sorted({node.id for node in ast.walk(source.tree) if isinstance(node, ast.Name)})
    counts = [name for name in names if role_of(name) == "m"]
    value = ast.parse(text, mode="eval").body
    if code == "scale":
        made = _scaled(value, counts)
    elif code == "sign":
        made = _turned(value)
    else:
        return
    yield from (f"{target} = {each}" for each in made)


def _scaled(value: ast.expr, counts: Sequence[str]) -> Iterator[str]:
    """Yield a value with a mean made a sum, with another divisor, a factor less and one more."""
    for node in ast.walk(value):
        if isinstance(node, ast.Attribute) and node.attr == "mean":
            yield _with(value, node, ast.Attribute(node.value, "sum", ast.Load()))
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            yield from (_with(value, node.right, ast.Name(count)) for count in counts)
            yield _with(value, node, node.left)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            yield _with(value, node, node.left)
            yield _with(value, node, node.right)
    divided = (ast.BinOp(value, ast.Div(), ast.Name(count)) for count in counts)
    halved = ast.BinOp(value, ast.Div(), ast.Constant(2))
    doubled = ast.BinOp(ast.Constant(2), ast.Mult(), value)
    yield from map(ast.unparse, (*divided, halved, doubled))


def _turned(value: ast.expr) -> Iterator[str]:
    """Yield a value without a minus, with a difference the other way round, and with a minus."""
    for node in ast.walk(value):
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            yield _with(value, node, node.operand)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
            yield _with(value, node, ast.BinOp(node.right, node.op, node.left))
    yield ast.unparse(ast.UnaryOp(ast.USub(), value))


def _with(value: ast.expr, old: ast.expr, new: ast.expr) -> str:
    """Return a value as text, with one part of it in the place of another."""
    made: str = ast.unparse(rebuilt(value, {id(old): new}))
    return made
