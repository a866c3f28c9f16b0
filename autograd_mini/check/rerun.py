"""A recorded cost, run again forward and backward with something changed."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_mini.graph.graph import BaseGraph
from autograd_mini.graph.node import Constant, Node, value_of
from autograd_mini.ops.broadcasting import unbroadcast
from autograd_mini.ops.indexing import Part, Scatter, scatter_add
from autograd_mini.ops.operation import Rule

__all__ = ["Edge", "Jump", "Rerun", "Sweep", "Values"]

Array = NDArray[Any]
Values = Mapping[Node, Any]
Edge = tuple[Node, int]
"""An operation and the position of one of its operands: where one rule is applied."""
Jump = Callable[[Mapping[Node, Any], Any], Any]
"""``jump(gradients known so far, what has arrived)`` -> the gradient to take instead."""


@dataclass(frozen=True)
class Sweep:
    """What a run backward was made with, and what it came to.

    Attributes
    ----------
    values, rules, given : mapping
        What rules read, rules that were replaced, gradients to go on with.
    arrived : dict
        What arrived at each operand, None where nothing did.
    found : dict
        The gradients: what was put in its place, where something was.
    used : dict
        What backward went on with.
    parts : dict
        For each node, (position, contribution) of its operands.
    """

    values: Values
    rules: Mapping[Edge, Rule]
    given: Mapping[Node, Array]
    arrived: dict[Any, Any] = field(default_factory=dict)
    found: dict[Any, Any] = field(default_factory=dict)
    used: dict[Node, Any] = field(default_factory=dict)
    parts: dict[Node, list[tuple[int, Any]]] = field(default_factory=dict)

    def by_edge(self) -> dict[Edge, Any]:
        """Return what each edge contributed."""
        return {(node, k): part for node, parts in self.parts.items() for k, part in parts}


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
        self._complex: dict[Node, bool] = {}
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
        self, values: Values | None = None, *, jumps: Mapping[Node, Jump] | None = None
    ) -> dict[Any, Any]:
        """Return the gradient of the cost at every node that it reaches: see :meth:`sweep`."""
        return self.sweep(values, jumps=jumps).found

    def sweep(
        self,
        values: Values | None = None,
        *,
        rules: Mapping[Edge, Rule] | None = None,
        given: Mapping[Node, Array] | None = None,
        jumps: Mapping[Node, Jump] | None = None,
        before: Sweep | None = None,
    ) -> Sweep:
        """Run backward.

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
        before : Sweep, optional
            Another run, from which is taken what does not change.
        """
        known, rules, jumps = values or self.values, rules or {}, jumps or {}
        made = Sweep(known, rules, given or {})
        parts: dict[Any, list[Any]] = {self.root: [np.ones(self.root.shape, self.root.dtype)]}
        altered = set() if before is None else self._altered(before, made)
        changed: set[Any] = set()  # what gets other parts than before

        def read(operand: Any) -> Any:
            return known[operand] if isinstance(operand, Node) else value_of(operand)

        def arrived(operand: Any) -> Any:
            if before is not None and operand not in changed:
                return before.arrived.get(operand)
            return functools.reduce(_sum, parts[operand]) if operand in parts else None

        with np.errstate(all="ignore"):
            for node in reversed(self.nodes):
                g = made.arrived[node] = arrived(node)
                if node in jumps:
                    g = jumps[node](made.used, g)
                if g is not None:
                    made.found[node] = g
                    g = made.used[node] = made.given.get(node, g)
                same = before is not None and node not in altered and g is before.used.get(node)
                if before is not None and same:
                    found = before.parts[node]
                else:
                    found = [] if g is None else self._parts(node, g, rules, read)
                    changed.update(node.inputs)
                made.parts[node] = found
                for k, part in found:
                    parts.setdefault(node.inputs[k], []).append(part)
        for operand in parts.keys() - made.arrived.keys():  # constants
            made.found[operand] = made.arrived[operand] = arrived(operand)
        return made

    def _altered(self, before: Sweep, now: Sweep) -> set[Node]:
        """Return the nodes at which other rules are applied than before, or to other values."""
        edges = {*before.rules, *now.rules}
        found = {edge[0] for edge in edges if before.rules.get(edge) is not now.rules.get(edge)}
        if now.values is not before.values:
            other = {node for node in self.nodes if now.values[node] is not before.values[node]}
            found |= {node for node in self.nodes if not other.isdisjoint((node, *node.inputs))}
        return found

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
        if self._is_complex(node):
            return np.conj(rule(np.conj(g), node, read))
        return rule(g, node, read)

    def _is_complex(self, node: Node) -> bool:
        if node not in self._complex:
            operands = (node, *node.inputs)
            kinds = {getattr(each, "dtype", np.dtype(float)).kind for each in operands}
            self._complex[node] = "c" in kinds
        return self._complex[node]

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
