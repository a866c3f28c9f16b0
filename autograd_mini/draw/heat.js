"use strict";
// Entries of heat maps under the pointer, or under the arrow keys.
for (const maps of document.querySelectorAll(".hm[data-entries]")) {
  const data = JSON.parse(maps.dataset.entries), count = data.at.length;
  const svgs = [...maps.querySelectorAll(".hm-map")], told = maps.querySelector("output");
  const text = (v) => typeof v === "number" ? String(Number(v.toPrecision(4))).replace("-", "−") : v;
  let at = -1;

  const tell = (k) => {
    const [a, b] = [data.manual[k], data.automatic[k]];
    const numbers = typeof a === "number" && typeof b === "number";
    let said = `${maps.dataset.name}[${data.at[k]}]: manual ${text(a)}, automatic ${text(b)}`;
    if (numbers) said += `, difference ${text(a - b)}`;
    if (numbers && b) said += `, ratio ${text(a / b)}`;
    told.textContent = said;
  };
  const show = (k) => {
    at = k;
    tell(k);
    for (const svg of svgs) {
      let mark = svg.querySelector(".hm-cursor");
      if (!mark) {
        mark = document.createElementNS(svg.namespaceURI, "rect");
        for (const [key, value] of [["class", "hm-cursor"], ["width", 1], ["height", 1]]) mark.setAttribute(key, value);
        svg.append(mark);
      }
      mark.setAttribute("x", k % data.columns);
      mark.setAttribute("y", Math.floor(k / data.columns));
    }
  };
  const rest = () => {
    at = -1;
    tell(data.worst);
    for (const svg of svgs) svg.querySelector(".hm-cursor")?.remove();
  };
  rest();

  for (const svg of svgs) {
    svg.setAttribute("tabindex", "0");
    svg.addEventListener("pointermove", (event) => {
      const box = svg.getBoundingClientRect(), rows = count / data.columns;
      const cell = (part, most) => Math.min(Math.max(Math.floor(part * most), 0), most - 1);
      const column = cell((event.clientX - box.left) / box.width, data.columns);
      show(cell((event.clientY - box.top) / box.height, rows) * data.columns + column);
    });
    svg.addEventListener("pointerleave", rest);
    svg.addEventListener("blur", rest);
    svg.addEventListener("focus", () => { if (svg.matches(":focus-visible")) show(data.worst); });
    svg.addEventListener("keydown", (event) => {
      const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -data.columns, ArrowDown: data.columns };
      const next = (at < 0 ? data.worst : at) + steps[event.key];
      if (Number.isNaN(next)) return;
      event.preventDefault();
      if (next >= 0 && next < count) show(next);
    });
  }
}
