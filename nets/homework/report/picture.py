"""The graph of a person's cost, its gradients in the colours of their verdicts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import autograd_mini as ag
from autograd_mini.check.names import match
from nets.homework.results import Study

__all__ = ["picture"]


def picture(study: Study, prefix: str) -> str:
    """Return the recorded graph with its backward part as SVG, empty where none was recorded.

    Parameters
    ----------
    study : Study
    prefix : str
        Begins every id.
    """
    if study.graph is None:
        return ""
    forward = ag.Graph.from_json(json.dumps(study.graph))
    try:
        whole = forward.backward()
    except (ag.NotDifferentiableError, ag.ChangedInPlaceError):
        whole = forward
    names = {node.name for node in forward.nodes if node.name}
    verdicts = SimpleNamespace(rows=list(_rows(study, names)))
    return ag.draw(whole, comparison=verdicts).to_svg(prefix)


def _rows(study: Study, names: set[str]) -> Iterator[Any]:
    """Yield the rows under the names that the graph has for what they are gradients of."""
    for row in study.rows:
        wrt = row.wrt if row.wrt in names else match(row.wrt, names) or row.wrt
        told = replace(row, wrt=wrt)
        yield SimpleNamespace(**{**vars(told), "forward": False})
