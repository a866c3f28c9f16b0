"""Turn a graph into statements, and decide where in memory each result goes."""

from __future__ import annotations

import functools
import keyword
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_mini.graph.graph import topological
from autograd_mini.graph.node import Constant, Node
from autograd_mini.rewrite.builder import shape_of

__all__ = ["Program", "emitted"]

_VIEWS = {"transpose", "reshape", "swapaxes", "moveaxis", "squeeze", "expand_dims", "broadcast_to"}
_OUT = {"maximum": ", out=", "minimum": ", out="}  # NumPy wants it by name


class Program:
    """A straight-line program: its source, and the arrays it closes over.

    Attributes
    ----------
    source : str
        Of a function ``build(C, K)`` that makes the buffers and returns ``step``.
    constants : list
        The arrays ``C``.
    kernels : dict
        The functions ``K``, of operations that are not one NumPy call.
    """

    def __init__(self, source: str, constants: list[Any], kernels: dict[str, Any]) -> None:
        self.source, self.constants, self.kernels = source, constants, kernels


class _Names:
    def __init__(self) -> None:
        self._taken: set[str] = {"np", "C", "K", "dot", "build", "step"}

    def fresh(self, wanted: str | None, prefix: str) -> str:
        base = re.sub(r"\W", "_", wanted or "")
        if not base or not base.isidentifier() or keyword.iskeyword(base):
            base = ""
        name, count = base, 1
        while not name or name in self._taken:
            name = f"{base + '_' if base else prefix}{count}"
            count += 1
        self._taken.add(name)
        return name


