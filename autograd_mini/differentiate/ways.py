"""Ways back through small graphs that a program records again and again, as each step of training.

To find out in which order gradients are handed on takes longer than most rules for small arrays.
A graph made at the same line is most often built like the last one.  So the way back is written
out as a function: it looks whether a graph is built like that, and then does what the rules say.
Each gradient comes from the same rules, added up in the same order: it is the same to the last bit.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from autograd_mini.differentiate.parts import complete
from autograd_mini.graph.node import Constant, Node, value_of
from autograd_mini.memory.guard import COPY_LIMIT
from autograd_mini.ops.broadcasting import unbroadcast
from autograd_mini.ops.indexing import Scatter, getitem, pick
from autograd_mini.ops.leaf import LEAF
from autograd_mini.ops.operation import registry
from autograd_mini.ops.spelling import Body, Spelling, body_of

__all__ = ["learn", "retraced"]

_OFTEN = 16  # sweeps from one line until it may be worth it, and until another way may be
_EACH, _MOST = 8, 2048  # nodes for each sweep so far, and in all: a long way takes long to write
_WAYS, _LINES = 4, 256  # kept: ways from a line, and lines
_FLOATS = (np.dtype(np.float64), np.dtype(np.float32))

_TARGET = {"target"}  # what a leaf knows beside its values, if it has no hooks

Gradients = dict[Node, Any]
_Way = Callable[[Node, Any, Sequence[Node] | None], Gradients | None]

_UNUSUAL: Gradients = {}
"""What a way returns if a rule gives what no way hands on."""

_ways: dict[Any, list[_Way]] = {}
_swept: dict[Any, float] = {}


def retraced(root: Node, cotangent: Any, wrt: Sequence[Node] | None) -> Gradients | None:
    """Return the gradients of inputs if the way to them is known; else None.

    Parameters
    ----------
    root : Node
    cotangent : object
    wrt : sequence of Node or None
        The inputs; None for the leaves.
    """
    line = root.code, root.lasti
    for way in _ways.get(line, ()):
        found = way(root, cotangent, wrt)
        if found is _UNUSUAL:
            _ways[line], _swept[line] = [], math.inf  # and never again
            return None
        if found is not None:
            return found
    return None


def learn(root: Node, counts: dict[Node, int], wrt: Sequence[Node] | None) -> None:
    """Remember the way back from `root`, if graphs of its line are swept again and again.

    Parameters
    ----------
    root : Node
    counts : dict
        How many operands refer to each node that it depends on.
    wrt : sequence of Node or None
        As in :func:`retraced`.
    """
    if len(_swept) > _LINES:
        _swept.clear()
        _ways.clear()
    line = root.code, root.lasti
    _swept[line] = swept = _swept.get(line, 0) + 1
    if swept % _OFTEN or len(counts) > min(_EACH * swept, _MOST):
        return
    if not all(map(_is_usual, counts)):
        return
    leaves = [node for node in counts if node.is_leaf]
    known = _ways.setdefault(line, [])
    if len(known) < _WAYS and (
        wrt is None or (set(wrt) == set(leaves) and len(wrt) == len(leaves))
    ):
        known.append(_Writer(root, counts).way(leaves if wrt is None else wrt, wrt is None))


def _is_usual(node: Node) -> bool:
    """Return whether the sweep hands on from `node` by rules for plain, small values alone."""
    op, dtype = node.op, node.dtype
    if node.is_leaf:
        usual = (node.extra or {}).keys() == (_TARGET if op is LEAF else set())
    else:  # what people write may be called once only
        usual = node.extra is None and not op.variadic and registry.get(op.name) is op
        rules = [rule for _, rule in _handed_on(node) if rule]
        usual = usual and op is not pick and len(rules) == len(node.parents)
    return (
        usual
        and any(dtype is each for each in _FLOATS)
        and all(each.dtype is dtype for each in node.parents)
        and math.prod(node.shape) * dtype.itemsize <= COPY_LIMIT
    )


def _handed_on(node: Node) -> list[tuple[Node, Body | None]]:
    """Return the operands of `node` that are nodes, and what their rules are written from."""
    rules = node.op.plain_vjps or node.op.vjps
    pairs = zip(node.inputs, rules, strict=False)
    return [(each, rule and body_of(rule)) for each, rule in pairs if each.__class__ is Node]


def _fitted(part: Any, operand: Node, read_once: bool) -> Any:
    """Return a part in the shape of `operand`; None if it is none that a way hands on.

    Of several indices the entries are added up before all else, which no way does.
    """
    if part.__class__ is Scatter and read_once:
        return complete([part], operand)
    if not isinstance(part, (np.ndarray, np.floating)) or part.dtype is not operand.dtype:
        return None
    return part if part.shape == operand.shape else unbroadcast(part, operand.shape)


class _Here(Spelling):
    """What the rules of `node` are made of in a way back, which has looked at it and its operands.

    Parameters
    ----------
    node : Node
    writer : _Writer
    """

    def __init__(self, node: Node, writer: _Writer) -> None:
        k = writer.numbers[node]
        super().__init__(node.op, True, f"g{k}", f"n{k}")
        self._operands, self._shape, self._writer = node.inputs, node.shape, writer

    def bound(self, name: str, value: Any) -> str:  # noqa: ARG002 - other rules' would be called so
        """Return a name for `value`, the same in the whole way."""
        return self._writer.bound(value)

    def shape(self) -> str:
        """Return the result's shape."""
        return str(self._shape)

    def operand(self, k: int) -> str:
        """Return the expression of the operand at `k`."""
        operand = self._operands[k]
        if operand.__class__ is Node:
            return f"n{self._writer.numbers[operand]}.value"
        return self.place(k) + (".value" if operand.__class__ is Constant else "")

    def shape_of(self, k: int) -> str:
        """Return the shape of the operand at `k`, or the expression of it."""
        operand = self._operands[k]
        return str(operand.shape) if operand.__class__ is Node else super().shape_of(k)

    def computed_with(self, name: str) -> str:
        """Return the expression of what a formula calls `name`, in the dtype of the operation."""
        inputs = self.op.inputs
        known = name in inputs and self._operands[inputs.index(name)].__class__ is Node
        return self(name) if known else super().computed_with(name)  # those are of one dtype


