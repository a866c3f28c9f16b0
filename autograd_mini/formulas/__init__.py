"""Formulas of graphs and of gradients: as text, LaTeX, MathML and NumPy source.

Nothing here is loaded before the first formula is asked for: most programs write none.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograd_mini.graph.graph import BaseGraph

__all__ = ["arguments_of", "latex_of", "source_of"]


def arguments_of(graph: BaseGraph) -> dict[str, Any]:
    """Return what the source of a graph takes beside its inputs; see :attr:`Graph.arguments`."""
    made: dict[str, Any] = import_module("autograd_mini.formulas.written").arguments(graph)
    return made


def latex_of(graph: BaseGraph) -> str:
    """Return what a graph computes as LaTeX; see :func:`autograd_mini.formulas.written.latex`."""
    made: str = import_module("autograd_mini.formulas.written").latex(graph)
    return made


def source_of(graph: BaseGraph) -> str:
    """Return a NumPy function that computes what a graph does; see :meth:`Graph.to_source`."""
    made: str = import_module("autograd_mini.formulas.written").source(graph)
    return made
