"""SVG: text stays text, colours follow the reader's light or dark scheme."""

from __future__ import annotations

from html import escape

from autograd_mini.draw.notation import LOWERED, Rich, scope_title, shown
from autograd_mini.draw.scene import HEAT_CELL, SIZES, Place, Route, Scene
from autograd_mini.draw.view import Box

__all__ = ["COLOURS", "LINES", "colour_of", "path_data", "to_svg"]

FONT = "'STIX Two Text','Cambria Math',Cambria,'Times New Roman','Liberation Serif',serif"
SANS = "system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif"

COLOURS = {
    # class: (fill, stroke, text) on light paper, then on dark
    "forward": ("#eaf2fd", "#2f6fc4", "#0f2f5c", "#16263d", "#6ea8f7", "#dbe9ff"),
    "backward": ("#fdecea", "#c6423a", "#5c1410", "#3a1a18", "#f28b82", "#ffe1de"),
    "parameter": ("#fff6df", "#b98516", "#4d3600", "#332a12", "#e3b341", "#ffefc4"),
    "data": ("#eaf6ec", "#3f8f52", "#12401f", "#15301c", "#7bc98c", "#d9f5df"),
    # verdicts of a comparison
    "ok": ("#d8f3e0", "#17774a", "#0a3d24", "#123222", "#6ccf9d", "#d8f6e5"),
    "convention": ("#d9f1f5", "#1b7487", "#07353f", "#10313a", "#6cc7da", "#d3f3fa"),
    "wrong": ("#b3263c", "#6d0c1c", "#ffffff", "#9c2036", "#ff9aa7", "#ffffff"),
    "inherited": ("#ececee", "#a3475a", "#33343a", "#26272b", "#c98a96", "#ececf0"),
    "unchecked": ("#f1efe9", "#77705f", "#3b372c", "#2b2a27", "#b9b2a1", "#efece4"),
}
LINES = {
    "forward": ("#2f6fc4", "#6ea8f7"),
    "backward": ("#c6423a", "#f28b82"),
    "cache": ("#7d6ca8", "#b7a6e6"),
}
HEAT = ("#2166ac", "#67a9cf", "#d1e5f0", "#f7f7f7", "#fddbc7", "#ef8a62", "#b2182b")


def to_svg(
    scene: Scene, prefix: str = "ag", title: str = "computation graph", *, bare: bool = False
) -> str:
    """Return the scene as an SVG document.

    Parameters
    ----------
    scene : Scene
    prefix : str
        Begins every id, so that several pictures fit into one page.
    title : str
        What screen readers call the picture.
    bare : bool
        Leave out what a page with a script of its own does better: texts under the pointer, and
        the cells of heat maps.
    """
    width, height = round(scene.width), round(scene.height + (22 if scene.note else 0))
    parts = [
        _opening(prefix, width, height),
        f'<title id="{prefix}-title">{escape(title)}</title>',
        f"<style>{_style()}</style>",
        _markers(prefix),
        f'<rect class="ag-paper" width="{width}" height="{height}"/>',
    ]
    parts += [_frame(scene, k, prefix) for k in range(len(scene.frames))]
    parts += [_lane(scene, k) for k in range(len(scene.lanes)) if len(scene.lanes) > 1]
    parts += [_edge(scene, route, prefix, bare) for route in scene.routes]
    parts += [_node(place, prefix, bare) for place in scene.places.values()]
    if scene.note:
        parts.append(f'<text class="ag-note" x="24" y="{height - 12}">{escape(scene.note)}</text>')
    parts.append("</svg>\n")
    return "\n".join(parts)


def _opening(prefix: str, width: int, height: int) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" id="{prefix}" class="ag-graph" role="img" '
        f'viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'aria-labelledby="{prefix}-title">'
    )


