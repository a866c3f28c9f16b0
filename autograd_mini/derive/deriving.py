"""From a recorded cost to its derivation."""

from __future__ import annotations

from collections.abc import Sequence

from autograd_mini.derive.counting import counted
from autograd_mini.derive.derivation import Derivation
from autograd_mini.derive.naming import before_activation
from autograd_mini.derive.recognising import recognised
from autograd_mini.derive.tidy import TIDY
from autograd_mini.graph.node import Node
from autograd_mini.graphs import Graph, graph
from autograd_mini.recorded import wrap as wrap_as
from autograd_mini.rewrite.simplify import simplified
from autograd_mini.tensor import Tensor

__all__ = ["derive"]


def derive(cost: Tensor, wrt: Sequence[Tensor | str] | None) -> Derivation:
    """Return the gradients of a recorded cost; see :func:`autograd_mini.derive`."""
    whole = graph(cost)
    if cost.shape != ():
        raise ValueError(f"the cost must be a scalar, it has shape {cost.shape}")
    named = [node for node in whole.nodes if node.name and not node.is_leaf]
    targets = whole.inputs if wrt is None else [whole.find(each) for each in wrt]
    replaced = _tidied([*whole.outputs, *named], whole.outputs[0])
    start = replaced[whole.outputs[0]]
    simple = Graph([start])
    own = [replaced.get(each, each) for each in targets]
    ordered = _from_the_output(simple, own)
    full = simple.backward([wrap_as(Tensor, each.value, each) for each in ordered])
    found = full.outputs[1:]
    seed = full.gradients.get(start)
    names = [f"d{node.name or f'x{k}'}" for k, node in enumerate(ordered, 1)]
    kept = [replaced[node] for node in named if replaced[node] is not start]
    made = Derivation(
        start, kept, list(zip(names, found, strict=True)), seed, [*own, *simple.inputs],
        full.gradients, before_activation(simple.nodes),
    )  # fmt: skip
    made.explain(simple.nodes)
    return made


def _tidied(outputs: Sequence[Node], cost: Node) -> dict[Node, Node]:
    """Return what stands for the nodes of a graph, written as a person would."""
    first = simplified(outputs, lift=True, stable=False)
    known = recognised([first[node] for node in outputs])
    second = counted([known[first[node]] for node in outputs], known[first[cost]])
    third = simplified([second[known[first[node]]] for node in outputs], further=TIDY)
    return {
        old: third[second[known[new]]]
        for old, new in first.items()
        if new in known and known[new] in second and second[known[new]] in third
    }


def _from_the_output(simple: Graph, targets: list[Node]) -> list[Node]:
    """Return `targets` in the order in which backward meets them: the last layer first."""
    depth = {node: k for k, node in enumerate(simple.nodes)}
    last = len(simple.nodes)
    consumer: dict[Node, int] = {}
    for node in reversed(simple.nodes):  # the first step with a name that each goes into
        own = depth[node] if node.name and not node.is_leaf else consumer.get(node, last)
        for parent in node.parents:
            consumer[parent] = min(consumer.get(parent, last), own)
    return sorted(targets, key=lambda each: (-consumer.get(each, last), depth.get(each, 0)))
