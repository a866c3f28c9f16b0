"""The chain rule as it was carried out: for each tensor one term a path along which it is used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from autograd_mini.graph.graph import BaseGraph
from autograd_mini.graph.node import Node

__all__ = ["Path", "Paths"]


@dataclass(frozen=True, slots=True)
class Path:
    """One term of a gradient.

    Attributes
    ----------
    consumer : Node
        The step of the forward pass through which it comes.
    position : int
        As which of its operands.
    term : Node or Constant or None
        What computes it; None where backward adds the terms in one go.
    """

    consumer: Node
    position: int
    term: Any


class Paths:
    """Finds the paths into every gradient of a graph.

    Parameters
    ----------
    graph : BaseGraph
    gradients : mapping of Node to Node
        The gradient of each forward node, in the order in which backward came by them.
    """

    def __init__(self, graph: BaseGraph, gradients: Mapping[Node, Node]) -> None:
        self._gradients = gradients
        self._are_gradients = set(gradients.values())
        self._turn = {node: k for k, node in enumerate(gradients)}
        self._forward: Any = getattr(graph, "forward_nodes", None) or set(graph.nodes)
        self._uses: dict[Node, list[tuple[Node, int]]] = {}
        for node in graph.nodes:
            if node in self._forward and node in gradients:
                for position, each in enumerate(node.inputs):
                    if each.__class__ is Node:
                        self._uses.setdefault(each, []).append((node, position))

    def into(self, node: Node) -> list[Path]:
        """Return the terms of the gradient of a forward node, in the order of its users."""
        uses = self._uses.get(node, [])
        g = self._gradients.get(node)
        if g is None or not uses:
            return []
        terms = _summands(g, len(uses))
        if terms is None:
            return [Path(*use, None) for use in uses]
        in_turn = sorted(range(len(uses)), key=lambda k: (self._turn[uses[k][0]], uses[k][1]))
        by_use = dict(zip(in_turn, terms, strict=True))
        if len(terms) > 1 and not all(
            self._gradients[uses[k][0]] in self._gradients_in(term) for k, term in by_use.items()
        ):
            return [Path(*use, None) for use in uses]
        return [Path(*use, by_use[k]) for k, use in enumerate(uses)]

    def _gradients_in(self, term: Any) -> set[Node]:
        """Return the gradients that a term is computed from directly."""
        found: set[Node] = set()
        seen: set[Node] = set()
        pending = [term]
        while pending:
            node = pending.pop()
            if node.__class__ is not Node or node in seen:
                continue
            seen.add(node)
            if node in self._are_gradients:
                found.add(node)
            elif node not in self._forward:
                pending += node.inputs
        return found


def _summands(g: Node, count: int) -> list[Any] | None:
    """Return the terms of a sum that backward added up one after the other."""
    terms: list[Any] = []
    rest: Any = g
    for _ in range(count - 1):
        if rest.__class__ is not Node or rest.op.name != "add":
            return None
        terms.append(rest.second)
        rest = rest.first
    return [rest, *reversed(terms)]