def _style() -> str:
    rules = [
        ".ag-paper{fill:#ffffff}",
        f".ag-graph text{{font-family:{SANS}}}",
        f".ag-graph .ag-t,.ag-graph .ag-f{{font-family:{FONT};font-style:italic}}",
        "".join(f".ag-{style[0]}{{font-size:{size:g}px}}" for style, size in SIZES.items()),
        ".ag-u{font-size:72%;font-style:normal}.ag-node>text{text-anchor:middle}",
        ".ag-t,.ag-j{font-weight:600}.ag-s,.ag-v{font-style:normal;opacity:.78}",
        ".ag-node rect.ag-box{stroke-width:1.4}.ag-output rect.ag-box{stroke-width:2.6}",
        ".ag-group rect.ag-box{stroke-dasharray:5 3}",
        ".ag-edge{fill:none;stroke-width:1.5}.ag-cache{stroke-dasharray:5 4;stroke-width:1.2}",
        ".ag-frame{fill:#f6f7f9;stroke:#d3d8e0}.ag-frame-title{fill:#5b6470}",
        ".ag-lane{font-size:12px;letter-spacing:.04em}.ag-note{font-size:12px;fill:#5b6470}",
        ".ag-heat{fill:#fff;stroke:#8a939e;stroke-width:.8}",
        ".ag-node:hover rect.ag-box,.ag-node:focus rect.ag-box{stroke-width:3}",
        *(f".ag-h{k}{{fill:{colour}}}" for k, colour in enumerate(HEAT)),
    ]
    dark = [
        ".ag-paper{fill:#0f1318}.ag-frame{fill:#171c23;stroke:#39424e}",
        ".ag-frame-title,.ag-note{fill:#a7b1be}",
    ]
    for name, (fill, stroke, text, dark_fill, dark_stroke, dark_text) in COLOURS.items():
        rules.append(
            f".ag-{name}>rect.ag-box{{fill:{fill};stroke:{stroke}}}.ag-{name}>text{{fill:{text}}}"
        )
        dark.append(
            f".ag-{name}>rect.ag-box{{fill:{dark_fill};stroke:{dark_stroke}}}"
            f".ag-{name}>text{{fill:{dark_text}}}"
        )
    for name, (line, dark_line) in LINES.items():
        for made, colour in ((rules, line), (dark, dark_line)):
            made.append(
                f"path.ag-{name}{{stroke:{colour}}}.ag-head-{name},text.ag-lane-{name}"
                f"{{fill:{colour}}}"
            )
    return "".join(rules) + "@media(prefers-color-scheme:dark){" + "".join(dark) + "}"


def _markers(prefix: str) -> str:
    made = [
        f'<marker id="{prefix}-head-{name}" viewBox="0 0 10 10" refX="9" refY="5" '
        f'markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto">'
        f'<path class="ag-head-{name}" d="M0 1L10 5L0 9z"/></marker>'
        for name in LINES
    ]
    return f"<defs>{''.join(made)}</defs>"


def _frame(scene: Scene, k: int, prefix: str) -> str:
    frame = scene.frames[k]
    return (
        f'<g class="ag-scope" id="{prefix}-scope{k}" data-scope="{escape(frame.scope)}">'
        f"<title>{escape(frame.scope)}</title>"
        f'<rect class="ag-frame" x="{_n(frame.left)}" y="{_n(frame.top)}" '
        f'width="{_n(frame.right - frame.left)}" height="{_n(frame.bottom - frame.top)}" rx="10"/>'
        f'<text class="ag-frame-title" x="{_n((frame.left + frame.right) / 2)}" '
        f'y="{_n(frame.top + 18)}" text-anchor="middle" font-size="13">'
        f"{escape(scope_title(frame.scope))}</text></g>"
    )


def _lane(scene: Scene, k: int) -> str:
    name, y, _ = scene.lanes[k]
    text = "forward →" if name == "forward" else "← backward"
    return (
        f'<text class="ag-lane ag-lane-{name}" text-anchor="middle" '
        f'transform="translate(16 {_n(y)}) rotate(-90)">{text}</text>'
    )


def _n(value: float) -> str:
    """Return a coordinate, to a tenth of a pixel."""
    return f"{value:.1f}".removesuffix(".0")


def path_data(route: Route, radius: float = 7.0) -> str:
    """Return the ``d`` of a path along the route, corners rounded."""
    points = route.points
    x, y = points[0]
    parts = [f"M{_n(x)} {_n(y)}"]
    if route.curved:
        for k in range(1, len(points) - 1, 3):
            three = " ".join(f"{_n(x)} {_n(y)}" for x, y in points[k : k + 3])
            parts.append(f"C{three}")
        return "".join(parts)
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        x0, y0 = _towards(corner, before, radius)
        x1, y1 = _towards(corner, after, radius)
        parts.append(f"L{_n(x0)} {_n(y0)}Q{_n(corner[0])} {_n(corner[1])} {_n(x1)} {_n(y1)}")
    x, y = points[-1]
    return "".join([*parts, f"L{_n(x)} {_n(y)}"])


