"""Formulas of graphs and of gradients: as text, LaTeX, MathML and NumPy source.

Nothing here is loaded before the first formula is asked for: most programs write none.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autograd_mini.derive.derivation import Derivation
    from autograd_mini.graph.graph import BaseGraph
    from autograd_mini.tensor import Tensor

__all__ = ["derivation_of", "latex_of", "source_of"]


def derivation_of(cost: Tensor, wrt: Sequence[Tensor | str] | None) -> Derivation:
    """Return the gradients of a recorded cost as formulas; see :func:`autograd_mini.derive`."""
    made: Derivation = import_module("autograd_mini.derive.deriving").derive(cost, wrt)
    return made


def latex_of(graph: BaseGraph) -> str:
    """Return what a graph computes as LaTeX; see :func:`autograd_mini.derive.written.latex`."""
    made: str = import_module("autograd_mini.derive.written").latex(graph)
    return made


def source_of(graph: BaseGraph) -> str:
    """Return a NumPy function that computes what a graph does; see :meth:`Graph.to_source`."""
    made: str = import_module("autograd_mini.derive.written").source(graph)
    return made
