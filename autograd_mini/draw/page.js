"use strict";
(() => {
const $ = (id) => document.getElementById(id);
const told = JSON.parse($("told").textContent);
const stage = $("stage"), panel = $("panel"), svg = stage.querySelector("svg");
const PREFIX = svg.id, SVG = svg.namespaceURI;
const MATH = new DOMParser().parseFromString("<math>", "text/html").body.firstChild.namespaceURI;
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const embedded = window.parent !== window;

// -- making elements: text is always text, never markup --------------------------------------

const fill = (element, attributes, children) => {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((each) => each !== null && each !== undefined && each !== ""));
  return element;
};
const h = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);
const s = (tag, attributes = {}, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);
const m = (tag, ...children) => fill(document.createElementNS(MATH, tag), {}, children);

// Marks around raised and lowered text, as details.py writes them.
const RUNS = /(\ue000[^\ue002]*\ue002|\ue001[^\ue002]*\ue002)/;
const runs = (text) => text.split(RUNS).filter(Boolean).map((part) => {
  const style = { "\ue000": "sup", "\ue001": "sub" }[part[0]];
  return style ? [part.slice(1, -1), style] : [part, ""];
});
const rich = (text) => runs(text).map(([part, style]) => (style ? h(style, {}, part) : part));
const unique = (list) => [...new Set(list)];
const flat = (text) => runs(text).map(([part, style]) => (style === "sup" && /^\d/.test(part) ? `^${part}` : part)).join("");
const math = (text) => {
  const [[base], ...ends] = runs(text);
  let made = m("mi", base);
  for (const [part, style] of ends) made = m(style === "sup" ? "msup" : "msub", made, m("mi", part));
  return made;
};

// -- what is in the picture ------------------------------------------------------------------

const number = (element, name) => Number(element.getAttribute(name));
const boxes = new Map();
for (const element of svg.querySelectorAll(".ag-node")) {
  const key = element.id.slice(PREFIX.length + 1), rect = element.querySelector("rect");
  const [x, y, w, height] = ["x", "y", "width", "height"].map((name) => number(rect, name));
  boxes.set(key, {
    key, element, name: element.dataset.name, told: told.boxes[key],
    x, y, w, h: height, cx: x + w / 2, cy: y + height / 2, ins: [], outs: [], frames: [],
  });
}
const edges = [...svg.querySelectorAll(".ag-edge")].map((element) => {
  const source = boxes.get(element.dataset.from), target = boxes.get(element.dataset.to);
  const kind = ["forward", "backward", "cache"].find((each) => element.classList.contains(`ag-${each}`));
  const edge = { element, source, target, kind, d: element.getAttribute("d") };
  source.outs.push(edge);
  target.ins.push(edge);
  return edge;
});
const frames = [...svg.querySelectorAll(".ag-scope")].map((element, index) => {
  const rect = element.querySelector("rect");
  const l = number(rect, "x"), t = number(rect, "y");
  return {
    index, element, rect, title: element.querySelector("text"), scope: element.dataset.scope,
    l, t, r: l + number(rect, "width"), b: t + number(rect, "height"), members: [], groups: [], within: [],
  };
});
for (const box of boxes.values()) {
  for (const frame of frames) {
    if (frame.l < box.cx && box.cx < frame.r && frame.t < box.cy && box.cy < frame.b) {
      box.frames.push(frame);
      frame.members.push(box);
    }
  }
}
for (const frame of frames) {
  frame.name = frame.title.textContent;
  frame.titled = number(frame.title, "y") - frame.t;
  frame.within = frames.filter((o) => o !== frame && o.l < frame.l && frame.r < o.r && o.t < frame.t && frame.b < o.b);
}
const gradientOf = new Map();
for (const box of boxes.values()) {
  const of = box.told.g;
  if (of !== undefined) gradientOf.set(of, [...(gradientOf.get(of) ?? []), box]);
}
const closed = new Set(frames.filter((frame) => told.closed.includes(frame.scope)));
const paper = svg.querySelector(".ag-paper");
const extent = { w: number(paper, "width"), h: number(paper, "height") };
let shownExtent = { ...extent };

// -- closing scopes: what is inside gives way to one box a lane, everything else moves up ------

const GROUP_HEIGHT = 58, GAP = 22, TITLE = 30;
const isGone = (element, gone) => element.classList.toggle("gone", gone);
const outermost = (list) => list.find((frame) => closed.has(frame));
const hides = (box) => outermost(box.frames);

const tspans = (text, size) => {
  let height = 0;
  return runs(text).map(([part, style]) => {
    const wanted = style === "sup" ? -0.38 * size : style === "sub" ? 0.22 * size : 0;
    const made = s("tspan", { dy: wanted === height ? null : wanted - height, class: style ? "ag-u" : null }, part);
    height = wanted;
    return made;
  });
};

