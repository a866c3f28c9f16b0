"""Turn a graph into statements, and decide where in memory each result goes."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import numpy as np

from autograd_mini.compile.planning.groups import LoopKinds, scheduled
from autograd_mini.compile.planning.units import Unit
from autograd_mini.compile.writing.calls import Calls, is_of_programs
from autograd_mini.compile.writing.numbers import is_plain_number, plain_number
from autograd_mini.compile.writing.program import (
    Names,
    Program,
    Setup,
    dtype_literal,
    indented,
    literal,
)
from autograd_mini.graph.node import Constant, Node
from autograd_mini.rewrite.builder import shape_of, size_of

__all__ = ["Writer"]

_LARGE = 1 << 16
"""Results of so many bytes are worth keeping the memory of."""


_LASTING = {
    "transpose", "reshape", "swapaxes", "moveaxis", "squeeze", "expand_dims", "broadcast_to",
}  # fmt: skip
"""What surely shows the memory of a contiguous array, and can be made before it is filled."""


_HELPERS = ("Results", "aligned", "halved", "masked", "owned", "times", "total_loss", "written")
"""What programs import from `autograd_mini.compile.results`."""


class Writer(ABC):
    """Writes the statements of one program, giving out memory as it goes.

    Parameters
    ----------
    inputs, outputs : sequences of Node
    updates : sequence of (Node, Node)
        An input, and the node whose value is to be written into it.
    draws : sequence of Node
        What draws random numbers, in the order in which it has to.
    order : sequence of Node
        All that is computed, operands before results.
    """

    kinds: ClassVar[LoopKinds]
    """Which operations may share a loop."""
    reserved: ClassVar[tuple[str, ...]] = (
        "np", "C", "K", "build", "step", "float", "complex", *_HELPERS,
    )  # fmt: skip

    def __init__(
        self,
        inputs: Sequence[Node],
        outputs: Sequence[Node],
        updates: Sequence[tuple[Node, Node]],
        draws: Sequence[Node],
        order: Sequence[Node],
    ) -> None:
        self.inputs, self.outputs, self.updates = inputs, outputs, updates
        self.fresh = set(outputs)
        roots = {*draws, *outputs, *(new for _, new in updates)}
        self.units = scheduled(order, roots, self.kinds, updates, draws)
        early = self._before_errors() if updates else set()
        self.into = {new: old for old, new in reversed(updates) if new not in early}
        self.names = Names(self.reserved)
        self.setup = Setup(self.names)
        self.calls = Calls(self.setup)
        self.body: list[str] = []
        self.text: dict[Any, str] = {}
        self.buffer: dict[Node, str] = {}  # nodes that live in a buffer of ours
        self.storage: dict[Node, Node] = {}  # a view, and whose memory it shows
        self.own: set[str] = set()  # names of arrays that share memory with nothing
        self.handed_out: set[str] = set()
        self.last, self.views_of = self._last_uses()

    def _before_errors(self) -> set[Node]:
        """Return what is known before something may raise: no argument may have it by then.

        It is put there once all else has succeeded.
        """
        raising = (k for k, unit in enumerate(self.units) if unit.may_raise)
        last = max(raising, default=0)
        return {node for unit in self.units[:last] for node in unit.nodes}

    def _last_uses(self) -> tuple[dict[Node, int], dict[Node, list[Node]]]:
        """Return by which unit each memory is read last, and what shows it."""
        last: dict[Node, int] = {}
        views: dict[Node, list[Node]] = {}
        for k, unit in enumerate(self.units):
            for node in unit.nodes:
                shown = node.first if unit.shows else None
                if shown.__class__ is Node:
                    self.storage[node] = root = self.storage.get(shown, shown)
                    views.setdefault(root, []).append(node)
                for parent in node.parents:
                    last[self.storage.get(parent, parent)] = k
        for node in (*self.outputs, *(new for _, new in self.updates)):
            last[self.storage.get(node, node)] = len(self.units)
        for unit in reversed(self.units):
            node = unit.nodes[0]
            if unit.shape is None and not self._is_new(node):  # it may return what it was given
                for root in (self.storage.get(each, each) for each in node.parents):
                    last[root] = max(last[root], last.get(self.storage.get(node, node), 0))
        return last, views

    @staticmethod
    def _is_new(node: Node) -> bool:
        """Return whether the call for `node` certainly makes an array of its own."""
        if isinstance(node.op.kernel, np.ufunc) and not node.params:
            return True
        is_total = node.op.name in ("dot", "sum", "max", "min") and not node.shape
        is_total = is_total and bool(shape_of(node.first))  # NumPy gives a number of its own
        return is_total or node.op.name == "where" or Calls.writes(node)

    def is_read_later(self, node: Node, k: int) -> bool:
        """Return whether a unit after the `k`-th reads `node`, or it is a result."""
        return self.last.get(self.storage.get(node, node), -1) > k

    # -- the program ----------------------------------------------------------------------------

    def emit(self) -> Program:
        """Return the program."""
        arguments = []
        for node in self.inputs:
            self.text[node] = self.names.fresh(node.name, "x")
            arguments.append(self.text[node])
        for k, unit in enumerate(self.units):
            if unit.shape is None:
                self.single(unit.nodes[0], k)
            else:
                self.loop(unit, k)
            self._release(unit, k)
        results = [self._result(node) for node in self.outputs]
        later = [(old, new) for old, new in self.updates if self.operand(new) != self.text[old]]
        values = [self._result(new) for _, new in later]  # an update may read another's argument
        for (old, _), value in zip(later, values, strict=True):
            self.body.append(f"np.copyto({self.argument(old)}, {value})")
        self.body += self.ending()
        self.body.append(f"return ({', '.join(results)}{',' if len(results) == 1 else ''})")
        return Program(self._source(arguments), self.setup.constants, self.setup.kernels)

    @abstractmethod
    def loop(self, unit: Unit, k: int) -> None:
        """Write the loop that computes the `k`-th unit."""

    def argument(self, node: Node) -> str:
        """Return the name of the array that was given for an input."""
        return self.text[node]

    def ending(self) -> list[str]:
        """Return what is left to be done before the program returns."""
        return []

    def header(self, words: str) -> list[str]:
        """Return the lines before ``build``; `words` is all that the program says."""
        helpers = [name for name in _HELPERS if f"{name}(" in words]
        lines = ["import numpy as np"]
        if helpers:
            lines += ["", f"from autograd_mini.compile.results import {', '.join(helpers)}"]
        return lines

    def _source(self, arguments: Iterable[str]) -> str:
        setup = self.setup.lines()
        lines = [
            *self.header("\n".join([*setup, *self.body])),
            "", "", "def build(C, K):", *indented(setup),
            "", *indented([f"def step({', '.join(arguments)}):"]), *indented(self.body, 2),
            "", *indented(self._settings()), "    return step", "",
        ]  # fmt: skip
        return "\n".join(lines)

    def _settings(self) -> list[str]:
        """Return the statement that says what the program runs under, if that matters."""
        size = None if self.setup.kernels else self.calls.bufsize()
        return (
            []
            if size is None
            else [f"step.bufsize = {size}  # or NumPy would copy what repeats, to fill more"]
        )

    def _result(self, node: Node) -> str:
        """Return the text of a value to hand out, which shares memory with nothing."""
        text = self.operand(node)
        if text in self.handed_out or node.is_leaf or node in self.storage:
            return self._stored(
                f"np.array({text})", f"{text}_copy" if text.isidentifier() else None
            )
        self.handed_out.add(text)
        if text in self.own:
            return text
        operands = [
            self.argument(each) if each in self.inputs else self.operand(each)
            for each in node.inputs
            if hasattr(each, "dtype")
        ]
        made = f"owned({', '.join([text, *operands])})"
        # at once, where it may show an argument, which is updated after it
        return self._stored(made, None) if self.updates else made

    def _stored(self, value: str, name: str | None) -> str:
        name = self.names.fresh(name, "t")
        self.body.append(f"{name} = {value}")
        return name

    # -- single operations ----------------------------------------------------------------------

    def single(self, node: Node, k: int) -> None:
        """Write the statement for an operation that needs no loop."""
        if node in self.text or node in self.storage:
            return  # a view is made where it is first wanted
        if node.is_leaf:
            self.text[node] = self.setup.constant(node.value, node.name)
            return
        operands = [self.number(each, node, node.shape) for each in node.inputs]
        if self._chosen_in_place(node, operands, k):
            return
        if not self.calls.writes(node) or self._is_small_result(node):
            name = self.names.fresh(node.name, "t")
            made = self.calls.written(node, operands, None)
            unread = node.op.random and not self.is_read_later(node, k)
            self.body.append(made if unread else f"{name} = {made}")
            if self._is_new(node):
                self.own.add(name)
        else:
            memory = self._in_place(node, k) or self.destination(node)
            name = self._called(node, memory)
            call = self._on_its_entry(node, operands, memory)
            call = call or self.call(node, operands, memory)
            assigned = f"{name} = " if name != memory else ""
            self.body.append(f"{assigned}{call}  # {_shape_text(node)}")
        self.text[node] = name

    def _called(self, node: Node, memory: str) -> str:
        """Return what to call a result in `memory`: buffers come to hold one after another."""
        if node.name is None or not self.setup.is_buffer(memory):
            return memory
        name = self.names.fresh(node.name, "t")
        self.setup.lies_in(name, memory)
        return name

    def filled(self, node: Node, memory: str) -> None:
        """Note that a loop has left a result in `memory`, and call it what it is."""
        self.text[node] = name = self._called(node, memory)
        if name != memory:
            self.body.append(f"{name} = {memory}")

    def call(self, node: Node, operands: list[str], out: str) -> str:
        """Return the call that writes a result into the array `out`, and returns that."""
        return self.calls.written(node, operands, out)

    def _chosen_in_place(self, node: Node, operands: list[str], k: int) -> bool:
        """Write ``where(condition, number, x)`` into x, if nobody reads x afterwards."""
        if node.op.name != "where" or not isinstance(node.inputs[1], (int, float)):
            return False
        x = node.inputs[2]
        if x.__class__ is not Node or not self.may_replace(x, node, k) or node in self.into:
            return False
        condition, number, target = operands
        self.body.append(f"np.copyto({target}, {number}, where={condition})")
        self.buffer[node] = self.text[node] = self.buffer.pop(x)
        return True

    def _on_its_entry(self, node: Node, operands: list[str], target: str) -> str | None:
        """Return the update of an array of one entry, on which arithmetic of numbers is quicker."""
        old, new = node.inputs if node.op.name in ("add", "subtract") else (None, None)
        if not (old.__class__ is Node and new.__class__ is Node):  # a constant may be a number
            return None
        if self.into.get(node) is not old or operands[0] != target:
            return None
        alike = new.dtype == old.dtype == node.dtype
        if not (alike and node.shape == shape_of(new) == (1,) * len(node.shape)):
            return None
        entry = f"[{', '.join('0' for _ in node.shape)}]"
        return f"{target}{entry} {'+' if node.op.name == 'add' else '-'}= {operands[1]}{entry}"

    def _is_small_result(self, node: Node) -> bool:
        large = size_of(node) * node.dtype.itemsize >= _LARGE
        return node in self.fresh and not large and not is_of_programs(node)

    def _in_place(self, node: Node, k: int) -> str | None:
        """Return the array of an operand that nobody reads afterwards."""
        if not (isinstance(node.op.kernel, np.ufunc) or is_of_programs(node)):
            return None
        old = self.into.get(node)
        if old is not None and self.may_replace(old, node, k):
            return self.text[old]
        for operand in node.inputs:
            if operand.__class__ is Node and self.may_replace(operand, node, k):
                self.buffer[node] = self.buffer.pop(operand)
                return self.buffer[node]
        return None

    def may_replace(self, operand: Node, node: Node, k: int) -> bool:
        """Return whether `node`, of the `k`-th unit, may have the memory of `operand`."""
        if node in self.fresh or self.is_read_later(operand, k) or operand in self.storage:
            return False
        if operand.shape != node.shape or operand.dtype != node.dtype:
            return False
        if node in self.into:
            return self.into[node] is operand
        return operand in self.buffer

    def destination(self, node: Node) -> str:
        """Return the name of other memory for a result."""
        if node in self.fresh:
            return self._handed_out(node, self.names.fresh(node.name, "t"))
        # not the name of what comes into it first: others follow
        name = self.setup.buffer(node.shape, node.dtype, self.names.fresh(None, "t"))
        self.buffer[node] = name
        self.own.add(name)
        return name

    def _handed_out(self, node: Node, name: str) -> str:
        """Make an array that no later call may touch."""
        if size_of(node) * node.dtype.itemsize >= _LARGE:
            made = self.names.fresh(f"new_{name}", "new")
            self.setup.add(f"{made} = Results({node.shape}, {dtype_literal(node.dtype)})")
            self.body.append(f"{name} = {made}()")
        else:
            self.body.append(f"{name} = np.empty({node.shape}, {dtype_literal(node.dtype)})")
        self.own.add(name)
        return name

    def _release(self, unit: Unit, k: int) -> None:
        """Give back the buffers that this unit was the last to read."""
        seen = [each for node in unit.nodes for each in node.parents]
        for each in seen + unit.nodes:
            node = self.storage.get(each, each)
            if node in self.buffer and self.last.get(node, k) <= k:
                self.setup.give_back(node.shape, node.dtype, self.buffer.pop(node))

    # -- operands -------------------------------------------------------------------------------

    def operand(self, operand: Any) -> str:
        """Return the text of an operand."""
        key = operand if operand.__class__ is Node else id(operand)
        if key in self.text:
            return self.text[key]
        if operand in self.storage:
            self.text[operand] = self._view(operand)
            return self.text[operand]
        if isinstance(operand, (int, float, bool)) and not isinstance(operand, np.generic):
            return literal(operand)
        value = operand.value if isinstance(operand, (Node, Constant)) else operand
        self.text[key] = self.setup.constant(value, getattr(operand, "name", None))
        return self.text[key]

    def number(self, operand: Any, user: Node, shape: tuple[int, ...] | None) -> str:
        """Return the text of an operand of `user`, which may be a plain number.

        It is written for entries of the `shape` of the others, if that is given.
        """
        if is_plain_number(operand, user):
            return plain_number(operand, user, shape, self.setup)
        return self._without_axes(operand, user)

    def _without_axes(self, operand: Any, user: Node) -> str:
        """Return the text of an operand, seen as a number if it is one entry that repeats."""
        text, kernel, shape = self.operand(operand), user.op.kernel, shape_of(operand)
        if not shape or not isinstance(kernel, np.ufunc) or kernel.signature or kernel.nout > 1:
            return text
        if math.prod(shape) != 1 or size_of(user) == 1:
            return text
        others = [each for each in user.inputs if each is not operand]
        if not any(shape_of(each) == user.shape for each in others):
            return text
        seen = f"{self.setup.memory(text)}.squeeze()"
        return self.setup.view(seen) if self.setup.is_buffer(text) else seen

    def _view(self, node: Node) -> str:
        """Make a view: of a buffer or a constant once, of an argument at each call."""
        operands = [self.operand(each) for each in node.inputs]
        call = self.calls.written(node, operands, None)
        if call.isidentifier() or call.endswith(".T"):
            return call
        if node.op.name in _LASTING and self.setup.is_buffer(operands[0]):
            operands[0] = self.setup.memory(operands[0])
            return self.setup.view(self.calls.written(node, operands, None))
        return self._stored(call, node.name)


def _shape_text(node: Node) -> str:
    return f"({'×'.join(map(str, node.shape))})"
