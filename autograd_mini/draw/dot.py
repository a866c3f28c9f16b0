"""DOT, for Graphviz: a cluster per scope, the backward lane reversed so that it stays below."""

from __future__ import annotations

from html import escape

import graphviz

from autograd_mini.draw.notation import LOWERED, scope_title, shown
from autograd_mini.draw.scene import LINE, SIZES, wrap_box
from autograd_mini.draw.svg import COLOURS, LINES, colour_of
from autograd_mini.draw.view import Box, View

__all__ = ["html_label", "to_dot"]


def to_dot(view: View) -> str:
    """Return the view as DOT source.

    Backward edges are written from result to operand with ``dir=back``, and what backward reads of
    the forward pass does not pull the lanes together (``constraint=false``): that is what makes
    Graphviz draw the two lanes, and quickly.
    """
    made = graphviz.Digraph(
        "computation",
        graph_attr={"rankdir": "LR", "fontname": "Helvetica", "nodesep": "0.3", "ranksep": "0.5"},
        node_attr={"fontname": "Times", "style": "filled,rounded", "shape": "box"},
        edge_attr={"arrowsize": "0.7"},
    )
    if view.note:
        made.attr(label=view.note)
    clusters: dict[str, graphviz.Digraph] = {"": made}
    for scope in view.scopes():
        clusters[scope] = graphviz.Digraph(
            f"cluster_{scope}",
            graph_attr={
                "label": scope_title(scope), "style": "filled,rounded", "margin": "14",
                "fillcolor": "#f6f7f9", "color": "#d3d8e0", "fontcolor": "#5b6470",
            },
        )  # fmt: skip
    for box in view.boxes.values():
        fill, stroke, text = COLOURS[colour_of(box)][:3]
        clusters[box.scope].node(
            box.key, f"<{html_label(box)}>", fillcolor=fill, color=stroke, fontcolor=text,
            tooltip=graphviz.escape(box.detail).replace("\n", "\\n"),
            penwidth="2" if box.is_output else "1",
        )  # fmt: skip
    for scope in reversed(view.scopes()):
        clusters[scope.rpartition("/")[0]].subgraph(clusters[scope])
    for source, target in view.edges:
        kind = view.kind((source, target))
        colour = LINES[kind][0]
        if kind == "backward":
            made.edge(target, source, color=colour, dir="back")
        elif kind == "cache":
            made.edge(source, target, color=colour, constraint="false", style="dashed")
        else:
            made.edge(source, target, color=colour)
    return str(made.source)


def html_label(box: Box) -> str:
    """Return the text on a box as Graphviz's own kind of HTML.

    Each line is a row as high as in the other pictures, so that indices keep off the line below.
    """
    rows = []
    for text, style in wrap_box(box):
        body = "".join(_html(run, SIZES[style]) for run in text)
        if style in ("title", "formula"):
            body = f"<I>{body}</I>"
        if style == "title":
            body = f"<B>{body}</B>"
        size = SIZES[style]
        cell = f'<TD HEIGHT="{size * LINE:.0f}"><FONT POINT-SIZE="{size:g}">{body}</FONT></TD>'
        rows.append(f"<TR>{cell}</TR>")
    empty = 'BORDER="0" CELLBORDER="0" CELLPADDING="0" CELLSPACING="0"'
    return f"<TABLE {empty}>{''.join(rows)}</TABLE>"


def _html(run: tuple[str, str], size: float) -> str:
    text, style = escape(shown(run), quote=False), run[1]
    if not style:
        return text
    tag = "SUB" if style in LOWERED else "SUP"
    return f'<{tag}><FONT POINT-SIZE="{0.72 * size:.1f}">{text}</FONT></{tag}>'
