"use strict";
const rows = [...document.querySelectorAll("tbody tr")];
const search = document.getElementById("search");
const boxes = [...document.querySelectorAll("input[type=checkbox]")];
function filter() {
  const kinds = new Set(boxes.filter((b) => b.checked).map((b) => b.value));
  const text = search.value.toLowerCase();
  for (const r of rows) {
    r.hidden = !kinds.has(r.dataset.kind) || !r.dataset.text.toLowerCase().includes(text);
  }
}
search.addEventListener("input", filter);
for (const b of boxes) b.addEventListener("change", filter);
const body = document.querySelector("tbody");
for (const th of document.querySelectorAll("th[data-by]")) {
  th.addEventListener("click", () => {
    const by = th.dataset.by, number = by === "seconds" || by === "tries" || by === "memory";
    const down = th.dataset.down = th.dataset.down === "1" ? "" : "1";
    rows.sort((a, b) => number ? a.dataset[by] - b.dataset[by] : a.dataset[by].localeCompare(b.dataset[by]));
    if (down && number || !down && !number) rows.reverse();
    body.append(...rows);
  });
}
for (const id of ["search", "kinds"]) document.getElementById(id).hidden = false;
