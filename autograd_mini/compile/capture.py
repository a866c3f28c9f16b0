"""Run a function once and note all that it does, as a graph over its arguments."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

import numpy as np

from autograd_mini.compile.arguments import TEXT, is_array
from autograd_mini.compile.names import argument_names, name_values
from autograd_mini.compile.randomness import RandomState, refusing_unseeded
from autograd_mini.compile.stable import stabilized
from autograd_mini.compile.uncompiled import refuse_rebinding
from autograd_mini.context import taping
from autograd_mini.differentiate.tree import leaves, rebuild
from autograd_mini.graph.node import Node
from autograd_mini.graph.tape import Recording
from autograd_mini.ops.alias import alias
from autograd_mini.ops.leaf import LEAF
from autograd_mini.recording.leaves import leaf
from autograd_mini.recording.record import apply
from autograd_mini.recording.recorded import Recorded
from autograd_mini.recording.views import separated
from autograd_mini.tensor import Tensor, wrap

__all__ = ["Capture", "captured"]


class Capture:
    """What a function did.

    Attributes
    ----------
    inputs : list of Node
        A leaf for each array argument.
    outputs : list of Node
        The results, in order.
    structure : object
        The container of results, with None and text where a result was that.
    updates : list of (Node, Node)
        Arguments that were changed in place, and their new values.
    draws : list of Node
        Operations that draw random numbers, in the order in which they did.
    """

    def __init__(
        self,
        inputs: list[Node],
        outputs: list[Node],
        structure: Any,
        updates: list[tuple[Node, Node]],
        draws: list[Node],
    ) -> None:
        self.inputs, self.outputs = inputs, outputs
        self.structure, self.updates, self.draws = structure, updates, draws


def captured(
    f: Callable[..., Any],
    args: Sequence[Any],
    kwargs: dict[str, Any],
    generators: Iterable[Any],
) -> Capture:
    """Run `f` on tensors that refuse to show their values, and return what it did.

    Parameters
    ----------
    f : callable
    args, kwargs
        Its arguments; arrays and Tensors become inputs, anything else is as it is.
    generators : iterable
        Those of random numbers that `f` may draw from, only by operations that are recorded.

    Raises
    ------
    DataDependentError
        If `f` looks at a value: in ``if``, ``float()``, as an index or length.
    """

    def improved(roots: Sequence[Node], fixed: Collection[Node]) -> list[Node]:
        name_values(tape.forward)  # before their gradients, which are called after them
        return stabilized(tape, roots, fixed)

    tape = Recording(improved)
    random = RandomState(generators)
    inputs: list[Node] = []
    given: list[Tensor] = []
    arrays: list[Any] = []
    tree = (tuple(args), kwargs)
    flat = [value for _, value in leaves(tree)]
    replaced: list[Any] = []
    with taping(tape):
        for name, value in zip(argument_names(f, args, kwargs), flat, strict=True):
            if not is_array(value):
                replaced.append(value)
                continue
            made = wrap(np.asarray(value._value if isinstance(value, Recorded) else value))
            made._exposed = False
            made._node = node = leaf(made, getattr(value, "name", None) or name)
            tape.mapped[node] = np.geterr()
            inputs.append(node)
            # a result, so that it may be changed in place
            own: Tensor = separated(apply(alias, [made], {}))
            given.append(own)
            arrays.append(value)
            replaced.append(own)
        starts = [each._node for each in given]
        positional, named = rebuild(tree, iter(replaced))
        before = [value for _, value in leaves((positional, named))]
        with refusing_unseeded():
            result = f(*positional, **named)
        refuse_rebinding(before, (positional, named))
        name_values(tape.forward)
        outputs = [_result_node(each) for _, each in leaves(result) if not isinstance(each, TEXT)]
    updates = [
        (node, each._node)
        for node, each, start, value in zip(inputs, given, starts, arrays, strict=True)
        if each._node is not start
        and each._node is not None
        and not isinstance(value, np.generic)  # which `x += 1` replaces, for the function only
    ]
    draws = [node for node in tape.mapped if node.op.random]
    random.refuse_others(lambda: _draw_again(draws))
    return Capture(inputs, outputs, result, updates, draws)


def _draw_again(draws: list[Node]) -> None:
    for node in draws:
        node.op.kernel(*(np.zeros(np.shape(each)) for each in node.inputs), **node.params)


def _result_node(value: Any) -> Node:
    """Return the node of a result; a leaf with its value if it does not depend on arguments."""
    if isinstance(value, Recorded) and value._node is not None:
        return value._node
    made = value if isinstance(value, Tensor) else wrap(np.asarray(value))
    if made._value.dtype == object:
        raise TypeError(
            f"a compiled function returns arrays and numbers, in dicts, lists, tuples and "
            f"dataclasses, not a {type(value).__name__}, which would be the same one on every call"
        )
    node = leaf(made, None)
    assert node.op is LEAF
    return node