class _Emitter:
    """Writes the statements of one program, giving out buffers as it goes."""

    def __init__(
        self,
        inputs: Sequence[Node],
        outputs: Sequence[Node],
        updates: Sequence[tuple[Node, Node]],
        draws: Sequence[Node],
    ) -> None:
        self.inputs, self.outputs, self.updates = inputs, outputs, updates
        self.names = _Names()
        self.text: dict[int, str] = {}
        self.constants: list[Any] = []
        self.kernels: dict[str, Any] = {}
        self.setup: list[str] = []
        self.body: list[str] = []
        self.functions: set[str] = set()
        self.made: dict[Any, str] = {}
        self.free: dict[Any, list[str]] = {}
        self.buffer: dict[Node, str] = {}  # nodes that live in a buffer of ours
        self.storage: dict[Node, Node] = {}  # a view, and the node whose memory it shows
        self.fixed: set[Node] = set()  # views made once
        roots = [*draws, *outputs, *(new for _, new in updates)]
        self.order = topological(roots)
        self.position = {node: k for k, node in enumerate(self.order)}
        self.last = self._last_uses()
        self.fresh = set(outputs)
        self.handed_out: set[str] = set()
        self.into = self._written_into()

    # -- liveness -------------------------------------------------------------------------------

    def _last_uses(self) -> dict[Node, int]:
        """Return, for each node, the position of the last statement that reads its memory."""
        last: dict[Node, int] = {}
        for position, node in enumerate(self.order):
            for parent in node.parents:
                last[parent] = position
        end = len(self.order)
        for node in (*self.outputs, *(new for _, new in self.updates)):
            last[node] = end
        for node in reversed(self.order):  # what a view shows lives as long as the view
            if self._is_view(node):
                shown = node.first
                if shown.__class__ is Node:
                    last[shown] = max(last.get(shown, 0), last.get(node, 0))
        return last

    @staticmethod
    def _is_view(node: Node) -> bool:
        if node.op.name in _VIEWS:
            return True
        return node.op.name in ("getitem", "ravel", "flip", "alias", "stop_gradient", "pick")

    def _written_into(self) -> dict[Node, Node]:
        """Return the updates whose last operation may write into the argument itself."""
        found: dict[Node, Node] = {}
        readers: dict[Node, list[Node]] = {old: [] for old, _ in self.updates}
        for node in self.order:
            for parent in node.parents:
                if parent in readers:
                    readers[parent].append(node)
        at_the_end = {*self.outputs, *(new for _, new in self.updates)}
        for old, new in self.updates:
            before = all(
                self.position[node] <= self.position[new] and not self._is_view(node)
                for node in readers[old]
            )
            fits = new.shape == old.shape and new.dtype == old.dtype
            own = isinstance(new.op.kernel, np.ufunc) and new not in self.fresh
            if before and fits and own and old not in at_the_end and new not in found:
                found[new] = old
        return found

    # -- writing --------------------------------------------------------------------------------

    def emit(self) -> Program:
        arguments = []
        for node in self.inputs:
            name = self.names.fresh(node.name, "x")
            self.text[id(node)] = name
            arguments.append(name)
        for position, node in enumerate(self.order):
            if id(node) not in self.text:
                self._statement(node)
            self._release(node, position)
        results = [self._result(node) for node in self.outputs]
        later = [(old, new) for old, new in self.updates if self.into.get(new) is not old]
        values = [self._result(new) for _, new in later]  # an update may read another's argument
        for (old, _), value in zip(later, values, strict=True):
            self.body.append(f"np.copyto({self.text[id(old)]}, {value})")
        self.body.append(f"return ({', '.join(results)}{',' if len(results) == 1 else ''})")
        aliases = [f"{name} = np.{name}" for name in sorted(self.functions)]
        lines = [
            "import numpy as np", "", "", "def build(C, K):",
            *(f"    {line}" for line in [*aliases, *self.setup]),
            "", f"    def step({', '.join(arguments)}):",
            *(f"        {line}" for line in self.body),
            "", "    return step", "",
        ]  # fmt: skip
        return Program("\n".join(lines), self.constants, self.kernels)

    def _result(self, node: Node) -> str:
        """Return the text of a value to hand out, which shares memory with nothing."""
        text = self.text[id(node)]
        if not (node.is_leaf or self._is_view(node) or text in self.handed_out):
            self.handed_out.add(text)
            return text
        copy = self.names.fresh(f"{text}_copy", "t")
        self.body.append(f"{copy} = np.array({text})")
        return copy

    def _operand(self, operand: Any, user: Node) -> str:
        if operand.__class__ is Node:
            known = self.text.get(id(operand))
            return known if known is not None else self._constant(operand.value, operand.name)
        if isinstance(operand, Constant):
            return self._constant(operand.value, operand.name, id(operand))
        if isinstance(operand, np.generic) or not isinstance(operand, (int, float, bool)):
            return self._constant(operand, None)
        return self._number(operand, user)

    def _number(self, number: float, user: Node) -> str:
        """Return a number as an operand of `user`.

        NumPy takes an array faster than a Python number, and a full array of zeros faster still.
        """
        if not user.shape or not isinstance(user.op.kernel, np.ufunc):
            return _literal(number)
        dtype = self._number_dtype(user)
        if number == 0 and user.op.name in ("maximum", "greater"):
            return self._shared(("zeros", user.shape, dtype), f"np.zeros({user.shape}, np.{dtype})")
        return self._shared((number, dtype), f"np.array({_literal(number)}, np.{dtype})")

    @staticmethod
    def _number_dtype(user: Node) -> str:
        """Return the dtype that a weak number has beside the other operand."""
        others = [each.dtype for each in user.inputs if hasattr(each, "dtype")]
        return others[0].name if others else user.dtype.name

    def _shared(self, key: Any, expression: str) -> str:
        """Return the name of an array that is made once."""
        if key not in self.made:
            self.made[key] = self.names.fresh(None, "c")
            self.setup.append(f"{self.made[key]} = {expression}")
        return self.made[key]

    def _constant(self, value: Any, name: str | None, key: int | None = None) -> str:
        if key is not None and key in self.text:
            return self.text[key]
        text = self.names.fresh(name, "c")
        self.setup.append(f"{text} = C[{len(self.constants)}]")
        self.constants.append(value)
        if key is not None:
            self.text[key] = text
        return text

    def _statement(self, node: Node) -> None:
        if node.is_leaf:
            self.text[id(node)] = self._constant(node.value, node.name)
            return
        operands = [self._operand(each, node) for each in node.inputs]
        if self._is_view(node):
            self._view(node, operands)
            return
        name = self.names.fresh(node.name, "t")
        self.text[id(node)] = name
        target = self._target(node, name)
        comment = f"  # {_described(node)}" if target not in (None, name) else ""
        call = self._call(node, operands, target)
        if target is None:
            self.body.append(f"{name} = {call}")
        else:
            self.body.append(f"{call}{comment}")
            self.text[id(node)] = target

    def _view(self, node: Node, operands: list[str]) -> None:
        """Make a view: of a buffer once, of an argument at each call."""
        name = self.names.fresh(node.name, "t")
        line = f"{name} = {self._call(node, operands, None)}"
        shown = node.first
        root = self.storage.get(shown, shown) if shown.__class__ is Node else shown
        fixed = root.__class__ is not Node or root in self.buffer or root.is_leaf
        fixed = fixed and root not in self.inputs and node.op.name in _VIEWS
        fixed = fixed and (shown is root or shown in self.fixed)
        if fixed:
            self.fixed.add(node)
        (self.setup if fixed else self.body).append(line)
        self.text[id(node)] = name
        if root.__class__ is Node:
            self.storage[node] = root

    def _target(self, node: Node, name: str) -> str | None:
        """Return the array a statement writes into; None for a new one."""
        if node in self.into:
            return self.text[id(self.into[node])]
        if node in self.fresh or not node.shape or not self._takes_out(node):
            return None
        key = (node.shape, node.dtype.str)
        reused = self._in_place(node) if isinstance(node.op.kernel, np.ufunc) else None
        if reused is not None:
            self.buffer[node] = reused
            return reused
        if self.free.get(key):
            self.buffer[node] = self.free[key].pop()
            return self.buffer[node]
        self.setup.append(f"{name} = np.empty({node.shape}, np.{node.dtype.name})")
        self.buffer[node] = name
        return name

    def _in_place(self, node: Node) -> str | None:
        """Return the buffer of an operand that nobody reads after this statement."""
        here = self.position[node]
        for operand in node.inputs:
            if operand.__class__ is Node and operand in self.buffer:
                alike = operand.shape == node.shape and operand.dtype == node.dtype
                views = any(root is operand for root in self.storage.values())
                if alike and self.last[operand] == here and not views:
                    return self.buffer.pop(operand)
        return None

    def _release(self, node: Node, position: int) -> None:
        """Give back the buffers that the statement at `position` was the last to read."""
        for operand in dict.fromkeys(node.parents):
            root = self.storage.get(operand, operand)
            if root in self.buffer and self.last.get(root, 0) <= position:
                users = [view for view, shown in self.storage.items() if shown is root]
                if all(self.last.get(view, 0) <= position for view in users):
                    key = (root.shape, root.dtype.str)
                    self.free.setdefault(key, []).append(self.buffer.pop(root))

    @staticmethod
    def _takes_out(node: Node) -> bool:
        return isinstance(node.op.kernel, np.ufunc) or node.op.name in ("dot", "sum", "max", "min")

    def _call(self, node: Node, operands: list[str], target: str | None) -> str:
        op = node.op
        out = f", out={target}" if target else ""
        if isinstance(op.kernel, np.ufunc):
            name = op.kernel.__name__
            self.functions.add(name)
            return f"{name}({', '.join(operands)}{_OUT.get(name, ', ') + target if target else ''})"
        if op.name == "dot":
            return f"{operands[0]}.dot({operands[1]}{', ' + target if target else ''})"
        if op.name == "sum" and node.params.get("dtype") is None:
            by_product = self._sum_as_product(node, operands[0], target)
            if by_product:
                return by_product
        if op.name in ("sum", "max", "min"):
            ufunc = {"sum": "add", "max": "maximum", "min": "minimum"}[op.name]
            if node.params.get("dtype") is None:
                axis, keep = node.params.get("axis"), bool(node.params.get("keepdims", False))
                return f"np.{ufunc}.reduce({operands[0]}, axis={axis!r}{out}, keepdims={keep})"
        simple = {
            "alias": "{0}", "stop_gradient": "{0}", "copy": "np.array({0})",
            "transpose": "{0}.T", "reshape": "{0}.reshape({shape!r})",
            "squeeze": "{0}.reshape({shape!r})", "expand_dims": "{0}.reshape({shape!r})",
            "broadcast_to": "np.broadcast_to({0}, {shape!r})",
        }  # fmt: skip
        if op.name in simple and not (op.name == "transpose" and node.params.get("axes")):
            return simple[op.name].format(*operands, shape=node.shape)
        return self._kernel(node, operands)

    def _sum_as_product(self, node: Node, x: str, target: str | None) -> str | None:
        """Return a sum over one axis of a matrix as a product with ones, which is faster."""
        axis, keep = node.params.get("axis"), bool(node.params.get("keepdims", False))
        if axis is None and not keep and target is None:
            return self._sum_of_all(node.first, x)
        axis = axis[0] if isinstance(axis, tuple) and len(axis) == 1 else axis
        shape = shape_of(node.first)
        if len(shape) != 2 or node.dtype.kind != "f" or node.dtype != node.first.dtype:
            return None
        if axis not in (0, 1, -1) or target is None or node not in self.buffer:
            return None
        axis %= 2
        key = ("ones", shape[axis], node.dtype.name)
        ones = self._shared(key, f"np.ones({shape[axis]}, np.{node.dtype.name})")
        flat = target
        if keep:
            flat = self._shared(("flat", target), f"{target}.reshape(-1)")
        return f"{x}.dot({ones}, {flat})" if axis == 1 else f"{ones}.dot({x}, {flat})"

    def _sum_of_all(self, x: Any, text: str) -> str | None:
        """Return the sum of all entries of a buffer as a product with ones."""
        if x.__class__ is not Node or x not in self.buffer or x.dtype.kind != "f":
            return None
        size = int(np.prod(x.shape))
        if size > 10_000:  # pairwise sums keep more digits of long ones
            return None
        ones = self._shared(("ones", size, x.dtype.name), f"np.ones({size}, np.{x.dtype.name})")
        return f"{self._shared(('flat', text), f'{text}.reshape(-1)')}.dot({ones})"

    def _kernel(self, node: Node, operands: list[str]) -> str:
        """Call the operation's own kernel, for want of one NumPy call."""
        op = node.op
        name = self.names.fresh(f"_{op.name}", "k")
        self.kernels[name] = _with_params(node)
        self.setup.append(f"{name} = K[{name!r}]")
        inner = ", ".join(operands)
        return f"{name}([{inner}])" if op.variadic else f"{name}({inner})"


def _literal(number: float) -> str:
    return repr(number) if np.isfinite(number) else f"float({str(number)!r})"


def _with_params(node: Node) -> Any:
    kernel, params = node.op.kernel, node.params
    return functools.partial(kernel, **params) if params else kernel


def _described(node: Node) -> str:
    shape = "×".join(map(str, shape_of(node)))
    return f"{node.name + ' ' if node.name else ''}({shape})"


def emitted(
    inputs: Sequence[Node],
    outputs: Sequence[Node],
    updates: Sequence[tuple[Node, Node]],
    draws: Sequence[Node] = (),
) -> Program:
    """Return the program that computes `outputs` from `inputs` and carries out `updates`.

    Parameters
    ----------
    inputs, outputs : sequences of Node
    updates : sequence of (Node, Node)
        An input, and the node whose value is to be written into it.
    draws : sequence of Node
        What draws random numbers, in the order in which it has to.
    """
    return _Emitter(inputs, outputs, updates, draws).emit()