const makeGroups = (frame) => {
  for (const backward of [0, 1]) {
    const inside = frame.members.filter((box) => box.told.l === backward);
    const steps = inside.filter((box) => box.told.f !== undefined);
    if (!inside.length || (backward && !steps.length)) continue;
    const main = steps.length ? steps : inside;
    const names = main.slice(-3).map((box) => box.told.t).join(", ");
    const count = `${steps.length} ${steps.length === 1 ? "step" : "steps"}`;
    const length = Math.max(frame.name.length * 9.5, flat(names).length * 7.2, count.length * 6.5);
    const lane = told.lanes[backward]?.[1];
    const mean = (side) => inside.reduce((sum, box) => sum + box[side], 0) / inside.length;
    const w = Math.min(Math.max(length + 26, 92), told.lanes.length ? 400 : frame.r - frame.l - 8);
    const group = {
      frame, backward, w, h: GROUP_HEIGHT, cy: lane ?? mean("cy"), cx: lane === undefined ? mean("cx") : 0,
      element: s("g", {
        class: `ag-node ag-group ag-${backward ? "backward" : "forward"}`, "data-name": frame.name,
        "data-scope": frame.scope, role: "treeitem", tabindex: -1, "aria-expanded": "false", "aria-level": frame.within.length + 2,
        "aria-label": `${frame.name}, ${backward ? "backward" : "forward"}, closed: ${count}`,
      }),
    };
    const top = group.cy - GROUP_HEIGHT / 2;
    group.element.append(
      s("rect", { class: "ag-box", y: top, width: w, height: GROUP_HEIGHT, rx: 6 }),
      s("text", { class: "ag-t", y: top + 20 }, `▸ ${frame.name}`),
      s("text", { class: "ag-f", y: top + 37 }, tspans(names, 12.5)),
      s("text", { class: "ag-s", y: top + 51 }, count),
    );
    group.element.addEventListener("click", () => dragged || toggle(frame));
    group.text = [...group.element.querySelectorAll("text")];
    group.steps = main;
    frame.groups.push(group);
    svg.append(group.element);
  }
  const [one, other] = frame.groups, apart = GROUP_HEIGHT + GAP;
  if (other && !told.lanes.length) {
    const half = Math.min(apart, frame.b - frame.t - TITLE - GROUP_HEIGHT) / 2, mean = (one.cy + other.cy) / 2;
    const mid = Math.min(Math.max(mean, frame.t + TITLE + GROUP_HEIGHT / 2 + half), frame.b - GROUP_HEIGHT / 2 - half);
    const up = one.cy <= other.cy ? one : other;
    for (const group of frame.groups) shiftTo(group, mid + (group === up ? -half : half));
  }
  for (const group of frame.groups) group.x0 = group.cx;
};
const shiftTo = (group, cy) => {
  for (const each of group.element.querySelectorAll("rect, text")) each.setAttribute("y", number(each, "y") + cy - group.cy);
  group.cy = cy;
};
const closedWidth = (frame) => Math.max(...frame.groups.map((group) => group.w)) + 2 * GAP;

/** Return [start, end, new length] of what is narrower on the straight lanes: the closed scopes. */
const narrowScopes = () => frames.filter((frame) => closed.has(frame) && !outermost(frame.within))
  .map((frame) => [frame.l, frame.r, Math.min(closedWidth(frame), frame.r - frame.l)]).sort((a, b) => a[0] - b[0]);

/** Return the same where Graphviz has placed everything: stretches that closing has left empty. */
const emptied = (centre, start, size, low, high) => {
  if (!closed.size) return [];
  const shut = [...closed].filter((frame) => !outermost(frame.within)), taken = [], left = [];
  for (const box of boxes.values()) {
    (hides(box) ? left : taken).push([box[centre] - box[size] / 2 - GAP / 2, box[centre] + box[size] / 2 + GAP / 2]);
  }
  for (const group of shut.flatMap((frame) => frame.groups)) {
    taken.push([group[start] - group[size] / 2 - GAP, group[start] + group[size] / 2 + GAP]);
  }
  for (const frame of frames) {
    if (outermost(frame.within)) continue;
    taken.push([frame[low] - 1, frame[low] + (low === "t" ? TITLE : 8)], [frame[high] - 8, frame[high] + 1]);
  }
  taken.sort((a, b) => a[0] - b[0]);
  const found = [];
  let end = taken[0]?.[1] ?? 0;
  for (const [a, b] of taken) {
    if (a > end && left.some(([from, to]) => from < a && end < to)) found.push([end, a, Math.min(a - end, 8)]);
    end = Math.max(end, b);
  }
  return found;
};

/** Return how a coordinate moves when stretches before it get shorter, and evenly inside them. */
const axis = (shorter) => {
  const knots = [[-1e6, -1e6]];
  let shift = 0;
  for (const [from, to, length] of shorter) {
    knots.push([from, from + shift], [to, from + shift + length]);
    shift += length - (to - from);
  }
  knots.push([1e6, 1e6 + shift]);
  const at = (x) => {
    let low = 0, high = knots.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (knots[middle][0] <= x) low = middle; else high = middle;
    }
    const [x0, y0] = knots[low], [x1, y1] = knots[high];
    return y0 + (x - x0) * (y1 - y0) / (x1 - x0);
  };
  return { at, shift, still: !shorter.length };
};
let axes = axis([]), rows = axis([]);

const layOut = () => {
  for (const frame of frames) if (closed.has(frame) && !frame.groups.length) makeGroups(frame);
  const straight = told.lanes.length;
  axes = axis(straight ? narrowScopes() : emptied("cx", "x0", "w", "l", "r"));
  rows = axis(straight ? [] : emptied("cy", "cy", "h", "t", "b"));
  const { at } = axes;
  for (const frame of frames) {
    const hidden = outermost(frame.within) !== undefined, shut = closed.has(frame);
    isGone(frame.element, hidden);
    frame.L = at(frame.l);
    frame.R = at(frame.r);
    frame.T = rows.at(frame.t);
    frame.B = rows.at(frame.b);
    for (const rect of frame.element.querySelectorAll("rect")) {
      rect.setAttribute("x", frame.L);
      rect.setAttribute("y", frame.T);
      rect.setAttribute("width", Math.max(frame.R - frame.L, 1));
    }
    frame.rect.setAttribute("height", Math.max(frame.B - frame.T, 1));
    frame.title.setAttribute("x", (frame.L + frame.R) / 2);
    frame.title.setAttribute("y", frame.T + frame.titled);
    frame.title.textContent = `${shut ? "▸" : "▾"} ${frame.name}`;
    frame.element.setAttribute("aria-expanded", String(!shut));
    for (const group of frame.groups) {
      isGone(group.element, hidden || !shut);
      group.cx = straight ? (frame.L + frame.R) / 2 : at(group.x0);
      group.Y = rows.at(group.cy);
      if (rows.still) group.element.removeAttribute("transform");
      else group.element.setAttribute("transform", `translate(0 ${(group.Y - group.cy).toFixed(1)})`);
      group.element.querySelector("rect").setAttribute("x", group.cx - group.w / 2);
      for (const text of group.text) text.setAttribute("x", group.cx);
    }
  }
  for (const box of boxes.values()) {
    const hidden = hides(box) !== undefined;
    isGone(box.element, hidden);
    box.X = at(box.cx);
    box.Y = rows.at(box.cy);
    if (hidden) continue;
    if (axes.still && rows.still) box.element.removeAttribute("transform");
    else box.element.setAttribute("transform", `translate(${(box.X - box.cx).toFixed(1)} ${(box.Y - box.cy).toFixed(1)})`);
  }
  standing = [...boxes.values()].filter((box) => !hides(box));
  for (const frame of closed) if (!outermost(frame.within)) standing.push(...frame.groups);
  standing = standing.map((item) => [item, middle(item)]);
  const drawn = new Set();
  for (const edge of edges) layEdge(edge, drawn);
  shownExtent = { w: extent.w + axes.shift, h: extent.h + rows.shift };
  for (const each of [paper, svg]) {
    each.setAttribute("width", shownExtent.w);
    each.setAttribute("height", shownExtent.h);
  }
  $("scopes").textContent = closed.size ? "Open scopes" : "Close scopes";
  $("scopes").disabled = !frames.length;
};

