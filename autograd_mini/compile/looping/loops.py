"""Write a group of operations as one loop, for numba to compile."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_mini.compile.planning.formulas import FORMULAS, number_of
from autograd_mini.compile.planning.units import is_reduction, reduced_axes
from autograd_mini.graph.node import Node

__all__ = ["Slot", "loop_source"]

_BLOCK = 4096
"""Sums are made of sums of so many entries, which keeps their digits."""
_LETTERS = "ijklmnpq"
_SLOW = ("exp", "expm1", "log", "log1p", "tanh", "sigmoid", "softplus", "logistic_loss")
_START = {"sum": "0.0", "max": "-np.inf", "min": "np.inf"}


class Slot:
    """An array that a loop reads, writes, or first reads and then writes.

    Attributes
    ----------
    name : str
        What the loop calls it.
    shape : tuple of int
    reads : operand or None
        Whose entries are found in it.
    writes : Node or None
        Whose entries are left in it.
    streamed : bool
        Whether they may be written past the caches, where the loop runs along the memory.
    """

    def __init__(
        self, name: str, shape: tuple[int, ...], reads: Any, writes: Node | None, streamed: bool
    ) -> None:
        self.name, self.shape, self.reads, self.writes = name, shape, reads, writes
        self.streamed = streamed


def loop_source(
    name: str, shape: tuple[int, ...], nodes: Sequence[Node], slots: Sequence[Slot]
) -> str:
    """Return the source of a function of the arrays in `slots` that computes `nodes`.

    Parameters
    ----------
    name : str
        Of the function.
    shape : tuple of int
        What the loop runs over.
    nodes : sequence of Node
        Elementwise operations of that shape, and reductions over it.
    slots : sequence of Slot
    """
    return _Loop(shape, nodes, slots).source(name)


class _Loop:
    def __init__(
        self, shape: tuple[int, ...], nodes: Sequence[Node], slots: Sequence[Slot]
    ) -> None:
        self.nodes, self.slots = nodes, slots
        self.shape = shape
        self.axes = self._merged_axes()
        self.letters = _LETTERS[: len(self.axes)]
        self.totals = [slot for slot in self._reductions() if self._runs_along_last(slot)]
        long = len(self.axes) == 1 and self._length(0) > 2 * _BLOCK
        self.in_blocks = [s for s in slots if long and self.totals and self._own_axes(s)]
        self.natural = not self.in_blocks and all(len(axis) == 1 for axis in self.axes)
        self.text: dict[Any, str] = {}

    def _merged_axes(self) -> list[list[int]]:
        """Return the axes to loop over: neighbours are one if every array treats them alike."""
        axes: list[list[int]] = []
        before: Any = None
        for axis, length in enumerate(self.shape):
            if length == 1:
                continue
            pattern = [self._has(self._kept_shape(slot), axis) for slot in self.slots]
            pattern += [axis in reduced_axes(e, self.shape) for e in self.nodes if is_reduction(e)]
            if pattern == before:
                axes[-1].append(axis)
            else:
                axes.append([axis])
            before = pattern
        return axes

    def _has(self, shape: tuple[int, ...], axis: int) -> bool:
        """Return whether an array has more than one entry along an axis of the loop."""
        own = axis - len(self.shape) + len(shape)
        return own >= 0 and shape[own] != 1

    def source(self, name: str) -> str:
        """Return the function."""
        lines = [f"def {name}({', '.join(slot.name for slot in self.slots)}):"]
        body = self._reshapes()
        body += [self._start(slot) for slot in self._reductions()]
        for slot in self.slots:
            if slot.reads is not None:
                self.text[_key(slot.reads)] = self._entry(slot)
        statements = self._statements()
        if any(f"= {each}(" in line for line in statements for each in _SLOW):
            body.append(_indented(1, "wide()"))
        body += self._blocks()
        depth = 2 if self.in_blocks else 1
        starts = [f"{self._total(slot)} = {_start(slot)}" for slot in self.totals]
        for level, letter in enumerate(self.letters):
            if level == len(self.letters) - 1:
                body += [_indented(depth, line) for line in starts]
            body.append(_indented(depth, f"for {letter} in range({self._bound(level)}):"))
            depth += 1
        body += [_indented(depth, line) for line in statements]
        ends = [f"{self._entry(slot)} += {self._total(slot)}" for slot in self.totals]
        body += [_indented(depth - 1, line) for line in ends]
        return "\n".join([*lines, *body]) + "\n"

    def _blocks(self) -> list[str]:
        """Return the lines of the loop over blocks of a long axis, along which there are sums."""
        if not self.in_blocks:
            return []
        names = [slot.name for slot in self.in_blocks]
        return [
            *(_indented(1, f"all_{name} = {name}.reshape(-1)") for name in names),
            _indented(1, f"for k in range(0, all_{names[0]}.size, {_BLOCK}):"),
            *(_indented(2, f"{name} = all_{name}[k : k + {_BLOCK}]") for name in names),
        ]

    # -- arrays ---------------------------------------------------------------------------------

    def _reductions(self) -> list[Slot]:
        return [s for s in self.slots if s.writes is not None and is_reduction(s.writes)]

    def _kept_shape(self, slot: Slot) -> tuple[int, ...]:
        """Return the shape of an array as it stands in the loop: reduced axes have length 1."""
        if slot.writes is None or not is_reduction(slot.writes):
            return slot.shape
        axes = reduced_axes(slot.writes, self.shape)
        return tuple(1 if k in axes else n for k, n in enumerate(self.shape))

    def _runs_along_last(self, slot: Slot) -> bool:
        """Return whether the innermost loop adds to one entry only."""
        if not self.axes or slot.writes is None or slot.writes.op.name != "sum":
            return False
        return not self._has(self._kept_shape(slot), self.axes[-1][-1])

    def _reshapes(self) -> list[str]:
        """Return the lines that give arrays the axes of the loop, where they have others."""
        lines = []
        for slot in self.slots:
            if not self.natural and slot.shape and slot not in self.in_blocks:
                sizes = [self._size(slot, axis) for axis in self._own_axes(slot)]
                inner = ", ".join(["-1", *sizes[1:]]) if sizes else "-1"
                inner = f"({inner})" if len(sizes) > 1 else inner
                lines.append(_indented(1, f"{slot.name} = {slot.name}.reshape({inner})"))
        return lines

    def _own_axes(self, slot: Slot) -> list[list[int]]:
        return [axis for axis in self.axes if self._has(self._kept_shape(slot), axis[0])]

    def _size(self, slot: Slot, axis: list[int]) -> str:
        places = [self._place(slot, k) for k in axis]
        return " * ".join(f"{slot.name}.shape[{place}]" for place in places)

    def _place(self, slot: Slot, axis: int) -> int:
        """Return which axis of the array an axis of the loop is."""
        if slot.writes is not None and is_reduction(slot.writes):
            if len(slot.shape) == len(self.shape):
                return axis
            gone = reduced_axes(slot.writes, self.shape)
            return sum(k not in gone for k in range(axis))
        return axis - len(self.shape) + len(slot.shape)

    def _entry(self, slot: Slot) -> str:
        """Return how the loop writes the entry of an array that it is at."""
        if not slot.shape:
            return f"{slot.name}[()]"
        own = self._own_axes(slot)
        if not self.natural:
            inner = [self.letters[self.axes.index(axis)] for axis in own] or ["0"]
            return f"{slot.name}[{', '.join(inner)}]"
        places = {self._place(slot, axis[0]): self.letters[self.axes.index(axis)] for axis in own}
        return f"{slot.name}[{', '.join(places.get(k, '0') for k in range(len(slot.shape)))}]"

    def _length(self, level: int) -> int:
        return math.prod(self.shape[k] for k in self.axes[level]) if self.axes else 1

    def _bound(self, level: int) -> str:
        """Return the length of an axis of the loop, as an array knows it."""
        axis = self.axes[level]
        for slot in self.slots:
            if self._has(self._kept_shape(slot), axis[0]):
                place = self._own_axes(slot).index(axis)
                if self.natural:
                    place = self._place(slot, axis[0])
                return f"{slot.name}.shape[{place}]"
        return str(self._length(level))  # a reduction of what is constant along it

    # -- statements -----------------------------------------------------------------------------

    def _start(self, slot: Slot) -> str:
        assert slot.writes is not None
        index = ":" if slot.shape else "()"
        return _indented(1, f"{slot.name}[{index}] = {_START[slot.writes.op.name]}")

    def _total(self, slot: Slot) -> str:
        return f"total_{slot.name}"

    def _statements(self) -> list[str]:
        lines: list[str] = []
        stores = {s.writes: s for s in self.slots if s.writes is not None}
        read: Callable[[Any], tuple[str, Any]] = self._read
        for node in self.nodes:
            if is_reduction(node):
                continue
            self.text[node] = f"t{len(lines) + 1}"
            lines.append(f"{self.text[node]} = {FORMULAS[node.op.name].written(node, read)}")
        # what is reduced may lie in an array that gets something else
        for node in sorted(stores, key=is_reduction, reverse=True):
            slot = stores[node]
            if is_reduction(node):
                lines.append(self._reduced(node, slot))
            else:
                lines.append(self._stored(slot, self.text[node]))
        return lines

    def _stored(self, slot: Slot, text: str) -> str:
        entry = self._entry(slot)
        if slot.streamed and entry == f"{slot.name}[{self.letters}]":
            return f"streamed({slot.name}, {self.letters}, {text})"
        return f"{entry} = {text}"

    def _reduced(self, node: Node, slot: Slot) -> str:
        x, entry = self.text[node.first], self._entry(slot)
        if slot in self.totals:
            total = self._total(slot)
            return f"{total} = accumulated({total}, {x})"
        if node.op.name == "sum":
            return f"{entry} += {x}"
        return f"{entry} = {'greatest' if node.op.name == 'max' else 'least'}({entry}, {x})"

    def _read(self, operand: Any) -> tuple[str, Any]:
        """Return the text and dtype of an operand."""
        known = self.text.get(_key(operand))
        dtype = getattr(operand, "dtype", None)
        if known is not None:
            return known, dtype
        number = number_of(operand)
        assert number is not None
        if dtype is not None and dtype.kind == "b":
            return str(bool(number)), dtype
        return _literal(float(number)), None if dtype is None else np.dtype(np.float64)


def _key(operand: Any) -> Any:
    return operand if operand.__class__ is Node else id(operand)


def _start(slot: Slot) -> str:
    assert slot.writes is not None
    return "0.0" if slot.writes.dtype == np.float64 else f"np.{slot.writes.dtype.name}(0.0)"


def _literal(number: float) -> str:
    if np.isfinite(number):
        return repr(number)
    return "math.nan" if np.isnan(number) else ("math.inf" if number > 0 else "-math.inf")


def _indented(depth: int, line: str) -> str:
    return "    " * depth + line
