"""Find the order of a program's statements that needs the least memory."""

from __future__ import annotations

import heapq
import itertools
from collections import defaultdict
from collections.abc import Sequence

from autograd_mini.compile.planning.units import Unit, has_one_result, is_view, may_raise
from autograd_mini.graph.node import Node
from autograd_mini.rewrite.builder import size_of

__all__ = ["ordered"]


def ordered(
    units: list[Unit],
    position: dict[Node, int],
    updates: Sequence[tuple[Node, Node]],
    draws: Sequence[Node],
) -> list[Unit]:
    """Return the units, each after those it needs.

    Parameters
    ----------
    units : list of Unit
    position : dict
        Of each node in the graph: what decides where memory does not.
    updates : sequence of (Node, Node)
        An input, and its new value: after all who read the old one, where that can be.
    draws : sequence of Node
        What keeps its order.
    """
    order = _Order(units, position)
    for earlier, later in itertools.pairwise(draws):
        order.follow(order.owner[later], order.owner[earlier])
    for old, new in updates:
        order.update_last(old, new)
    for _, new in updates:
        order.update_after_errors(new)
    first = order.found()
    return [units[k] for k in min([order.late(first), first], key=order.peak)]


class _Order:
    """Finds an order in which each unit follows those it needs.

    Where there is a choice, what needs the least new memory comes first: a gradient is used up
    before the next one is made.
    """

    def __init__(self, units: list[Unit], position: dict[Node, int]) -> None:
        self._units = units
        self.owner = {node: k for k, unit in enumerate(units) for node in unit.nodes}
        self._position = [max([position[node] for node in unit.nodes]) for unit in units]
        self._operands = [
            {self.owner[parent] for node in unit.nodes for parent in node.parents} - {k}
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
        self._read_by = [  # the units whose memory each unit reads
            [root for each in operands for root in self._shown(each)] for operands in self._operands
        ]
        self._raising = [k for k, unit in enumerate(units) if any(map(may_raise, unit.nodes))]

    def found(self) -> list[int]:
        """Return the order in which what needs the least new memory comes first."""
        needs = [set(each) for each in self._needs]
        ready = [(*self._urgency(k), k) for k, wanted in enumerate(needs) if not wanted]
        heapq.heapify(ready)
        done: list[int] = []
        while ready:
            k = heapq.heappop(ready)[-1]
            done.append(k)
            for each in self._operands[k]:
                self._readers[each] -= 1
            for each in self._followers[k]:
                needs[each].discard(k)
                if not needs[each]:
                    heapq.heappush(ready, (*self._urgency(each), each))
        return done

    def late(self, order: list[int]) -> list[int]:
        """Return an order in which what frees nothing comes just before it is first read.

        If it reads what others use up before, it still comes before them.
        """
        place = {k: n for n, k in enumerate(order)}
        last = self._last_reads(order)
        slot = dict(place)
        for k in reversed(order):
            used_up = [last[root] for root in self._read_by[k] if self._made[root]]
            readers = [slot[each] for each in self._followers[k]]
            if readers and place[k] not in used_up:
                slot[k] = min(readers + used_up)
        return sorted(order, key=lambda k: (slot[k], place[k]))

    def peak(self, order: list[int]) -> int:
        """Return how many bytes are in use at once, at most."""
        ends: dict[int, int] = defaultdict(int)
        for root, n in self._last_reads(order).items():
            ends[n] += self._made[root]
        now = most = 0
        for n, k in enumerate(order):
            now += self._made[k]
            most = max(most, now)
            now -= ends[n]
        return most

    def _last_reads(self, order: list[int]) -> dict[int, int]:
        """Return where in the order what each unit makes is read last."""
        return {root: n for n, k in enumerate(order) for root in self._read_by[k]}

    def _shown(self, k: int) -> list[int]:
        """Return the units whose memory a unit shows: its own, unless it is a view."""
        unit = self._units[k]
        if unit.shape is None and is_view(unit.nodes[0]):
            return [root for each in self._operands[k] for root in self._shown(each)]
        return [k]

    def follow(self, later: int, earlier: int) -> None:
        if later != earlier:
            self._needs[later].add(earlier)
            self._followers[earlier].add(later)

    def update_last(self, old: Node, new: Node) -> None:
        """Have the new value wait for all who read the old one, unless they wait for it."""
        if old not in self.owner or new not in self.owner:
            return
        start, update = self.owner[old], self.owner[new]
        readers = self._all_readers(start) - {start, update}
        if not readers & self._after(update):
            for each in readers:
                self.follow(update, each)

    def update_after_errors(self, new: Node) -> None:
        """Have the new value wait for all that may raise, unless that waits for it.

        If something does raise, the arguments are what they were.
        """
        if new not in self.owner or not self._raising:
            return
        update = self.owner[new]
        after = self._after(update)
        for k in self._raising:
            if k not in after:
                self.follow(update, k)

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
        freed = sum([self._made[each] for each in self._operands[k] if self._readers[each] == 1])
        return self._made[k] - freed, self._position[k]


def _bytes_made(unit: Unit) -> int:
    """Return about how much memory the results of a unit take that are read by others."""
    nodes = unit.nodes
    inner = {parent for node in nodes for parent in node.parents} if len(nodes) > 1 else ()
    return sum(
        [
            size_of(node) * node.dtype.itemsize
            for node in nodes
            if not is_view(node) and node not in inner and has_one_result(node)
        ]
    )
