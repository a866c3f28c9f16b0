"""Programs of fused loops, compiled by numba; what is no loop stays a call of NumPy."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_mini.compile.formulas import number_of
from autograd_mini.compile.groups import (
    Unit,
    has_one_result,
    is_reduction,
    is_view,
    operands_of,
    scheduled,
)
from autograd_mini.compile.loops import Slot, loop_source
from autograd_mini.compile.program import Program
from autograd_mini.graph.node import Constant, Node
from autograd_mini.rewrite.builder import shape_of

__all__ = ["KEPT", "emitted"]

KEPT = {"log_sigmoid", "logistic_loss", "sigmoid", "softplus"}
"""Operations that loops have a better formula for than their parts."""

_LARGE = 1 << 16
"""Results of so many bytes are worth keeping the memory of."""

_VIEWS = {
    "alias": "{0}", "stop_gradient": "{0}", "reshape": "{0}.reshape({shape!r})",
    "squeeze": "{0}.reshape({shape!r})", "expand_dims": "{0}.reshape({shape!r})",
    "broadcast_to": "np.broadcast_to({0}, {shape!r})",
}  # fmt: skip
_HEADER = """import math

import numpy as np

from autograd_mini.compile.fused import Results, fused, owned, ready, write_back
from autograd_mini.compile.vector_math import {names}
"""


class _Memory:
    """Which buffers there are, and which of them are free."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._free: dict[Any, list[str]] = {}

    def take(self, node: Node, wanted: str) -> str:
        """Return a buffer for a result; `wanted` is its name if a new one is made."""
        free = self._free.get((node.shape, node.dtype.str))
        if free:
            return free.pop()
        self.lines.append(f"{wanted} = np.empty({node.shape}, np.{node.dtype.name})")
        return wanted

    def give_back(self, node: Node, name: str) -> None:
        """Let later results have the buffer of `node`."""
        self._free.setdefault((node.shape, node.dtype.str), []).append(name)


