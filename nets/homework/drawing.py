"""The graph of a person's cost, its gradients in the colours of their verdicts."""

from __future__ import annotations

import autograd_mini as ag
from autograd_mini.check.comparison import Comparison
from nets.homework.results import GRAPH

__all__ = ["drawing"]


def drawing(comparison: Comparison | None) -> str:
    """Return the recorded graph with its backward part as SVG, empty where none was recorded.

    Parameters
    ----------
    comparison : Comparison or None
    """
    if comparison is None or comparison.cost is None:
        return ""
    return ag.draw(comparison.cost, comparison=comparison).to_svg(GRAPH)
