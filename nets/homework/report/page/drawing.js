"use strict";
// Move and zoom a drawing: by its view box, so that text stays sharp.
for (const figure of document.querySelectorAll("figure.drawing")) {
  const svg = figure.querySelector("svg");
  if (!svg || !svg.viewBox.baseVal.width) continue;
  const { x, y, width, height } = svg.viewBox.baseVal;
  const whole = { x, y, width, height };
  let view = { ...whole };

  const show = (next) => {
    view = next;
    svg.setAttribute("viewBox", `${view.x} ${view.y} ${view.width} ${view.height}`);
  };
  const zoom = (factor, fx = 0.5, fy = 0.5) => {
    if (!factor) return show({ ...whole });
    const scale = Math.min(Math.max(view.width * factor, whole.width / 60), whole.width * 3) / view.width;
    show({
      x: view.x + fx * view.width * (1 - scale),
      y: view.y + fy * view.height * (1 - scale),
      width: view.width * scale,
      height: view.height * scale,
    });
  };
  const move = (dx, dy) => show({ ...view, x: view.x + dx * view.width, y: view.y + dy * view.height });
  const place = (event) => {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    return [(point.x - view.x) / view.width, (point.y - view.y) / view.height];
  };

  for (const button of figure.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", () => zoom(Number(button.dataset.zoom)));
  }
  svg.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey && document.activeElement !== figure) return;
    event.preventDefault();
    zoom(Math.exp(event.deltaY / 500), ...place(event));
  }, { passive: false });

  let from = null;
  svg.addEventListener("pointerdown", (event) => {
    from = place(event);
    svg.setPointerCapture(event.pointerId);
    figure.classList.add("moving");
  });
  svg.addEventListener("pointermove", (event) => {
    if (!from) return;
    const [px, py] = place(event);
    move(from[0] - px, from[1] - py);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    svg.addEventListener(end, () => { from = null; figure.classList.remove("moving"); });
  }

  const keys = {
    ArrowLeft: () => move(-0.1, 0), ArrowRight: () => move(0.1, 0),
    ArrowUp: () => move(0, -0.1), ArrowDown: () => move(0, 0.1),
    "+": () => zoom(0.8), "=": () => zoom(0.8), "-": () => zoom(1.25), "0": () => zoom(0),
  };
  figure.addEventListener("keydown", (event) => {
    const act = keys[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  });
}
