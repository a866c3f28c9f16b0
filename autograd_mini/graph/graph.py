"""The graph as a value: nodes in the order they were made, to walk, evaluate and read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from autograd_mini.graph.node import Constant, Node, value_of

__all__ = ["BaseGraph", "is_varied", "topological"]


def topological(roots: Iterable[Node]) -> list[Node]:
    """Return `roots` and all they depend on, operands before results."""
    order: dict[Node, None] = {}  # a dict keeps the order and knows what it holds
    entered: dict[Node, list[Node]] = {}
    pending = list(roots)[::-1]
    while pending:
        node = pending[-1]
        if node in entered:
            pending.pop()
            for each in entered[node]:  # an input stands just before its first use
                order[each] = None
            order[node] = None
            continue
        entered[node] = parents = node.parents  # what it depends on comes first, and then it again
        for each in parents[::-1]:
            if each not in entered and each.op.inputs:
                pending.append(each)
    return list(order)


def is_varied(node: Node) -> bool:
    """Return whether `node` changes, not only in steps, with an input."""
    seen = set()
    pending = [node]
    while pending:
        each = pending.pop()
        whole = each.dtype.kind not in "fc" and not each.has_several
        if each in seen or each.op.kind == "constant" or whole:
            continue
        if each.is_leaf:
            return True
        seen.add(each)
        pending.extend(each.parents)
    return False


class BaseGraph:
    """What was computed, as a value of its own.

    Parameters
    ----------
    outputs : sequence of Node
    inputs : sequence of Node, optional
        Leaves in the order in which ``graph(*args)`` takes them; those found if not given.

    Attributes
    ----------
    nodes : tuple of Node
        Operands before results.
    inputs, outputs : tuple of Node
    """

    def __init__(self, outputs: Sequence[Node], inputs: Sequence[Node] | None = None) -> None:
        self.outputs = tuple(outputs)
        found = topological(self.outputs)
        if inputs is None:
            self.inputs = tuple(node for node in found if node.is_leaf)
            self.nodes = tuple(found)
        else:
            self.inputs = tuple(inputs)
            missing = [node for node in self.inputs if node not in set(found)]
            self.nodes = (*missing, *found)

    def __len__(self) -> int:
        return len(self.nodes)

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes)

    def __contains__(self, node: object) -> bool:
        return node in set(self.nodes)

    def __repr__(self) -> str:
        names = ", ".join(node.name or node.op.name for node in self.outputs)
        return f"<Graph of {len(self)} nodes: {len(self.inputs)} inputs -> {names}>"

    @property
    def constants(self) -> tuple[Constant, ...]:
        """The arrays that are used but not differentiated, each once."""
        found: dict[int, Constant] = {}
        for node in self.nodes:
            for each in node.inputs:
                if isinstance(each, Constant):
                    found.setdefault(id(each), each)
        return tuple(found.values())

    def evaluate(self, values: dict[Node, Any]) -> dict[Node, Any]:
        """Return the value of every node, given those of some; leaves have their own.

        Parameters
        ----------
        values : dict
            Arrays or tensors by node.
        """
        known = dict(values)
        for node in self.nodes:
            if node in known:
                continue
            if node.is_leaf:
                known[node] = node.value
                continue
            operands = [
                known[each] if each.__class__ is Node else value_of(each) for each in node.inputs
            ]
            if node.op.variadic:
                known[node] = node.op(operands, **node.params)
            else:
                named = dict(zip(node.op.inputs, operands, strict=True))
                known[node] = node.op(**named, **node.params) if node.params else node.op(*operands)
        return known

    def run(self, args: Sequence[Any]) -> tuple[Any, ...]:
        """Return the outputs for other values of the inputs."""
        if len(args) != len(self.inputs):
            names = [node.name or f"input {k}" for k, node in enumerate(self.inputs)]
            raise TypeError(
                f"the graph has {len(self.inputs)} inputs ({', '.join(names)}), got {len(args)}"
            )
        for node, value in zip(self.inputs, args, strict=True):
            if np.shape(value) != node.shape:
                raise ValueError(
                    f"{node.name or 'an input'} was recorded with shape {node.shape}, "
                    f"got {np.shape(value)}; record the function again for other shapes"
                )
        known = self.evaluate(dict(zip(self.inputs, args, strict=True)))
        return tuple(known[node] for node in self.outputs)
