"""A picture of a graph: what is shown, where it stands, and every format it can take."""

from __future__ import annotations

import itertools
import os
from collections.abc import Collection
from html import escape
from pathlib import Path
from typing import Any

from autograd_mini.atomic import atomic, saved
from autograd_mini.draw import dot, page, raster, svg, text
from autograd_mini.draw.annotate import Asked, annotate, judge
from autograd_mini.draw.collapse import closed_scopes, collapse, opened
from autograd_mini.draw.describe import describe
from autograd_mini.draw.details import Details
from autograd_mini.draw.fold import fold, unnamed_cost
from autograd_mini.draw.lanes import place_in_lanes, suits_lanes
from autograd_mini.draw.placed import place_by_graphviz
from autograd_mini.draw.scene import Scene
from autograd_mini.draw.values import Values
from autograd_mini.draw.view import View
from autograd_mini.graph.graph import BaseGraph

__all__ = ["FORMATS", "Picture"]

FORMATS = ("svg", "png", "pdf", "dot", "html", "txt")

PATIENCE = 5.0
"""Seconds Graphviz gets to place a graph that is not two lanes."""

MOST_IN_NOTEBOOK = 300
"""Boxes of a page in a cell of a notebook: it is kept with the notebook."""

_numbers = itertools.count(1)


class Picture:
    """A graph, drawn.

    Shows itself in a notebook, prints as text, and goes into files with :meth:`save`.

    Parameters
    ----------
    graph : BaseGraph
    values : bool
        Put values on the boxes: a number or a range, and a heat map for arrays.
    gradients : bool
        Put gradients there too, "not computed" where ``backward`` has not run.
    memory, time : bool
        And how many bytes each step fills, and how long it takes.
    depth : int, optional
        How many levels of scopes stay open; as many as fit if not given.
    expand : True, str or collection of str, optional
        Scopes to show open whatever `depth` says; True for all.
    full : bool
        Show every recorded step, not only those with names.
    hypothetical : bool
        Whether the backward part was added for the picture and has not run.
    comparison : Comparison, optional
        Colours the boxes of gradients by their verdicts.
    """

    def __init__(
        self,
        graph: BaseGraph,
        *,
        values: bool = False,
        gradients: bool = False,
        memory: bool = False,
        time: bool = False,
        depth: int | None = None,
        expand: bool | str | Collection[str] | None = None,
        full: bool = False,
        hypothetical: bool = False,
        comparison: Any = None,
    ) -> None:
        if depth is not None and not (isinstance(depth, int) and depth >= 0):
            raise ValueError(f"depth counts levels of scopes from 0 up, got {depth!r}")
        self._whole, self._folder = fold(graph, full)
        if expand is not None and not isinstance(expand, bool):
            expand = _known_scopes(self._whole, [expand] if isinstance(expand, str) else expand)
        self._depth, self._expand = depth, expand
        self._asked = Asked(values, gradients, memory, time)
        self._values = Values(graph, hypothetical)
        self._comparison = comparison
        self._verdicts: dict[str, Any] = {}
        self._written: set[str] = set()
        self.view: View = collapse(self._whole, depth, expand)
        self._write(self.view)
        self.graph = graph
        self.title = _title(graph)
        self._scene: Scene | None = None

    def _write(self, view: View) -> None:
        """Write on the boxes of a view what they compute, and what was asked for."""
        fresh = [box for key, box in view.boxes.items() if key not in self._written]
        for box in fresh:
            if box.node is not None:
                describe(self._folder, box)
                self._written.add(box.key)
        if self._asked != Asked():
            annotate(fresh, self._values, self._asked)
        if self._comparison is not None:
            self._verdicts |= judge(fresh, self._comparison)

    @property
    def scene(self) -> Scene:
        """Where everything stands."""
        if self._scene is None:
            self._scene = _placed(self.view)
        return self._scene

    def to_svg(self, prefix: str = "ag") -> str:
        """Return an SVG document whose ids all begin with `prefix`."""
        return svg.to_svg(self.scene, prefix, self.title)

    def to_dot(self) -> str:
        """Return DOT source for Graphviz."""
        return dot.to_dot(self.view)

    def to_text(self) -> str:
        """Return a tree for the terminal."""
        return text.to_text(self.view)

    def to_html(self, path: str | os.PathLike[str] | None = None) -> str:
        """Return a page of its own that works offline: see :mod:`autograd_mini.draw.page`.

        Parameters
        ----------
        path : path-like, optional
            A file to write the page to, complete or not at all.
        """
        return saved(self._page(opened(self._whole)), path)

    def _page(self, view: View) -> str:
        self._write(view)
        scene = _placed(view)
        details = Details(self._folder, view, self._values, self._verdicts)
        closed = closed_scopes(view, self._depth, self._expand)
        return page.to_html(scene, self.title, details.json(closed, scene.lanes))

    def to_bytes(self, form: str) -> bytes:
        """Return the content of a file of this format, one of svg, png, pdf, dot, html, txt."""
        if form in ("png", "pdf"):
            return raster.render(self.scene, form)
        if form == "txt":
            return (self.to_text() + "\n").encode()
        makers = {"svg": self.to_svg, "dot": self.to_dot, "html": self.to_html}
        return makers[form]().encode()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a file; its suffix says what kind.  It appears complete or not at all.

        Raises
        ------
        ValueError
            If the suffix is none of svg, png, pdf, dot, html, txt.
        FileNotFoundError
            If the folder does not exist.
        """
        target = Path(path)
        form = target.suffix.lower().lstrip(".")
        if form not in FORMATS:
            known = ", ".join(FORMATS)
            raise ValueError(f"cannot draw {target.name!r}: its suffix must be one of {known}")
        if not target.parent.is_dir():
            raise FileNotFoundError(f"there is no folder {str(target.parent)!r} to draw into")
        content = self.to_bytes(form)
        with atomic(target) as draft:
            draft.write_bytes(content)

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        return f"<Picture {self.title}>"

    def _repr_svg_(self) -> str:
        return self.to_svg(f"ag{next(_numbers)}")

    def _repr_html_(self) -> str:
        return page.frame(self._page(opened(self._whole, MOST_IN_NOTEBOOK)), self.title)


def _placed(view: View) -> Scene:
    placed = None if suits_lanes(view) else place_by_graphviz(view, PATIENCE)
    return placed or place_in_lanes(view)


def tensor_html(values: str, graph: BaseGraph) -> str:
    """Return how a tensor shows in a notebook: its values, and how it was computed."""
    drawn = f'<div style="overflow:auto">{Picture(graph)._repr_svg_()}</div>'
    summary = "<summary>how it was computed</summary>"
    return f"<pre>{escape(values)}</pre><details>{summary}{drawn}</details>"


def _title(graph: BaseGraph) -> str:
    """Return what a graph computes, and how large it is."""
    forward = getattr(graph, "forward_nodes", None) or set(graph.nodes)
    results = [node for node in graph.outputs if node in forward] or list(graph.outputs)
    cost = unnamed_cost(graph)
    names = ", ".join("J" if node is cost else node.name or node.op.name for node in results[:4])
    more = ", …" if len(results) > 4 else ""
    extent = "forward and backward, " if len(forward) < len(graph) else ""
    return f"{names}{more}: {extent}{len(graph):,} nodes"


def _known_scopes(view: View, asked: Collection[str]) -> Collection[str]:
    known = set(view.scopes()) | {scope.rpartition("/")[2] for scope in view.scopes()}
    for scope in asked:
        if scope not in known:
            raise ValueError(
                f"no scope {scope!r} to expand; there are {', '.join(sorted(known)) or 'none'}"
            )
    return asked
