"""Which gradients are made from which, and what is above suspicion."""

from __future__ import annotations

from collections.abc import Iterable

from autograd_mini.check.diagnose.case import Case
from autograd_mini.check.diagnose.mistake import Mistake
from autograd_mini.check.diagnose.numbers import informative
from autograd_mini.graph.node import Node

__all__ = ["Suspicion", "downstream"]


def downstream(case: Case, start: Node, through: bool = False) -> set[Node]:
    """Return the nodes that the gradient of `start` comes through.

    Parameters
    ----------
    case : Case
    start : Node
    through : bool
        Whether to go on through nodes whose gradient the person gives.
    """
    given = set() if through else set(case.given()) - {start}
    reached: set[Node] = set()
    pending = [start]
    while pending:
        for node, _ in case.anatomy.uses.get(pending.pop(), []):
            if node not in reached and node not in given:
                reached.add(node)
                pending.append(node)
    return reached


def _innocent(case: Case, passing: Iterable[str]) -> set[Node]:
    """Return nodes whose gradient must be right, because one that is made from it is."""
    innocent: set[Node] = set()
    for name in passing:
        if informative(case.manual[name]) or case.manual[name].size == 1:
            innocent |= downstream(case, case.nodes[name][0])
    pending = list(innocent)
    while pending:
        node = pending.pop()
        for each in node.parents:  # a sum hands its gradient on as it is
            alone = len(case.anatomy.uses.get(each, [])) == 1
            if (
                node.op.name == "add"
                and each.shape == node.shape
                and alone
                and each not in innocent
            ):
                innocent.add(each)
                pending.append(each)
    return innocent


class Suspicion:
    """What could be wrong, given which gradients are and which are not.

    Attributes
    ----------
    innocent : set of Node
        Nodes whose gradient must be right.
    reach : set of Node
        Nodes whose gradient some wrong one is made from, and the wrong ones themselves.
    """

    def __init__(self, case: Case, failing: Iterable[str], passing: Iterable[str]) -> None:
        self.innocent = _innocent(case, passing)
        self.reach: set[Node] = set()
        for name in failing:
            for node in case.nodes[name]:
                self.reach |= {node, *downstream(case, node)}

    def allows(self, mistake: Mistake) -> bool:
        """Return whether a mistake could concern any of the wrong gradients."""
        if mistake.values is not None:
            return True
        changed = {*mistake.jumps, *(node.inputs[k] for node, k in mistake.rules)}
        return bool(changed & self.reach) and not changed <= self.innocent
