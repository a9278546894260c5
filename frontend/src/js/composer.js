// The composer of a record's page: drafts that survive a reload, and people named by @.

const DRAFT = "form.composer[data-draft]";
const key = () => `draft ${location.pathname}`;
const KEPT_DAYS = 30;

/** What was typed, by field; records chosen beside this one with their titles. */
function keep(form) {
  // A field that is taken away while it has the focus tells of a change once more.
  if (form.hasAttribute("data-sent")) return;
  const fields = [...new FormData(form)].filter(
    ([name]) => !["csrfmiddlewaretoken", "also", "about"].includes(name),
  );
  const about = [...form.querySelectorAll("[name=about]:checked")].map((box) => [
    box.value,
    box.closest("label").outerHTML,
  ]);
  localStorage.setItem(key(), JSON.stringify({ at: Date.now(), fields, about }));
}

function restore(form) {
  const draft = JSON.parse(localStorage.getItem(key()) ?? "null");
  if (!draft || form.hasAttribute("data-refused")) return;
  if (Date.now() - draft.at > KEPT_DAYS * 86_400_000) return localStorage.removeItem(key());
  const asked = new URLSearchParams(location.search).get("compose");
  for (const [name, value] of draft.fields) {
    if (name === "kind") {
      const radio = form.querySelector(`[name=kind][value="${CSS.escape(asked || value)}"]`);
      if (radio) radio.checked = true;
    } else if (form.elements[name]) form.elements[name].value = value;
  }
  const list = form.querySelector(".also");
  for (const [value, label] of draft.about) {
    let box = list.querySelector(`[value="${CSS.escape(value)}"]`);
    if (!box) {
      const row = new DOMParser().parseFromString(label, "text/html").querySelector("label");
      list.prepend(row);
      box = row.querySelector("input");
    }
    box.checked = true;
    list.closest("details").open = true;
  }
  prompt(form);
}

/** The text field asks what the chosen kind is about. */
function prompt(form) {
  const kind = form.querySelector("[name=kind]:checked")?.value;
  const text = form.elements.text;
  const asked = text.getAttribute(`data-prompt-${kind}`);
  if (asked) text.placeholder = asked;
}

/** Quick buttons choose a kind and go to its text. */
function compose(kind) {
  const form = document.querySelector("#composer");
  const radio = form?.querySelector(`[name=kind][value="${CSS.escape(kind)}"]`);
  if (!radio) return false;
  radio.checked = true;
  prompt(form);
  form.scrollIntoView({ block: "nearest" });
  (form.querySelector(`.composer__part--${kind} input[type=text]`) ?? form.elements.text).focus();
  return true;
}

// -- mentions: a list of people below the text while a word begins with @

const listOf = (text) => document.getElementById(text.getAttribute("aria-controls"));
const NAME = /(?:^|\s)@([\p{L}\p{N}._-]{0,30}(?: [\p{L}\p{N}._-]{1,30})?)$/u;
let waiting = 0;

function close(text) {
  listOf(text).hidden = true;
  text.removeAttribute("aria-activedescendant");
}

function suggest(text) {
  clearTimeout(waiting);
  const found = text.value.slice(0, text.selectionStart).match(NAME);
  if (!found) return close(text);
  waiting = setTimeout(async () => {
    const address = `${text.dataset.mentions}?q=${encodeURIComponent(found[1])}`;
    const answer = await fetch(address, { headers: { "HX-Request": "true" } });
    if (!answer.ok || !text.isConnected) return;
    const list = listOf(text);
    const options = new DOMParser().parseFromString(await answer.text(), "text/html").body;
    list.replaceChildren(...options.querySelectorAll("li"));
    list.hidden = !list.children.length;
    if (list.hidden) close(text);
    else choose(text, list.children[0]);
  }, 120);
}

function choose(text, option) {
  for (const each of listOf(text).children) each.ariaSelected = String(each === option);
  text.setAttribute("aria-activedescendant", option.id);
}

function insert(text, option) {
  const end = text.selectionStart;
  const begin = text.value.slice(0, end).lastIndexOf("@");
  text.setRangeText(`@${option.dataset.name} `, begin, end, "end");
  close(text);
  text.focus();
  text.dispatchEvent(new Event("input", { bubbles: true }));
}

function onListKey(event, text) {
  const list = listOf(text);
  if (list.hidden) return;
  const now = list.querySelector('[aria-selected="true"]');
  const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
  if (step) choose(text, now?.[step] ?? now);
  else if (["Enter", "Tab"].includes(event.key) && now && !event.ctrlKey) insert(text, now);
  else if (event.key === "Escape") close(text);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

export function bindComposer() {
  document.addEventListener("keydown", (event) => {
    const { target } = event;
    if (target.matches?.("[data-mentions]")) onListKey(event, target);
    const form = target.closest?.("form.composer");
    if (!form || event.defaultPrevented) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit();
    } else if (event.key === "Enter" && target.name === "also") event.preventDefault();
    if (event.key === "Escape") form.querySelector("[data-cancel]")?.click();
  });
  document.addEventListener("input", ({ target }) => {
    if (target.matches("[data-mentions]")) suggest(target);
    const form = target.closest(DRAFT);
    if (form && target.name !== "also") keep(form);
  });
  document.addEventListener("change", ({ target }) => {
    const form = target.closest(DRAFT);
    if (!form) return;
    if (target.name === "kind") prompt(form);
    keep(form);
  });
  document.addEventListener("focusout", ({ target }) => {
    if (target.matches?.("[data-mentions]")) setTimeout(() => target.isConnected && close(target), 150);
  });
  document.addEventListener("mousedown", (event) => {
    const option = event.target.closest(".mentions [role=option]");
    if (!option) return;
    event.preventDefault();
    insert(option.closest("form").querySelector("[data-mentions]"), option);
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-compose]");
    if (button && compose(button.dataset.compose)) event.preventDefault();
  });
  document.addEventListener("htmx:load", ({ detail }) => {
    const { elt } = detail;
    const form = elt.matches?.(DRAFT) ? elt : elt.querySelector?.(DRAFT);
    if (form) restore(form);
    if (elt.matches?.(".composer--edit")) elt.querySelector("textarea").focus();
  });
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const sender = detail.requestConfig?.elt;
    if (!sender?.matches(DRAFT) || detail.xhr.status >= 400) return;
    sender.toggleAttribute("data-sent", true);
    localStorage.removeItem(key());
  });
}