const groupOf = (box, frame) => frame?.groups.find((group) => group.backward === box.told.l) ?? frame?.groups[0];

/** Return where the middle of a box or of a closed scope is now. */
const middle = (item) => (item.frame ? item.cx : axes.at(item.cx));
/** Return how high it stands now. */
const level = (item) => item.Y ?? item.cy;
/** Return whether nothing stands between two boxes of one lane. */
let standing = [];
const isClear = (a, b) => {
  const low = Math.min(middle(a), middle(b)), high = Math.max(middle(a), middle(b));
  return !standing.some(([item, x]) => low < x && x < high && item !== a && item !== b && Math.abs(level(item) - level(a)) < item.h / 2 + 2);
};

const layEdge = (edge, drawn) => {
  const { source, target, element } = edge, out = hides(source), into = hides(target);
  if (!out && !into) {
    isGone(element, false);
    const moved = (_, x, y) => `${axes.at(Number(x)).toFixed(1)} ${rows.still ? y : rows.at(Number(y)).toFixed(1)}`;
    const d = axes.still && rows.still ? edge.d : edge.d.replace(/(-?[\d.]+) (-?[\d.]+)/g, moved);
    element.setAttribute("d", d);
    return;
  }
  const from = groupOf(source, out) ?? source, to = groupOf(target, into) ?? target;
  const name = `${out ? "f" + out.index : source.key}${source.told.l} ${into ? "f" + into.index : target.key}${target.told.l}`;
  const repeated = from === to || drawn.has(name);
  drawn.add(name);
  isGone(element, repeated);
  if (repeated) return;
  if (out && out === into) {
    const down = level(from) < level(to) ? 1 : -1;
    element.setAttribute("d", path([[from.cx, level(from) + down * from.h / 2], [to.cx, level(to) - down * to.h / 2]]));
    return;
  }
  if (Math.abs(level(from) - level(to)) < 1 && edge.kind !== "cache" && isClear(from, to)) {
    const side = Math.sign(middle(to) - middle(from));
    element.setAttribute("d", path([[middle(from) + side * from.w / 2, level(from)], [middle(to) - side * to.w / 2, level(to)]]));
    return;
  }
  let points = flatten(edge.d).map(([x, y]) => [axes.at(x), rows.at(y)]);
  const port = edge.kind === "cache" ? 15 : 0;
  if (out) points = leaving(points, out, from, port);
  if (into) points = leaving(points.reverse(), into, to, -port).reverse();
  element.setAttribute("d", path(points));
};

/** Return points along a path made of M, L, Q and C. */
const flatten = (d) => {
  const points = [];
  for (const [, command, rest] of d.matchAll(/([MLQC])([^MLQC]*)/g)) {
    const given = rest.trim().split(/\s+/).map(Number), [x0, y0] = points[points.length - 1] ?? [];
    if (command === "M" || command === "L") { points.push(given); continue; }
    const [ax, ay, bx, by, cx, cy] = given, steps = command === "C" ? 20 : 5;
    for (let k = 1; k <= steps; k += 1) {
      const t = k / steps, u = 1 - t;
      if (command === "Q") points.push([u * u * x0 + 2 * u * t * ax + t * t * bx, u * u * y0 + 2 * u * t * ay + t * t * by]);
      else points.push([
        u ** 3 * x0 + 3 * u * u * t * ax + 3 * u * t * t * bx + t ** 3 * cx,
        u ** 3 * y0 + 3 * u * u * t * ay + 3 * u * t * t * by + t ** 3 * cy,
      ]);
    }
  }
  return points;
};

/** Return a line that starts at the box of a closed scope, and leaves the scope where `points` does. */
const leaving = (points, frame, group, port) => {
  const inside = ([x, y]) => x > frame.L && x < frame.R && y > frame.T && y < frame.B;
  let k = points.findIndex((point) => !inside(point));
  if (k < 1) k = Math.max(points.length - 1, 1);
  const [x0, y0] = points[k - 1], [x1, y1] = points[k];
  const share = (from, to, limit) => (to === from ? 1 : (limit - from) / (to - from));
  const shares = [share(x0, x1, frame.L), share(x0, x1, frame.R), share(y0, y1, frame.T), share(y0, y1, frame.B)];
  const t = Math.min(1, ...shares.filter((each) => each >= 0));
  const x = x0 + t * (x1 - x0), y = y0 + t * (y1 - y0), rest = points.slice(k);
  const side = x >= frame.R - 1 ? 1 : x <= frame.L + 1 ? -1 : 0;
  if (!side) return [[group.cx, level(group) + Math.sign(y - level(group)) * group.h / 2], [x, y], ...rest];
  const widest = Math.max(...frame.groups.map((each) => each.w)), height = level(group) + port;
  const edge = group.cx + side * group.w / 2, gap = (group.cx + side * widest / 2 + (side > 0 ? frame.R : frame.L)) / 2;
  const bend = Math.abs(y - height) < 1 ? [] : [[gap, height], [gap, y]];
  return [[edge, height], ...bend, [x, y], ...rest];
};

