"""``checkpoint``: remember what a function did, not the values it went through."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_mini.context import at_scope, current, taping, transformation
from autograd_mini.differentiate.batching import Call, batches
from autograd_mini.differentiate.boundary import as_inputs, pulled
from autograd_mini.differentiate.parts import is_complex
from autograd_mini.differentiate.tree import leaves, rebuild
from autograd_mini.differentiate.vmap import vmap
from autograd_mini.graph.node import Node, value_of
from autograd_mini.graph.tape import Log, Recording
from autograd_mini.ops.dropout import dropout
from autograd_mini.ops.operation import Op, Read
from autograd_mini.recording.record import apply
from autograd_mini.recording.recorded import Recorded
from autograd_mini.tensor import Tensor, wrap

__all__ = ["checkpoint"]


class Program:
    """The operations of a function without their values: they can be run again.

    Parameters
    ----------
    nodes : dict of Node
        All the operations, in order.
    inputs : sequence of Node
        What they start from.
    outputs : sequence of Node
    values : tuple of numpy.ndarray
        The results, which the first run takes.
    """

    def __init__(
        self,
        nodes: dict[Node, None],
        inputs: Sequence[Node],
        outputs: Sequence[Node],
        values: tuple[Any, ...],
    ) -> None:
        known = {node: _bare(node, ()) for node in inputs}
        self.inputs = list(known.values())
        for node in nodes:
            known[node] = _bare(
                node, tuple(known[e] if e.__class__ is Node else e for e in node.inputs)
            )
        self.steps = [known[node] for node in nodes]
        self.outputs = [known[node] for node in outputs]
        self._values: tuple[Any, ...] | None = values
        self._masks = {known[node]: node.value[1] for node in nodes if node.op is dropout}

    def results(self, xs: Sequence[Any]) -> tuple[Any, ...]:
        """Return the results as arrays; the first time they are already there."""
        values, self._values = self._values, None
        return self.run(xs) if values is None else values

    def run(self, xs: Sequence[Any], draw: bool = False) -> tuple[Any, ...]:
        """Run the operations from `xs`, arrays or tensors.

        What was drawn at random stays as it was, unless `draw` says to draw again.
        """
        known: dict[Node, Any] = dict(zip(self.inputs, xs, strict=True))
        made: Any
        for node in self.steps:
            operands = [known[e] if e.__class__ is Node else value_of(e) for e in node.inputs]
            op = node.op
            with at_scope(node.scope, watched=draw):  # what is computed again was looked at before
                if node in self._masks and not draw:
                    made = operands[0] * self._masks[node], self._masks[node]
                elif op.variadic:
                    made = op(operands, **node.params)
                else:
                    made = op(**dict(zip(op.inputs, operands, strict=True)), **node.params)
            known[node] = made
            if isinstance(made, Recorded) and made._node is not None:
                again = made._node
                again.name, again.code, again.lasti = node.name, node.code, node.lasti
                again.extra = node.extra
        return tuple(known[node] for node in self.outputs)


def _bare(node: Node, inputs: tuple[Any, ...]) -> Node:
    """Return a copy of `node` without its value."""
    made = Node()
    made.op, made.inputs, made.params = node.op, inputs, node.params
    made.value, made.shape, made.dtype = None, node.shape, node.dtype
    made.name, made.scope, made.extra = node.name, node.scope, node.extra
    made.code, made.lasti = node.code, node.lasti
    return made


def checkpoint(f: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function like `f` that keeps nothing for backward but its arguments.

    Backward computes again what it needs, which takes time and saves memory: for a function
    made of many steps, all but the values of one call at a time.

    Parameters
    ----------
    f : callable
        Takes and returns tensors, or containers of them.  It may use other recorded tensors,
        which get their gradients too.

    Returns
    -------
    callable
        Same results and derivatives, of any order.

    Notes
    -----
    The operations are repeated, `f` itself is not called again: what it draws at random, counts or
    prints happens once.  A random mask is therefore kept, not drawn anew.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> import numpy as np
    >>> x = ag.tensor([0.0, 1.0], requires_grad=True)
    >>> J = np.sum(ag.checkpoint(lambda t: np.exp(np.sin(t)))(x))
    >>> [node.op.name for node in ag.graph(J).nodes]
    ['leaf', 'checkpoint', 'pick', 'sum']
    >>> J.backward()
    >>> x.grad.shape
    (2,)
    """

    @functools.wraps(f)
    def checkpointed(*args: Any, **kwargs: Any) -> Any:
        if not current().recording:
            return f(*args, **kwargs)
        log = Log()
        with taping(log, watched=True):
            out = f(*args, **kwargs)
        compiled = any(isinstance(tape, Recording) for tape in current().tapes)
        if compiled and any(node.op.random for node in log.nodes):
            return out  # a compiled program draws anew at each call, which a memory of it would not
        made = [
            each
            for _, each in leaves(out)
            if isinstance(each, Tensor) and each._node in log.nodes and each.dtype.kind in "fc"
        ]
        if not made:
            return out
        results = iter(_recorded(log, made))
        chosen = {id(each) for each in made}
        replaced = [
            next(results) if id(each) in chosen else _plain(each, log) for _, each in leaves(out)
        ]
        return rebuild(out, iter(replaced))

    return checkpointed


