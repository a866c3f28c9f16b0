"""Where graphs come from: from what has been recorded, and from running a function once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_mini.context import taping
from autograd_mini.differentiate.tree import leaves, rebuild
from autograd_mini.errors import NotRecordedError
from autograd_mini.graph.tape import Tracing
from autograd_mini.graphs import Graph
from autograd_mini.recording.leaves import leaf
from autograd_mini.recording.recorded import Recorded
from autograd_mini.tensor import Tensor, wrap

__all__ = ["graph", "trace"]


def graph(*outputs: Tensor) -> Graph:
    """Return what has been recorded of these tensors.

    Parameters
    ----------
    *outputs : Tensor
        Recorded ones.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor(2.0, requires_grad=True, name="x")
    >>> [node.op.name for node in ag.graph(x * x).nodes]
    ['leaf', 'multiply']
    """
    nodes = []
    for each in outputs:
        if not isinstance(each, Recorded):
            raise TypeError(f"ag.graph takes tensors, not {type(each).__name__}")
        if each._node is None:
            raise NotRecordedError(
                f"{each.name or 'this tensor'} is not recorded: nothing it was computed from has "
                "requires_grad=True, or it was computed under no_grad()"
            )
        nodes.append(each._node)
    if not nodes:
        raise TypeError("ag.graph needs at least one tensor")
    return Graph(nodes)


def trace(f: Callable[..., Any], *args: Any) -> Graph:
    """Run `f` once and return what it did as a graph over its arguments.

    Parameters
    ----------
    f : callable
        Returns tensors, or containers of them.
    *args
        Example arguments: arrays, numbers, or containers of them.

    Raises
    ------
    DataDependentError
        If `f` looks at a value (in ``if``, ``float()``, a mask as an index): the graph would hold
        for this value only.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> import numpy as np
    >>> g = ag.trace(lambda W, x: np.tanh(W @ x), np.eye(2), np.ones(2))
    >>> g
    <Graph of 4 nodes: 2 inputs -> tanh>
    """
    inputs, given = [], dict(leaves(args))
    for path, value in given.items():
        plain = value._value if isinstance(value, Recorded) else value
        made = wrap(np.asarray(plain))
        made._exposed = isinstance(plain, np.ndarray)
        name = getattr(value, "name", None) or (path.rpartition("['")[2][:-2] or None)
        made._node = leaf(made, name if path.endswith("']") or hasattr(value, "name") else None)
        inputs.append(made)
    tape = Tracing()
    starts = [each._node for each in inputs if each._node is not None]
    tape.mapped.update((node, np.geterr()) for node in starts)
    with taping(tape):
        result = f(*rebuild(args, iter(inputs)))
        results = [
            each if isinstance(each, Tensor) else wrap(np.asarray(each))
            for _, each in leaves(result)
        ]
    outputs = [leaf(each, None) if each._node is None else each._node for each in results]
    traced = Graph(outputs, starts, None, result)
    traced._paths = tuple(given)
    return traced
