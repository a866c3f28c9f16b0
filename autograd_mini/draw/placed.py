"""Placement by Graphviz, for graphs that are not two lanes of layers."""

from __future__ import annotations

import shlex

import graphviz

from autograd_mini.draw.engines import run_graphviz
from autograd_mini.draw.scene import INCH, Frame, Place, Route, Scene, measure
from autograd_mini.draw.view import View

__all__ = ["place_by_graphviz"]

MARGIN = 24.0
PADDING = 14.0
TITLE_HEIGHT = 22.0


def place_by_graphviz(view: View, patience: float) -> Scene | None:
    """Return where Graphviz puts everything; None where there is none or it takes too long."""
    places = measure(view)
    answer = run_graphviz(_sizes_only(view, places), "dot", "plain", patience)
    if answer is None:
        return None
    scene = Scene(places, note=view.note)
    _read(answer.decode(), view, scene)
    _frame(view, scene)
    _from_top_left(scene)
    return scene


def _sizes_only(view: View, places: dict[str, Place]) -> str:
    """Return DOT with nothing but sizes, clusters and edges."""
    made = graphviz.Digraph(
        graph_attr={"rankdir": "LR", "nodesep": "0.3", "ranksep": "0.55"},
        node_attr={"shape": "box", "fixedsize": "true", "label": ""},
        edge_attr={"dir": "none"},
    )
    clusters = {"": made}
    for scope in view.scopes():
        label = {"label": "x", "fontsize": "16", "margin": "16"}
        clusters[scope] = graphviz.Digraph(f"cluster_{scope}", graph_attr=label)
    for key, box in view.boxes.items():
        size = {"width": f"{places[key].width / INCH}", "height": f"{places[key].height / INCH}"}
        clusters[box.scope].node(key, **size)
    for scope in reversed(view.scopes()):
        clusters[scope.rpartition("/")[0]].subgraph(clusters[scope])
    for source, target in view.edges:
        kind = view.kind((source, target))
        if kind == "backward":
            made.edge(target, source)
        else:
            made.edge(source, target, constraint="false" if kind == "cache" else "true")
    return str(made.source)


def _read(plain: str, view: View, scene: Scene) -> None:
    """Take over the coordinates, which count in inches from the bottom left."""
    for line in plain.replace("\\\n", "").splitlines():
        words = shlex.split(line)
        if words[0] == "node":
            place = scene.places[words[1]]
            place.x, place.y = float(words[2]) * INCH, -float(words[3]) * INCH
        elif words[0] == "edge":
            source, target = words[1], words[2]
            numbers = [float(word) * INCH for word in words[4 : 4 + 2 * int(words[3])]]
            points = [(x, -y) for x, y in zip(numbers[::2], numbers[1::2], strict=True)]
            if (source, target) not in view.edges:
                source, target = target, source
                points.reverse()
            kind = view.kind((source, target))
            scene.routes.append(Route(source, target, kind, points, curved=True))


def _frame(view: View, scene: Scene) -> None:
    """Draw frames around what the scopes hold, inner ones first."""
    frames: dict[str, Frame] = {}
    for scope in reversed(view.scopes()):
        inner = [f for name, f in frames.items() if name.rpartition("/")[0] == scope]
        own = [p for p in scene.places.values() if p.box.scope == scope]
        frames[scope] = Frame(
            scope,
            min([p.left for p in own] + [f.left for f in inner]) - PADDING,
            min([p.top for p in own] + [f.top for f in inner]) - TITLE_HEIGHT,
            max([p.right for p in own] + [f.right for f in inner]) + PADDING,
            max([p.bottom for p in own] + [f.bottom for f in inner]) + PADDING,
        )
    scene.frames = list(reversed(frames.values()))


def _from_top_left(scene: Scene) -> None:
    """Move everything so that it begins at the margin."""
    lefts = [p.left for p in scene.places.values()] + [f.left for f in scene.frames]
    tops = [p.top for p in scene.places.values()] + [f.top for f in scene.frames]
    xs = [x for route in scene.routes for x, _ in route.points]
    ys = [y for route in scene.routes for _, y in route.points]
    dx, dy = MARGIN - min(lefts + xs), MARGIN - min(tops + ys)
    for place in scene.places.values():
        place.x, place.y = place.x + dx, place.y + dy
    for frame in scene.frames:
        frame.left, frame.right = frame.left + dx, frame.right + dx
        frame.top, frame.bottom = frame.top + dy, frame.bottom + dy
    for route in scene.routes:
        route.points = [(x + dx, y + dy) for x, y in route.points]
    rights = [p.right for p in scene.places.values()] + [f.right for f in scene.frames]
    bottoms = [p.bottom for p in scene.places.values()] + [f.bottom for f in scene.frames]
    scene.width = max(rights + [x + dx for x in xs]) + MARGIN
    scene.height = max(bottoms + [y + dy for y in ys]) + MARGIN
