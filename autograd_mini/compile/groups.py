"""Which operations of a graph can share one loop over their entries."""

from __future__ import annotations

import heapq
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd_mini.graph.graph import topological
from autograd_mini.graph.node import Node
from autograd_mini.rewrite.builder import shape_of

__all__ = [
    "LoopKinds",
    "Unit",
    "has_one_result",
    "is_reduction",
    "is_view",
    "operands_of",
    "reduced_axes",
    "scheduled",
]

_REDUCTIONS = ("sum", "max", "min")
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


class Unit:
    """What one statement computes: a node, or a group of nodes in one loop.

    Attributes
    ----------
    nodes : list of Node
        In the order in which they are computed.
    shape : tuple of int or None
        What the loop runs over; None for a single operation that needs none.
    """

    def __init__(self, nodes: list[Node], shape: tuple[int, ...] | None) -> None:
        self.nodes, self.shape = nodes, shape


def is_reduction(node: Node) -> bool:
    """Return whether `node` sums, or finds the extremes of, entries along axes."""
    return node.op.name in _REDUCTIONS


def scheduled(
    roots: Sequence[Node],
    kinds: LoopKinds,
    updates: Sequence[tuple[Node, Node]] = (),
    draws: Sequence[Node] = (),
) -> list[Unit]:
    """Return what computes `roots`, every unit after those it needs.

    Parameters
    ----------
    roots : sequence of Node
    kinds : LoopKinds
    updates : sequence of (Node, Node)
        An input, and the node whose value is to be written into it: after all who read the old
        one, where that can be.
    draws : sequence of Node
        What draws random numbers, and keeps its order.
    """
    order = topological(roots)
    position = {node: k for k, node in enumerate(order)}
    loops = {node: shape for node in order if (shape := kinds.shape(node)) is not None}
    stages = _stages(order, loops, draws)
    _postpone(order, loops, stages, set(roots))
    buckets: dict[Any, list[Node]] = defaultdict(list)
    for node in order:
        if node in loops:
            buckets[stages[node], loops[node]].append(node)
    units = [Unit([node], None) for node in order if node not in loops]
    for (_, shape), nodes in buckets.items():
        for part in _connected(nodes, shape):
            pieces = (part[k : k + _MOST_NODES] for k in range(0, len(part), _MOST_NODES))
            units += [_unit(piece, shape) for piece in pieces]
    return _Order(units, position).found(updates, draws)


def _unit(nodes: list[Node], shape: tuple[int, ...]) -> Unit:
    """Return a loop, or the operation itself where a loop has nothing to add."""
    alone = len(nodes) == 1 and (isinstance(nodes[0].op.kernel, np.ufunc) or is_view(nodes[0]))
    return Unit(nodes, None if alone else shape)


def is_view(node: Node) -> bool:
    """Return whether `node` shows the memory of its operand."""
    return node.op.name in {
        "transpose", "reshape", "swapaxes", "moveaxis", "squeeze", "expand_dims", "broadcast_to",
        "getitem", "ravel", "flip", "alias", "stop_gradient", "pick",
    }  # fmt: skip


def reduced_axes(node: Node, shape: tuple[int, ...]) -> frozenset[int]:
    """Return the axes of `shape` that a reduction removes."""
    axis = node.params.get("axis")
    if axis is None:
        return frozenset(range(len(shape)))
    return frozenset(k % len(shape) for k in (axis if isinstance(axis, tuple) else (axis,)))


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


class _Order:
    """Finds an order in which each unit follows those it needs.

    Where there is a choice, what needs the least new memory comes first: a gradient is used up
    before the next one is made.
    """

    def __init__(self, units: list[Unit], position: dict[Node, int]) -> None:
        self._units, self._position = units, position
        self._owner = {node: k for k, unit in enumerate(units) for node in unit.nodes}
        self._operands = [
            {self._owner[parent] for node in unit.nodes for parent in node.parents} - {k}
            for k, unit in enumerate(units)
        ]
        self._needs = [set(each) for each in self._operands]
        self._followers: dict[int, set[int]] = defaultdict(set)
        self._readers: dict[int, int] = defaultdict(int)
        for k, wanted in enumerate(self._needs):
            for each in wanted:
                self._followers[each].add(k)
                self._readers[each] += 1
        self._made = [_bytes_made(unit) for unit in units]

    def found(self, updates: Sequence[tuple[Node, Node]], draws: Sequence[Node]) -> list[Unit]:
        """Return the units in order."""
        for earlier, later in itertools.pairwise(draws):
            self._follow(self._owner[later], self._owner[earlier])
        for old, new in updates:
            self._update_last(old, new)
        ready = [(*self._urgency(k), k) for k, wanted in enumerate(self._needs) if not wanted]
        heapq.heapify(ready)
        done: list[Unit] = []
        while ready:
            k = heapq.heappop(ready)[-1]
            done.append(self._units[k])
            for each in self._operands[k]:
                self._readers[each] -= 1
            for each in self._followers[k]:
                self._needs[each].discard(k)
                if not self._needs[each]:
                    heapq.heappush(ready, (*self._urgency(each), each))
        return done

    def _follow(self, later: int, earlier: int) -> None:
        if later != earlier:
            self._needs[later].add(earlier)
            self._followers[earlier].add(later)

    def _update_last(self, old: Node, new: Node) -> None:
        """Have the new value wait for all who read the old one, unless they wait for it."""
        if old not in self._owner or new not in self._owner:
            return
        start, update = self._owner[old], self._owner[new]
        readers = self._all_readers(start) - {start, update}
        if not readers & self._after(update):
            for each in readers:
                self._follow(update, each)

    def _all_readers(self, k: int) -> set[int]:
        """Return who reads what a unit makes, or a view of it."""
        found: set[int] = set()
        pending = [k]
        while pending:
            for each in self._followers[pending.pop()] - found:
                found.add(each)
                if is_view(self._units[each].nodes[0]) and self._units[each].shape is None:
                    pending.append(each)
        return found

    def _after(self, k: int) -> set[int]:
        found: set[int] = set()
        pending = [k]
        while pending:
            new = self._followers[pending.pop()] - found
            found |= new
            pending.extend(new)
        return found

    def _urgency(self, k: int) -> tuple[int, int]:
        freed = sum(self._made[each] for each in self._operands[k] if self._readers[each] == 1)
        return self._made[k] - freed, max(self._position[node] for node in self._units[k].nodes)


def _bytes_made(unit: Unit) -> int:
    """Return about how much memory the results of a unit take that are read by others."""
    inner = {parent for node in unit.nodes for parent in node.parents}
    return sum(
        int(np.prod(node.shape)) * node.dtype.itemsize
        for node in unit.nodes
        if not is_view(node) and node not in inner and has_one_result(node)
    )


def has_one_result(node: Node) -> bool:
    """Return whether a node is one array, not several."""
    return not (node.shape and isinstance(node.shape[0], tuple))


def operands_of(nodes: Iterable[Node]) -> list[Any]:
    """Return what a group reads from outside: nodes and constants, each once."""
    inner = set(nodes)
    found: dict[Any, Any] = {}
    for node in nodes:
        for each in node.inputs:
            if hasattr(each, "dtype") and not (each.__class__ is Node and each in inner):
                found.setdefault(_identity(each), each)
    return list(found.values())
