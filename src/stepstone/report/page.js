"use strict";
// The page is whole without this: it unfolds what is printed or led to, marks tables that scroll, and filters.
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const unfold = (place) => { for (let one = place; one; one = one.parentElement) if (one.tagName === "DETAILS") one.open = true; };
const follow = () => unfold(document.getElementById(decodeURIComponent(location.hash.slice(1))));
addEventListener("hashchange", follow);
addEventListener("beforeprint", () => all("details").forEach((one) => { one.open = true; }));
follow();

const watcher = new ResizeObserver((seen) => {
  for (const { target } of seen) target.classList.toggle("scrolls", target.scrollWidth > target.clientWidth + 1);
});
all(".wide").forEach((box) => watcher.observe(box));

const bar = document.getElementById("filters");
const isOut = (wanted, found) => Boolean(wanted && found && wanted !== found);
function columns(table, part) {
  const shown = new Map(all("thead th", table).map((head) => [head.cellIndex, !part || head.textContent === part]));
  if (![...shown.values()].some(Boolean)) shown.forEach((_, place) => shown.set(place, true));
  for (const row of table.rows) for (const cell of row.cells) if (cell.colSpan === 1) cell.hidden = shown.get(cell.cellIndex) === false;
}
function filter() {
  const { target, part, model } = Object.fromEntries(new FormData(bar));
  for (const one of all("[data-target], [data-model]")) {
    one.hidden = isOut(target, one.dataset.target) || isOut(model, one.dataset.model);
    if (target && one.tagName === "DETAILS" && !one.hidden) one.open = true;
  }
  all("table[data-parts]").forEach((table) => columns(table, part));
}
if (bar) {
  bar.hidden = false;
  bar.addEventListener("change", filter);
  bar.addEventListener("reset", () => setTimeout(filter));
  filter();
}
