"""Programs of fused loops, compiled by numba; what is no loop stays a call of NumPy."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from autograd_mini.compile.looping.loops import Slot, loop_source
from autograd_mini.compile.looping.products import is_quicker
from autograd_mini.compile.planning.formulas import FORMULAS, number_of
from autograd_mini.compile.planning.groups import LoopKinds, operands_of
from autograd_mini.compile.planning.units import Unit, is_reduction, reduced_axes
from autograd_mini.compile.writing.writer import Writer
from autograd_mini.graph.node import Node
from autograd_mini.rewrite.builder import shape_of, size_of

__all__ = ["KEPT", "LoopWriter"]

KEPT = {"log_sigmoid", "logistic_loss", "sigmoid", "softplus"}
"""Operations that loops have a better formula for than their parts."""

_FLOATS = (np.dtype(np.float64), np.dtype(np.float32))
_DTYPES = (*_FLOATS, np.dtype(np.bool_))
_MOST_AXES = 8
_STREAMED = 4 << 20
"""Bytes of results that are written past the caches, of which each core has less for itself."""
_MATH = {
    "accumulated", "exp", "expm1", "greatest", "least", "log", "log1p", "log_sigmoid",
    "logistic_loss", "sigmoid", "softplus", "streamed", "tanh", "wide",
}  # fmt: skip


def _is_written_in_a_loop(node: Node) -> bool:
    formula = FORMULAS.get(node.op.name)
    if formula is None or not node.shape or len(node.shape) > _MOST_AXES or 0 in node.shape:
        return False
    if node.dtype not in _DTYPES or not formula.takes(node):
        return False
    return all(_is_plain(each) for each in node.inputs)


def _is_plain(operand: Any) -> bool:
    dtype = getattr(operand, "dtype", None)
    return isinstance(operand, (int, float)) if dtype is None else dtype in _DTYPES


def _is_reduced_in_a_loop(node: Node, shape: tuple[int, ...]) -> bool:
    if node.dtype not in _FLOATS or node.dtype != node.first.dtype:
        return False
    if set(node.params) - {"axis", "keepdims"}:
        return all(node.params[key] is None for key in node.params.keys() - {"axis", "keepdims"})
    if node.op.name == "sum":
        return True
    axes = reduced_axes(node, shape)  # extremes of a row depend on one another: no vectors
    return any(k not in axes and n != 1 for k, n in enumerate(shape)) and not any(
        shape[k] != 1 and all(n == 1 for n in shape[k + 1 :]) for k in axes
    )


def _called(names: Iterable[str], words: str) -> list[str]:
    return [name for name in names if f"{name}(" in words]


class LoopWriter(Writer):
    """Writes programs whose elementwise steps are loops."""

    kinds = LoopKinds(_is_written_in_a_loop, _is_reduced_in_a_loop)
    reserved = (*Writer.reserved, "math", "fused", "product", "ready", "write_back", *_MATH)

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.loops: dict[str, str] = {}  # source by name
        self.given: dict[Node, str] = {}  # what an argument was called before it was made ready
        self.is_ready: set[str] = set()  # names of arrays in C order

    def header(self, words: str) -> list[str]:
        """Return the imports, and the loops."""
        lines, imports = super().header(words), list(self._imports(words))
        lines += [""] * (bool(imports) and lines[-1] == "import numpy as np")
        lines += imports
        if not self.loops:
            return lines
        for source in self.loops.values():
            lines += ["", "", "@fused", *source.rstrip().split("\n")]
        return ["import math", "", *lines]

    def _imports(self, words: str) -> Iterator[str]:
        """Yield the lines that import what loops, and programs beside their loops, call."""
        inside = re.findall(r"(\w+)\(", "".join(self.loops.values()))
        known = {
            "fused": ["fused"] * bool(self.loops) + _called(("ready", "write_back"), words),
            "looping.products": _called(("product",), words),
            "looping.vector_math": sorted(_MATH.intersection(inside)),
        }
        for module, names in known.items():
            if names:
                yield f"from autograd_mini.compile.{module} import {', '.join(names)}"

    def call(self, node: Node, operands: list[str], out: str) -> str:
        """Return the call that writes a result, by our own means if these are quicker."""
        if node.op.name == "dot" and node.dtype in _FLOATS and len(node.shape) == 2:
            rows, columns = node.shape
            if is_quicker(rows, shape_of(node.first)[1], columns, node.dtype):
                return f"product({', '.join(operands)}, {out})"
        return super().call(node, operands, out)

    def argument(self, node: Node) -> str:
        """Return the name of an argument, not that of its copy in C order."""
        return self.given.get(node, self.text[node])

    def ending(self) -> list[str]:
        """Return the lines that write results of updates to where the arguments came from."""
        return [
            f"write_back({self.text[old]}, {self.given[old]})"
            for old, new in self.updates
            if self.text[new] == self.text[old] and old in self.given
        ]

    def loop(self, unit: Unit, k: int) -> None:
        """Write the call of a loop, and the loop."""
        stored = [n for n in unit.nodes if self.is_read_later(n, k) or is_reduction(n)]
        arrays: list[tuple[str, Any, Node | None]] = []  # the array, what it holds, what it gets
        waiting = list(stored)
        for operand in operands_of(unit.nodes):
            if operand.__class__ is not Node and number_of(operand) is not None:
                continue
            name = self._array(operand)
            target = self._replacement(operand, unit, k, waiting)
            if target is not None:
                waiting.remove(target)
                if operand in self.buffer:
                    self.buffer[target] = name = self.buffer.pop(operand)
                self.text[target] = name
            arrays.append((name, operand, target))
        for node in waiting:
            self.text[node] = name = self.destination(node)
            arrays.append((name, None, node))
        slots = [
            Slot(
                f"x{n}",
                shape_of(read if read is not None else write),
                read,
                write,
                read is None and self._is_streamed(write, k),
            )
            for n, (_, read, write) in enumerate(arrays, 1)
        ]
        function = self._function(unit, slots)
        self.body.append(f"{function}({', '.join(name for name, _, _ in arrays)})")
        for node in stored:
            self.filled(node, self.text[node])

    def _array(self, operand: Any) -> str:
        """Return the name of an operand as an array that a loop can take."""
        text = self.operand(operand)
        if text in self.is_ready or self.setup.is_buffer(text):
            return text
        name = self.names.fresh(f"{text}_ready", "t")
        line = f"{name} = ready({text})"
        if operand.__class__ is not Node or (operand.is_leaf and operand not in self.inputs):
            self.setup.add(line)
        else:
            self.body.append(line)
        if operand in self.inputs:
            self.given[operand] = text
        if operand not in self.storage:
            self.text[operand if operand.__class__ is Node else id(operand)] = name
        self.is_ready.add(name)
        return name

    def destination(self, node: Node) -> str:
        """Return the name of memory for a result, which is in C order."""
        name = super().destination(node)
        self.is_ready.add(name)
        return name

    def _is_streamed(self, node: Any, k: int) -> bool:
        """Return whether a result is too large for the caches, and only handed out."""
        large = size_of(node) * node.dtype.itemsize >= _STREAMED and node.dtype in _FLOATS
        if not large or node not in self.fresh:
            return False
        return not any(node in each.parents for unit in self.units[k + 1 :] for each in unit.nodes)

    def _replacement(self, operand: Any, unit: Unit, k: int, waiting: list[Node]) -> Node | None:
        """Return a result that may take the place of an operand in memory."""
        if operand.__class__ is not Node or shape_of(operand) != unit.shape:
            return None
        views = self.views_of.get(operand, ())
        if any(view in each.parents for view in views for each in unit.nodes):
            return None
        for node in waiting:
            if not is_reduction(node) and self.may_replace(operand, node, k):
                return node
        return None

    def _function(self, unit: Unit, slots: list[Slot]) -> str:
        """Return the name of the loop, which is written once for all groups like this one."""
        words = [node.op.name for node in unit.nodes if node.op.name != "broadcast_to"]
        base = "_".join(list(dict.fromkeys(words))[:4])
        if hasattr(np, base) or base in self.reserved:  # which the program may call as well
            base = f"{base}_loop"
        assert unit.shape is not None
        count = 1
        while True:
            name = base if count == 1 else f"{base}_{count}"
            source = loop_source(name, unit.shape, unit.nodes, slots)
            if self.loops.setdefault(name, source) == source:
                self.names.take(name)
                return name
            count += 1
