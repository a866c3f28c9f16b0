"""The number of examples that a cost is divided by: m, wherever it comes up.

A mean over five examples divides by 5, and so may other things.  Which of them is m is seen where
the number was written: on the way from the cost down to the sum over the examples.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_mini.graph.graph import topological
from autograd_mini.graph.node import Node, value_of
from autograd_mini.ops.kinds import registry
from autograd_mini.rewrite.builder import Builder, Written, is_given, is_number, shape_of

__all__ = ["Count", "Ratio", "counted", "read_from"]


class Count(Written):
    """A number that is m, or several times m.

    Attributes
    ----------
    examples : int
        What m is.
    """

    examples: int

    def __new__(cls, examples: int, times: float = 1.0) -> Count:
        """Return `times` m."""
        made = super().__new__(cls, times * examples)
        made.examples = examples
        return made

    @property
    def times(self) -> float:
        """How many times m it is."""
        return float(self) / self.examples

    def __rtruediv__(self, other: Any) -> Any:
        """Return a fraction of m: rules of derivatives divide by what they divide by."""
        if isinstance(other, (int, float)):
            return Ratio(float(other), self.times, 1, self.examples)
        return NotImplemented


class Ratio(Written):
    """A number that is a fraction, and stays one: ``above / below``, over m for power 1.

    Attributes
    ----------
    above, below : float
    power, examples : int
        It is divided by m as often as `power` says.
    """

    above: float
    below: float
    power: int
    examples: int

    def __new__(cls, above: float, below: float, power: int = 0, examples: int = 1) -> Ratio:
        """Return the fraction."""
        made = super().__new__(cls, above / below / float(examples) ** power)
        made.above, made.below, made.power, made.examples = above, below, power, examples
        return made


def read_from(leaves: Sequence[Node], m: int) -> tuple[Node, int] | None:
    """Return the data whose axis has m entries, and which axis; None if there are none.

    Columns are examples rather than rows, as in the course.
    """
    for axes, axis in ((2, 1), (1, 0), (2, 0)):
        for node in leaves:
            if node.name and is_given(node) and len(node.shape) == axes and node.shape[axis] == m:
                return node, axis
    return None


@dataclass
class _Scale:
    """A step between the cost and its sum that only multiplies by a number."""

    node: Node
    factor: float
    operand: Any

    def may_count(self, m: int) -> bool:
        """Return whether the number is 1 / m or 1 / (2 m), and not just one half."""
        times = abs(self.factor * m)
        if self.node.op.name == "multiply" and abs(self.factor) in (0.5, 1.0):
            return False
        return times in (1.0, 0.5)

    def plainly_counts(self, m: int) -> float | None:
        """Return how many times 1 / m a number is that is short only so: 0.1 / (2 m)."""
        inverse = 1 / self.factor
        if math.isclose(inverse, round(inverse)) and round(inverse) % m:
            return None  # one third is one third
        times = float(f"{self.factor * m:.6g}")
        short = len(repr(times)) <= 6 and len(repr(self.factor)) > 10
        return times if short and math.isclose(times, self.factor * m, rel_tol=1e-14) else None


def counted(outputs: Sequence[Node], cost: Node) -> dict[Node, Node]:
    """Return nodes that replace those of a graph, with m where the cost is divided by it.

    Parameters
    ----------
    outputs : sequence of Node
    cost : Node
    """
    order = topological(outputs)
    leaves = [node for node in order if node.is_leaf]
    scales = _scales(cost, leaves)
    build = Builder({})
    replaced: dict[Node, Any] = {}
    for node in order:
        if node.is_leaf:
            replaced[node] = node
            continue
        operands = tuple(replaced[x] if x.__class__ is Node else x for x in node.inputs)
        if node in scales:
            replaced[node] = _divided(build, node, operands, *scales[node])
        else:
            replaced[node] = build.make(
                node.op, operands, node.params, node.shape, node.dtype, node
            )
    return {old: new for old, new in replaced.items() if new.__class__ is Node}


def _divided(
    build: Builder, node: Node, operands: tuple[Any, ...], times: float, count: Count
) -> Any:
    """Return a step that multiplies by a number, or takes a mean, as a division by m."""
    if node.op.name == "mean":
        inner = build.make(registry["sum"], operands, node.params, node.shape, node.dtype)
    else:
        (inner,) = [x for x in operands if x.__class__ is Node]
    if abs(times) != 1:
        inner = build.make(registry["multiply"], (abs(times), inner), {}, node.shape, node.dtype)
    divide = registry["divide"]
    whole = build.make(
        divide, (inner, count), {}, node.shape, node.dtype, node if times > 0 else None
    )
    if times > 0:
        return whole
    return build.make(registry["negative"], (whole,), {}, node.shape, node.dtype, node)


_THROUGH = frozenset(("negative", "squeeze", "reshape", "positive", "alias", "copy", "getitem"))


def _scales(cost: Node, leaves: Sequence[Node]) -> dict[Node, tuple[float, Count]]:
    """Return the steps that divide by m, with their other factor."""
    found: dict[Node, tuple[float, Count]] = {}
    others: list[_Scale] = []
    pending: list[tuple[Any, tuple[_Scale, ...]]] = [(cost, ())]
    seen: set[Node] = set()
    while pending:
        node, above = pending.pop()
        if node.__class__ is not Node or node in seen:
            continue
        seen.add(node)
        name = node.op.name
        scale = _scale(node)
        if scale is not None:
            pending.append((scale.operand, (*above, scale)))
        elif name in ("add", "subtract"):
            pending += [(each, above) for each in node.inputs]
        elif name in _THROUGH:
            pending.append((node.first, above))
        elif name in ("sum", "mean", "matmul", "dot"):
            lengths = _summed(node)
            inner = _scale(node.first) if name == "sum" else None
            below = set(topological([x for x in node.inputs if x.__class__ is Node]))
            data = [leaf for leaf in leaves if leaf in below]
            m = next((n for n in lengths if read_from(data, n)), None)
            if m is None:
                others += above
            else:
                if name == "mean" and math.prod(shape_of(node.first)) == m * max(
                    math.prod(node.shape), 1
                ):
                    found[node] = 1.0, Count(m)
                for each in (*above, *([inner] if inner else [])):
                    if each.may_count(m):
                        found[each.node] = each.factor * m, Count(m)
    for count in {count.examples: count for _, count in found.values()}.values():
        for each in others:
            times = each.plainly_counts(count.examples)
            if times is not None and each.node not in found:
                found[each.node] = times, count
    return found


def _scale(node: Any) -> _Scale | None:
    """Return a step as a number times something; None if it is another one."""
    if node.__class__ is not Node or node.op.name not in ("multiply", "divide"):
        return None
    for k, each in enumerate(node.inputs):
        other = node.inputs[1 - k]
        if not is_number(each) or shape_of(each) != () or shape_of(other) != node.shape:
            continue
        value = float(np.real(np.asarray(value_of(each))))
        if node.op.name == "multiply":
            return _Scale(node, value, other)
        if k == 1 and value:
            return _Scale(node, 1 / value, other)
    return None


def _summed(node: Node) -> list[int]:
    """Return the lengths of the axes that a step sums over, the last first."""
    shape = shape_of(node.first)
    if node.op.name in ("matmul", "dot"):
        return [shape[-1]] if math.prod(node.shape) == 1 and shape else []
    axis = node.params.get("axis")
    if axis is None:
        return list(shape[::-1])
    axes = axis if isinstance(axis, tuple) else (axis,)
    return [shape[k] for k in axes][::-1]