/** Return a path through points, with long corners rounded. */
const path = (points) => {
  const kept = points.filter(([x, y], k) => k === 0 || Math.hypot(x - points[k - 1][0], y - points[k - 1][1]) > 0.3);
  let d = `M${kept[0].map((each) => each.toFixed(1)).join(" ")}`;
  for (let k = 1; k < kept.length; k += 1) {
    const [x, y] = kept[k], [px, py] = kept[k - 1], next = kept[k + 1];
    const before = Math.hypot(x - px, y - py), after = next ? Math.hypot(next[0] - x, next[1] - y) : 0;
    const r = Math.min(7, before / 2, after / 2);
    const straight = !next || Math.abs((x - px) * (next[1] - y) - (y - py) * (next[0] - x)) < 0.2 * before * after;
    if (straight || r < 3) d += `L${x.toFixed(1)} ${y.toFixed(1)}`;
    else {
      const a = [x - (x - px) * r / before, y - (y - py) * r / before];
      const b = [x + (next[0] - x) * r / after, y + (next[1] - y) * r / after];
      d += `L${a[0].toFixed(1)} ${a[1].toFixed(1)}Q${x.toFixed(1)} ${y.toFixed(1)} ${b[0].toFixed(1)} ${b[1].toFixed(1)}`;
    }
  }
  return d;
};

const toggle = (frame, open = closed.has(frame)) => {
  const whole = isWhole(), before = [frame.L + frame.R, frame.T];
  if (open) closed.delete(frame); else closed.add(frame);
  layOut();
  if (whole) fit();
  else show([view[0] + (frame.L + frame.R - before[0]) / 2, view[1] + frame.T - before[1], ...view.slice(2)]);
  showStep();
  tellScope(frame);
  if (stage.contains(document.activeElement) || document.activeElement === document.body) focusOn(frame.element, false);
};
const toggleAll = () => {
  if (!frames.length) return;
  if (closed.size) closed.clear(); else for (const frame of frames) closed.add(frame);
  lent.clear();
  layOut();
  fit();
  showStep();
};
/** Open what hides a box; return the scopes opened. */
const reveal = (box) => {
  const opened = box.frames.filter((frame) => closed.delete(frame));
  if (opened.length) layOut();
  return opened;
};

// -- moving and zooming ----------------------------------------------------------------------

let room = [stage.clientWidth, stage.clientHeight];
let view = [0, 0, extent.w, extent.h], moving = 0, goal = null; // where a glide leads
const show = (next, gliding = false) => {
  view = next;
  if (!gliding) { goal = null; cancelAnimationFrame(moving); }
  const size = unit(); // text too small to read need not be drawn: that is what takes time
  svg.classList.toggle("far", size > 5);
  svg.classList.toggle("farther", size > 9);
  svg.setAttribute("viewBox", view.map((each) => Math.round(each * 100) / 100).join(" "));
};
const isWhole = () => view[0] === 0 && view[1] === 0 && view[2] === shownExtent.w && view[3] === shownExtent.h;
const fit = () => show([0, 0, shownExtent.w, shownExtent.h]);
/** Return how many units of the picture are in one pixel. */
const unit = ([, , w, height] = view) => Math.max(w / room[0], height / room[1]) || 1;
/** Show everything, or where a large picture begins, large enough to read. */
let homely = null;
const home = () => {
  fit();
  const [wide, high] = room;
  if (high && unit() > 2.6) {
    const size = Math.min(Math.max(shownExtent.h / high, 0.9), 2.2);
    const w = wide * size, h = high * size, below = shownExtent.h - h, first = boxes.get(told.steps[0]);
    const top = below > 0 && first ? Math.min(Math.max(level(first) - h / 2, 0), below) : below / 2;
    show([Math.min(0, (shownExtent.w - w) / 2), top, w, h]);
  }
  homely = view;
};
new ResizeObserver(() => {
  room = [stage.clientWidth, stage.clientHeight];
  if (view === homely) home(); else show(view, true);
}).observe(stage);
const zoom = (factor, fx = 0.5, fy = 0.5) => {
  const next = Math.min(Math.max(view[2] * factor, 60), shownExtent.w * 4) / view[2];
  show([view[0] + view[2] * (1 - next) * fx, view[1] + view[3] * (1 - next) * fy, view[2] * next, view[3] * next]);
};
const move = (dx, dy) => show([view[0] + dx * view[2], view[1] + dy * view[3], view[2], view[3]]);
const glide = (next) => {
  cancelAnimationFrame(moving);
  if (calm.matches || document.hidden) { show(next); return; }
  const start = view, begun = performance.now();
  goal = next;
  const tick = (now) => {
    const t = Math.min(Math.max((now - begun) / 220, 0), 1), eased = t * (2 - t);
    show(start.map((each, k) => each + (next[k] - each) * eased), t < 1);
    if (t < 1) moving = requestAnimationFrame(tick);
  };
  moving = requestAnimationFrame(tick);
};
/** Bring a box into view, large enough to read. */
const bring = (box) => {
  const [wide, high] = room, ahead = goal ?? view, now = unit(ahead), x = box.X ?? box.cx;
  const cx = ahead[0] + ahead[2] / 2, cy = ahead[1] + ahead[3] / 2, margin = 6 * now;
  const seen = Math.abs(x - cx) + box.w / 2 + margin < wide * now / 2 && Math.abs(level(box) - cy) + box.h / 2 + margin < high * now / 2;
  if (seen && now < 1.7) return;
  const scale = Math.min(now, 1.3), w = wide * scale, height = high * scale;
  glide([x - w / 2, (shownExtent.h <= height ? shownExtent.h / 2 : level(box)) - height / 2, w, height]);
};
/** Return where a pointer is within the view, each way from 0 to 1. */
const within = (x, y) => {
  const point = new DOMPoint(x, y).matrixTransform(svg.getScreenCTM().inverse());
  return [(point.x - view[0]) / view[2], (point.y - view[1]) / view[3]];
};
stage.addEventListener("wheel", (event) => {
  if (embedded && !event.ctrlKey && !event.metaKey && !stage.contains(document.activeElement)) return;
  event.preventDefault();
  zoom(Math.exp(Math.max(-200, Math.min(200, event.deltaY)) / 600), ...within(event.clientX, event.clientY));
}, { passive: false });
const held = new Map();
let dragged = false;
stage.addEventListener("pointerdown", (event) => {
  if (event.button) return;
  if (!held.size) dragged = false;
  held.set(event.pointerId, [event.clientX, event.clientY]);
});
window.addEventListener("pointermove", (event) => {
  const before = held.get(event.pointerId);
  if (!before) return;
  const here = [event.clientX, event.clientY], others = [...held].filter(([id]) => id !== event.pointerId);
  if (!dragged && Math.hypot(here[0] - before[0], here[1] - before[1]) < 4) return;
  dragged = true;
  stage.classList.add("moving");
  if (others.length) {
    const [, other] = others[0];
    const apart = (a) => Math.hypot(a[0] - other[0], a[1] - other[1]) || 1;
    zoom(apart(before) / apart(here), ...within((here[0] + other[0]) / 2, (here[1] + other[1]) / 2));
  } else {
    const size = unit();
    show([view[0] - (here[0] - before[0]) * size, view[1] - (here[1] - before[1]) * size, view[2], view[3]]);
  }
  held.set(event.pointerId, here);
});
for (const name of ["pointerup", "pointercancel"]) {
  window.addEventListener(name, (event) => {
    held.delete(event.pointerId);
    if (!held.size) stage.classList.remove("moving");
  });
}

