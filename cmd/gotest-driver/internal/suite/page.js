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
const heads = [...document.querySelectorAll("th[data-by]")];
for (const th of heads) {
  th.firstElementChild.addEventListener("click", () => {
    const by = th.dataset.by, number = by === "seconds" || by === "tries" || by === "memory";
    // Numbers begin with the largest.
    const up = th.ariaSort ? th.ariaSort === "descending" : !number;
    for (const h of heads) h.ariaSort = h === th ? (up ? "ascending" : "descending") : null;
    rows.sort((a, b) => (up ? 1 : -1) * (number ? a.dataset[by] - b.dataset[by] : a.dataset[by].localeCompare(b.dataset[by])));
    body.append(...rows);
  });
}
for (const id of ["search", "kinds"]) document.getElementById(id).hidden = false;
