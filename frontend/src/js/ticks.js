// Long groups of boxes: a field that leaves those with its words, and how many are ticked.

const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

/** Shows the boxes whose label has the typed words, and the groups that have any. */
function narrow(field) {
  const words = plain(field.value).split(/\s+/).filter(Boolean);
  const list = document.getElementById(field.dataset.narrows);
  for (const label of list.querySelectorAll("label")) {
    const text = plain(label.textContent);
    label.hidden = !words.every((word) => text.includes(word));
  }
  for (const group of list.querySelectorAll(".what__group")) {
    group.hidden = !group.querySelector("label:not([hidden])");
  }
}

function count(said) {
  const boxes = [...document.querySelectorAll(`#${said.dataset.counts} .check`)];
  said.textContent = `${boxes.filter((box) => box.checked).length} / ${boxes.length}`;
}

function countAll(within) {
  for (const said of within.querySelectorAll("[data-counts]")) count(said);
}

export function bindTicks() {
  document.addEventListener("input", (event) => {
    if (event.target.dataset?.narrows) narrow(event.target);
  });
  // Enter in the field would send the form.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.dataset?.narrows) event.preventDefault();
  });
  document.addEventListener("change", () => countAll(document));
  document.addEventListener("htmx:afterSwap", () => countAll(document));
  countAll(document);
}