// -- the panel -------------------------------------------------------------------------------

const KINDS = { data: "data", parameter: "parameter", group: "several steps" };
const kindOf = (box) => {
  if (gradientOf.has(box.key)) return "gradient";
  return KINDS[box.told.k] ?? (box.told.l ? "backward step" : "forward step");
};
const spoken = (box) => {
  const { told: about } = box;
  const value = typeof about.v === "string" ? about.v : about.v?.r;
  return [flat(about.t), kindOf(box), about.s, value && `value ${value}`, about.y && `comparison: ${about.y.is}`]
    .filter(Boolean).join(", ");
};
const chip = (box, small = "") => h("button", {
  class: "chip", type: "button", onclick: () => { choose(box); bring(box); },
}, h("i", {}, rich(box.told.t)), small ? h("small", {}, small) : null);
const chips = (list) => h("ul", { class: "chips" }, list.map((each) => h("li", {}, chip(each, each.told.s))));
const part = (title, ...children) => {
  const there = children.flat().filter(Boolean);
  return there.length ? [h("h3", {}, title), ...there] : [];
};

const SHADES = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const HEAT = ["#2166ac", "#67a9cf", "#d1e5f0", "#f7f7f7", "#fddbc7", "#ef8a62", "#b2182b"]
  .map((colour) => [1, 3, 5].map((k) => parseInt(colour.slice(k, k + 2), 16)));
const colour = (share) => { // of a number from -1 to 1
  const at = Math.min(Math.max((share + 1) * 3, 0), 5.999), k = Math.floor(at);
  return HEAT[k].map((each, c) => Math.round(each + (HEAT[k + 1][c] - each) * (at - k)));
};
const entries = (value) => (value.x !== undefined ? value.x.split(" ").map(Number) : [...value.h].map((c) => (c === "!" ? NaN : SHADES.indexOf(c) / 30 - 1)));
const extentOf = (value) => [value.c, (value.h?.length ?? value.x.split(" ").length) / value.c];
const largestOf = (numbers) => Math.max(...numbers.map((each) => Math.abs(each) || 0)) || 1;
/** Return a canvas with one pixel for each entry. */
const paint = (value) => {
  const [columns, rows] = extentOf(value), numbers = entries(value), largest = value.x === undefined ? 1 : largestOf(numbers.filter(Number.isFinite));
  const canvas = h("canvas", { width: columns, height: rows }), ink = canvas.getContext("2d"), pixels = ink.createImageData(columns, rows);
  numbers.forEach((each, k) => pixels.data.set(Number.isFinite(each) ? [...colour(each / largest), 255] : [128, 128, 128, 255], 4 * k));
  ink.putImageData(pixels, 0, 0);
  return canvas;
};
const array = (value, name) => {
  if (value === undefined) return [];
  if (typeof value === "string") return [h("p", { class: "quiet" }, value)];
  if (value.x !== undefined) {
    const numbers = value.x.split(" "), largest = largestOf(entries(value).filter(Number.isFinite));
    const ground = getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number);
    const cell = (text) => {
      const share = Number(text) / largest, tint = HEAT[share < 0 ? 0 : 6];
      const mixed = ground.map((each, c) => Math.round(each + (tint[c] - each) * Math.abs(share) * 0.34));
      return h("td", { style: Number.isFinite(share) ? `background:rgb(${mixed})` : null }, text.replace("-", "−"));
    };
    const rows = [];
    for (let k = 0; k < numbers.length; k += value.c) rows.push(h("tr", {}, numbers.slice(k, k + value.c).map(cell)));
    return [h("div", { class: "array", role: "region", tabindex: 0, "aria-label": `Numbers of ${name}` }, h("table", {}, h("tbody", {}, rows)))];
  }
  if (value.h === undefined) return [h("p", { class: "formula numbers" }, value.r)];
  const [columns, rows] = extentOf(value), size = Math.max(2, Math.min(14, Math.floor(300 / columns)));
  const canvas = fill(paint(value), {
    role: "img", style: `width:${columns * size}px;height:${rows * size}px`,
    "aria-label": `Heat map of ${name}, ${rows} × ${columns}, from ${value.r}`,
  }, []);
  const every = value.of ? `; ${rows} × ${columns} of ${value.of[0]} × ${value.of[1]} entries shown` : "";
  return [
    h("div", { class: "array" }, canvas),
    h("div", { class: "scale", "aria-hidden": "true" }, [`−${value.m}`, "0", `${value.m}`].map((each) => h("span", {}, each))),
    h("p", { class: "quiet" }, `${value.r}${every}`),
  ];
};

