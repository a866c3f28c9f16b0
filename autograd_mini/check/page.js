"use strict";
// From a box of the graph, or from the table, to the values of a gradient.
for (const node of document.querySelectorAll(".ag-node[data-name]")) {
  const values = document.querySelector(`details[data-name="${CSS.escape(node.dataset.name)}"]`);
  if (!values) continue;
  node.style.cursor = "pointer";
  node.addEventListener("click", () => {
    values.open = true;
    values.scrollIntoView({ block: "center" });
  });
}
const openTarget = ({ hash }) => {
  const target = document.getElementById(hash.slice(1));
  if (target) target.open = true;
};
// Following the link to where one already is changes no hash; before the jump, the page is as tall as after it.
for (const link of document.querySelectorAll("a[href^='#']")) link.addEventListener("click", () => openTarget(link));
addEventListener("hashchange", () => openTarget(location));
openTarget(location);
