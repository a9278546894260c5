// Rows that people put in order: dragged by their grip with mouse, pen or finger, or moved by arrows.
//
// <tbody data-sortable> or <ol data-sortable> holds [data-row]s, each with a [data-grip] and buttons
// data-action="row-up" and "row-down". The order of the fields is the order that is sent.

/** Say what happened to those who cannot see it. */
function tell(row) {
  const rows = [...row.parentElement.children];
  const status = row.closest("form")?.querySelector("[data-sort-status]");
  if (status) status.textContent = `${rows.indexOf(row) + 1} / ${rows.length}`;
}

function step(button, event, place) {
  event.preventDefault();
  const row = button.closest("[data-row]");
  place(row);
  button.focus();
  tell(row);
}

export const sorting = {
  "row-up": (button, event) => step(button, event, (row) => row.previousElementSibling?.before(row)),
  "row-down": (button, event) => step(button, event, (row) => row.nextElementSibling?.after(row)),
  "row-add"(button) {
    const rows = button.closest("form").querySelector("[data-sortable]");
    const frame = document.getElementById(button.dataset.template);
    const row = frame.content.firstElementChild.cloneNode(true);
    rows.append(row);
    row.querySelector("input:not([type=hidden])")?.focus();
  },
  "row-remove": (button) => button.closest("[data-row]").remove(),
};

/**
 * The row follows the pointer: it goes before or after the row that the pointer is over.
 * The document listens, not the grip: a row that moves in the page loses what it has captured.
 */
function drag(row, event) {
  event.preventDefault();
  row.toggleAttribute("data-dragged", true);
  const move = ({ clientX, clientY }) => {
    const over = document.elementFromPoint(clientX, clientY)?.closest("[data-row]");
    if (!over || over === row || over.parentElement !== row.parentElement) return;
    const { top, height } = over.getBoundingClientRect();
    over[clientY < top + height / 2 ? "before" : "after"](row);
  };
  const end = () => {
    document.removeEventListener("pointermove", move);
    document.removeEventListener("pointerup", end);
    document.removeEventListener("pointercancel", end);
    row.toggleAttribute("data-dragged", false);
    tell(row);
  };
  document.addEventListener("pointermove", move);
  document.addEventListener("pointerup", end);
  document.addEventListener("pointercancel", end);
}

export function bindSorting() {
  document.addEventListener("pointerdown", (event) => {
    const grip = event.button === 0 && event.target.closest("[data-grip]");
    if (grip) drag(grip.closest("[data-row]"), event);
  });
}
