"""Pictures of graphs, as text, DOT, SVG, HTML, PNG and PDF.

Nothing here is loaded before the first picture is asked for: most programs draw none.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograd_mini.draw.picture import Picture
    from autograd_mini.draw.summary import Summary
    from autograd_mini.graph.graph import BaseGraph

__all__ = ["picture_of", "summarise", "tensor_html"]


def picture_of(graph: BaseGraph, **options: Any) -> Picture:
    """Return the picture of a graph; see :class:`autograd_mini.draw.picture.Picture`."""
    made: Picture = import_module("autograd_mini.draw.picture").Picture(graph, **options)
    return made


def tensor_html(values: str, graph: BaseGraph) -> str:
    """Return how a tensor with these values, computed by this graph, shows in a notebook."""
    made: str = import_module("autograd_mini.draw.picture").tensor_html(values, graph)
    return made


def summarise(graph: BaseGraph) -> Summary:
    """Return the table of a graph; see :class:`autograd_mini.draw.summary.Summary`."""
    made: Summary = import_module("autograd_mini.draw.summary").summarise(graph)
    return made
