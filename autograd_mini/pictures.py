"""``ag.draw``: the picture of whatever a person holds, and how tensors show in a notebook."""

from __future__ import annotations

import os
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from autograd_mini.draw import picture_of, tensor_html
from autograd_mini.errors import ChangedInPlaceError, NotDifferentiableError
from autograd_mini.graph.graph import BaseGraph
from autograd_mini.graphs import Graph
from autograd_mini.recording.recorded import Recorded
from autograd_mini.tensor import Tensor
from autograd_mini.tracing import graph

if TYPE_CHECKING:
    from autograd_mini.draw.picture import Picture

__all__ = ["draw"]

MOST_TO_EXTEND = 20_000
"""Nodes; the backward part of a larger graph is drawn only when asked for."""


def draw(
    x: Any,
    path: str | os.PathLike[str] | None = None,
    *,
    values: bool = False,
    gradients: bool = False,
    memory: bool = False,
    time: bool = False,
    depth: int | None = None,
    expand: bool | str | Collection[str] | None = None,
    full: bool = False,
    backward: bool | None = None,
    comparison: Any = None,
) -> Picture:
    """Draw a computation: forward on one lane, backward on the other, a column per scope.

    Steps without a name are folded into the formulas of those that have one, and scopes close
    where there would be more than about 150 boxes.

    Parameters
    ----------
    x : Tensor, Graph, sequence of Tensor, or object with ``recorded_graph()``
        What to draw: what a tensor was computed from, or a graph.
    path : path-like, optional
        File to write; its suffix says what: ``.svg``, ``.png``, ``.pdf``, ``.dot``, ``.html`` or
        ``.txt``.
    values : bool
        Show values: a number or a range, and a heat map for arrays.
    gradients : bool
        Show gradients, or "not computed" where ``backward`` has not run.
    memory, time : bool
        Show how many bytes each step fills, and how long it takes when it is run again.
    depth : int, optional
        How many levels of scopes to show open.
    expand : True, str or collection of str, optional
        Scopes to show open whatever `depth` says; True for all.
    full : bool
        Show every recorded step.
    backward : bool, optional
        Whether to add the backward part to the picture of tensors; done for a single scalar if not
        given.  A graph is drawn as it is.
    comparison : Comparison, optional
        What :func:`autograd_mini.compare` returned: its verdicts colour the boxes of gradients.

    Returns
    -------
    Picture
        Shows itself in a notebook and prints as text; has ``to_svg()``, ``to_dot()``, ….

    Raises
    ------
    NotRecordedError
        If a tensor was not recorded.
    RuntimeError
        For png and pdf, if there is neither Graphviz nor matplotlib.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor(3.0, requires_grad=True, name="x")
    >>> y = x * x + 1
    >>> y.name = "y"
    >>> print(ag.draw(y, backward=False))
    y = x · x + 1  (scalar)
    └─ x  (scalar)
    """
    found, extended = _graph_of(x, backward)
    made = picture_of(
        found, values=values, gradients=gradients, memory=memory, time=time, depth=depth,
        expand=expand, full=full, hypothetical=extended, comparison=comparison,
    )  # fmt: skip
    if path is not None:
        made.save(path)
    return made


def _graph_of(x: Any, backward: bool | None) -> tuple[BaseGraph, bool]:
    """Return the graph to draw, and whether a backward part was added to it."""
    if isinstance(x, BaseGraph):
        return x, False
    if hasattr(x, "recorded_graph"):
        return x.recorded_graph(), False
    tensors = [x] if isinstance(x, Recorded) else x
    if not isinstance(tensors, (list, tuple)) or not tensors:
        raise TypeError(
            f"ag.draw takes a Tensor, a Graph or a list of Tensors, not {type(x).__name__}"
        )
    found = graph(*tensors)
    if backward is None:
        scalar = len(tensors) == 1 and tensors[0].shape == () and tensors[0].dtype.kind == "f"
        backward = scalar and len(found) <= MOST_TO_EXTEND
        try:
            return (_extended(found), True) if backward else (found, False)
        except (ChangedInPlaceError, NotDifferentiableError):
            return found, False  # what cannot be differentiated can still be drawn
    return (_extended(found), True) if backward else (found, False)


def _extended(found: Graph) -> Graph:
    """Return the graph with its gradients, leaving the user's nodes as they were.

    Hooks stay out of it: a person who looks at a graph has not run ``backward``.
    """
    before = [(node, node.value) for node in found.nodes]
    hooked = [node for node in found.nodes if node.extra and "hooks" in node.extra]
    hooks = [node.extra.pop("hooks") for node in hooked]
    try:
        return found.backward()
    finally:
        for node, value in before:
            node.value = value
        for node, each in zip(hooked, hooks, strict=True):
            node.extra["hooks"] = each


def _tensor_html(tensor: Tensor) -> str:
    """Return how a tensor shows in a notebook: its values and how it was made."""
    if tensor.is_leaf:
        return f"<pre>{tensor!r}</pre>"
    return tensor_html(repr(tensor), graph(tensor))


# Tensors are below pictures in the house, so that pictures bring the notebook view with them.
setattr(Tensor, "_repr_html_", _tensor_html)  # noqa: B010
