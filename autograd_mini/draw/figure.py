"""The same scene drawn by matplotlib, where there is no Graphviz."""

from __future__ import annotations

import io
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path

from autograd_mini.draw.notation import LOWERED, Rich, scope_title, shown
from autograd_mini.draw.scene import HEAT_CELL, INCH, Place, Scene, cubics, dots_per_inch
from autograd_mini.draw.svg import COLOURS, HEAT, LINES, colour_of

__all__ = ["render"]


def render(scene: Scene, form: str) -> bytes:
    """Return the scene as ``png`` or ``pdf``."""
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
                path=path,
                arrowstyle="-|>",
                mutation_scale=9,
                linewidth=1.2,
                shrinkA=0,
                shrinkB=0,
                color=LINES[route.kind][0],
                linestyle="--" if route.kind == "cache" else "-",
            )
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
        figure.set_dpi(dots_per_inch(scene))
        FigureCanvasAgg(figure).print_png(made)  # type: ignore[no-untyped-call]
    else:
        FigureCanvasPdf(figure).print_pdf(made)  # type: ignore[no-untyped-call]
    return made.getvalue()


_SPECIAL = {
    "\\": r"\backslash ", " ": r"\ ", "−": "-", "Σ": r"\Sigma ", "⊙": r"\odot ", "…": r"\ldots ",
}  # fmt: skip


def _mathtext(rich: Rich, style: str) -> str:
    """Return runs in matplotlib's subset of TeX."""
    face = {"title": "mathbf", "formula": "mathit"}.get(style, "mathrm")
    parts = []
    for run in rich:
        text = shown(run)
        body = "".join(_SPECIAL.get(c, f"\\{c}" if c in "{}$%#&_^~" else c) for c in text)
        body = f"\\{face}{{{body}}}"
        lowered = f"{{}}_{{{body}}}" if run[1] in LOWERED else f"{{}}^{{{body}}}"
        parts.append(lowered if run[1] else body)
    return f"${''.join(parts)}$"


def _draw_heat(axes: Any, place: Place) -> None:
    if place.box.heat:
        rows, columns = len(place.box.heat), len(place.box.heat[0])
        left, top = place.x - columns * HEAT_CELL / 2, place.top + place.heat_top
        axes.imshow(
            place.box.heat, cmap=ListedColormap(HEAT), vmin=-1, vmax=1, aspect="auto", zorder=3,
            extent=(left, left + columns * HEAT_CELL, top + rows * HEAT_CELL, top),
        )  # fmt: skip
        axes.set(xlim=axes.get_xlim(), ylim=axes.get_ylim())
