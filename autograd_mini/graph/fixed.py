"""Which nodes of a graph are right for the recorded values of its inputs alone, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from autograd_mini.errors import DataDependentError
from autograd_mini.graph.node import Constant, Node

__all__ = ["differs", "reason", "refuse_if"]


def reason(nodes: Iterable[Node]) -> str | None:
    """Return why a graph of `nodes` holds for the recorded values alone; None if it does not.

    Parameters
    ----------
    nodes : iterable of Node
    """
    for node in nodes:
        what = (node.extra or {}).get("fixed")
        for each in node.inputs:
            if each.__class__ is Constant and each.origin is not None:
                what = what or each.origin.recorded
        if what is not None:
            line = f" ({node.source})" if node.source else ""
            return (
                f"{node.name or node.op.name}{line} uses what {what} made of recorded values, "
                "which is itself not recorded"
            )
    return None


def refuse_if(why: str | None, what: str) -> None:
    """Raise if there is a reason why a graph holds for the recorded values alone.

    Parameters
    ----------
    why : str or None
        The :func:`reason`.
    what : str
        What is asked of the graph.
    """
    if why is not None:
        raise DataDependentError(
            f"{what} would be wrong at other values: {why}.  Use ag.trace(f, x), which records "
            "comparisons and the like too; or make a constant of its own of what is meant as "
            "one, with ag.tensor(t.numpy())"
        )


def differs(nodes: Sequence[Node], values: Sequence[Any]) -> bool:
    """Return whether any of `values` is not the one that was recorded.

    Parameters
    ----------
    nodes : sequence of Node
        The inputs.
    values : sequence
        Arrays or tensors.
    """
    return any(_differs(node, value) for node, value in zip(nodes, values, strict=False))


def _differs(node: Node, value: Any) -> bool:
    example = getattr(value, "_is_example", None)
    if example is not None and example():
        return True
    given, known = np.asarray(getattr(value, "_value", value)), np.asarray(node.value)
    nan = known.dtype.kind in "fc"
    return given is not known and not np.array_equal(given, known, equal_nan=nan)
