"use strict";
// Sorts a table when its head is clicked, and opens what is folded before printing. The page is whole without it.
for (const table of document.querySelectorAll("table.sortable")) {
  table.querySelectorAll("thead th").forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const upward = head.getAttribute("aria-sort") !== "ascending";
      table.querySelectorAll("thead th").forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", upward ? "ascending" : "descending");
      const value = (row) => {
        const words = row.cells[column]?.textContent.trim() ?? ""; // a slice too small to judge has fewer cells
        const figure = parseFloat(words.replaceAll(",", "").replace("−", "-"));
        return head.classList.contains("figure") ? (Number.isNaN(figure) ? -Infinity : figure) : words;
      };
      const body = table.tBodies[0];
      const rows = [...body.rows].map((row) => [value(row), row]);
      rows.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0) * (upward ? 1 : -1));
      body.append(...rows.map(([, row]) => row));
    });
  });
}
addEventListener("beforeprint", () => {
  for (const folded of document.querySelectorAll("details")) folded.open = true;
});
