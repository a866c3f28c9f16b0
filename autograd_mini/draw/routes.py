"""Route edges around boxes: straight where possible, else through the gaps between slots.

Each edge tries the simplest shape first and takes the first that crosses no box.  The last shape
always exists: out into the gap beside its slot, along a channel between the lanes, and in from the
gap beside the other slot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from autograd_mini.draw.scene import Place, Route, Scene
from autograd_mini.draw.view import View

__all__ = ["Channels", "route_all", "sampled"]

TRACK = 9.0
PORT = 11.0
CLEARANCE = 3.0
NARROW = 60.0

Point = tuple[float, float]
Side = str


@dataclass(slots=True)
class Channels:
    """The horizontal channels: where they are, and the tracks in use (one for each source)."""

    upper: float = 0.0
    middle: float = 0.0
    lower: float = 0.0
    tracks: dict[str, dict[str, int]] = field(default_factory=dict)

    def height(self, channel: str) -> float:
        """Return how much room a channel needs."""
        return TRACK * len(self.tracks.get(channel, ()))

    def y(self, channel: str, source: str, room: int) -> float:
        """Return the height of the track of `source`; `room` tracks are there."""
        k = self.tracks.setdefault(channel, {}).setdefault(source, len(self.tracks[channel]))
        if channel == "upper":
            return self.upper - TRACK * k
        if channel == "lower":
            return self.lower + TRACK * k
        return self.middle + TRACK * (k - (room - 1) / 2)


@dataclass(slots=True)
class _Plan:
    """One edge: the shape chosen, and the sides of the boxes where it starts and ends."""

    route: Route
    shape: str
    leaves: Side
    enters: Side


def route_all(view: View, scene: Scene, before: Channels) -> Channels:
    """Fill ``scene.routes``; return the channels used."""
    router = _Router(scene, before)
    plans = [router.plan(*edge, view.kind(edge)) for edge in view.edges]
    unsettled = True
    while unsettled:  # spreading the ports may push an edge into a box: that one takes the gaps
        ports = _ports(plans, scene.places)
        for plan in plans:
            router.draw(plan, *ports[plan.route.source, plan.route.target])
        unsettled = False
        for plan in plans:
            if plan.shape != "gap" and router.crosses(plan.route):
                router.take_gaps(plan)
                unsettled = True
    scene.routes = [plan.route for plan in plans]
    return router.channels


class _Router:
    def __init__(self, scene: Scene, before: Channels) -> None:
        self.places = scene.places
        rectangles = np.array([(p.left, p.top, p.right, p.bottom) for p in self.places.values()])
        self.reach = rectangles.reshape(-1, 4) + np.array([-1.0, -1.0, 1.0, 1.0]) * CLEARANCE
        self.row = {key: k for k, key in enumerate(self.places)}
        self.rooms = {name: len(tracks) for name, tracks in before.tracks.items()}
        self.channels = Channels(before.upper, before.middle, before.lower)
        self.edges_of_slot: dict[float, tuple[float, float]] = {}
        for place in self.places.values():
            left, right = self.edges_of_slot.get(place.x, (place.left, place.right))
            self.edges_of_slot[place.x] = min(left, place.left), max(right, place.right)
        lanes = {name: (y - h / 2, y + h / 2) for name, y, h in scene.lanes}
        self.forward_top = lanes["forward"][0]

    def plan(self, source: str, target: str, kind: str) -> _Plan:
        """Choose the first shape that crosses no box."""
        a, b = self.places[source], self.places[target]
        for shape, leaves, enters in _shapes(a, b, kind, self.forward_top):
            plan = _Plan(Route(source, target, kind, []), shape, leaves, enters)
            if shape == "gap":
                return plan
            self.draw(plan, _side(a, leaves), _side(b, enters))
            if not self.crosses(plan.route):
                return plan
        raise AssertionError("the shape through the gaps is always there")

    def take_gaps(self, plan: _Plan) -> None:
        """Give an edge the shape that crosses nothing."""
        a, b = self.places[plan.route.source], self.places[plan.route.target]
        *_, (plan.shape, plan.leaves, plan.enters) = _shapes(
            a, b, plan.route.kind, self.forward_top
        )

    def draw(self, plan: _Plan, start: Point, end: Point) -> None:
        """Set the points of the route from its ports."""
        route = plan.route
        route.curved = False
        (x0, y0), (x1, y1) = start, end
        if plan.shape == "across":
            if abs(y1 - y0) < 1.0:
                route.points = [start, end]
            else:
                bend = (x1 - x0) / 2
                route.points = [start, (x0 + bend, y0), (x1 - bend, y1), end]
                route.curved = True
        elif plan.shape == "down":
            if abs(x1 - x0) < 1.0:
                route.points = [start, end]
            else:
                bend = (y1 - y0) / 2
                route.points = [start, (x0, y0 + bend), (x1, y1 - bend), end]
                route.curved = True
        elif plan.shape == "corner":
            across_first = plan.leaves in ("left", "right")
            route.points = [start, (x1, y0) if across_first else (x0, y1), end]
        else:
            route.points = self._through_gaps(plan, start, end)

    def _through_gaps(self, plan: _Plan, start: Point, end: Point) -> list[Point]:
        route = plan.route
        channel = {"forward": "upper", "backward": "lower", "cache": "middle"}[route.kind]
        jitter = 3.0 * (self.row[route.source] % 5)
        out = self._beside(self.places[route.source], plan.leaves, 8.0 + jitter)
        back = self._beside(self.places[route.target], plan.enters, 14.0 + jitter)
        if abs(back - out) < NARROW:  # both in one gap: no channel needed
            return [start, (back, start[1]), (back, end[1]), end]
        y = self.channels.y(channel, route.source, self.rooms.get(channel, 1))
        return [start, (out, start[1]), (out, y), (back, y), (back, end[1]), end]

    def _beside(self, place: Place, side: Side, distance: float) -> float:
        left, right = self.edges_of_slot[place.x]
        return right + distance if side == "right" else left - distance

    def crosses(self, route: Route) -> bool:
        """Return whether a route crosses a box other than its own two."""
        points = sampled(route)
        low, high = points.min(axis=0), points.max(axis=0)
        near = ((self.reach[:, 2:] > low) & (self.reach[:, :2] < high)).all(axis=1)
        near[[self.row[route.source], self.row[route.target]]] = False
        close = self.reach[near]
        inside = (points[:, None] > close[:, :2]) & (points[:, None] < close[:, 2:])
        return bool(inside.all(axis=2).any())


def _shapes(a: Place, b: Place, kind: str, forward_top: float) -> Iterable[tuple[str, Side, Side]]:
    """Yield shapes to try, each with the side it leaves by and the side it enters."""
    if kind == "cache":
        beside = "left" if a.x < b.x else "right"
        if b.top > a.bottom:
            if abs(b.x - a.x) < 3 * (b.top - a.bottom):
                yield "down", "bottom", "top"
            if abs(b.x - a.x) > b.width / 2:
                yield "corner", "bottom", beside
        yield "gap", ("right" if a.x <= b.x else "left"), beside
    elif kind == "forward":
        if a.bottom < forward_top and a.right < b.x and a.bottom < b.top:
            yield "corner", "right", "top"
        if a.right < b.left:
            yield "across", "right", "left"
        yield "gap", "right", "left"
    else:
        if a.bottom < b.top and b.right < a.x:
            yield "corner", "bottom", "right"
        if b.right < a.left:
            yield "across", "left", "right"
        yield "gap", "left", "right"


def _side(place: Place, side: Side, offset: float = 0.0) -> Point:
    if side in ("left", "right"):
        return (place.left if side == "left" else place.right, place.y + offset)
    return (place.x + offset, place.top if side == "top" else place.bottom)


def _ports(
    plans: list[_Plan], places: dict[str, Place]
) -> dict[tuple[str, str], tuple[Point, Point]]:
    """Spread the arrows that enter the same side of a box; those that leave share its middle."""
    entering: dict[tuple[str, Side], list[_Plan]] = {}
    leaving: set[tuple[str, Side]] = set()
    for plan in plans:
        entering.setdefault((plan.route.target, plan.enters), []).append(plan)
        leaving.add((plan.route.source, plan.leaves))
    offsets: dict[tuple[str, str], float] = {}
    for (key, side), arriving in entering.items():
        target = places[key]
        vertical = side in ("left", "right")
        along = _coordinate(vertical)
        arriving.sort(key=lambda plan: _approach(plan, places, vertical))
        straight = [
            k for k, plan in enumerate(arriving)
            if plan.shape in ("across", "down")
            and abs(along(places[plan.route.source]) - along(target)) < 1.0
        ]  # fmt: skip
        centre = float(straight[0]) if straight else (len(arriving) - 1) / 2
        room = (target.height if vertical else target.width) / 2 - 6.0
        reach = max(centre, len(arriving) - 1 - centre, 1.0)
        step = min(PORT, room / reach)
        taken = (key, side) in leaving and not straight and len(arriving) % 2 == 1
        for k, plan in enumerate(arriving):
            shift = step * (k - centre) + (step if taken else 0.0)
            offsets[plan.route.source, key] = max(-room, min(room, shift))
    return {
        (plan.route.source, plan.route.target): (
            _side(places[plan.route.source], plan.leaves),
            _side(
                places[plan.route.target],
                plan.enters,
                offsets[plan.route.source, plan.route.target],
            ),
        )
        for plan in plans
    }


def _coordinate(vertical: bool) -> Callable[[Place], float]:
    return (lambda place: place.y) if vertical else (lambda place: place.x)


def _approach(plan: _Plan, places: dict[str, Place], vertical: bool) -> tuple[float, float]:
    """Return where along the side an arrow comes from, so that arrows do not cross there."""
    source = places[plan.route.source]
    if vertical:
        return (source.y if plan.shape != "gap" else places[plan.route.target].y, source.x)
    if plan.shape == "corner":  # the higher its horizontal part, the further it must reach
        return (-1e6 - source.y, 0.0) if source.x < places[plan.route.target].x else (1e6, source.y)
    return (source.x, source.y)


def sampled(route: Route, steps: int = 24) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return points along a route, close enough together to find what it crosses."""
    points = np.array(route.points, float)
    t = np.linspace(0.0, 1.0, steps)[:, None]
    if route.curved:
        pieces = []
        for k in range(0, len(points) - 1, 3):
            p0, p1, p2, p3 = points[k : k + 4]
            s = 1 - t
            pieces.append(s**3 * p0 + 3 * s**2 * t * p1 + 3 * s * t**2 * p2 + t**3 * p3)
        return np.concatenate(pieces)
    return np.concatenate([a + t * (b - a) for a, b in pairwise(points)])
