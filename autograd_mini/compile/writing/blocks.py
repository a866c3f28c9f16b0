"""Programs of NumPy calls; long chains of elementwise steps go block by block, within the cache."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Any

import numpy as np

from autograd_mini.compile.planning.groups import LoopKinds
from autograd_mini.compile.planning.units import Unit, is_reduction, reduced_axes
from autograd_mini.compile.writing.calls import is_of_programs
from autograd_mini.compile.writing.numbers import is_plain_number
from autograd_mini.compile.writing.program import dtype_literal, indented
from autograd_mini.compile.writing.writer import Writer
from autograd_mini.graph.node import Node
from autograd_mini.rewrite.builder import made_by, shape_of

__all__ = ["BlockWriter"]

_BLOCK = 1 << 14
"""Entries of a block: several blocks fit into a core's own cache."""
_LINE = 16
"""Of so many entries, or a multiple, blocks of an aligned array are aligned too."""
_WORTHWHILE = 1 << 17
"""Arrays of fewer entries are in the cache anyway."""
_START = {"sum": "0.0", "max": "-np.inf", "min": "np.inf"}
_JOINED = {"sum": "add", "max": "maximum", "min": "minimum"}


def _is_long(node: Node) -> bool:
    kernel = node.op.kernel
    one_by_one = isinstance(kernel, np.ufunc) and kernel.signature is None  # unlike matmul's
    if node.params or not (one_by_one or is_of_programs(node)):
        return False
    if not node.shape or math.prod(node.shape) < _WORTHWHILE:
        return False
    return all(hasattr(each, "dtype") or isinstance(each, (int, float)) for each in node.inputs)


def _is_reduced_by_blocks(node: Node, _shape: tuple[int, ...]) -> bool:
    if node.dtype.kind != "f" or node.dtype != node.first.dtype:
        return False
    return all(v is None for k, v in node.params.items() if k not in ("axis", "keepdims"))


class BlockWriter(Writer):
    """Writes programs of NumPy calls."""

    kinds = LoopKinds(_is_long, _is_reduced_by_blocks)
    reserved = (*Writer.reserved, "block", "rows", "start", "range", "slice", "min")

    def loop(self, unit: Unit, k: int) -> None:
        """Write a loop over blocks."""
        if len(unit.nodes) == 1:
            self.single(unit.nodes[0], k)
        else:
            _Blocks(self, unit, k).write()


