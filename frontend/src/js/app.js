// What every page loads: htmx with our settings, one listener for data-action, small elements.
import htmx from "htmx.org";
import "idiomorph/htmx"; // hx-ext="morph"

import { bindActions } from "./actions.js";
import { bindComposer } from "./composer.js";
import { bindBoard } from "./board.js";
import "./choices.js";
import "./elements.js";
import { bindFilter } from "./filter.js";
import { bindIndex } from "./index.js";
import { bindPalette } from "./palette.js";
import { bindRecords } from "./records.js";
import { bindSorting } from "./sorting.js";
import { bindTicks } from "./ticks.js";

window.htmx = htmx;
Object.assign(htmx.config, {
  allowEval: false,
  includeIndicatorStyles: false,
  selfRequestsOnly: true,
  // No style is carried over to new content: the content security policy refuses such attributes.
  attributesToSettle: ["class", "width", "height"],
  // Going back asks the server for the whole page: no copies of records are kept in the browser.
  historyCacheSize: 0,
  refreshOnHistoryMiss: true,
  // New content is bound at once, so that a quick person cannot act on it before htmx listens.
  defaultSettleDelay: 0,
  responseHandling: [
    { code: "204", swap: false },
    { code: "[23]..", swap: true },
    { code: "422", swap: true }, // a form with its errors
    { code: "[45]..", swap: false, error: true },
  ],
});

const csrfToken = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = csrfToken();
});

// What a change answers is shown even if a refresh has replaced its target meanwhile: the element of that name now.
// (`htmx:beforeSwap` comes too late: an element that left the page sends its events to nobody.)
document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  const { xhr, requestConfig } = detail;
  if (requestConfig.verb === "get") return;
  xhr.addEventListener("readystatechange", () => {
    if (xhr.readyState !== XMLHttpRequest.DONE || detail.target.isConnected) return;
    detail.target = document.getElementById(detail.target.id) ?? detail.target;
  });
});

/** Without a text the toast says that the server did not answer as expected. */
function showError(text) {
  window.dispatchEvent(new CustomEvent("tresse:toast", { detail: { text, level: "error" } }));
}

// A refusal (_error.html) becomes a toast and replaces nothing; a form with errors is swapped in.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (xhr.status < 400) return;
  const answer = new DOMParser().parseFromString(xhr.responseText, "text/html");
  const refusal = answer.querySelector("[data-refusal]");
  if (xhr.status === 422 && !refusal) return;
  event.detail.shouldSwap = false;
  showError(refusal?.querySelector("[data-sentence]").textContent.trim());
});
document.addEventListener("htmx:sendError", () => showError());

// A request that ends because one leaves the page is no error to write to the console.
htmx.logger = (_element, name, detail) => {
  if (name === "htmx:afterRequest" || name === "htmx:sendAbort") delete detail.error;
};

// What is swapped into a <dialog> opens it; an empty answer closes it.
document.addEventListener("htmx:afterSwap", (event) => {
  const dialog = event.detail.target;
  if (!(dialog instanceof HTMLDialogElement)) return;
  if (dialog.innerHTML.trim() === "") dialog.close();
  else if (!dialog.open) dialog.showModal();
});

bindActions(csrfToken);
bindIndex();
bindFilter();
bindPalette();
bindComposer();
bindRecords();
bindBoard();
bindSorting();
bindTicks();
