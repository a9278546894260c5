// The filter editor: search in its lists, arrow keys, Backspace that removes, dragging into groups.

/** The same simple form on both sides: small letters, no accents. */
const folded = (text) =>
  text
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .toLowerCase();

/** Of a list of offers, show those that have every typed word; groups open while one searches. */
function pick(input) {
  const picker = input.closest("[data-picker]");
  const words = folded(input.value).split(/\s+/).filter(Boolean);
  let found = 0;
  for (const group of picker.querySelectorAll("details")) {
    let here = 0;
    for (const offer of group.querySelectorAll("[data-words]")) {
      const known = folded(offer.dataset.words);
      const fits = words.every((word) => known.includes(word));
      offer.parentElement.hidden = !fits;
      here += fits;
    }
    group.hidden = !here;
    group.dataset.was ??= String(group.open);
    group.open = words.length ? here > 0 : group.dataset.was === "true";
    found += here;
  }
  picker.querySelector("[data-none]").hidden = found > 0;
}

/** Of a list of choices, show those that have the typed text. */
function narrow(input) {
  const text = folded(input.value);
  for (const label of input.closest("[data-choices]").querySelectorAll("label:has(.check)")) {
    label.parentElement.hidden = !folded(label.textContent).includes(text);
  }
}

/** What is chosen stands on the button that opens the list. */
function showChosen(list) {
  const button = document.querySelector(`[popovertarget="${list.id}"]`);
  const labels = [...list.querySelectorAll(":checked")].map((box) =>
    box.parentElement.querySelector("[data-label]").textContent.trim(),
  );
  const words = button?.querySelector("[data-chosen]");
  if (words) words.textContent = labels.join(", ") || words.dataset.empty;
}

const shownOffers = (picker) =>
  [...picker.querySelectorAll("details[open] [data-words]")].filter(
    (offer) => !offer.parentElement.hidden && !offer.closest("details").hidden,
  );

function onKey(event) {
  const { target, key } = event;
  const picker = target.closest?.("[data-picker]");
  if (picker) {
    const offers = shownOffers(picker);
    const at = offers.indexOf(target);
    if (key === "ArrowDown" || key === "ArrowUp") {
      event.preventDefault();
      const next = at + (key === "ArrowDown" ? 1 : -1);
      (offers[next] ?? picker.querySelector("[data-pick]")).focus();
    } else if (key === "Enter" && target.matches("[data-pick]")) {
      event.preventDefault();
      if (target.value.trim()) offers[0]?.click();
    } else if (key === "Escape") {
      // A search box would only empty itself.
      event.preventDefault();
      event.stopPropagation();
      const close = picker.querySelector("[data-close]");
      if (close) close.click();
      else picker.closest("[popover]")?.hidePopover();
    }
    return;
  }
  const part = target.closest?.("[data-part]");
  const isField = target.matches?.("input:not([type=checkbox]), textarea");
  if (key === "Backspace" && part && isField && !target.value && !target.matches("[data-quiet]")) {
    event.preventDefault();
    part.querySelector("[data-remove]")?.click();
  } else if (key === "Enter" && target.matches?.("[data-quiet]:not(textarea)")) {
    event.preventDefault();
  }
}

let dragged = null;

/** The card below the pointer that the dragged node may be put into. */
function cardFor(event) {
  const card = event.target.closest?.("[data-card]");
  if (!dragged || !card || dragged.contains(card)) return null;
  const own = dragged.parentElement.closest("[data-card]");
  return card !== own && card.dataset.base === own.dataset.base ? card : null;
}

const markOver = (card) => {
  for (const each of document.querySelectorAll(".filter__card.is-over")) {
    each.classList.toggle("is-over", each === card);
  }
  card?.classList.add("is-over");
};

/** In what a chip opens, removing the condition is what the cross on the chip does. */
function onClick(event) {
  const button = event.target.closest?.(".menu--chip button[data-remove]");
  if (!button || button.closest("[data-part]").parentElement.closest("[data-part]")) return;
  const chip = button.closest(".menu--chip").previousElementSibling;
  const link = chip?.querySelector("a[data-remove]");
  if (!link) return;
  event.preventDefault();
  event.stopPropagation();
  link.click();
}

export function bindFilter() {
  // Before htmx: what is typed into a search box within the editor is no change of the filter.
  document.addEventListener(
    "input",
    (event) => {
      const { target } = event;
      if (target.matches("[data-pick]")) pick(target);
      else if (target.matches("[data-narrow]")) narrow(target);
      else if (target.matches("[data-choices] .check"))
        showChosen(target.closest("[data-choices]"));
      if (target.matches("[data-quiet]")) event.stopPropagation();
    },
    true,
  );
  document.addEventListener("keydown", onKey, true);
  document.addEventListener("click", onClick, true);
  // What a chip opens begins at its first field, or at the search.
  document.addEventListener("htmx:load", ({ detail }) => {
    const { elt } = detail;
    const long = elt.querySelector?.("[data-picker]") ?? elt.closest?.(".filter__reasons");
    long?.scrollIntoView({ block: "nearest" });
    if (!elt.closest?.(".menu--chip")) return;
    const field = detail.elt.querySelector("[data-focus]");
    field?.focus();
    field?.select?.();
  });
  document.addEventListener("dragstart", (event) => {
    if (!event.target.matches?.("[data-drag]")) return;
    dragged = event.target.closest("[data-part]");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setDragImage(dragged, 0, 0);
  });
  document.addEventListener("dragover", (event) => {
    const card = cardFor(event);
    if (card) event.preventDefault();
    if (dragged) markOver(card);
  });
  document.addEventListener("drop", (event) => {
    const card = cardFor(event);
    if (!card) return;
    event.preventDefault();
    const button = card.closest("[data-filter]").querySelector("[data-drop]");
    button.value = `into ${dragged.dataset.part} ${card.dataset.card}`;
    button.click();
  });
  document.addEventListener("dragend", () => {
    dragged = null;
    markOver(null);
  });
}
