"""A page of its own around the picture: works offline, moves and zooms."""

from __future__ import annotations

from html import escape

__all__ = ["to_html"]

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ margin: 0; height: 100vh; display: flex; flex-direction: column; background: Canvas;
  color: CanvasText; font: 15px/1.4 system-ui, sans-serif; }}
header {{ display: flex; gap: .6rem; align-items: center; padding: .5rem 1rem; flex-wrap: wrap; }}
h1 {{ font-size: 1rem; margin: 0 auto 0 0; }}
button, input {{ font: inherit; padding: .15rem .6rem; }}
main {{ flex: 1; overflow: hidden; touch-action: none; cursor: grab; }}
main:active {{ cursor: grabbing; }}
main svg {{ width: 100%; height: 100%; display: block; }}
.ag-paper {{ display: none; }}
.found > rect.ag-box {{ stroke-width: 5; }}
</style>
</head>
<body>
<header>
<h1>{title}</h1>
<label>Find <input id="find" type="search" size="12" placeholder="W1"></label>
<button id="in" aria-label="Zoom in">+</button>
<button id="out" aria-label="Zoom out">−</button>
<button id="fit">Fit</button>
</header>
<main id="stage" tabindex="0" aria-label="The graph: drag to move, scroll or + and − to zoom">
{svg}
</main>
<script>
"use strict";
const stage = document.getElementById("stage"), svg = stage.querySelector("svg");
const whole = svg.viewBox.baseVal, start = [whole.x, whole.y, whole.width, whole.height];
let view = start.slice();
function show() {{ svg.setAttribute("viewBox", view.join(" ")); }}
function scale() {{ const r = svg.getBoundingClientRect();
  return Math.max(view[2] / r.width, view[3] / r.height); }}
function zoom(factor, x = 0.5, y = 0.5) {{
  const w = view[2] * factor, h = view[3] * factor;
  if (w > start[2] * 4 || w < 60) return;
  view = [view[0] + (view[2] - w) * x, view[1] + (view[3] - h) * y, w, h]; show();
}}
stage.addEventListener("wheel", e => {{ e.preventDefault();
  const r = svg.getBoundingClientRect();
  zoom(e.deltaY > 0 ? 1.15 : 1 / 1.15, (e.clientX - r.left) / r.width, (e.clientY - r.top) / r.height);
}}, {{ passive: false }});
let held = null;
stage.addEventListener("pointerdown", e => {{ held = [e.clientX, e.clientY]; stage.setPointerCapture(e.pointerId); }});
stage.addEventListener("pointermove", e => {{ if (!held) return; const s = scale();
  view[0] -= (e.clientX - held[0]) * s; view[1] -= (e.clientY - held[1]) * s;
  held = [e.clientX, e.clientY]; show(); }});
stage.addEventListener("pointerup", () => {{ held = null; }});
const move = {{ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }};
stage.addEventListener("keydown", e => {{
  if (e.key in move) {{ view[0] += move[e.key][0] * view[2] / 10; view[1] += move[e.key][1] * view[3] / 10; show(); }}
  else if (e.key === "+") zoom(1 / 1.2); else if (e.key === "-") zoom(1.2);
  else if (e.key === "0") fit(); else return;
  e.preventDefault();
}});
function fit() {{ view = start.slice(); show(); }}
document.getElementById("in").onclick = () => zoom(1 / 1.2);
document.getElementById("out").onclick = () => zoom(1.2);
document.getElementById("fit").onclick = fit;
document.getElementById("find").addEventListener("input", e => {{
  const wanted = e.target.value.trim().toLowerCase(); let first = null;
  for (const node of svg.querySelectorAll(".ag-node")) {{
    const hit = wanted !== "" && node.dataset.name.toLowerCase().includes(wanted);
    node.classList.toggle("found", hit); if (hit && !first) first = node; }}
  if (first) {{ const box = first.getBBox();
    view[0] = box.x + box.width / 2 - view[2] / 2; view[1] = box.y + box.height / 2 - view[3] / 2; show(); }}
}});
</script>
</body>
</html>
"""


def to_html(svg: str, title: str) -> str:
    """Return a page that holds the picture and needs nothing else."""
    return _PAGE.format(title=escape(title), svg=svg)