const partial = (above, below) => m("mfrac", m("mrow", m("mo", "∂"), above), m("mrow", m("mo", "∂"), below));
const chain = (box) => {
  const paths = box.told.p;
  if (!paths) return [];
  const end = m("mi", told.output), own = math(box.told.t), copy = (each) => each.cloneNode(true);
  const through = (each) => boxes.get(each.k);
  const vias = unique(paths.map(through).filter(Boolean)), direct = vias.filter((via) => via.key === told.end);
  const terms = vias.length === direct.length ? [] : vias.slice(0, 4).flatMap((via, k) => [
    k ? m("mo", "+") : "",
    ...(direct.includes(via) ? [m("msub", partial(copy(end), copy(own)), m("mtext", "direct"))]
      : [partial(copy(end), math(via.told.t)), partial(math(via.told.t), copy(own))]),
  ]);
  if (terms.length && vias.length > 4) terms.push(m("mo", "+"), m("mi", "…"));
  const gradient = boxes.get(box.told.g), several = paths.length > 1;
  const item = (each) => {
    const rule = told.rules[each.r], via = through(each), alone = !several && gradient;
    const term = each.f ?? (alone ? gradient.told.f : ""), value = each.v ?? (alone ? valueText(gradient) : "");
    return h("li", {},
      h("div", {}, "through ", via ? chip(via) : h("code", {}, each.o), via ? h("small", { class: "quiet" }, ` ${each.o}`) : null),
      term ? h("div", { class: "formula" }, rich(term)) : null,
      value ? h("div", { class: "quiet" }, `= ${value}`) : null,
      each.d ? h("p", {}, `local derivative of ${each.o}: `, h("span", { class: "formula" }, rich(each.d))) : null,
      h("p", { class: "quiet" }, h("b", {}, rule[0]), rule[1] ? [": ", rich(rule[1])] : "", rule[2] ? `: ${rule[2]}` : ""));
  };
  const sum = several && gradient ? h("li", { class: "sum" }, "together ", chip(gradient, valueText(gradient))) : null;
  const words = several
    ? `It is used along ${paths.length} paths: its gradient is the sum of what comes back along each.`
    : "It is used along one path: its gradient is what comes back along that.";
  return part("Chain rule", h("p", { class: "quiet" }, words),
    terms.length ? fill(m("math"), { display: "block" }, [partial(end, own), m("mo", "="), ...terms]) : null,
    h("ul", { class: "terms" }, paths.map(item), sum));
};
const valueText = (box) => (typeof box.told.v === "string" ? box.told.v : box.told.v?.r ?? "");

const VERDICTS = {
  ok: "✓ agrees", convention: "≈ right up to a convention", wrong: "✗ wrong",
  inherited: "✗ wrong because another is", unchecked: "? not checked",
};
const verdict = (about) => (about ? h("div", { class: `verdict ${about.is}` },
  h("b", {}, VERDICTS[about.is] ?? about.is), about.c ? `: ${about.c.replaceAll("_", " ")}` : "",
  about.a ? h("p", { class: "quiet" }, `largest difference ${about.a}, relative ${about.r}`) : null,
  about.m ? h("p", {}, about.m) : null, about.x ? h("code", {}, about.x) : null) : null);

const tell = (box, heading = null) => {
  const { told: about } = box, name = flat(about.t);
  const of = gradientOf.get(box.key) ?? [], gradient = boxes.get(about.g);
  const facts = [
    ["shape", about.s], ["dtype", about.d], ["memory", about.b], ["cost", about.m],
    ["operations", about.o], ["scope", about.c], ["line", about.w === undefined ? "" : h("code", {}, told.sources[about.w])],
  ].filter(([, value]) => value);
  const numbers = about.n ? h("p", { class: "formula numbers" },
    about.i ? h("span", { class: "quiet" }, `entry [${about.i.join(", ")}]: `) : "= ", rich(about.n), ` = ${about.e}`) : null;
  const operands = unique(box.ins.map((edge) => edge.source)), users = unique(box.outs.map((edge) => edge.target));
  panel.replaceChildren(
    heading ? h("p", { class: "quiet" }, heading) : "",
    h("h2", {}, rich(about.h ?? about.t), h("small", {}, kindOf(box))),
    verdict(about.y) ?? "",
    ...(about.f ? [h("p", { class: "formula" }, rich(about.k === "group" ? about.f : `${about.t} = ${about.f}`))] : []),
    numbers ?? "",
    ...part("Value", ...array(about.v, name)),
    ...(gradient ? part("Gradient", h("ul", { class: "chips" }, h("li", {}, chip(gradient, gradient.told.s))), ...array(about.x ?? gradient.told.v, flat(gradient.told.t)))
      : about.x === undefined ? [] : part("Gradient", ...array(about.x, `the gradient of ${name}`))),
    ...(of.length ? part("Gradient of", chips(of)) : []),
    ...(of.length ? of.flatMap(chain) : chain(box)),
    ...part("Made from", operands.length ? chips(operands) : null),
    ...part("Used by", users.length ? chips(users) : null),
    ...part("Facts", h("dl", {}, facts.map(([label, value]) => h("div", {}, h("dt", {}, label), h("dd", {}, value))))),
  );
  panel.scrollTop = 0;
};
const tellScope = (frame) => {
  const steps = frame.members.filter((box) => box.told.f !== undefined), inputs = frame.members.filter((box) => box.told.f === undefined);
  panel.replaceChildren(
    h("h2", {}, frame.name, h("small", {}, "scope")),
    h("p", {}, h("button", { type: "button", onclick: () => toggle(frame) }, closed.has(frame) ? "Open" : "Close")),
    ...part("Inputs", inputs.length ? chips(inputs) : null),
    ...part("Forward", chips(steps.filter((box) => !box.told.l))),
    ...part("Backward", chips(steps.filter((box) => box.told.l))),
  );
  panel.scrollTop = 0;
};
const tellLegend = () => {
  const swatch = (kind, words, rx = 3) => [
    s("svg", { class: "ag-graph", viewBox: "0 0 38 20", "aria-hidden": "true" },
      s("g", { class: `ag-${kind}` }, s("rect", { class: "ag-box", x: 2, y: 2, width: 34, height: 16, rx }))),
    h("span", {}, words),
  ];
  const line = (kind, words) => [
    s("svg", { class: "ag-graph", viewBox: "0 0 38 20", "aria-hidden": "true" }, s("path", { class: `ag-${kind}`, d: "M1 10H36" })),
    h("span", {}, words),
  ];
  const all = [...boxes.values()], two = all.some((box) => box.told.l);
  const kinds = new Set(all.map((box) => box.told.y?.is).filter(Boolean));
  panel.replaceChildren(
    h("h2", {}, "The graph"),
    h("p", {}, `${boxes.size} boxes, ${edges.length} arrows. Choose a box to see its value, its gradient and where they come from; or step through the computation with the buttons below.`),
    h("div", { class: "legend" },
      swatch("parameter", "parameter", 8), swatch("data", "data", 8), swatch("forward", "forward step"),
      two ? swatch("backward", "backward step: a gradient") : [], line("forward", "a result is used"),
      two ? line("backward", "a gradient goes back") : [], two ? line("cache", "kept from forward for backward") : [],
      Object.keys(VERDICTS).filter((each) => kinds.has(each)).flatMap((each) => swatch(each, VERDICTS[each]))),
    ...(two && !told.ran ? [h("p", {}, "Gradients are shown as formulas alone: backward has not run, or nothing is left of what it found.")] : []),
    ...(kinds.size ? part("Compared", chips(all.filter((box) => box.told.y))) : []),
    h("p", { class: "quiet" }, "Press ? for the keys."),
  );
};

