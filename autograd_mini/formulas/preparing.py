"""Bring a recorded graph into the form in which a person would derive."""

from __future__ import annotations

from collections.abc import Sequence

from autograd_mini.formulas.counting import Counted, counted
from autograd_mini.formulas.recognising import recognised
from autograd_mini.formulas.tidy import SUMS, TIDY
from autograd_mini.graph.graph import BaseGraph
from autograd_mini.graph.node import Node
from autograd_mini.rewrite.simplify import rewritten

__all__ = ["from_the_output", "tidied"]


def tidied(outputs: Sequence[Node], cost: Node) -> tuple[dict[Node, Node], Counted]:
    """Return what stands for the nodes of a graph, written as a person would.

    Returns
    -------
    replaced : dict of Node to Node
    before : Counted
        The same with the sizes known, and nothing else done to it.
    """
    first = rewritten(outputs, SUMS, lift=True, stable=False)
    known = recognised([first[node] for node in outputs])
    second = counted([known[first[node]] for node in outputs], known[first[cost]])
    own = {
        old: second.replaced[known[new]]
        for old, new in first.items()
        if new in known and known[new] in second.replaced
    }
    third = rewritten([own[node] for node in outputs], TIDY)
    return (
        {old: third[new] for old, new in own.items() if new in third},
        Counted(own, second.measures),
    )


def from_the_output(simple: BaseGraph, targets: list[Node]) -> list[Node]:
    """Return `targets` in the order in which backward meets them: the last layer first."""
    depth = {node: k for k, node in enumerate(simple.nodes)}
    last = len(simple.nodes)
    consumer: dict[Node, int] = {}
    for node in reversed(simple.nodes):  # the first step with a name that each goes into
        own = depth[node] if node.name and not node.is_leaf else consumer.get(node, last)
        for parent in node.parents:
            consumer[parent] = min(consumer.get(parent, last), own)
    return sorted(targets, key=lambda each: (-consumer.get(each, last), depth.get(each, 0)))
