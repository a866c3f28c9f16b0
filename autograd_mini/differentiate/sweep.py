"""Carry cotangents backward through a recorded graph.

The sweep runs the rules of the operation tables, which are plain NumPy.  Given arrays they
compute derivatives; given Tensors they also record them, which is how derivatives of any order
come about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from autograd_mini.context import at_scope, current
from autograd_mini.differentiate.parts import (
    add_part,
    after_hooks,
    check_part,
    complete,
    conjugate,
    is_complex,
    label,
    watch,
)  # fmt: skip
from autograd_mini.differentiate.ways import learn, retraced
from autograd_mini.errors import NotDifferentiableError
from autograd_mini.graph.collector import track
from autograd_mini.graph.node import Constant, Node, value_of
from autograd_mini.graph.tape import Recording
from autograd_mini.memory.ownership import is_free
from autograd_mini.ops.indexing import Part, Scatter
from autograd_mini.recording.record import results_of
from autograd_mini.recording.recorded import Recorded, wrap

__all__ = ["PartialGradients", "pull", "reader"]

Gradients = dict[Node, Any]
_FLOAT64, _FLOAT32 = np.dtype(np.float64), np.dtype(np.float32)
_WORTH_OVERWRITING = 8192  # bytes
_ndarray, _float64 = np.ndarray, np.float64


class PartialGradients(dict[Node, Any]):
    """Gradients of what depends on other inputs, too, than on those that were asked for."""

    __slots__ = ()


def reader(cls: type[Any] | None) -> Callable[[Any], Any]:
    """Return how rules read operands: as plain values, or as tensors of class `cls`."""
    if cls is None:
        return value_of

    def read(operand: Any) -> Any:
        if operand.__class__ is Node:
            if isinstance(operand.value, tuple):
                return results_of(cls, operand, operand.value)
            return wrap(cls, operand.value, operand)
        if operand.__class__ is Constant and operand.is_known:
            made = wrap(cls, operand.value)  # so that what is made of it knows that too
            made._name, made._origin = operand.name, operand.origin
            return made
        return value_of(operand)

    return read


def _consumers(roots: Iterable[Node]) -> dict[Node, int]:
    """Count, for each node that `roots` depend on, how many operands refer to it."""
    counts = dict.fromkeys(roots, 0)
    pending = list(counts)
    while pending:
        node = pending.pop()
        for operand in (node.first, node.second) if node.more is None else node.more:
            if operand.__class__ is Node:
                if operand in counts:
                    counts[operand] += 1
                else:
                    counts[operand] = 1
                    pending.append(operand)
        if node.extra is not None and "held" in node.extra:
            node.extra["held"].check(node.name)
    return counts


def _leading_to(targets: set[Node], inner: list[Node], counts: dict[Node, int]) -> set[Node] | None:
    """Return the nodes of `counts` through which gradients reach `targets`; None if all do.

    Those of the targets that are results are `inner`.
    """
    if not inner and targets.issuperset([node for node in counts if not node.op.inputs]):
        return None
    users: dict[Node, list[Node]] = {}
    for node in counts:
        for parent in node.parents:
            users.setdefault(parent, []).append(node)
    useful = set(targets)
    pending = list(targets)
    while pending:
        for user in users.get(pending.pop(), ()):
            if user not in useful:
                useful.add(user)
                pending.append(user)
    return useful


def pull(
    roots: Sequence[Node],
    cotangents: Sequence[Any],
    wrt: Sequence[Node] | None = None,
    cls: type[Any] | None = None,
    visit: Callable[[Node, Any], None] | None = None,
) -> Gradients:
    """Carry cotangents of `roots` backward.

    Parameters
    ----------
    roots : sequence of Node
    cotangents : sequence
        One for each root, of its shape; arrays, or tensors where `cls` is given.
    wrt : sequence of Node, optional
        Where gradients are wanted, and nothing else is computed; if not given, the leaves, and
        results that keep their gradient.
    cls : type, optional
        Class of tensor to record the derivatives with; arrays if not given.
    visit : callable, optional
        Sees every node with its complete gradient, in the order of computation.

    Returns
    -------
    dict
        Gradient by node, for the nodes wanted that anything reached; a `PartialGradients` where
        the roots depend on more than those.
    """
    tapes = current().tapes
    if cls is not None and tapes and isinstance(tapes[-1], Recording) and not tapes[-1].sweeping:
        tape = tapes[-1]
        roots = tape.improved(roots, set(wrt or ()))
        tape.sweeping = True
        try:
            return pull(roots, cotangents, wrt, cls, visit or _name_gradient)
        finally:
            tape.sweeping = False
    learning = cls is None and visit is None and len(roots) == 1 and not current().anomaly
    if learning:
        known = retraced(roots[0], cotangents[0], wrt)
        if known is not None:
            return known
    counts = _consumers(roots)
    if learning:
        learn(roots[0], counts, wrt)
    wanted = set(wrt or ())
    inner = [node for node in wanted if node.op.inputs]
    useful = None if wrt is None else _leading_to(wanted, inner, counts)
    pending: dict[Node, Any] = {}
    for root, cotangent in zip(roots, cotangents, strict=True):
        add_part(pending, root, cotangent)
    ready = [node for node in dict.fromkeys(roots) if counts[node] == 0]
    every = visit is not None or bool(inner)
    sweep = _Sweep(cls, useful, wanted, wrt is None, visit, every, counts, pending, ready)
    sweep.run()
    if sweep.hooked:  # a hook may know a tensor computed later: the way back leads through all
        for node in counts:
            track(node)
    return sweep.found


def _name_gradient(node: Node, g: Any) -> None:
    """Call a gradient what people call it: that of Z1 is dZ1."""
    made = g._node if isinstance(g, Recorded) else None
    if node.name is not None and made is not None and made.name is None and made.op.inputs:
        made.name = f"d{node.name}"


class _Sweep:
    """Hands gradients on from nodes to their operands, until nothing is left to hand on."""

    __slots__ = (
        "anomaly", "cls", "counts", "every", "found", "hooked", "leaves", "pending", "read",
        "ready", "useful", "visit", "wanted",
    )  # fmt: skip

    def __init__(
        self,
        cls: type[Any] | None,
        useful: set[Node] | None,
        wanted: set[Node],
        leaves: bool,
        visit: Callable[[Node, Any], None] | None,
        every: bool,
        counts: dict[Node, int],
        pending: dict[Node, Any],
        ready: list[Node],
    ) -> None:
        self.cls, self.read = cls, reader(cls)
        self.useful, self.wanted, self.leaves, self.visit = useful, wanted, leaves, visit
        self.counts, self.pending, self.ready = counts, pending, ready
        self.anomaly = current().anomaly
        self.every = every or self.anomaly  # whether each gradient is looked at
        self.found: Gradients = {} if useful is None else PartialGradients()
        self.hooked = False

    @np.errstate(all="ignore")  # as a decorator, in a third of the time of a with statement
    def run(self) -> None:  # noqa: C901 - most nodes are handed on here, without a call
        """Do all that is ready, until nothing is."""
        pending, ready, useful, counts = self.pending, self.ready, self.useful, self.counts
        wanted, found, every, read = self.wanted, self.found, self.every, self.read
        quick = self.cls is None and not self.anomaly
        while ready:
            node = ready.pop()
            g = pending.pop(node, None)
            if g is None or (useful is not None and node not in useful):
                self.nothing(node)
                continue
            if every or node.extra is not None or g.__class__ is list:
                g = self.arrived(node, g)
            op, dtype = node.op, node.dtype
            rules = op.plain_vjps
            if not (
                rules and quick and node.more is None and (dtype is _FLOAT64 or dtype is _FLOAT32)
            ):
                if op.inputs:
                    self.any(node, g)
                elif node in wanted:
                    found[node] = g
                continue
            operand, second, rule = node.first, node.second, rules[0]
            while True:
                if operand.__class__ is Node:
                    if useful is None or operand in useful:
                        if operand.dtype is dtype:
                            if (
                                g.__class__ is _ndarray
                                and g.nbytes > _WORTH_OVERWRITING
                                and second.__class__ is not Node  # nobody needs it after this
                                and op.overwriting_vjps
                                and is_free(g)
                            ):
                                rule = op.overwriting_vjps[rule is not rules[0]] or rule
                            part = rule(g, node, read)
                        else:
                            part = self.general(node, g, int(rule is not rules[0]), operand)
                        kind, waiting = part.__class__, pending.get(operand)
                        if (
                            (kind is _ndarray or kind is _float64)
                            and part.dtype is operand.dtype
                            and part.shape == operand.shape
                            and (waiting is None or waiting.__class__ is _float64)
                        ):
                            pending[operand] = part if waiting is None else waiting + part
                            part = None  # or the array would not be free
                        elif part is not None:
                            waiting = None  # likewise
                            add_part(pending, operand, part)
                    count = counts[operand] - 1
                    counts[operand] = count
                    if not count:
                        ready.append(operand)
                if second.__class__ is not Node:
                    break
                operand, second, rule = second, None, rules[1]

    def arrived(self, node: Node, g: Any) -> Any:
        """Return the complete gradient of `node`, and give it to whom it concerns."""
        if g.__class__ is list:
            g = complete(g, node)
        if node.extra is not None:
            if "hooks" in node.extra:
                self.hooked = True
                g = after_hooks(g, node, self.cls)
            if self.leaves and "target" in node.extra:
                self.found[node] = g
        if self.anomaly:
            watch(g, f"the gradient of {label(node)}", node)
        if self.visit is not None:
            self.visit(node, g)
        if node in self.wanted:
            self.found[node] = g
        return g

    def nothing(self, node: Node) -> None:
        """Pass on that no gradient comes from `node`."""
        for operand in node.parents:
            self.done(operand)

    def done(self, operand: Node) -> None:
        """Note that one of those that `operand` gets its gradient from has given its part."""
        self.counts[operand] -= 1
        if not self.counts[operand]:
            self.ready.append(operand)

    def any(self, node: Node, g: Any) -> None:
        """Hand on from `node` whatever it is: many operands, other dtypes, tensors as gradients."""
        if self.cls is None or (current().scope == node.scope and not self.anomaly):
            self.parts(node, g)
        else:
            with at_scope(node.scope, watched=False):  # beside it belongs what backward records
                self.parts(node, g)

    def parts(self, node: Node, g: Any) -> None:
        """Give each operand of `node` its part."""
        op = node.op
        parts: Any = None
        if op.variadic and op.vjps and op.vjps[0] is not None:
            parts = op.vjps[0](conjugate(g) if is_complex(node) else g, node, self.read)
        for position, operand in enumerate(node.inputs):
            if operand.__class__ is not Node:
                continue
            if self.useful is None or operand in self.useful:
                if op.variadic:
                    whole = operand.dtype.kind not in "fc"  # as of np.sum(x, dtype=int)
                    part = None if parts is None or whole else parts[position]
                    if part is not None and is_complex(node):
                        part = np.conj(part)
                else:
                    part = self.general(node, g, position, operand)
                if part is not None:
                    if self.anomaly:
                        check_part(part, node, operand)
                    add_part(self.pending, operand, part)
            self.done(operand)

    def general(self, node: Node, g: Any, position: int, operand: Node) -> Any:
        """Return the gradient for one operand, whatever the dtypes; None where nothing flows."""
        op = node.op
        if operand.dtype.kind not in "fc":
            return None  # integers and bools are part of a traced graph
        rule = op.vjps[position] if op.vjps else None
        if rule is None:
            if op.kind == "constant":
                return None
            raise NotDifferentiableError(
                f"{op.name} has no derivative with respect to its {op.inputs[position]}"
            )
        if not is_complex(node):
            return rule(g, node, self.read)
        # Rules are written for holomorphic functions: conjugating around them gives the
        # direction of steepest ascent, so that `z -= rate * gradient` descends.
        part = rule(conjugate(g), node, self.read)
        if part.__class__ is Scatter or part.__class__ is Part:
            return part.__class__(part.key, conjugate(part.g))
        return np.conj(part)
