"""PNG and PDF of a placed scene: through Graphviz, or through matplotlib."""

from __future__ import annotations

import importlib.util
import io
from typing import Any

import graphviz

from autograd_mini.draw.dot import colour_of, html_label
from autograd_mini.draw.engines import run_graphviz
from autograd_mini.draw.notation import Rich, scope_title
from autograd_mini.draw.scene import HEAT_CELL, Place, Route, Scene
from autograd_mini.draw.svg import COLOURS, HEAT, LINES

__all__ = ["render"]

INCH = 72.0
ARROW = 7.0
LARGEST = 16_000
"""Pixels along a side."""


def render(scene: Scene, form: str) -> bytes:
    """Return the scene as ``png`` or ``pdf``.

    Raises
    ------
    RuntimeError
        If there is neither Graphviz nor matplotlib.
    """
    made = run_graphviz(_positioned(scene, form), "neato", form)
    if made is not None:
        return made
    if importlib.util.find_spec("matplotlib") is not None:
        return _by_matplotlib(scene, form)
    raise RuntimeError(
        f"a {form} needs Graphviz or matplotlib, and neither is here: "
        "`pip install 'autograd_mini[pictures]'` brings Graphviz; svg, html, dot and txt need nothing"
    )


def _dots_per_inch(scene: Scene) -> float:
    return min(144.0, LARGEST * INCH / max(scene.width, scene.height))


def _positioned(scene: Scene, form: str) -> str:
    """Return DOT in which everything has its place already."""
    graph = {"outputorder": "nodesfirst", "bgcolor": "white", "splines": "true"}
    if form == "png":
        graph["dpi"] = f"{_dots_per_inch(scene):g}"
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
    return made.source


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


def cubics(route: Route) -> list[tuple[float, float]]:
    """Return the control points of the route as cubic Bézier curves."""
    if route.curved:
        return list(route.points)
    points = [route.points[0]]
    for (x0, y0), (x1, y1) in zip(route.points, route.points[1:], strict=False):
        points += [
            (x0 + (x1 - x0) / 3, y0 + (y1 - y0) / 3),
            (x0 + 2 * (x1 - x0) / 3, y0 + 2 * (y1 - y0) / 3),
            (x1, y1),
        ]
    return points


# -- matplotlib -----------------------------------------------------------------------------------


def _by_matplotlib(scene: Scene, form: str) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.backends.backend_pdf import FigureCanvasPdf
    from matplotlib.figure import Figure
    from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
    from matplotlib.path import Path

    figure = Figure(figsize=(scene.width / INCH, scene.height / INCH), facecolor="white")
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set(xlim=(0, scene.width), ylim=(scene.height, 0))
    axes.axis("off")

    def rounded(left: float, top: float, right: float, bottom: float, **style: Any) -> None:
        shape = FancyBboxPatch(
            (left + 5, top + 5), right - left - 10, bottom - top - 10,
            boxstyle="round,pad=5,rounding_size=6", **style,
        )  # fmt: skip
        axes.add_patch(shape)

    for frame in scene.frames:
        rounded(
            frame.left, frame.top, frame.right, frame.bottom, facecolor="#f6f7f9",
            edgecolor="#d3d8e0", linewidth=1.0,
        )  # fmt: skip
        axes.text(
            (frame.left + frame.right) / 2, frame.top + 18, scope_title(frame.scope),
            ha="center", va="baseline", fontsize=13, color="#5b6470",
        )  # fmt: skip
    for route in scene.routes:
        points = cubics(route)
        path = Path(points, [Path.MOVETO] + [Path.CURVE4] * (len(points) - 1))
        axes.add_patch(
            FancyArrowPatch(
                path=path, arrowstyle="-|>", mutation_scale=9, linewidth=1.2, shrinkA=0, shrinkB=0,
                color=LINES[route.kind][0], linestyle="--" if route.kind == "cache" else "-",
            )  # fmt: skip
        )
    for place in scene.places.values():
        fill, stroke, ink = COLOURS[colour_of(place.box)][:3]
        rounded(
            place.left, place.top, place.right, place.bottom, facecolor=fill, edgecolor=stroke,
            linewidth=2.2 if place.box.is_output else 1.2,
        )  # fmt: skip
        for line in place.lines:
            axes.text(
                place.x, place.top + line.baseline, _mathtext(line.text, line.style),
                ha="center", va="baseline", fontsize=line.size, color=ink,
                math_fontfamily="stix",
            )  # fmt: skip
        _draw_heat(axes, place)
    made = io.BytesIO()
    if form == "png":
        figure.set_dpi(_dots_per_inch(scene))
        FigureCanvasAgg(figure).print_png(made)
    else:
        FigureCanvasPdf(figure).print_pdf(made)  # type: ignore[no-untyped-call]
    return made.getvalue()


_SPECIAL = {"\\": r"\backslash ", " ": r"\ ", "−": "-", "Σ": r"\Sigma ", "⊙": r"\odot ", "…": r"\ldots "}


def _mathtext(rich: Rich, style: str) -> str:
    """Return runs in matplotlib's subset of TeX."""
    face = {"title": "mathbf", "formula": "mathit"}.get(style, "mathrm")
    parts = []
    for text, kind in rich:
        body = "".join(
            _SPECIAL.get(c, f"\\{c}" if c in "{}$%#&_^~" else c) for c in text
        )
        body = f"\\{face}{{{body}}}"
        parts.append({"": body, "sub": f"{{}}_{{{body}}}"}.get(kind, f"{{}}^{{{body}}}"))
    return f"${''.join(parts)}$"


def _draw_heat(axes: Any, place: Place) -> None:
    if place.box.heat:
        from matplotlib.colors import ListedColormap

        rows, columns = len(place.box.heat), len(place.box.heat[0])
        left, top = place.x - columns * HEAT_CELL / 2, place.top + place.heat_top
        axes.imshow(
            place.box.heat, cmap=ListedColormap(HEAT), vmin=-1, vmax=1, aspect="auto", zorder=3,
            extent=(left, left + columns * HEAT_CELL, top + rows * HEAT_CELL, top),
        )  # fmt: skip
        axes.set(xlim=axes.get_xlim(), ylim=axes.get_ylim())
