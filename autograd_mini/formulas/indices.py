"""Indices as NumPy expressions: what is taken, and where it is put back."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from types import EllipsisType
from typing import Any

import numpy as np

from autograd_mini.graph.node import Node
from autograd_mini.ops.gathering import filled

__all__ = ["Indexing"]

_FEW = 2
"""So many axes are rather written out than left to an ellipsis."""


class Indexing:
    """Writes operations that have an index.

    Parameters
    ----------
    write : callable
        Returns the expression of a number or an array.
    """

    def __init__(self, write: Callable[[Any], ast.expr]) -> None:
        self._write = write

    def expression(self, node: Node, operands: Sequence[ast.expr]) -> ast.expr | None:
        """Return the expression of an operation with an index; None for other operations."""
        name, index = node.op.name, node.params.get("index")
        if name == "getitem":
            return self._taken(operands[0], _spelled(node))
        if name == "gather":
            return self._taken(operands[0], filled(index, operands[1:]))
        if name == "setitem":
            return self._written(operands[0], index, operands[1])
        if name == "scatter":
            return self._written(operands[0], filled(index, operands[2:]), operands[1])
        if name == "scatter_add":
            parts = list(zip(node.params["indices"], operands, strict=True))
            return self._placed(node.params["shape"], parts)
        if name == "spread":
            where = filled(index, operands[1:])
            return self._placed(node.params["shape"], [(where, operands[0])])
        return None

    def _taken(self, x: ast.expr, index: Any) -> ast.expr:
        return ast.Subscript(x, self._subscript(index), ast.Load())

    def _written(self, x: ast.expr, index: Any, value: ast.expr) -> ast.expr:
        return _call("written", [x, self._object(index), value])

    def _placed(self, shape: tuple[int, ...], parts: Sequence[tuple[Any, ast.expr]]) -> ast.expr:
        pairs = [
            ast.Tuple([self._object(index), value], ast.Load()) for index, value in parts
        ]  # fmt: skip
        return _call("placed", [self._write(shape), *pairs])

    def _object(self, index: Any) -> ast.expr:
        """Return an index as a value: ``np.s_[:, 1:]``, or as it is where that will do."""
        if isinstance(index, ast.expr):
            return index
        if isinstance(index, (int, np.integer)) or (isinstance(index, np.ndarray) and index.ndim):
            return self._write(index)
        slices = ast.parse("np.s_", mode="eval").body
        return ast.Subscript(slices, self._subscript(index), ast.Load())

    def _subscript(self, index: Any) -> ast.expr:
        """Return an index as it stands between brackets."""
        if not isinstance(index, tuple) or not index:
            return self._entry(index)
        if len(index) == 1 and not isinstance(index[0], tuple):  # x[(0, 1),] is not x[0, 1]
            return self._entry(index[0])
        return ast.Tuple([self._entry(each) for each in index], ast.Load())

    def _entry(self, entry: Any) -> ast.expr:
        """Return what stands in an index for one axis, or several."""
        if isinstance(entry, ast.expr):
            return entry
        if not isinstance(entry, slice):
            return self._write(entry)
        ends = [
            None if each is None else self._write(each)
            for each in (entry.start, entry.stop, entry.step)
        ]
        return ast.Slice(*ends)


def _call(name: str, arguments: list[ast.expr]) -> ast.expr:
    return ast.Call(ast.Name(name, ast.Load()), arguments, [])


def _spelled(node: Node) -> Any:
    """Return an index with ``:`` for the axes that an ellipsis stands for, where they are few."""
    index, n = node.params["index"], len(getattr(node.first, "shape", ()))
    if not isinstance(index, tuple) or not all(
        each is None or isinstance(each, (slice, int, EllipsisType)) for each in index
    ):
        return index
    missing = n - sum(each is not None and each is not Ellipsis for each in index)
    if Ellipsis not in index or missing > _FEW:
        return index
    place = index.index(Ellipsis)
    return (*index[:place], *[slice(None)] * missing, *index[place + 1 :])
