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
function openTarget() {
  const target = document.getElementById(location.hash.slice(1));
  if (target) target.open = true;
}
addEventListener("hashchange", openTarget);
openTarget();