// -- choosing --------------------------------------------------------------------------------

let chosen = null;
const choose = (box, heading = null) => {
  if (chosen) {
    chosen.element.classList.remove("chosen");
    chosen.element.removeAttribute("aria-selected");
    for (const edge of [...chosen.ins, ...chosen.outs]) edge.element.classList.remove("lit");
  }
  chosen = box;
  svg.classList.toggle("choosing", Boolean(box) && step === null);
  if (!box) { tellLegend(); return; }
  const opened = reveal(box);
  if (opened.length) showStep();
  box.element.classList.add("chosen");
  box.element.setAttribute("aria-selected", "true");
  for (const edge of [...box.ins, ...box.outs]) edge.element.classList.add("lit");
  tell(box, heading);
  setStop(box.element);
};

// -- stepping --------------------------------------------------------------------------------

const order = told.steps.map((key) => boxes.get(key)), last = order.length;
const place = new Map(order.map((box, k) => [box, k]));
const lent = new Set();
let step = null, playing = 0;
const isLater = (box) => step !== null && (place.get(box) ?? -1) >= step;
const showStep = () => {
  const now = step ? order[step - 1] : null;
  for (const box of boxes.values()) {
    box.element.classList.toggle("later", isLater(box));
    box.element.classList.toggle("now", box === now);
  }
  for (const edge of edges) edge.element.classList.toggle("later", isLater(edge.target) || isLater(edge.source));
  for (const frame of frames) {
    for (const group of frame.groups) group.element.classList.toggle("later", group.steps.every(isLater));
  }
  const at = $("at"), where = step === null ? `${last} steps` : "start: nothing is computed yet";
  at.max = last;
  at.value = step ?? 0;
  at.setAttribute("aria-valuetext", now ? `${step} of ${last}: ${flat(now.told.t)}` : where);
  $("where").replaceChildren(...(now
    ? [`${step} of ${last}, ${now.told.l ? "backward" : "forward"}: `, h("b", {}, rich(now.told.t))] : [where]));
  $("first").disabled = $("previous").disabled = !step;
  $("next").disabled = $("last").disabled = step === last || !last;
  $("play").disabled = !last;
};
const go = (to) => {
  step = to === null ? null : Math.min(Math.max(to, 0), last);
  const now = step ? order[step - 1] : null;
  let changed = false;
  for (const frame of [...lent]) {
    if (now && now.frames.includes(frame)) continue;
    lent.delete(frame);
    closed.add(frame);
    changed = true;
  }
  for (const frame of now?.frames ?? []) {
    if (!closed.delete(frame)) continue;
    lent.add(frame);
    changed = true;
  }
  if (changed) layOut();
  showStep();
  choose(now, now ? `Step ${step} of ${last}, ${now.told.l ? "backward" : "forward"}` : null);
  if (now) bring(now);
};
const pause = () => {
  clearInterval(playing);
  playing = 0;
  $("play").querySelector("span").textContent = "Play";
  $("play").setAttribute("aria-label", "Play");
};
const play = () => {
  if (playing) { pause(); return; }
  go(step === last || step === null ? 1 : step + 1);
  $("play").querySelector("span").textContent = "Pause";
  $("play").setAttribute("aria-label", "Pause");
  playing = setInterval(() => { if (step < last) go(step + 1); else pause(); }, 1600);
};
const forth = () => { pause(); go((step ?? 0) + 1); }, back = () => { pause(); go((step ?? 1) - 1); };
$("next").onclick = forth;
$("previous").onclick = back;
$("first").onclick = () => { pause(); go(0); };
$("last").onclick = () => { pause(); go(last); };
$("play").onclick = play;
$("at").addEventListener("input", (event) => { pause(); go(Number(event.target.value)); });

// -- finding ---------------------------------------------------------------------------------

