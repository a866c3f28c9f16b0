"""Which operations of a graph can share one loop over their entries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd_mini.compile.planning.order import ordered
from autograd_mini.compile.planning.units import Unit, is_reduction, is_view
from autograd_mini.graph.node import Node
from autograd_mini.rewrite.builder import shape_of

__all__ = ["LoopKinds", "operands_of", "scheduled"]

_MOST_NODES = 80
"""In one loop: compiling takes longer than in proportion."""


class LoopKinds(NamedTuple):
    """Which operations can stand in a loop.

    Attributes
    ----------
    elementwise : callable
        Takes a node.
    reduction : callable
        Takes a sum, or the extremes along axes, and the shape of what is reduced.
    """

    elementwise: Callable[[Node], bool]
    reduction: Callable[[Node, tuple[int, ...]], bool]

    def shape(self, node: Node) -> tuple[int, ...] | None:
        """Return what a loop that computes `node` runs over; None if none can."""
        if not is_reduction(node):
            return node.shape if self.elementwise(node) else None
        x = node.first
        if x.__class__ is not Node or is_reduction(x) or not self.elementwise(x):
            return None
        return x.shape if self.reduction(node, x.shape) else None


def scheduled(
    order: Sequence[Node],
    roots: set[Node],
    kinds: LoopKinds,
    updates: Sequence[tuple[Node, Node]] = (),
    draws: Sequence[Node] = (),
) -> list[Unit]:
    """Return what computes `roots`, every unit after those it needs.

    Parameters
    ----------
    order : sequence of Node
        They and all they depend on, operands before results.
    roots : set of Node
    kinds : LoopKinds
    updates : sequence of (Node, Node)
        An input, and the node whose value is to be written into it: after all who read the old
        one, where that can be.
    draws : sequence of Node
        What draws random numbers, and keeps its order.
    """
    position = {node: k for k, node in enumerate(order)}
    loops = {node: shape for node in order if (shape := kinds.shape(node)) is not None}
    units = [Unit([node], None) for node in order if node not in loops]
    if loops:
        units += _grouped(order, loops, draws, roots)
    return ordered(units, position, updates, draws)


def _grouped(
    order: Sequence[Node],
    loops: dict[Node, tuple[int, ...]],
    draws: Sequence[Node],
    roots: set[Node],
) -> Iterator[Unit]:
    """Yield the loops."""
    stages = _stages(order, loops, draws)
    _postpone(order, loops, stages, roots)
    buckets: dict[Any, list[Node]] = defaultdict(list)
    for node, shape in loops.items():
        buckets[stages[node], shape].append(node)
    for (_, shape), nodes in buckets.items():
        for part in _connected(nodes, shape):
            for k in range(0, len(part), _MOST_NODES):
                yield _unit(part[k : k + _MOST_NODES], shape)


def _unit(nodes: list[Node], shape: tuple[int, ...]) -> Unit:
    """Return a loop, or the operation itself where a loop has nothing to add."""
    alone = len(nodes) == 1 and (isinstance(nodes[0].op.kernel, np.ufunc) or is_view(nodes[0]))
    return Unit(nodes, None if alone else shape)


def _stages(
    order: Sequence[Node], loops: dict[Node, tuple[int, ...]], draws: Sequence[Node]
) -> dict[Node, int]:
    """Return numbers that grow from loop to loop: nodes of one stage and shape can share one."""
    stages: dict[Node, int] = {}
    before = dict(zip(draws[1:], draws, strict=False))
    for node in order:
        shape = loops.get(node)
        stage = 0
        for each in node.parents:
            same = shape is not None and loops.get(each) == shape and not is_reduction(each)
            stage = max(stage, stages[each] + (not same))
        if node in before and before[node] in stages:
            stage = max(stage, stages[before[node]] + 1)
        stages[node] = stage
    return stages


def _postpone(
    order: Sequence[Node],
    loops: dict[Node, tuple[int, ...]],
    stages: dict[Node, int],
    roots: set[Node],
) -> None:
    """Move what is only used later into the later loop, where that keeps less in memory."""
    users: dict[Node, list[Node]] = defaultdict(list)
    for node in order:
        for parent in node.parents:
            users[parent].append(node)

    def stays(node: Node) -> bool:
        """Return whether the value is in memory anyway."""
        return node not in loops or node in roots or is_reduction(node) or any(
            stages[user] != stages[node] or loops.get(user) != loops[node] for user in users[node]
        )  # fmt: skip

    for node in reversed(order):
        if node not in loops or is_reduction(node) or node in roots or not users[node]:
            continue
        shape = loops[node]
        latest = min(stages[user] - (loops.get(user) != shape) for user in users[node])
        kept = [
            each
            for each in node.parents
            if shape_of(each) == shape and each.__class__ is Node and not stays(each)
        ]
        if latest > stages[node] and len(dict.fromkeys(kept)) <= 1:
            stages[node] = latest


def _connected(nodes: list[Node], shape: tuple[int, ...]) -> list[list[Node]]:
    """Part nodes into those that share values or operands."""
    leader: dict[Any, Any] = {}

    def find(each: Any) -> Any:
        while leader.setdefault(each, each) is not each:
            each = leader[each]
        return each

    for node in nodes:
        for operand in node.inputs:
            if shape_of(operand) == shape:
                leader[find(_identity(operand))] = find(node)
        find(node)
    parts: dict[Any, list[Node]] = defaultdict(list)
    for node in nodes:
        parts[find(node)].append(node)
    return list(parts.values())


def _identity(operand: Any) -> Any:
    return operand if operand.__class__ is Node else id(operand)


def operands_of(nodes: Iterable[Node]) -> list[Any]:
    """Return what a group reads from outside: nodes and constants, each once."""
    inner = set(nodes)
    found: dict[Any, Any] = {}
    for node in nodes:
        for each in node.inputs:
            if hasattr(each, "dtype") and not (each.__class__ is Node and each in inner):
                found.setdefault(_identity(each), each)
    return list(found.values())
