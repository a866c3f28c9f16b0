"""Ways back through small graphs that a program records again and again, as each step of training.

To find out in which order gradients are handed on takes longer than most rules for small arrays.
A graph made at the same line is most often built like the last one.  So the way back is written
out as a function: it looks whether a graph is built like that, and then calls the rules.  Each
gradient comes from the same rules, added up in the same order: it is the same to the last bit.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from autograd_mini.differentiate.parts import complete
from autograd_mini.graph.node import Node, value_of
from autograd_mini.memory.guard import COPY_LIMIT
from autograd_mini.ops.broadcasting import unbroadcast
from autograd_mini.ops.indexing import Scatter, getitem, pick
from autograd_mini.ops.leaf import LEAF
from autograd_mini.ops.operation import Rule, registry
from autograd_mini.ops.rules import written

__all__ = ["learn", "retraced"]

_OFTEN = 16  # sweeps from one line until it may be worth it, and until another way may be
_EACH, _MOST = 8, 2048  # nodes for each sweep so far, and in all: a long way takes long to write
_WAYS, _LINES = 4, 256  # kept: ways from a line, and lines
_FLOATS = (np.dtype(np.float64), np.dtype(np.float32))

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
        usual = list(node.extra or ()) == (["target"] if op is LEAF else [])
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


def _handed_on(node: Node) -> list[tuple[Node, Rule | None]]:
    """Return the operands of `node` that are nodes, and their rules."""
    rules = node.op.plain_vjps or node.op.vjps
    pairs = zip(node.inputs, rules, strict=False)
    return [(operand, rule) for operand, rule in pairs if operand.__class__ is Node]


def _fitted(part: Any, operand: Node, read_once: bool) -> Any:
    """Return a part in the shape of `operand`; None if it is none that a way hands on.

    Of several indices the entries are added up before all else, which no way does.
    """
    if part.__class__ is Scatter and read_once:
        return complete([part], operand)
    if not isinstance(part, (np.ndarray, np.floating)) or part.dtype is not operand.dtype:
        return None
    return part if part.shape == operand.shape else unbroadcast(part, operand.shape)


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
        self._numbers = {root: 0}
        self._reads = Counter(node.first for node in counts if node.op is getitem)
        self._around: dict[str, Any] = {
            "Node": Node, "ndarray": np.ndarray, "read": value_of, "fitted": _fitted,
            "unusual": _UNUSUAL,
        }  # fmt: skip

    def way(self, ends: Sequence[Node], leaves: bool) -> _Way:
        """Return it as a function; with `leaves` it is asked for the leaves, whatever they are."""
        looks = list(self._looks())
        wanted = [self._numbers[node] for node in ends]
        asked = "wrt is None" if leaves else f"wrt == [{', '.join(f'n{k}' for k in wanted)}]"
        nodes = ", ".join(f"n{k}" for k in self._numbers.values())
        lines = [
            "try:",
            *(f"    {line}" for line in looks),
            "except AttributeError:",  # of an operand that is no node this time
            "    return None",
            f"if not {asked} or len({{{nodes}}}) < {len(self._numbers)}:",
            "    return None",
            "if g0.__class__ is not ndarray or g0.dtype is not n0.dtype or g0.shape != n0.shape:",
            "    return None",
            *self._rules(),
            f"return {{{', '.join(f'n{k}: g{k}' for k in wanted)}}}",
        ]
        body = "".join(f"    {line}\n" for line in lines)
        exec(compile(f"def way(n0, g0, wrt):\n{body}", "<way back>", "exec"), self._around)
        # as a decorator, errstate takes a third of the time of a with statement
        return np.errstate(all="ignore")(self._around["way"])  # type: ignore[no-any-return]

    def _bound(self, value: Any) -> str:
        """Return the name that a value has in the function."""
        for name, each in self._around.items():
            if each is value:
                return name
        self._around[name := f"c{len(self._around)}"] = value
        return name

    def _looks(self) -> Iterator[str]:
        """Yield what looks whether a graph is built like this one, and names its nodes."""
        order = [self._root]
        for k, node in enumerate(order):
            extra = f"n{k}.extra is not None"
            if node.op is LEAF:  # it knows its tensor, and has no hooks
                extra = f"len(n{k}.extra) != 1 or 'target' not in n{k}.extra"
            yield (
                f"if n{k}.op is not {self._bound(node.op)} or n{k}.shape != {node.shape} "
                f"or n{k}.dtype is not {self._bound(node.dtype)} or {extra}: return None"
            )
            many = node.more is not None
            for at, operand in enumerate(node.inputs):
                place = f"n{k}.more[{at}]" if many else f"n{k}.{('first', 'second')[at]}"
                if operand.__class__ is not Node:
                    yield f"if {place}.__class__ is Node: return None"
                elif operand in self._numbers:
                    yield f"if {place} is not n{self._numbers[operand]}: return None"
                else:
                    yield f"n{len(order)} = {place}"
                    self._numbers[operand] = len(order)
                    order.append(operand)

    def _rules(self) -> Iterator[str]:
        """Yield what calls the rules, in the order of the sweep."""
        left, ready, given = dict(self._counts), [self._root], set()
        while ready:
            node = ready.pop()
            for operand, rule in _handed_on(node):
                k, to = self._numbers[node], self._numbers[operand]
                part = "part" if operand in given else f"g{to}"
                assert rule is not None  # for only then is it usual
                yield f"{part} = {self._bound(written(rule))}(g{k}, n{k}, read)"
                yield (
                    f"if {part}.__class__ is not ndarray or {part}.shape != {operand.shape} "
                    f"or {part}.dtype is not {self._bound(operand.dtype)}:"
                )
                yield f"    {part} = fitted({part}, n{to}, {self._reads[operand] == 1})"
                yield f"    if {part} is None: return unusual"
                if operand in given:
                    yield f"g{to} = g{to} + part"
                given.add(operand)
                left[operand] -= 1
                if not left[operand]:
                    ready.append(operand)
