// Lines and verdicts lead to each other; so do the boxes of the graph and the verdicts.
const reveal = (id, focus) => {
  const target = document.getElementById(id);
  if (!target) return;
  for (const each of document.querySelectorAll(".here")) each.classList.remove("here");
  target.classList.add("here");
  for (let around = target.parentElement; around; around = around.parentElement) {
    if (around.tagName === "DETAILS") around.open = true;
  }
  const pane = target.closest(".pane");
  if (pane) {
    pane.scrollTop = target.offsetTop - pane.clientHeight / 2 + target.offsetHeight / 2;
    const { top, bottom } = pane.getBoundingClientRect();
    if (bottom < 120 || top > innerHeight - 120) pane.scrollIntoView({ block: "nearest" });
    if (focus) (target.querySelector("a.number") ?? pane).focus({ preventScroll: true });
    return;
  }
  if (target.tagName === "DETAILS") {
    target.open = true;
    if (target.dataset.line) {
      const line = document.getElementById(target.dataset.line);
      if (line) line.classList.add("here");
    }
  }
  const { top, bottom } = target.getBoundingClientRect();
  if (top < 0 || bottom > innerHeight) target.scrollIntoView({ block: "start" });
  if (focus) target.querySelector("summary")?.focus({ preventScroll: true });
};
for (const link of document.querySelectorAll("a.jump, main table a[href^='#']")) {
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const id = link.hash.slice(1);
    history.replaceState(null, "", link.hash);
    reveal(id, true);
  });
}
for (const gradient of document.querySelectorAll("details.gradient")) {
  gradient.querySelector("summary").addEventListener("click", () => {
    if (!gradient.open && gradient.dataset.line) reveal(gradient.dataset.line, false);
  });
}
for (const figure of document.querySelectorAll("figure.drawing[data-study]")) {
  let start = null;
  figure.addEventListener("pointerdown", (event) => { start = [event.clientX, event.clientY]; });
  figure.addEventListener("click", (event) => {
    if (start && Math.hypot(event.clientX - start[0], event.clientY - start[1]) > 4) return;
    const under = document.elementFromPoint(event.clientX, event.clientY)?.closest(".ag-node[data-name]");
    if (!under) return;
    const name = CSS.escape(under.dataset.name);
    const row = document.querySelector(`#${figure.dataset.study} details[data-node="${name}"]`);
    if (row) reveal(row.id, true);
  });
}
// The first wrong line is in sight from the start.
const settle = (pane) => {
  const fault = pane.querySelector("li.fault");
  if (fault && !pane.querySelector(".here")) pane.scrollTop = fault.offsetTop - pane.clientHeight / 3;
};
for (const pane of document.querySelectorAll(".pane")) {
  settle(pane);
  pane.closest("details.file")?.addEventListener("toggle", () => settle(pane));
}
if (location.hash) reveal(location.hash.slice(1), false);
