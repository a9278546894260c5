// data-action="name" on a button or input calls the function of that name: no inline scripts.
import { formula } from "./formula.js";
import { openPalette } from "./palette.js";
import { sorting } from "./sorting.js";

const isDark = () => {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
};

/** Rows of the table an element belongs to. */
const boxes = (element) => [
  ...(element.closest("[data-selection]") ?? element.closest("table")).querySelectorAll(
    "tbody .check",
  ),
];

/** Show how many rows are selected in the bulk bar, and the bar only when there are some. */
function showSelection(element) {
  const scope = element.closest("[data-selection]");
  if (!scope) return;
  const all = boxes(element);
  const count = all.filter((box) => box.checked).length;
  const head = scope.querySelector('thead [data-action="check-all"]');
  if (head) {
    head.checked = count > 0 && count === all.length;
    head.indeterminate = count > 0 && count < all.length;
  }
  const bar = scope.querySelector(".bulk");
  if (!bar) return;
  if (!bar.matches("form")) bar.hidden = count === 0;
  const every = bar.querySelector("[data-all]");
  if (every && count < all.length) every.checked = false;
  const number = bar.querySelector("[data-count]");
  if (!number) return;
  number.textContent = every?.checked
    ? every.dataset.all
    : new Intl.NumberFormat(document.documentElement.lang).format(count);
  const said = scope.querySelector("[data-said]");
  if (said) said.textContent = number.parentElement.textContent.trim();
}

/** Ticks all boxes of the group that a button speaks of, or none; those one sees. */
function tick(element, isTicked) {
  const group = document.getElementById(element.dataset.of);
  for (const box of group.querySelectorAll(".check")) {
    if (!box.closest("[hidden]")) box.checked = isTicked;
  }
  group.dispatchEvent(new Event("change", { bubbles: true }));
}

const actions = {
  ...sorting,
  ...formula,
  /** The toggle is a form that works alone; with scripts the page changes at once. */
  theme(element, event, csrfToken) {
    event.preventDefault();
    const theme = isDark() ? "light" : "dark";
    document.documentElement.dataset.theme = theme;
    document.dispatchEvent(new CustomEvent("tresse:theme"));
    const form = element.closest("form");
    if (!form) return;
    fetch(form.action, {
      method: "POST",
      body: new URLSearchParams({ theme }),
      headers: { "X-CSRFToken": csrfToken(), "HX-Request": "true" },
    });
  },
  "check-all"(element) {
    for (const box of boxes(element)) box.checked = element.checked;
    showSelection(element);
  },
  "tick-all"(element) {
    tick(element, true);
  },
  "tick-none"(element) {
    tick(element, false);
  },
  "clear-selection"(element) {
    for (const box of boxes(element)) box.checked = false;
    showSelection(element);
  },
  /** On a link too, which without scripts leads to a page with the same question. */
  open(element, event) {
    event.preventDefault();
    document.getElementById(element.dataset.target)?.showModal();
  },
  /** On a link too, which without scripts leads back. */
  close(element, event) {
    const dialog = element.closest("dialog");
    if (!dialog) return;
    event.preventDefault();
    dialog.close();
  },
  dismiss(element) {
    element.closest("[data-dismissible]")?.remove();
  },
  /** The chosen columns go into one field, in the order they stand; without scripts each is sent. */
  columns(element) {
    const { form } = element;
    const boxes = [...form.querySelectorAll("[data-column]")];
    form.elements.columns.value = boxes
      .filter((box) => box.checked)
      .map((box) => box.value)
      .join(",");
    for (const box of boxes) box.disabled = true;
  },
  /** On the link to the search page. */
  palette(element, event) {
    event.preventDefault();
    openPalette();
  },
  /** On a link that leads to the same page with all values of one record chosen. */
  "take-all"(element, event) {
    event.preventDefault();
    const { value } = element.dataset;
    for (const box of element.closest("form").querySelectorAll('[name^="value-"]'))
      if (box.value === value && !box.disabled) box.checked = true;
  },
  async copy(element) {
    await navigator.clipboard.writeText(element.dataset.text ?? location.href);
    element.toggleAttribute("data-done", true);
  },
  /** Clicking the dark ground around a dialog closes it. */
  backdrop(element, event) {
    if (event.target === element) element.close();
  },
};

export function bindActions(csrfToken) {
  document.addEventListener("click", (event) => {
    const element = event.target.closest("[data-action]");
    if (element) actions[element.dataset.action]?.(element, event, csrfToken);
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("tbody .check, [data-all]")) showSelection(event.target);
    // A select or check box that is a choice by itself, such as a filter, sends its form.
    if (event.target.closest("[data-autosubmit]")) event.target.form?.requestSubmit();
  });
  // "/" goes to the search box of the page, as people know it from elsewhere.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest?.("input, textarea, select, [contenteditable], dialog")) return;
    const box = document.querySelector("main input[type=search]");
    if (!box) return;
    event.preventDefault();
    box.focus();
  });
}
