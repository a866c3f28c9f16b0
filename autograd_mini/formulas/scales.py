"""The sums that a cost is made of, and the numbers that multiply them."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_mini.graph.node import Node, Written, value_of
from autograd_mini.rewrite.builder import is_number, shape_of

__all__ = ["Scale", "linear_from", "scale_of", "summed_from"]

_THROUGH = frozenset(("negative", "squeeze", "reshape", "positive", "alias", "copy", "getitem"))
"""What hands on a number as it is, but for its sign and shape."""


@dataclass
class Scale:
    """A step that only multiplies by a number."""

    node: Node
    factor: float
    operand: Any

    def may_count(self, m: int) -> bool:
        """Return whether the number is 1 / m or 1 / (2 m), and not just one half."""
        if abs(self.factor) in (0.5, 1.0):
            return False
        return abs(self.factor * m) in (1.0, 0.5)

    def plainly_counts(self, m: int, lengths: Collection[int]) -> float | None:
        """Return how many times 1 / m a number is that is short only so: 0.1 / (2 m).

        None where one of the other lengths makes it shorter.
        """
        inverse = 1 / self.factor
        whole = round(inverse)
        if whole and 1 / whole == self.factor and whole % m:
            return None  # one third is one third
        times = float(f"{self.factor * m:.6g}")
        short = len(repr(times)) <= 6 and len(repr(self.factor)) > 10
        if not short or not math.isclose(times, self.factor * m, rel_tol=1e-14):
            return None
        shortest = min(len(f"{self.factor * n:.6g}") for n in {m, *lengths})
        return times if len(f"{times:.6g}") == shortest else None


def summed_from(cost: Node) -> Iterator[tuple[Node, tuple[Scale, ...]]]:
    """Yield the sums that a cost is made of, each with the numbers that multiply it."""
    pending: list[tuple[Any, tuple[Scale, ...]]] = [(cost, ())]
    seen: set[Node] = set()
    while pending:
        node, above = pending.pop()
        if node.__class__ is not Node or node in seen:
            continue
        seen.add(node)
        name = node.op.name
        scale = scale_of(node)
        if scale is not None:
            pending.append((scale.operand, (*above, scale)))
        elif name in ("add", "subtract"):
            pending += [(each, above) for each in node.inputs]
        elif name in _THROUGH:
            pending.append((node.first, above))
        elif name in ("sum", "mean", "matmul", "dot"):
            yield node, above


def linear_from(cost: Node) -> set[Node]:
    """Return the sums and means of which a cost is a sum, or a multiple."""
    pending: list[Any] = [cost]
    found: set[Node] = set()
    seen: set[Node] = set()
    while pending:
        node = pending.pop()
        if node.__class__ is not Node or node in seen:
            continue
        seen.add(node)
        name = node.op.name
        scale = scale_of(node)
        if scale is not None:
            pending.append(scale.operand)
        elif name in ("add", "subtract"):
            pending += node.inputs
        elif name in ("sum", "mean"):
            found.add(node)
            pending.append(node.first)
        elif name in _THROUGH:
            pending.append(node.first)
    return found


def scale_of(node: Any) -> Scale | None:
    """Return a step as a number times something; None if it is another one."""
    if node.__class__ is not Node or node.op.name not in ("multiply", "divide"):
        return None
    for k, each in enumerate(node.inputs):
        other = node.inputs[1 - k]
        if (
            isinstance(each, Written)
            or not is_number(each)
            or shape_of(each) != ()
            or shape_of(other) != node.shape
        ):
            continue
        value = float(np.real(np.asarray(value_of(each))))
        if node.op.name == "multiply":
            return Scale(node, value, other) if value else None
        if k == 1 and value:
            return Scale(node, 1 / value, other)
    return None
