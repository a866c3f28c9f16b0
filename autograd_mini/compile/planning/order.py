"""Find the order of a program's statements that needs the least memory."""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Sequence

from autograd_mini.compile.planning.units import Unit, is_view
from autograd_mini.graph.node import Node

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
    late = order.late(first)
    best = first if late == first else min(late, first, key=order.peak)
    return [units[k] for k in best]


class _Order:
    """Finds an order in which each unit follows those it needs.

    Where there is a choice, what needs the least new memory comes first: a gradient is used up
    before the next one is made.
    """

    def __init__(self, units: list[Unit], position: dict[Node, int]) -> None:
        self._units = units
        self.owner = owner = {node: k for k, unit in enumerate(units) for node in unit.nodes}
        self._position = [position[unit.nodes[-1]] for unit in units]
        self._operands = [
            {owner[parent] for node in unit.nodes for parent in node.parents} - {k}
            for k, unit in enumerate(units)
        ]
        self._followers: list[set[int]] = [set() for _ in units]
        for k, operands in enumerate(self._operands):
            for each in operands:
                self._followers[each].add(k)
        self._readers = [len(each) for each in self._followers]
        self._waits = [len(each) for each in self._operands]  # for how many each unit does
        self._made = [_bytes_made(unit) for unit in units]
        views = {k: self._shown(k) for k, unit in enumerate(units) if unit.shows}
        self._read_by = [  # the units whose memory each unit reads
            [root for each in operands for root in views.get(each, (each,))]
            for operands in self._operands
        ]
        self._raising = [k for k, unit in enumerate(units) if unit.may_raise]

    def found(self) -> list[int]:
        """Return the order in which what needs the least new memory comes first."""
        waits, readers = self._waits.copy(), self._readers.copy()
        ready = [self._urgency(k, readers) for k, count in enumerate(waits) if not count]
        heapq.heapify(ready)
        done: list[int] = []
        while ready:
            k = heapq.heappop(ready)[-1]
            done.append(k)
            for each in self._operands[k]:
                readers[each] -= 1
            for each in self._followers[k]:
                waits[each] -= 1
                if not waits[each]:
                    heapq.heappush(ready, self._urgency(each, readers))
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
        return sorted(order, key=slot.__getitem__)

    def peak(self, order: list[int]) -> int:
        """Return how many bytes are in use at once, at most."""
        ends = [0] * len(order)
        for root, n in self._last_reads(order).items():
            ends[n] += self._made[root]
        now = most = 0
        for n, k in enumerate(order):
            now += self._made[k]
            if now > most:
                most = now
            now -= ends[n]
        return most

    def _last_reads(self, order: list[int]) -> dict[int, int]:
        """Return where in the order what each unit makes is read last."""
        return {root: n for n, k in enumerate(order) for root in self._read_by[k]}

    def _shown(self, k: int) -> list[int]:
        """Return the units whose memory a unit shows: its own, unless it is a view."""
        if not self._units[k].shows:
            return [k]
        return [root for each in self._operands[k] for root in self._shown(each)]

    def follow(self, later: int, earlier: int) -> None:
        if later != earlier and later not in self._followers[earlier]:
            self._followers[earlier].add(later)
            self._waits[later] += 1

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
                if self._units[each].shows:
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

    def _urgency(self, k: int, readers: list[int]) -> tuple[int, int, int]:
        """Return what is to be least of the next unit, which is its number at last."""
        made = self._made
        freed = sum([made[each] for each in self._operands[k] if readers[each] == 1])
        return made[k] - freed, self._position[k], k


def _bytes_made(unit: Unit) -> int:
    """Return about how much memory the results of a unit take that are read by others."""
    if unit.shows:
        return 0
    nodes = unit.nodes
    inner = {parent for node in nodes for parent in node.parents} if len(nodes) > 1 else ()
    return sum(
        [
            math.prod(node.shape) * node.dtype.itemsize
            for node in nodes
            if not (node in inner or is_view(node) or node.has_several)
        ]
    )