def _towards(
    corner: tuple[float, float], other: tuple[float, float], radius: float
) -> tuple[float, float]:
    dx, dy = other[0] - corner[0], other[1] - corner[1]
    length = max(abs(dx) + abs(dy), 1e-9)
    share = min(radius / length, 0.5)
    return corner[0] + dx * share, corner[1] + dy * share


def _edge(scene: Scene, route: Route, prefix: str, bare: bool) -> str:
    ends = f'data-from="{route.source}" data-to="{route.target}" d="{path_data(route)}"'
    if bare:
        return f'<path class="ag-edge ag-{route.kind}" {ends}/>'
    source, target = scene.places[route.source].box.name, scene.places[route.target].box.name
    return (
        f'<path class="ag-edge ag-{route.kind}" id="{prefix}-{route.source}-{route.target}" '
        f'{ends} marker-end="url(#{prefix}-head-{route.kind})">'
        f"<title>{escape(source)} → {escape(target)}</title></path>"
    )


def colour_of(box: Box) -> str:
    """Return which of :data:`COLOURS` a box has."""
    if box.verdict:
        return box.verdict
    return box.kind if box.is_input else ("backward" if box.backward else "forward")


def _node(place: Place, prefix: str, bare: bool) -> str:
    box = place.box
    classes = f"ag-node ag-{colour_of(box)}" + (" ag-output" if box.is_output else "")
    classes += " ag-group" if box.kind == "group" else ""
    names = escape(" = ".join(box.names))
    head = f'<g class="{classes}" id="{prefix}-{box.key}" data-name="{names}"'
    if bare:
        head += ">"
    else:
        head += (
            f' data-op="{escape(box.op)}" data-scope="{escape(box.scope)}">'
            f"<title>{escape(box.detail)}</title>"
        )
    frame = (
        f'<rect class="ag-box" x="{_n(place.left)}" y="{_n(place.top)}" '
        f'width="{_n(place.width)}" height="{_n(place.height)}" '
        f'rx="{13 if box.is_input else 6}"/>'
    )
    lines = (
        f'<text class="ag-{line.style[0]}" x="{_n(place.x)}" '
        f'y="{_n(place.top + line.baseline)}">{rich_svg(line.text, line.size)}</text>'
        for line in place.lines
    )
    return "".join([head, frame, *lines, _heat(place, bare) if box.heat else "", "</g>"])


def rich_svg(rich: Rich, size: float) -> str:
    """Return runs as SVG, raising and lowering with ``dy``, which every viewer knows."""
    parts = []
    height = 0.0
    for run in rich:
        style = run[1]
        wanted = 0.22 * size if style in LOWERED else -0.38 * size if style else 0.0
        shift = f' dy="{_n(wanted - height)}"' if wanted != height else ""
        small = ' class="ag-u"' if style else ""
        body = escape(shown(run))
        parts.append(f"<tspan{shift}{small}>{body}</tspan>" if shift or small else body)
        height = wanted
    return "".join(parts)


def _heat(place: Place, bare: bool) -> str:
    rows = place.box.heat
    left = place.x - len(rows[0]) * HEAT_CELL / 2
    top = place.top + place.heat_top
    width, height = len(rows[0]) * HEAT_CELL + 1, len(rows) * HEAT_CELL + 1
    paper = (
        f'<rect class="ag-heat" x="{_n(left - 1)}" y="{_n(top - 1)}" width="{width:g}" '
        f'height="{height:g}"/>'
    )
    if bare:  # the page has the numbers, and paints them
        return paper
    cells: dict[int, list[str]] = {}
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            shade = min(int((value + 1) / 2 * len(HEAT)), len(HEAT) - 1)
            cells.setdefault(shade, []).append(
                f"M{_n(left + c * HEAT_CELL)} {_n(top + r * HEAT_CELL)}h8v8h-8z"
            )
    paths = [f'<path class="ag-h{k}" d="{"".join(d)}"/>' for k, d in sorted(cells.items())]
    return "".join([paper, *paths])