class _Blocks:
    """Writes one loop.

    Blocks are slices along the longest axis.
    """

    def __init__(self, writer: Writer, unit: Unit, k: int) -> None:
        assert unit.shape is not None
        self.writer, self.unit, self.k, self.shape = writer, unit, k, unit.shape
        self.axis = max(range(len(self.shape)), key=lambda axis: self.shape[axis])
        self.length = self.shape[self.axis]
        self.step = _block_length(self.length, math.prod(self.shape) // self.length)
        self.even = self.length % self.step == 0
        self.part: dict[Any, str] = {}  # what a block of an array is called
        self.slices: dict[str, str] = {}
        self.inner: list[str] = []
        self.temporaries: list[tuple[np.dtype[Any], str]] = []  # memory that only this loop sees
        self.own: defaultdict[np.dtype[Any], set[str]] = defaultdict(set)  # the blocks in it
        self.free: defaultdict[np.dtype[Any], list[str]] = defaultdict(list)
        self.last = {parent: node for node in unit.nodes for parent in node.parents}
        self.products = self._products()

    def write(self) -> None:
        """Add the loop to the program."""
        writer, body = self.writer, self.writer.body
        kept = [node for node in self.unit.nodes if self._is_kept(node)]
        targets = {node: self._target(node) for node in kept}
        for node in self.unit.nodes:
            if is_reduction(node):
                self._reduction(node, targets[node])
            elif node not in self.products:
                self._elementwise(node, targets.get(node))
        body.append(f"for start in range(0, {self.length}, {self.step}):")
        body += indented([f"block = slice(start, start + {self.step})"])
        if not self.even:  # the last block is shorter
            body += indented([f"rows = slice(0, min({self.step}, {self.length} - start))"])
        body += indented(f"{name} = {expression}" for expression, name in self.slices.items())
        body += indented(self.inner)
        for node, name in targets.items():
            if is_reduction(node) and math.prod(node.shape) == 1 and node.shape:
                body.append(f"{name} = np.full({node.shape}, {name})")
            writer.filled(node, name)
        for dtype, name in self.temporaries:
            writer.setup.give_back(self._block_shape(), dtype, name)

    def _is_kept(self, node: Node) -> bool:
        return self.writer.is_read_later(node, self.k) or is_reduction(node)

    def _products(self) -> set[Node]:
        """Return products that are only summed up, which one call does."""
        readers: dict[Node, int] = {}
        for node in self.unit.nodes:
            for parent in node.parents:
                readers[parent] = readers.get(parent, 0) + 1
        return {
            node.first
            for node in self.unit.nodes
            if made_by(node, "sum") and len(self.shape) == 1 and made_by(node.first, "multiply")
            and readers[node.first] == 1 and not self._is_kept(node.first)
            and all(shape_of(e) == self.shape and e.dtype == node.dtype for e in node.first.inputs)
        }  # fmt: skip

    # -- memory ---------------------------------------------------------------------------------

    def _target(self, node: Node) -> str:
        """Return the name of the array, or number, that a result goes to."""
        writer = self.writer
        if is_reduction(node) and math.prod(node.shape) == 1:
            name = writer.names.fresh(node.name, "t")
            writer.body.append(f"{name} = {dtype_literal(node.dtype)}({_START[node.op.name]})")
            writer.own.add(name)
            return name
        old = writer.into.get(node)
        for operand in (old, *node.parents):
            if operand is not None and self._is_replaced(operand, node):
                if operand not in writer.buffer:
                    return writer.text[operand]
                writer.buffer[node] = writer.buffer.pop(operand)
                return writer.buffer[node]
        name = writer.destination(node)
        if is_reduction(node) and self.axis in reduced_axes(node, self.shape):
            writer.body.append(f"{name}.fill({_START[node.op.name]})")
        return name

    def _is_replaced(self, operand: Node, node: Node) -> bool:
        """Return whether a result may be written where an operand is."""
        if not self.writer.may_replace(operand, node, self.k):
            return False
        views = self.writer.views_of.get(operand, [])
        order = self.unit.nodes.index
        return all(order(user) <= order(node) for user in self._users(operand)) and not any(
            self._users(view) for view in views
        )

    def _users(self, operand: Node) -> list[Node]:
        return [node for node in self.unit.nodes if operand in node.parents]

    def _block_shape(self) -> tuple[int, ...]:
        return tuple(self.step if k == self.axis else n for k, n in enumerate(self.shape))

    def _temporary(self, node: Node) -> str:
        """Return memory for a block that only this loop sees."""
        for operand in node.parents:
            if self.last[operand] is node and self.part.get(operand) in self.own[node.dtype]:
                return self.part[operand]
        if self.free[node.dtype]:
            return self.free[node.dtype].pop()
        wanted = self.writer.names.fresh(None, "b")
        name = self.writer.setup.buffer(self._block_shape(), node.dtype, wanted)
        self.temporaries.append((node.dtype, name))
        if not self.even:
            name = self._slice(name, self._block_shape(), "rows")
        self.own[node.dtype].add(name)
        return name

    def _slice(self, name: str, shape: tuple[int, ...], by: str = "block") -> str:
        """Return the name of a block of an array; of the whole, if it has none along the axis."""
        own = self.axis - len(self.shape) + len(shape)
        if own < 0 or shape[own] == 1:
            return name
        expression = f"{name}[{':, ' * own}{by}]"
        if expression not in self.slices:
            self.slices[expression] = self.writer.names.fresh(None, "b")
        return self.slices[expression]

    # -- statements -----------------------------------------------------------------------------

    def _operand(self, operand: Any, user: Node) -> str:
        key = operand if operand.__class__ is Node else id(operand)
        if key in self.part:
            return self.part[key]
        text = self.writer.number(operand, user, self._block_shape() if self.even else None)
        if is_plain_number(operand, user):
            return text
        self.part[key] = self._slice(text, shape_of(operand))
        return self.part[key]

    def _elementwise(self, node: Node, target: str | None) -> None:
        operands = [self._operand(each, node) for each in node.inputs]
        out = self._slice(target, node.shape) if target else self._temporary(node)
        self.part[node] = out
        self.inner.append(self.writer.calls.written(node, operands, out))
        self._release(node)

    def _release(self, node: Node) -> None:
        """Let other steps have the memory of blocks that `node` was the last to read."""
        taken = self.part.get(node)
        for operand in node.parents:
            part = self.part.get(operand)
            if part is None or self.last[operand] is not node or part == taken:
                continue
            if part in self.own[operand.dtype] and part not in self.free[operand.dtype]:
                self.free[operand.dtype].append(part)

    def _reduction(self, node: Node, target: str) -> None:
        axis, keep = node.params.get("axis"), bool(node.params.get("keepdims", False))
        ufunc = _JOINED[node.op.name]
        if node.first in self.products:
            left, right = (self._operand(each, node.first) for each in node.first.inputs)
            self.inner.append(f"{target} += {left}.dot({right})")
            self._release(node.first)
            return
        x = self._operand(node.first, node)
        self.writer.calls.note_sum(x)
        gone = reduced_axes(node, self.shape)
        if math.prod(node.shape) == 1:
            found = f"np.{ufunc}.reduce({x}, axis=None)"
            self.inner.append(f"{target} = {self.writer.calls.ufunc(ufunc, [target, found], None)}")
        elif self.axis in gone:
            found = f"np.{ufunc}.reduce({x}, axis={axis!r}, keepdims={keep})"
            self.inner.append(self.writer.calls.ufunc(ufunc, [target, found], target))
        else:
            own = self.axis if keep else self.axis - sum(k < self.axis for k in gone)
            out = f"{target}[{':, ' * own}block]"
            self.inner.append(
                f"np.{ufunc}.reduce({x}, axis={axis!r}, out={out}, keepdims={keep})"
            )  # fmt: skip
        self._release(node)


def _block_length(length: int, rest: int) -> int:
    """Return how much of an axis of this length makes a block; best if nothing is left over."""
    most = max(1, _BLOCK // rest)
    parts = -(-length // most)
    for k in range(parts, 2 * parts):
        if length % k == 0 and length // k % _LINE == 0:
            return length // k
    shortest = -(-length // parts)
    return shortest if shortest < _LINE else -(-shortest // _LINE) * _LINE