class _Writer:
    """Writes out the way back through the graph of `root`.

    Parameters
    ----------
    root : Node
    counts : dict
        How many operands refer to each of its nodes.
    """

    def __init__(self, root: Node, counts: dict[Node, int]) -> None:
        self._root, self._counts = root, counts
        self.numbers = {root: 0}
        self._reads = Counter(node.first for node in counts if node.op is getitem)
        self.around: dict[str, Any] = {
            "Node": Node, "ndarray": np.ndarray, "read": value_of, "fitted": _fitted,
            "unbroadcast": unbroadcast, "unusual": _UNUSUAL, "TARGET": _TARGET,
        }  # fmt: skip

    def way(self, ends: Sequence[Node], leaves: bool) -> _Way:
        """Return it as a function; with `leaves` it is asked for the leaves, whatever they are."""
        looks = list(self._looks())
        wanted = [self.numbers[node] for node in ends]
        asked = "wrt is None" if leaves else f"wrt == [{', '.join(f'n{k}' for k in wanted)}]"
        nodes = ", ".join(f"n{k}" for k in self.numbers.values())
        lines = [
            "try:",
            *(f"    {line}" for line in looks),
            "except (AttributeError, IndexError, TypeError):",  # what was a node is none this time
            "    return None",
            f"if not {asked} or len({{{nodes}}}) < {len(self.numbers)}:",
            "    return None",
            "if g0.__class__ is not ndarray or g0.dtype is not n0.dtype or g0.shape != n0.shape:",
            "    return None",
            *self._rules(),
            f"return {{{', '.join(f'n{k}: g{k}' for k in wanted)}}}",
        ]
        body = "".join(f"    {line}\n" for line in lines)
        exec(compile(f"def way(n0, g0, wrt):\n{body}", "<way back>", "exec"), self.around)
        # as a decorator, errstate takes a third of the time of a with statement
        return np.errstate(all="ignore")(self.around["way"])  # type: ignore[no-any-return]

    def bound(self, value: Any) -> str:
        """Return the name that a value has in the function."""
        for name, each in self.around.items():
            if each is value:
                return name
        self.around[name := f"c{len(self.around)}"] = value
        return name

    def _looks(self) -> Iterator[str]:
        """Yield what looks whether a graph is built like this one, and names its nodes."""
        order, found, like, leaves = [self._root], [], [], []
        for k, node in enumerate(order):
            found += [f"n{k}.op", f"n{k}.shape", f"n{k}.dtype"]
            like += [node.op, node.shape, node.dtype]
            if node.op is LEAF:  # it knows its tensor, and has no hooks
                leaves.append(f"n{k}.extra.keys() != TARGET")
            else:
                found.append(f"n{k}.extra")
                like.append(None)
            many = node.more is not None
            for at, operand in enumerate(node.inputs):
                place = f"n{k}.more[{at}]" if many else f"n{k}.{('first', 'second')[at]}"
                if operand.__class__ is not Node:
                    found.append(f"{place}.__class__")
                    like.append(operand.__class__)
                elif operand in self.numbers:
                    found.append(f"{place} is n{self.numbers[operand]}")
                    like.append(True)
                else:
                    yield f"n{len(order)} = {place}"
                    self.numbers[operand] = len(order)
                    order.append(operand)
        unlike = " or ".join([f"({', '.join(found)}) != {self.bound(tuple(like))}", *leaves])
        yield f"if {unlike}: return None"

    def _rules(self) -> Iterator[str]:
        """Yield what the rules say, in the order of the sweep."""
        left, ready, given = dict(self._counts), [self._root], set()
        while ready:
            node = ready.pop()
            here = _Here(node, self)
            for operand, rule in _handed_on(node):
                g = f"g{self.numbers[operand]}"
                assert rule is not None  # for only then is it usual
                yield from self._part("part" if operand in given else g, node, operand, rule(here))
                if operand in given:
                    yield f"{g} = {g} + part"
                given.add(operand)
                left[operand] -= 1
                if not left[operand]:
                    ready.append(operand)

    def _part(self, name: str, node: Node, operand: Node, rule: str) -> Iterator[str]:
        """Yield what gives `name` to the part of `operand` in the gradient of `node`."""
        if rule == f"g{self.numbers[node]}":  # what is handed on as it is has been looked at
            alike = operand.shape == node.shape
            yield f"{name} = {rule if alike else f'unbroadcast({rule}, {operand.shape})'}"
            return
        yield f"{name} = {rule}"
        yield (
            f"if {name}.__class__ is not ndarray or {name}.shape != {operand.shape} "
            f"or {name}.dtype is not {self.bound(operand.dtype)}:"
        )
        yield f"    {name} = fitted({name}, n{self.numbers[operand]}, {self._reads[operand] == 1})"
        yield f"    if {name} is None: return unusual"
