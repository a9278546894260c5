// One list of answers for every column of an import: opened at the column's button, searched by
// typing, gone through with the arrows. Without scripts the button is a link to a page of its own.

const PLACE_MARGIN = 8;

/** Without marks and in small letters, as people type. */
const plain = (text) =>
  text
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .replaceAll("ł", "l")
    .toLowerCase();

class Choices extends HTMLElement {
  connectedCallback() {
    this.box = this.querySelector("input");
    this.none = this.querySelector(".choices__none");
    this.onClick = (event) => {
      const opener = event.target.closest?.("[data-choose]");
      if (!opener || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      this.openAt(opener);
    };
    this.onKey = (event) => {
      if (event.key !== " " || !event.target.matches?.("[data-choose]")) return;
      event.preventDefault();
      this.openAt(event.target);
    };
    document.addEventListener("click", this.onClick);
    document.addEventListener("keydown", this.onKey);
    this.box.addEventListener("input", () => this.filter());
    this.box.addEventListener("keydown", (event) => this.pressed(event));
    this.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.choose(option);
    });
    this.addEventListener("pointermove", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.mark(option);
    });
    this.addEventListener("toggle", (event) => {
      if (event.newState === "closed" && this.contains(document.activeElement)) this.opener?.focus();
    });
  }

  disconnectedCallback() {
    document.removeEventListener("click", this.onClick);
    document.removeEventListener("keydown", this.onKey);
  }

  get shown() {
    return [...this.querySelectorAll("[role=option]:not([hidden])")];
  }

  openAt(opener) {
    this.opener = opener;
    this.box.value = "";
    this.showPopover();
    this.place();
    for (const option of this.querySelectorAll("[role=option]")) {
      option.toggleAttribute("data-chosen", option.dataset.token === opener.dataset.choose);
    }
    this.filter();
    const chosen = this.querySelector("[data-chosen]");
    if (chosen) this.mark(chosen, true);
    this.box.focus();
  }

  /** Under its button, or above it where there is more room. */
  place() {
    const at = this.opener.getBoundingClientRect();
    if (window.innerWidth < 560) return this.removeAttribute("style");
    const { offsetWidth: width } = this;
    const below = window.innerHeight - at.bottom;
    const isAbove = below < 300 && at.top > below;
    const left = Math.min(at.left, window.innerWidth - width - PLACE_MARGIN);
    this.style.left = `${Math.max(PLACE_MARGIN, left)}px`;
    this.style.top = isAbove ? "auto" : `${at.bottom + 4}px`;
    this.style.bottom = isAbove ? `${window.innerHeight - at.top + 4}px` : "auto";
    this.style.maxHeight = `${Math.min(420, (isAbove ? at.top : below) - PLACE_MARGIN - 4)}px`;
  }

  filter() {
    const asked = plain(this.box.value).split(/\s+/).filter(Boolean);
    let first = null;
    for (const group of this.querySelectorAll("[role=group]")) {
      let any = false;
      for (const option of group.querySelectorAll("[role=option]")) {
        option.plain ??= plain(option.dataset.words);
        const fits = asked.every((word) => option.plain.includes(word));
        option.hidden = !fits;
        any ||= fits;
        if (fits && asked.length && !first && option.plain.startsWith(asked[0])) first = option;
      }
      group.hidden = !any;
    }
    const shown = this.shown;
    this.none.hidden = shown.length > 0;
    this.mark(first ?? shown[0] ?? null, true);
  }

  mark(option, isScrolled = false) {
    this.marked?.setAttribute("aria-selected", "false");
    this.marked = option;
    if (!option) return this.box.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    this.box.setAttribute("aria-activedescendant", option.id);
    if (isScrolled) option.scrollIntoView({ block: "nearest" });
  }

  pressed(event) {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
    if (step) {
      event.preventDefault();
      const shown = this.shown;
      const at = shown.indexOf(this.marked) + step;
      const next = Math.abs(step) === 1 ? (at + shown.length) % shown.length : at;
      this.mark(shown[Math.max(0, Math.min(shown.length - 1, next))] ?? null, true);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (this.marked) this.choose(this.marked);
    } else if (event.key === "Tab") {
      this.hidePopover();
    }
  }

  async choose(option) {
    const { opener } = this;
    const row = opener.closest("tbody");
    const values = { answer: option.dataset.token };
    this.hidePopover();
    await window.htmx.ajax("POST", opener.getAttribute("href").split("?")[0], {
      source: row,
      target: `#${row.id}`,
      swap: "outerHTML",
      values,
    });
    const now = document.getElementById(row.id);
    (now?.querySelector("input[name=label]") ?? now?.querySelector("[data-choose]"))?.focus();
  }
}
customElements.define("tresse-choices", Choices);