def _plain(value: Any, log: Log) -> Any:
    """Return a result that carries no derivative, such as an index, without what led to it."""
    if isinstance(value, Tensor) and value._node in log.nodes and not current().keep:
        return wrap(value._value)
    return value


def _recorded(log: Log, made: Sequence[Tensor]) -> Sequence[Tensor]:
    """Return the results of `f` again, recorded as those of one operation."""
    needed: set[Node] = set()
    inputs: dict[Node, None] = {}
    outputs: list[Any] = [each._node for each in made]
    pending = list(outputs)
    while pending:
        node = pending.pop()
        if node in log.nodes and node not in needed:
            needed.add(node)
            pending.extend(node.parents)
        elif node not in log.nodes:
            inputs[node] = None
    steps = {node: None for node in log.nodes if node in needed}
    operands = []
    for node in inputs:
        operand = wrap(node.value)
        operand._node, operand._exposed = node, False
        operands.append(operand)
    if not operands:
        return made
    program = Program(steps, list(inputs), outputs, tuple(np.asarray(each._value) for each in made))
    results: Sequence[Tensor] = apply(_checkpoint, operands, {"program": program})
    for result, each in zip(results, made, strict=True):
        result.name = each.name
    return results


def _vjp(g: Any, node: Node, read: Read) -> list[Any]:
    """Run the program again, recorded, and go back through it."""
    program: Program = node.params["program"]
    xs = [read(each) for each in node.inputs]
    outer = any(isinstance(each, Recorded) for each in (*g, *xs))
    wanted = [k for k, each in enumerate(node.inputs) if each.dtype.kind in "fc"]
    # The rule of an operation is holomorphic; the sweep conjugates around it (see there).
    turned = is_complex(node)
    cotangents = [np.conj(each) for each in g] if turned else list(g)
    if outer:
        cotangents = [e if isinstance(e, Tensor) else wrap(np.asarray(e)) for e in cotangents]
    with transformation():
        tracked, starts = as_inputs([xs[k] for k in wanted], "checkpoint", outer)
        again = list(xs)
        for k, each in zip(wanted, tracked, strict=True):
            again[k] = each
        gradients, _ = pulled(starts, program.run(again), cotangents, outer)
    parts: list[Any] = [None] * len(xs)
    for k, gradient in zip(wanted, gradients, strict=True):
        part = gradient if outer else gradient._value
        parts[k] = np.conj(part) if turned else part
    return parts


_checkpoint = Op(
    "checkpoint",
    lambda xs, program: program.results(xs),
    "structured",
    ("xs",),
    signature=("xs", "program"),
    variadic=True,
    registered=False,
)
_checkpoint.vjps = (_vjp,)
_checkpoint.jvps = (None,)
_checkpoint.reads = (frozenset(("xs",)),)


@batches("checkpoint")
def _of_batch(call: Call) -> Any:
    program: Program = call.node.params["program"]

    def run(*xs: Any) -> Any:
        return program.run(xs, draw=True)

    axes = tuple(0 if mapped else None for mapped in call.mapped)
    return checkpoint(vmap(run, in_axes=axes))(*call.xs)