class _Writer:
    """Writes one program."""

    def __init__(
        self,
        inputs: Sequence[Node],
        outputs: Sequence[Node],
        updates: Sequence[tuple[Node, Node]],
        draws: Sequence[Node],
    ) -> None:
        self.inputs, self.outputs, self.updates = inputs, outputs, updates
        self.units = scheduled([*draws, *outputs, *(new for _, new in updates)], updates, draws)
        self.memory = _Memory()
        self.constants: list[Any] = []
        self.kernels: dict[str, Any] = {}
        self.loops: dict[str, str] = {}  # source by name
        self.setup: list[str] = []
        self.body: list[str] = []
        self.text: dict[Any, str] = {}
        self.buffer: dict[Node, str] = {}  # nodes that live in a buffer of ours
        self.storage: dict[Node, Node] = {}  # a view, and whose memory it shows
        self.is_ready: set[str] = set()  # names of arrays in C order
        self.taken = {
            "np",
            "math",
            "C",
            "K",
            "build",
            "step",
            "ready",
            "owned",
            "fused",
            "Results",
            "write_back",
        }
        self.fresh = set(outputs)
        self.handed_out: set[str] = set()
        self.last, self.views_of = self._last_uses()
        self.given: dict[Node, str] = {}

    def _last_uses(self) -> tuple[dict[Node, int], dict[Node, list[Node]]]:
        """Return when each memory is read last, and what shows it."""
        last: dict[Node, int] = {}
        views: dict[Node, list[Node]] = {}
        for k, unit in enumerate(self.units):
            for node in unit.nodes:
                shown = node.first if is_view(node) and unit.shape is None else None
                if shown.__class__ is Node:
                    self.storage[node] = root = self.storage.get(shown, shown)
                    views.setdefault(root, []).append(node)
                for parent in node.parents:
                    last[self.storage.get(parent, parent)] = k
        for node in (*self.outputs, *(new for _, new in self.updates)):
            last[self.storage.get(node, node)] = len(self.units)
        for unit in reversed(self.units):
            node = unit.nodes[0]
            if unit.shape is None and not self._fits_out(node):  # it may return what it was given
                for root in (self.storage.get(each, each) for each in node.parents):
                    last[root] = max(last[root], last.get(self.storage.get(node, node), 0))
        return last, views

    # -- the program ----------------------------------------------------------------------------

    def emit(self) -> Program:
        arguments = []
        for node in self.inputs:
            name = self._name(node.name, "x")
            self.text[node] = name
            arguments.append(name)
        into = {new: old for old, new in self.updates}
        for k, unit in enumerate(self.units):
            self._unit(unit, k, into)
            self._release(unit, k)
        results = [self._result(node) for node in self.outputs]
        later = [(old, new) for old, new in self.updates if self._operand(new) != self.text[old]]
        values = [self._result(new) for _, new in later]
        for (old, _), value in zip(later, values, strict=True):
            self.body.append(f"np.copyto({self.given.get(old, self.text[old])}, {value})")
        for old, new in self.updates:
            if self.text[new] == self.text[old] and old in self.given:
                self.body.append(f"write_back({self.text[old]}, {self.given[old]})")
        self.body.append(f"return ({', '.join(results)}{',' if len(results) == 1 else ''})")
        return Program(self._source(arguments), self.constants, self.kernels)

    def _source(self, arguments: list[str]) -> str:
        loops = [f"\n\n@fused\n{source}" for source in self.loops.values()]
        words = set(re.findall(r"(\w+)\(", "".join(self.loops.values())))
        names = ", ".join(sorted(words & _MATH))
        header = _HEADER.format(names=names) if names else _HEADER.rpartition("from")[0]
        lines = [
            "", "", "def build(C, K):",
            *(f"    {line}" for line in [*self.memory.lines, *self.setup]),
            "", f"    def step({', '.join(arguments)}):",
            *(f"        {line}" for line in self.body),
            "", "    return step", "",
        ]  # fmt: skip
        return header + "".join(loops) + "\n".join(lines)

    def _name(self, wanted: str | None, prefix: str) -> str:
        base = re.sub(r"\W", "_", wanted or "")
        name, count = base if base.isidentifier() else "", 1
        while not name or name in self.taken:
            name = f"{base + '_' if base.isidentifier() else prefix}{count}"
            count += 1
        self.taken.add(name)
        return name

    def _unit(self, unit: Unit, k: int, into: dict[Node, Node]) -> None:
        if unit.shape is not None:
            self._loop(unit, k, into)
            return
        node = unit.nodes[0]
        if node in self.text or node in self.storage:
            return  # a view is made where it is first wanted
        if node.is_leaf:
            self.text[node] = self._constant(node.value, node.name)
            return
        operands = [self._operand(each) for each in node.inputs]
        if not self._fits_out(node):
            name = self._name(node.name, "t")
            self.body.append(f"{name} = {self._call(node, operands, None)}")
        else:
            name = self._destination(node)
            self.body.append(self._call(node, operands, name))
        self.text[node] = name

    def _destination(self, node: Node) -> str:
        """Return the name of the array that a result is written into."""
        if node in self.fresh:
            return self._fresh(node)
        name = self.memory.take(node, self._name(node.name, "t"))
        self.buffer[node] = name
        self.is_ready.add(name)
        return name

    def _fresh(self, node: Node) -> str:
        """Return the name of an array to hand out, which no later call may touch."""
        name = self._name(node.name, "t")
        if int(np.prod(node.shape)) * node.dtype.itemsize >= _LARGE:
            self.setup.append(f"new_{name} = Results({node.shape}, np.{node.dtype.name})")
            self.body.append(f"{name} = new_{name}()")
        else:
            self.body.append(f"{name} = np.empty({node.shape}, np.{node.dtype.name})")
        self.is_ready.add(name)
        return name

    def _release(self, unit: Unit, k: int) -> None:
        """Give back the buffers that this unit was the last to read."""
        seen = [self.storage.get(each, each) for node in unit.nodes for each in node.parents]
        for node in dict.fromkeys([*seen, *unit.nodes]):
            if node in self.buffer and self.last.get(node, k) <= k:
                self.memory.give_back(node, self.buffer.pop(node))

    def _result(self, node: Node) -> str:
        """Return the text of a value to hand out, which shares memory with nothing."""
        text = self._operand(node)
        if text in self.handed_out or node.is_leaf or node in self.storage:
            copy = self._name(f"{text}_copy", "t")
            self.body.append(f"{copy} = np.array({text})")
            return copy
        self.handed_out.add(text)
        if text in self.is_ready:
            return text
        operands = [self._operand(each) for each in node.inputs if hasattr(each, "dtype")]
        return f"owned({', '.join([text, *operands])})"

    # -- operands -------------------------------------------------------------------------------

    def _operand(self, operand: Any) -> str:
        """Return the text of an operand of a NumPy call."""
        key = operand if operand.__class__ is Node else id(operand)
        if key in self.text:
            return self.text[key]
        if operand in self.storage:
            return self._view(operand)
        if isinstance(operand, (int, float, bool)) and not isinstance(operand, np.generic):
            return repr(operand) if np.isfinite(operand) else f"float({str(operand)!r})"
        value = operand.value if isinstance(operand, (Node, Constant)) else operand
        self.text[key] = self._constant(value, getattr(operand, "name", None))
        return self.text[key]

    def _view(self, node: Node) -> str:
        """Make a view; a transposed matrix is written where it is used."""
        call = self._call(node, [self._operand(each) for each in node.inputs], None)
        if node.op.name == "transpose" and call.endswith(".T"):
            self.text[node] = call
        else:
            self.text[node] = self._name(node.name, "t")
            self.body.append(f"{self.text[node]} = {call}")
        return self.text[node]

    def _constant(self, value: Any, name: str | None) -> str:
        text = self._name(name, "c")
        self.setup.append(f"{text} = C[{len(self.constants)}]")
        self.constants.append(value)
        return text

    def _array(self, operand: Any) -> str:
        """Return the name of an operand as an array that a loop can take."""
        text = self._operand(operand)
        if text in self.is_ready:
            return text
        key = operand if operand.__class__ is Node else id(operand)
        updated = any(old is operand for old, _ in self.updates)
        rebound = operand in self.inputs and not updated
        name = text if rebound else self._name(f"{text}_ready", "t")
        constant = operand.__class__ is not Node or (operand.is_leaf and operand not in self.inputs)
        (self.setup if constant else self.body).append(f"{name} = ready({text})")
        if operand in self.inputs:
            self.given[operand] = text
        if key not in self.storage:
            self.text[key] = name
        self.is_ready.add(name)
        return name

    # -- calls of NumPy -------------------------------------------------------------------------

    @staticmethod
    def _fits_out(node: Node) -> bool:
        """Return whether a NumPy call can write the result into an array."""
        if not (node.shape and has_one_result(node)):
            return False
        return isinstance(node.op.kernel, np.ufunc) or (
            node.op.name == "dot"
            and all(len(shape_of(e)) == 2 and e.dtype == node.dtype for e in node.inputs)
        )

    def _call(self, node: Node, operands: list[str], out: str | None) -> str:
        op = node.op
        if isinstance(op.kernel, np.ufunc) and not node.params:
            return f"np.{op.kernel.__name__}({', '.join(operands)}{f', out={out}' if out else ''})"
        if op.name == "dot":
            return f"np.dot({', '.join(operands)}{f', {out}' if out else ''})"
        if op.name == "transpose" and not node.params.get("axes"):
            return f"{operands[0]}.T"
        if op.name in _VIEWS and isinstance(node.inputs[0], Node):
            return _VIEWS[op.name].format(*operands, shape=node.shape)
        name = self._name(f"_{op.name}", "k")
        self.kernels[name] = _with_params(node)
        self.setup.append(f"{name} = K[{name!r}]")
        inner = ", ".join(operands)
        return f"{name}([{inner}])" if op.variadic else f"{name}({inner})"

    # -- loops ----------------------------------------------------------------------------------

    def _loop(self, unit: Unit, k: int, into: dict[Node, Node]) -> None:
        assert unit.shape is not None
        stored = [node for node in unit.nodes if self.last.get(node, -1) > k or is_reduction(node)]
        arrays: list[tuple[str, Any, Node | None]] = []  # the array, what it holds, what it gets
        waiting = list(stored)
        for operand in operands_of(unit.nodes):
            if operand.__class__ is not Node and number_of(operand) is not None:
                continue
            name = self._array(operand)
            target = self._in_place(operand, unit, k, waiting, into)
            if target is not None:
                waiting.remove(target)
                self.text[target] = name
                if operand in self.buffer:
                    self.buffer[target] = self.buffer.pop(operand)
            arrays.append((name, operand, target))
        for node in waiting:
            self.text[node] = name = self._destination(node)
            arrays.append((name, None, node))
        slots = [
            Slot(f"x{n}", shape_of(read if read is not None else write), read, write)
            for n, (_, read, write) in enumerate(arrays, 1)
        ]
        function = self._function(unit, slots)
        self.body.append(f"{function}({', '.join(name for name, _, _ in arrays)})")

    def _in_place(
        self,
        operand: Any,
        unit: Unit,
        k: int,
        waiting: list[Node],
        into: dict[Node, Node],
    ) -> Node | None:
        """Return a result that may take the place of an operand in memory."""
        if operand.__class__ is not Node or shape_of(operand) != unit.shape:
            return None
        root = self.storage.get(operand, operand)
        if root is not operand or self.last.get(operand, -1) > k:
            return None
        views = self.views_of.get(operand, ())
        if any(view in each.parents for view in views for each in unit.nodes):
            return None
        for node in waiting:
            if is_reduction(node) or node.dtype != operand.dtype or node in self.fresh:
                continue
            if into.get(node) is operand or (operand in self.buffer and node not in into):
                return node
        return None

    def _function(self, unit: Unit, slots: list[Slot]) -> str:
        """Return the name of the loop, which is written once for all groups like this one."""
        names = [node.op.name for node in unit.nodes if node.op.name != "broadcast_to"]
        words = list(dict.fromkeys(names))[:4]
        base = "_".join(words)
        assert unit.shape is not None
        count = 1
        while True:
            name = base if count == 1 else f"{base}_{count}"
            source = loop_source(name, unit.shape, unit.nodes, slots)
            if self.loops.setdefault(name, source) == source:
                self.taken.add(name)
                return name
            count += 1


_MATH = {
    "accumulated", "exp", "expm1", "greatest", "least", "log", "log1p", "log_sigmoid",
    "logistic_loss", "sigmoid", "softplus", "tanh", "wide",
}  # fmt: skip


def _with_params(node: Node) -> Any:
    kernel, params = node.op.kernel, node.params
    return functools.partial(kernel, **params) if params else kernel


def emitted(
    inputs: Sequence[Node],
    outputs: Sequence[Node],
    updates: Sequence[tuple[Node, Node]],
    draws: Sequence[Node] = (),
) -> Program:
    """Return the program that computes `outputs` from `inputs` and carries out `updates`.

    The parameters are those of :func:`autograd_mini.compile.program.emitted`.
    """
    return _Writer(inputs, outputs, updates, draws).emit()
