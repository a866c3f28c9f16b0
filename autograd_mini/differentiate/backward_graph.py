"""The backward pass as further nodes of a graph, with the names and lines a reader expects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_mini.context import taping
from autograd_mini.differentiate.sweep import pull
from autograd_mini.graph.graph import BaseGraph
from autograd_mini.graph.node import Node
from autograd_mini.graph.tape import Log
from autograd_mini.recording.leaves import leaf
from autograd_mini.tensor import Tensor, wrap

__all__ = ["gradient_nodes"]


def gradient_nodes(
    graph: BaseGraph, targets: Sequence[Node]
) -> tuple[list[Node], dict[Node, Node]]:
    """Record the backward pass of a graph, from the sum of its outputs.

    Parameters
    ----------
    graph : BaseGraph
    targets : sequence of Node
        What to differentiate by.

    Returns
    -------
    gradients : list of Node
        One for each target.
    reached : dict of Node to Node
        The gradient of each node of the graph that backward reaches, in the order in which it
        does.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> g = ag.trace(lambda x: x * x, 3.0)
    >>> [made], reached = gradient_nodes(g, g.inputs)
    >>> made.op.name, [node.op.name for node in reached]
    ('add', ['multiply', 'leaf'])
    """
    kept = {node: node.value for node in graph.nodes if node.value is not None}
    values = graph.evaluate(kept)  # what was drawn at random stays as it was
    for node in graph.nodes:  # what the forward pass did not need to keep, rules may need
        node.value = values[node]
    differentiable = [out for out in graph.outputs if out.dtype.kind in "fc"]
    seeds = []
    for out in differentiable:
        seed = wrap(np.ones(out.shape, out.dtype))
        seed._exposed = False
        seed._node = leaf(seed, f"d{out.name or 'J'}")
        seeds.append(seed)

    reached: dict[Node, Node] = {}
    lines = _Lines()

    def name_gradient(node: Node, g: Any) -> None:
        lines.arrived(node, g)
        if isinstance(g, Tensor) and g._node is not None:
            reached[node] = g._node
        if node.name and isinstance(g, Tensor) and g.name is None:
            g.name = f"d{node.name}"

    with taping(lines):
        found = pull(differentiable, seeds, targets, Tensor, name_gradient)
        gradients = []
        for node in targets:
            g = found.get(node)
            if g is None or g._node is None:
                g = wrap(np.zeros(node.shape, node.dtype) if g is None else g._value)
                g._node = leaf(g, f"d{node.name}" if node.name else None)
            gradients.append(g._node)
    lines.pass_on()
    return gradients, reached


class _Lines(Log):
    """Gives what a backward pass records the lines of the forward operations it comes from."""

    __slots__ = ("_before",)

    def __init__(self) -> None:
        super().__init__()
        self._before: Node | None = None

    def arrived(self, node: Node, g: Any) -> None:
        """Take note that the gradient of `node` is complete, and that its rule runs next.

        What was recorded since the last time is of the rule before, but for the sum of the paths.
        """
        total = g._node if isinstance(g, Tensor) else None
        while total is not None and total in self.nodes and total.op.name == "add":
            total.code, total.lasti = node.code, node.lasti
            del self.nodes[total]
            total = total.first if total.first.__class__ is Node else None
        self.pass_on()
        self._before = node

    def pass_on(self) -> None:
        """Give what was recorded the line of the operation whose rule ran last."""
        if self._before is not None and self._before.code is not None:
            for each in self.nodes:
                each.code, each.lasti = self._before.code, self._before.lasti
        self.nodes.clear()
