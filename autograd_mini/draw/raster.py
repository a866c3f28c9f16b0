"""PNG and PDF of a placed scene: through Graphviz, or through matplotlib."""

from __future__ import annotations

import importlib
import importlib.util

import graphviz

from autograd_mini.draw.dot import html_label
from autograd_mini.draw.engines import run_graphviz
from autograd_mini.draw.notation import scope_title
from autograd_mini.draw.scene import INCH, Route, Scene, cubics, dots_per_inch
from autograd_mini.draw.svg import COLOURS, LINES, colour_of

__all__ = ["render"]

ARROW = 7.0


def render(scene: Scene, form: str) -> bytes:
    """Return the scene as ``png`` or ``pdf``.

    Raises
    ------
    RuntimeError
        If there is neither Graphviz nor matplotlib.
    """
    made = run_graphviz(_positioned(scene, form), "nop2", form)
    if made is not None:
        return made
    if importlib.util.find_spec("matplotlib") is not None:
        drawn: bytes = importlib.import_module("autograd_mini.draw.figure").render(scene, form)
        return drawn
    raise RuntimeError(
        f"a {form} needs Graphviz or matplotlib, and neither is here: `pip install "
        "'autograd_mini[pictures]'` brings Graphviz; svg, html, dot and txt need nothing"
    )


def _positioned(scene: Scene, form: str) -> str:
    """Return DOT in which everything has its place already."""
    graph = {"outputorder": "nodesfirst", "bgcolor": "white", "splines": "true"}
    if form == "png":
        graph["dpi"] = f"{dots_per_inch(scene):g}"
    made = graphviz.Digraph(
        graph_attr=graph,
        node_attr={"shape": "box", "style": "filled,rounded", "fixedsize": "true",
                   "fontname": "Times"},
        edge_attr={"arrowsize": "0.7"},
    )  # fmt: skip
    for k, frame in enumerate(scene.frames):
        made.node(
            f"frame{k}", scope_title(frame.scope), labelloc="t", fontname="Helvetica",
            fontsize="13", fontcolor="#5b6470", fillcolor="#f6f7f9", color="#d3d8e0",
            **_rectangle(scene, frame.left, frame.top, frame.right, frame.bottom),
        )  # fmt: skip
    for key, place in scene.places.items():
        fill, stroke, text = COLOURS[colour_of(place.box)][:3]
        made.node(
            key, f"<{html_label(place.box)}>", fillcolor=fill, color=stroke, fontcolor=text,
            penwidth="2" if place.box.is_output else "1.2",
            **_rectangle(scene, place.left, place.top, place.right, place.bottom),
        )  # fmt: skip
    for route in scene.routes:
        made.edge(
            route.source, route.target, color=LINES[route.kind][0], pos=_spline(scene, route),
            style="dashed" if route.kind == "cache" else "solid",
        )  # fmt: skip
    return str(made.source)


def _rectangle(
    scene: Scene, left: float, top: float, right: float, bottom: float
) -> dict[str, str]:
    return {
        "pos": f"{(left + right) / 2:.2f},{scene.height - (top + bottom) / 2:.2f}",
        "width": f"{(right - left) / INCH:.4f}",
        "height": f"{(bottom - top) / INCH:.4f}",
    }


def _spline(scene: Scene, route: Route) -> str:
    """Return the route as Graphviz wants it: Bézier curves that end where the arrow begins."""
    points = [(x, scene.height - y) for x, y in cubics(route)]
    (x0, y0), (x1, y1) = points[-2], points[-1]
    length = max(((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5, 1e-9)
    share = min(ARROW / length, 1.0)
    points[-1] = (x1 - (x1 - x0) * share, y1 - (y1 - y0) * share)
    body = " ".join(f"{x:.2f},{y:.2f}" for x, y in points)
    return f"e,{x1:.2f},{y1:.2f} {body}"
