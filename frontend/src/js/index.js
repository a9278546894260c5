// Index pages: the table as a grid for the keyboard, cells edited where they stand, widths, columns.
import htmx from "htmx.org";

const CELL = "[data-grid] :is(td, th)";
const CONTROLS = "a, button, input, select, textarea, label, form";
const EDGE = 6;
const STEP = 16;
const [NARROWEST, WIDEST] = [48, 800];
const SETTLE_MILLISECONDS = 400;

/** The one cell of a table that the Tab key comes to. */
function stand(cell, hasFocus = true) {
  for (const each of cell.closest("table").querySelectorAll('[tabindex="0"]')) each.tabIndex = -1;
  cell.tabIndex = 0;
  if (hasFocus) cell.focus();
}

function neighbour(cell, key) {
  const row = cell.parentElement;
  const at = cell.cellIndex;
  const rows = [...cell.closest("table").rows];
  const below = (step) => rows[rows.indexOf(row) + step]?.cells[at];
  return {
    ArrowLeft: () => row.cells[at - 1],
    ArrowRight: () => row.cells[at + 1],
    ArrowUp: () => below(-1),
    ArrowDown: () => below(1),
    Home: () => row.cells[0],
    End: () => row.cells[row.cells.length - 1],
  }[key]?.();
}

/** A cell that may be edited becomes its field; others do what the link or box in them does. */
function open(cell) {
  if (!cell.hasAttribute("data-edit")) {
    cell.querySelector("a, input, button")?.click();
    return;
  }
  const [, id, name] = /^c(\d+)-(.+)$/.exec(cell.id);
  const address = `${cell.closest("table").dataset.grid}${id}/${name}/cell/?edit=1`;
  htmx.ajax("GET", address, { source: cell, target: cell, swap: "outerHTML" });
}

function onKey(event) {
  const { target, key } = event;
  if (key === "Enter" && target.matches?.("form[data-inline] select:not([multiple])")) {
    event.preventDefault();
    target.form.requestSubmit();
    return;
  }
  if (target.matches?.("[data-narrows]") && key === "Enter") {
    event.preventDefault();
    const left = document.getElementById(target.dataset.narrows);
    left.querySelector("li:not([hidden]) [data-column]")?.click();
    return;
  }
  if (!target.matches?.(CELL) || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.shiftKey && target.matches("[data-column]") && /^Arrow(Left|Right)$/.test(key)) {
    event.preventDefault();
    resize(target, target.offsetWidth + (key === "ArrowLeft" ? -STEP : STEP));
    return;
  }
  const to = neighbour(target, key);
  if (to) {
    event.preventDefault();
    stand(to);
  } else if (key === "Enter" || key === "F2") {
    event.preventDefault();
    open(target);
  }
}

// Widths. The policy of the site allows no style attributes, so scripts set them.

function setWidth(head, width) {
  for (const row of head.closest("table").rows) {
    const { style } = row.cells[head.cellIndex];
    style.inlineSize = style.minInlineSize = style.maxInlineSize = `${width}px`;
  }
}

let waiting;

function resize(head, wanted) {
  const width = Math.round(Math.min(Math.max(wanted, NARROWEST), WIDEST));
  head.dataset.width = width;
  setWidth(head, width);
  clearTimeout(waiting);
  waiting = setTimeout(keepWidths, SETTLE_MILLISECONDS, head);
}

/** Widths go into the address and into every link and form that carries it on. */
function keepWidths(head) {
  const heads = [...head.closest("tr").querySelectorAll("[data-width]")];
  const widths = heads.map((each) => `${each.dataset.column}:${each.dataset.width}`).join(",");
  const address = (text) => {
    const url = new URL(text, location.href);
    url.searchParams.set("widths", widths);
    return url;
  };
  const here = address(location.href);
  history.replaceState(history.state, "", here);
  for (const link of document.querySelectorAll('#table a[href^="?"]')) {
    link.setAttribute("href", address(link.getAttribute("href")).search);
  }
  const form = document.querySelector(".searchbox");
  const kept = form.elements.widths ?? form.appendChild(document.createElement("input"));
  Object.assign(kept, { type: "hidden", name: "widths", value: widths });
  htmx.ajax("GET", here.pathname + here.search, { source: "#table", target: "#table", swap: "none" });
  const said = document.getElementById("said");
  if (said) said.textContent = `${head.textContent.trim()}: ${head.dataset.width}`;
}

const atEdge = (head, event) => head.getBoundingClientRect().right - event.clientX < EDGE;

function onPointerDown(event) {
  const head = event.target.closest?.("[data-grid] th[data-column]");
  if (!head || event.button !== 0 || !atEdge(head, event)) return;
  event.preventDefault();
  const from = head.offsetWidth - event.clientX;
  const move = (moved) => resize(head, from + moved.clientX);
  const stop = new AbortController();
  const { signal } = stop;
  document.addEventListener("pointermove", move, { signal });
  document.addEventListener("pointerup", () => stop.abort(), { signal });
  document.addEventListener("pointercancel", () => stop.abort(), { signal });
  // The click that ends the drag is no wish to sort.
  head.addEventListener("click", (click) => click.preventDefault(), { once: true, capture: true });
}

// The chooser of columns.

/** A column that is ticked joins those shown, at their end. */
function onTick(box) {
  if (!box.checked || !box.closest("[data-left]")) return;
  box.form.querySelector("[data-columns]").append(box.closest("li"));
  box.focus();
}

function narrow(input) {
  const words = input.value.trim().toLocaleLowerCase();
  const left = document.getElementById(input.dataset.narrows);
  for (const row of left.querySelectorAll("li")) {
    row.hidden = !row.textContent.toLocaleLowerCase().includes(words);
  }
  for (const group of left.querySelectorAll("details")) {
    group.open = words !== "" && group.querySelector("li:not([hidden])") !== null;
    group.hidden = words !== "" && !group.open;
  }
}

function onLoad({ detail: { elt } }) {
  if (!elt.querySelectorAll) return;
  for (const table of elt.querySelectorAll("table[data-grid]")) {
    table.setAttribute("role", "grid");
    for (const cell of table.querySelectorAll("td:not([data-edit])")) cell.ariaReadOnly = "true";
    for (const head of table.querySelectorAll("[data-column]")) {
      head.tabIndex = -1;
      if (head.dataset.width) setWidth(head, head.dataset.width);
    }
    stand(table.querySelector("tbody a").closest("td"), false);
  }
  if (elt.matches(".cell--open")) {
    elt.querySelector("form").scrollIntoView({ block: "nearest", inline: "nearest" });
  }
  if (elt.matches("[data-here]")) {
    elt.removeAttribute("data-here");
    stand(elt, document.activeElement === document.body);
    const head = elt.closest("table").tHead.rows[0].cells[elt.cellIndex];
    if (head.dataset.width) setWidth(head, head.dataset.width);
  }
}

export function bindIndex() {
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", ({ target }) => {
    const cell = target.closest?.("[data-grid] td[data-edit]");
    if (!cell || target.closest(CONTROLS) || String(getSelection())) return;
    open(cell);
  });
  document.addEventListener("pointerdown", onPointerDown);
  document.addEventListener("pointermove", (event) => {
    const head = event.target.closest?.("[data-grid] th[data-column]");
    head?.classList.toggle("is-edge", atEdge(head, event));
  });
  document.addEventListener("change", ({ target }) => {
    if (target.matches("[data-column]")) onTick(target);
  });
  document.addEventListener("input", ({ target }) => {
    if (target.matches("[data-narrows]")) narrow(target);
  });
  document.addEventListener("htmx:load", onLoad);
}
