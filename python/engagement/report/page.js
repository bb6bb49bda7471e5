"use strict";
// Sort tables by exact values, choose one part of a table, save lists as CSV files,
// and remember the theme.
const order = (cell, isNumber) => {
  const value = cell.dataset.order ?? "";
  if (!isNumber) return value;
  return value === "" ? -Infinity : Number(value);
};

for (const button of document.querySelectorAll("th button")) {
  button.addEventListener("click", () => {
    const head = button.parentElement;
    const isNumber = head.classList.contains("number");
    const first = isNumber ? "descending" : "ascending";
    const second = isNumber ? "ascending" : "descending";
    const direction = head.getAttribute("aria-sort") === first ? second : first;
    for (const other of head.parentElement.children) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", direction);
    const sign = direction === "ascending" ? 1 : -1;
    const body = head.closest("table").tBodies[0];
    const at = head.cellIndex;
    const rows = [...body.rows].sort((a, b) => {
      const [x, y] = [order(a.cells[at], isNumber), order(b.cells[at], isNumber)];
      return sign * (x < y ? -1 : x > y ? 1 : 0);
    });
    body.append(...rows);
  });
}

for (const chooser of document.querySelectorAll("select[data-chooses]")) {
  const parts = document.querySelectorAll(`#${chooser.dataset.chooses} > [data-part]`);
  const choose = () => {
    for (const part of parts) part.hidden = part.dataset.part !== chooser.value;
  };
  chooser.hidden = false;
  chooser.addEventListener("change", choose);
  choose();
}

// A text that begins like a formula would run in a spreadsheet.
const field = (value) => {
  if (value === null) return "";
  if (typeof value !== "string") return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

for (const button of document.querySelectorAll("button[data-file]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const rows = JSON.parse(button.parentElement.querySelector("script").textContent);
    const lines = rows.map((row) => row.map(field).join(",") + "\r\n");
    const link = document.createElement("a");
    // spreadsheets take a file for UTF-8 by its first character
    link.href = URL.createObjectURL(new Blob(["\ufeff", ...lines], { type: "text/csv" }));
    link.download = button.dataset.file;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  });
}

const root = document.documentElement;
const theme = document.getElementById("theme");
const isDark = () =>
  (root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches
    ? "dark" : "light")) === "dark";
const label = () => {
  theme.textContent = isDark() ? "Light theme" : "Dark theme";
};
const kept = (action) => {
  try { return action(); } catch { return null; } // a page opened from disk may have no storage
};
const wanted = kept(() => localStorage.getItem("engagement-theme"));
if (wanted === "dark" || wanted === "light") root.dataset.theme = wanted;
theme.hidden = false;
theme.addEventListener("click", () => {
  root.dataset.theme = isDark() ? "light" : "dark";
  kept(() => localStorage.setItem("engagement-theme", root.dataset.theme));
  label();
});
label();
