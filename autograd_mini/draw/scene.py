"""Where everything stands: placed boxes, routes of edges, frames around scopes."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from autograd_mini.draw.notation import Rich, text_width, wrap
from autograd_mini.draw.view import Box, View

__all__ = [
    "HEAT_CELL",
    "INCH",
    "LINE",
    "SIZES",
    "Frame",
    "Line",
    "Place",
    "Route",
    "Scene",
    "cubics",
    "dots_per_inch",
    "measure",
    "wrap_box",
]

FORMULA = 12.5
SIZES = {"title": 16.0, "formula": FORMULA, "shape": 11.0, "value": 11.0, "judgement": 11.0}
"""Font sizes by style of line."""

LINE, ABOVE = 1.38, 1.12
"""How high a line is, and what of it is above the baseline, as multiples of the font size."""

WIDEST_FORMULA = 235.0
PADDING = 10.0
HEAT_CELL = 9.0
INCH = 72.0
LARGEST = 16_000
"""Pixels along a side."""


@dataclass(slots=True)
class Line:
    """One line of text in a box: baseline and style below its top."""

    text: Rich
    style: str
    size: float
    baseline: float


@dataclass(slots=True)
class Place:
    """A box with its size, its text, and its middle."""

    box: Box
    width: float
    height: float
    lines: list[Line]
    heat_top: float = 0.0
    x: float = 0.0
    y: float = 0.0

    @property
    def left(self) -> float:
        """Where it begins."""
        return self.x - self.width / 2

    @property
    def right(self) -> float:
        """Where it ends."""
        return self.x + self.width / 2

    @property
    def top(self) -> float:
        """Where it begins, downward."""
        return self.y - self.height / 2

    @property
    def bottom(self) -> float:
        """Where it ends, downward."""
        return self.y + self.height / 2


@dataclass(slots=True)
class Route:
    """An edge: points of a rounded line, or of Bézier curves where `curved`."""

    source: str
    target: str
    kind: str
    points: list[tuple[float, float]]
    curved: bool = False


@dataclass(slots=True)
class Frame:
    """The frame around a scope."""

    scope: str
    left: float
    top: float
    right: float
    bottom: float


@dataclass(slots=True)
class Scene:
    """Everything a renderer needs, in pixels from the top left."""

    places: dict[str, Place]
    routes: list[Route] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    lanes: list[tuple[str, float, float]] = field(default_factory=list)
    width: float = 0.0
    height: float = 0.0
    note: str = ""


def measure(view: View) -> dict[str, Place]:
    """Return a place of the right size for each box, at the origin."""
    return {key: _measured(box) for key, box in view.boxes.items()}


def wrap_box(box: Box) -> list[tuple[Rich, str]]:
    """Return the lines of text on a box, each with its style."""
    lines: list[tuple[Rich, str]] = [(box.heading, "title")]
    if box.formula:
        lines += [(line, "formula") for line in wrap(box.formula, FORMULA, WIDEST_FORMULA, 3)]
    if box.shape:
        lines.append((((box.shape, ""),), "shape"))
    lines += [(((text, ""),), "value") for text in (box.value, box.gradient, box.cost) if text]
    lines += [(((box.judgement, ""),), "judgement")] if box.judgement else []
    return lines


def _measured(box: Box) -> Place:
    made: list[Line] = []
    y = 7.0
    width = 0.0
    for text, style in wrap_box(box):
        size = SIZES[style]
        y += size * ABOVE
        made.append(Line(text, style, size, y))
        y += size * (LINE - ABOVE)
        width = max(width, text_width(text, size))
    heat_top = y + 3
    if box.heat:
        width = max(width, len(box.heat[0]) * HEAT_CELL)
        y = heat_top + len(box.heat) * HEAT_CELL
    return Place(box, max(width + 2 * PADDING, 56.0), y + 7.0, made, heat_top)


def dots_per_inch(scene: Scene) -> float:
    """Return how finely to draw the scene as pixels."""
    return min(144.0, LARGEST * INCH / max(scene.width, scene.height))


def cubics(route: Route) -> list[tuple[float, float]]:
    """Return the control points of the route as cubic Bézier curves."""
    if route.curved:
        return list(route.points)
    points = [route.points[0]]
    for (x0, y0), (x1, y1) in pairwise(route.points):
        points += [
            (x0 + (x1 - x0) / 3, y0 + (y1 - y0) / 3),
            (x0 + 2 * (x1 - x0) / 3, y0 + 2 * (y1 - y0) / 3),
            (x1, y1),
        ]
    return points
