"""A recorded cost, run again forward and backward with something changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_mini.graph.graph import BaseGraph
from autograd_mini.graph.node import Constant, Node, value_of
from autograd_mini.ops.broadcasting import unbroadcast
from autograd_mini.ops.indexing import Part, Scatter, scatter_add
from autograd_mini.ops.operation import Rule

__all__ = ["Edge", "Jump", "Rerun", "Values"]

Array = NDArray[Any]
Values = Mapping[Node, Any]
Edge = tuple[Node, int]
"""An operation and the position of one of its operands: where one rule is applied."""
Jump = Callable[[Mapping[Node, Any], Any], Any]
"""``jump(gradients known so far, what has arrived)`` -> the gradient to take instead."""


class Rerun:
    """The graph of a cost with all its values, to be run again.

    Unlike the engine's own sweep, this one lets a caller replace the rule of any edge, what a
    rule reads, and the gradient that arrives anywhere: a mistake is such a replacement.

    Parameters
    ----------
    root : Node
        The cost.

    Attributes
    ----------
    nodes : tuple of Node
        Operands before results.
    values : dict
        The value of every node.
    watched : set of Constant
        Arrays that are not differentiated, whose gradients are wanted all the same.
    """

    def __init__(self, root: Node) -> None:
        self.root = root
        self.watched: set[Constant] = set()
        graph = BaseGraph([root])
        self.nodes = graph.nodes
        with np.errstate(all="ignore"):
            kept = {node: node.value for node in graph.nodes if node.value is not None}
            self.values: Values = graph.evaluate(kept)

    def forward(
        self,
        changed: Values,
        kernels: Mapping[Node, Callable[..., Any]] | None = None,
    ) -> Values:
        """Return the value of every node where some have other values or other kernels."""
        kernels = kernels or {}
        values = dict(changed)
        with np.errstate(all="ignore"):
            for node in self.nodes:
                if node in values:
                    continue
                if node in kernels:
                    values[node] = kernels[node](*self._operands(node, values))
                elif any(parent in values for parent in node.parents):
                    operands = self._operands(node, values)
                    kernel = node.op.kernel
                    values[node] = (
                        kernel(operands, **node.params)
                        if node.op.variadic
                        else kernel(*operands, **node.params)
                    )
        return {**self.values, **values}

    def _operands(self, node: Node, values: Values) -> list[Any]:
        return [
            values.get(each, self.values[each]) if isinstance(each, Node) else value_of(each)
            for each in node.inputs
        ]

    def cost(self, node: Node, value: Array) -> Any:
        """Return the cost where `node` has another value."""
        return self.forward({node: value})[self.root]

    def backward(
        self,
        values: Values | None = None,
        *,
        rules: Mapping[Edge, Rule] | None = None,
        given: Mapping[Node, Array] | None = None,
        jumps: Mapping[Node, Jump] | None = None,
        parts: dict[Edge, Any] | None = None,
    ) -> dict[Any, Any]:
        """Return the gradient of the cost at every node that it reaches.

        Parameters
        ----------
        values : mapping, optional
            What rules read, by node.
        rules : mapping, optional
            Other rules for some edges.
        given : mapping, optional
            Gradients to go on with at some nodes; the result still says what arrived there.
        jumps : mapping, optional
            What arrives at some nodes instead, made from the gradients known by then.
        parts : dict, optional
            Filled with what each edge contributed.
        """
        known = values or self.values
        rules, given, jumps = rules or {}, given or {}, jumps or {}
        found: dict[Any, Any] = {}
        used: dict[Node, Any] = {}
        arrived: dict[Any, Any] = {self.root: np.ones(self.root.shape, self.root.dtype)}

        def read(operand: Any) -> Any:
            return known[operand] if isinstance(operand, Node) else value_of(operand)

        with np.errstate(all="ignore"):
            for node in reversed(self.nodes):
                g = arrived.pop(node, None)
                if node in jumps:
                    g = jumps[node](used, g)
                if g is None:
                    continue
                found[node] = g
                g = used[node] = given.get(node, g)
                for k, part in self._parts(node, g, rules, read):
                    if parts is not None:
                        parts[node, k] = part
                    operand = node.inputs[k]
                    before = arrived.get(operand)
                    arrived[operand] = part if before is None else _sum(before, part)
        return {**found, **arrived}  # what is left has arrived at constants

    def _parts(
        self, node: Node, g: Any, rules: Mapping[Edge, Rule], read: Callable[[Any], Any]
    ) -> list[tuple[int, Any]]:
        """Return (position, gradient) for each operand of `node` that is recorded or watched."""
        op = node.op
        found = []
        all_parts = op.vjps[0](g, node, read) if op.variadic and op.vjps and op.vjps[0] else None
        for k, operand in enumerate(node.inputs):
            if not isinstance(operand, Node) and operand not in self.watched:
                continue
            if operand.dtype.kind not in "fc":
                continue
            other = rules.get((node, k))
            if other is not None:
                part = other(g, node, read)
            elif op.variadic:
                part = all_parts[k] if all_parts is not None else None
            else:
                part = self.edge(node, k, g, read)
            if part is not None:
                found.append((k, _fitted(part, operand)))
        return found

    def edge(self, node: Node, k: int, g: Any, read: Callable[[Any], Any] | None = None) -> Any:
        """Return what the right rule of one edge makes of `g`; the operand may be constant."""
        rule = node.op.vjps[k] if node.op.vjps else None
        if rule is None:
            return None
        read = read or self.read
        operands = (node, *node.inputs)
        if any(getattr(each, "dtype", np.dtype(float)).kind == "c" for each in operands):
            return np.conj(rule(np.conj(g), node, read))
        return rule(g, node, read)

    def read(self, operand: Any) -> Any:
        """Return the value of an operand."""
        return self.values[operand] if isinstance(operand, Node) else value_of(operand)


def _fitted(part: Any, operand: Node | Constant) -> Any:
    """Return a contribution with its operand's shape and dtype."""
    if isinstance(part, Scatter):
        part = scatter_add([part.g], shape=operand.shape, indices=[part.key])
    if isinstance(part, Part):
        empty = [np.zeros(shape, operand.dtype) for shape in operand.shape]
        empty[part.key] = part.g
        return tuple(empty)
    if part.dtype.kind == "c" and operand.dtype.kind != "c":
        part = np.real(part)
    part = unbroadcast(part, operand.shape)
    return part if part.dtype == operand.dtype else part.astype(operand.dtype)


def _sum(a: Any, b: Any) -> Any:
    return tuple(x + y for x, y in zip(a, b, strict=True)) if isinstance(a, tuple) else a + b
