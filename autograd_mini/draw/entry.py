"""One entry of a result, worked out in numbers: what a teacher would write beside the formula."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from autograd_mini.draw import formula
from autograd_mini.draw.formula import RELATIONS, Expression
from autograd_mini.draw.notation import Rich, plain
from autograd_mini.graph.node import Constant, Node
from autograd_mini.ops.broadcasting import axes_of

__all__ = ["foremost", "worked_out"]

MOST_TERMS = 4
"""How many terms of a sum are written before the rest becomes an ellipsis."""

LONGEST = 130
"""Characters of a formula."""

Index = tuple[int, ...]
Value = Callable[[Node | Constant], Any]
_SAME = {"astype", "broadcast_to", "copy", "positive"}
_SAME_ORDER = {"expand_dims", "ravel", "reshape", "squeeze"}
_SUMS = {"sum", "mean"}


def foremost(value: Any) -> Index:
    """Return the index of the entry with the largest finite value: it says most."""
    sizes = np.where(np.isfinite(value), np.abs(value), -1.0)
    return tuple(int(k) for k in np.unravel_index(int(np.argmax(sizes)), sizes.shape))


def worked_out(node: Node, interior: Sequence[Node], value: Value, index: Index) -> Rich:
    """Return one entry of a result as a formula over numbers; empty where none is short.

    Parameters
    ----------
    node : Node
        No leaf.
    interior : sequence of Node
        What its formula writes out, if there is room: else the numbers that come of it.
    value : callable
        Returns the value of a node, or None.
    index : tuple of int
    """
    for inner in (set(interior), set()):
        made = _Entries(inner, value).of(node, index)
        if made is not None and len(plain(made.signed)) <= LONGEST:
            return made.signed
    return ()


class _Entries:
    def __init__(self, interior: set[Node], value: Value) -> None:
        self._interior, self._value = interior, value

    def of(self, node: Node, index: Index) -> Expression | None:
        """Return an entry of `node` over entries of its operands."""
        name = node.op.name
        if name == "matmul" and all(len(np.shape(each)) == 2 for each in node.inputs):
            first, second = node.inputs
            return self._sum(
                [((first, (index[0], k)), (second, (k, index[1]))) for k in range(first.shape[1])]
            )
        if name in _SUMS:
            return self._reduced(node, index)
        if name == "transpose" and node.params.get("axes") is None:
            return self.operand(node.inputs[0], index[::-1])
        if name in _SAME_ORDER:
            shape = np.shape(node.inputs[0])
            place = int(np.ravel_multi_index(index, node.shape)) if index else 0
            return self.operand(node.inputs[0], _unravelled(place, shape))
        if node.op.kind == "elementwise" or name in _SAME or name in RELATIONS:
            operands = [self.operand(each, _broadcast(index, each)) for each in node.inputs]
            known = [each for each in operands if each is not None]
            return formula.of_node(node, known) if len(known) == len(operands) else None
        return None

    def operand(self, operand: Any, index: Index) -> Expression | None:
        """Return an entry of an operand: worked out where it is part of the formula, else read."""
        if operand.__class__ is Node and operand in self._interior:
            made = self.of(operand, index)
            if made is not None:
                return made
        value = operand
        if operand.__class__ in (Node, Constant):
            value = self._value(operand)
        if value is None or isinstance(value, tuple):
            return None
        number = np.asarray(value)[index]
        if number.dtype.kind == "c" or not np.isfinite(number):
            return None
        return formula.number(float(f"{number + 0.0:.3g}"))

    def _reduced(self, node: Node, index: Index) -> Expression | None:
        """Return an entry of a sum or a mean over some axes."""
        (operand,) = node.inputs
        shape = np.shape(operand)
        gone = set(axes_of(node.params.get("axis"), len(shape)))
        kept = iter(index if len(index) < len(shape) else _without(index, gone))
        fixed = [None if k in gone else next(kept) for k in range(len(shape))]
        count = int(np.prod([shape[k] for k in sorted(gone)], dtype=int))
        places = [_unravelled(k, [shape[j] for j in sorted(gone)]) for k in _some(count)]
        terms = []
        for place in places:
            free = iter(place)
            terms.append(
                ((operand, tuple(next(free) if each is None else each for each in fixed)),)
            )
        made = self._sum(terms, count)
        if made is None or node.op.name == "sum":
            return made
        return formula.product((made,), (formula.number(float(count)),))

    def _sum(self, terms: list[Any], count: int | None = None) -> Expression | None:
        """Return a sum of products of entries, with an ellipsis for most of a long one."""
        count = len(terms) if count is None else count
        chosen = terms if count > len(terms) else [terms[k] for k in _some(len(terms))]
        written = []
        for factors in chosen:
            entries = [self.operand(*each) for each in factors]
            known = tuple(each for each in entries if each is not None)
            if len(known) < len(entries):
                return None
            made = formula.product(known) if len(known) > 1 else known[0]
            nothing = any(each.value == 0.0 for each in known)
            written.append(replace(made, negative=False) if nothing else made)
        if count > len(written):
            written.insert(-1, formula.atom((("…", ""),), scalar=True))
        return formula.in_order(written) if written else None


def _some(count: int) -> list[int]:
    """Return which terms of a sum to write: all of a short one, else the first and the last."""
    return list(range(count)) if count <= MOST_TERMS else [0, 1, count - 1]


def _without(index: Index, axes: set[int]) -> list[int]:
    return [each for k, each in enumerate(index) if k not in axes]


def _unravelled(place: int, shape: Any) -> Index:
    return tuple(int(k) for k in np.unravel_index(place, tuple(shape))) if len(shape) else ()


def _broadcast(index: Index, operand: Any) -> Index:
    """Return which entry of an operand goes into this entry of a result."""
    shape = np.shape(operand)
    own = index[len(index) - len(shape) :]
    return tuple(0 if n == 1 else k for k, n in zip(own, shape, strict=True))