let hits = [], hit = 0;
const find = (text) => {
  const wanted = text.trim().toLowerCase();
  const matches = (box) => [box.name, ...(box.told.o ?? "").split(", "), box.told.c ?? ""].some((each) => each.toLowerCase().includes(wanted));
  hits = wanted ? [...boxes.values()].filter(matches) : [];
  const rank = (box) => (box.name.toLowerCase() === wanted ? 0 : box.name.toLowerCase().startsWith(wanted) ? 1 : 2);
  hits.sort((a, b) => rank(a) - rank(b));
  hit = 0;
  for (const box of boxes.values()) box.element.classList.remove("found");
  for (const box of hits) box.element.classList.add("found");
  $("found").textContent = wanted ? (hits.length ? `${hits.length} found` : "nothing") : "";
  if (hits.length) { if (reveal(hits[0]).length) showStep(); bring(hits[0]); }
};
$("find").addEventListener("input", (event) => find(event.target.value));
$("find").addEventListener("keydown", (event) => {
  if (event.key === "Escape") { event.target.value = ""; find(""); stage.focus(); }
  if (event.key !== "Enter" || !hits.length) return;
  const box = hits[hit % hits.length];
  hit += 1;
  choose(box);
  bring(box);
  $("found").textContent = `${(hit - 1) % hits.length + 1} of ${hits.length}`;
});

// -- keys and what screen readers hear ---------------------------------------------------------

svg.setAttribute("role", "tree");
svg.setAttribute("aria-label", svg.querySelector("title").textContent);
svg.removeAttribute("aria-labelledby");
svg.querySelector("title").remove(); // the page has it, and it would hang under the pointer everywhere
for (const frame of frames) {
  fill(frame.element, {
    role: "treeitem", tabindex: -1, "aria-level": frame.within.length + 1, "aria-label": `scope ${frame.name}`,
    "aria-owns": frame.members.filter((box) => box.frames.length === frame.within.length + 1).map((box) => box.element.id).join(" ") || null,
  }, []);
  const bar = s("rect", { class: "ag-bar", x: frame.l, y: frame.t, width: frame.r - frame.l, height: 26, rx: 10 });
  frame.rect.after(bar);
  bar.addEventListener("click", () => dragged || toggle(frame));
}
for (const box of boxes.values()) {
  const rect = box.element.querySelector(".ag-heat");
  if (rect && (box.told.v.x ?? box.told.v.h) !== undefined) {
    const [x, y, width, height] = ["x", "y", "width", "height"].map((each) => number(rect, each));
    rect.after(s("image", {
      x: x + 0.5, y: y + 0.5, width: width - 1, height: height - 1, preserveAspectRatio: "none",
      style: "image-rendering:pixelated", href: paint(box.told.v).toDataURL(),
    }));
  }
  fill(box.element, { role: "treeitem", tabindex: -1, "aria-level": box.frames.length + 1, "aria-label": spoken(box) }, []);
}
svg.addEventListener("click", (event) => {
  const element = event.target.closest(".ag-node");
  const box = element && boxes.get(element.id.slice(PREFIX.length + 1));
  if (box && !dragged) choose(box, step !== null && place.get(box) === step - 1 ? `Step ${step} of ${last}` : null);
});

let stop = null;
const setStop = (element) => {
  stop?.setAttribute("tabindex", -1);
  stop = element;
  stop.setAttribute("tabindex", 0);
};
const focusOn = (element, scroll = true) => {
  setStop(element);
  element.focus({ preventScroll: true });
  const item = items().find((each) => each.element === element);
  if (scroll && item) bring(item);
};
const items = () => [
  ...[...boxes.values()].filter((box) => !hides(box)),
  ...frames.filter((frame) => !outermost(frame.within)).map((frame) => ({
    element: frame.element, frame, X: (frame.L + frame.R) / 2, cy: frame.T + 13, w: frame.R - frame.L, h: 26,
  })),
  ...frames.flatMap((frame) => frame.groups.filter((group) => closed.has(frame) && !outermost(frame.within))
    .map((group) => ({ ...group, X: group.cx }))),
];
/** Go to the nearest item in a direction, those straight ahead first. */
const walk = (dx, dy) => {
  const all = items(), from = all.find((each) => each.element === document.activeElement);
  if (!from) return;
  let best = null, least = Infinity;
  for (const each of all) {
    if (each === from) continue;
    const x = each.X - from.X, y = level(each) - level(from), ahead = x * dx + y * dy, aside = Math.abs(x * dy) + Math.abs(y * dx);
    if (ahead < 2) continue;
    const far = ahead + 3 * Math.max(0, aside - 20);
    if (far < least) [best, least] = [each, far];
  }
  if (best) focusOn(best.element);
};
const enter = () => {
  const item = items().find((each) => each.element === document.activeElement);
  if (item?.frame) toggle(item.frame);
  else if (item) choose(item);
  return Boolean(item);
};
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
stage.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key in ARROWS) {
    const [dx, dy] = ARROWS[event.key];
    if (event.shiftKey || event.target === stage) move(dx / 10, dy / 10); else walk(dx, dy);
  } else if (event.key === "Enter" || event.key === " ") {
    if (!enter()) return;
  } else if (event.key === "Home" || event.key === "End") {
    const all = items().filter((each) => !each.frame);
    focusOn(all[event.key === "Home" ? 0 : all.length - 1].element);
  } else return;
  event.preventDefault();
});
const KEYS = {
  n: forth, p: back, o: toggleAll, "/": () => $("find").focus(), "?": () => $("help").showModal(),
  "+": () => zoom(1 / 1.25), "=": () => zoom(1 / 1.25), "-": () => zoom(1.25), 0: fit,
  Escape: () => { pause(); go(null); },
};
document.addEventListener("keydown", (event) => {
  const typing = event.target instanceof HTMLInputElement && event.target.type !== "range";
  if (typing || $("help").open || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const act = KEYS[event.key] ?? KEYS[event.key.toLowerCase()];
  if (!act) return;
  event.preventDefault();
  act();
});
$("in").onclick = () => zoom(1 / 1.25);
$("out").onclick = () => zoom(1.25);
$("fit").onclick = fit;
$("scopes").onclick = toggleAll;
$("keys").onclick = () => $("help").showModal();

document.head.append(h("link", { rel: "icon", href: "data:," }));
layOut();
home();
showStep();
tellLegend();
setStop(order[0]?.element ?? boxes.values().next().value.element);
})();
