// Pages of records: properties edited where they stand; leaving saves, Escape cancels.

const EDITOR = "form[data-inline]";
const typed = (form) => new URLSearchParams(new FormData(form)).toString();
const opened = new WeakMap();

/** Leaving saves what was changed and closes what was not; a refusal stays open with its text. */
function leave(form) {
  if (!form.isConnected || form.contains(document.activeElement)) return;
  if (form.matches(".htmx-request") || form.querySelector(".htmx-request")) return;
  if (typed(form) !== opened.get(form)) form.requestSubmit();
  else if (!form.hasAttribute("data-refused")) form.querySelector("[data-cancel]").click();
}

function onKey(event) {
  const form = event.target.closest?.(EDITOR);
  if (!form) return;
  if (event.key === "Escape") {
    event.preventDefault();
    form.querySelector("[data-cancel]").click();
  } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    form.requestSubmit();
  }
}

/** What htmx brought in: editors remember what they began with. */
function onLoad({ detail }) {
  const { elt } = detail;
  if (!elt.querySelectorAll) return;
  for (const form of [elt, ...elt.querySelectorAll(EDITOR)]) {
    if (form.matches(EDITOR)) opened.set(form, typed(form));
  }
  // Focus goes back to where editing began, unless the person has moved on.
  if (document.activeElement === document.body) elt.querySelector("[data-focus]")?.focus();
}

export function bindRecords() {
  document.addEventListener("keydown", onKey);
  document.addEventListener("focusout", ({ target, relatedTarget }) => {
    const form = target.closest?.(EDITOR);
    if (!form || form.contains(relatedTarget) || !document.hasFocus()) return;
    // Later: a click on a button of the form, or its removal, comes first.
    setTimeout(() => leave(form), 120);
  });
  // A relation that is opened is a search begun. (Toggling does not bubble.)
  document.addEventListener(
    "toggle",
    ({ target }) => {
      if (target.matches(".relation[open]")) target.querySelector("input[type=search]").focus();
    },
    true,
  );
  document.addEventListener("htmx:load", onLoad);
  // A form that adds to a list stays, ready for the next one.
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (detail.successful && detail.elt.matches?.("form[data-reset]")) detail.elt.reset();
  });
}
