// What every page loads: htmx with our settings, one listener for data-action, small elements.
import htmx from "htmx.org";
import "idiomorph/htmx"; // hx-ext="morph"

import { bindActions } from "./actions.js";
import "./elements.js";

window.htmx = htmx;
Object.assign(htmx.config, {
  allowEval: false,
  includeIndicatorStyles: false,
  selfRequestsOnly: true,
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

// A refusal other than 422 is an error fragment: it becomes a toast instead of replacing anything.
document.addEventListener("htmx:responseError", (event) => {
  const { xhr } = event.detail;
  const shown = new DOMParser().parseFromString(xhr.responseText, "text/html");
  const sentence = shown.querySelector("[data-sentence]")?.textContent.trim();
  window.dispatchEvent(
    new CustomEvent("tresse:toast", { detail: { text: sentence, level: "error" } }),
  );
});
document.addEventListener("htmx:sendError", () => {
  window.dispatchEvent(new CustomEvent("tresse:toast", { detail: { level: "error" } }));
});

// What is swapped into a <dialog> opens it; an empty answer closes it.
document.addEventListener("htmx:afterSwap", (event) => {
  const dialog = event.detail.target;
  if (!(dialog instanceof HTMLDialogElement)) return;
  if (dialog.innerHTML.trim() === "") dialog.close();
  else if (!dialog.open) dialog.showModal();
});

bindActions(csrfToken);
