// Small custom elements: they start by themselves wherever a page or a swap puts them.

const TOAST_MILLISECONDS = 6000;

/** A message that leaves by itself, unless the pointer or the focus is on it. */
class Toast extends HTMLElement {
  connectedCallback() {
    if (this.classList.contains("toast--error")) return; // errors stay until they are closed
    this.wait();
    this.addEventListener("pointerenter", () => clearTimeout(this.timer));
    this.addEventListener("pointerleave", () => this.wait());
    this.addEventListener("focusin", () => clearTimeout(this.timer));
    this.addEventListener("focusout", () => this.wait());
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
  }

  wait() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.remove(), TOAST_MILLISECONDS);
  }
}
customElements.define("tresse-toast", Toast);

// Scripts ask for a toast by event; its frame comes from a <template>, so words stay on the server.
window.addEventListener("tresse:toast", ({ detail }) => {
  const frame = document.getElementById("toast-frame");
  if (!frame) return;
  const toast = frame.content.firstElementChild.cloneNode(true);
  toast.classList.add(`toast--${detail.level ?? "info"}`);
  if (detail.text) toast.querySelector("[data-text]").textContent = detail.text;
  document.getElementById("toasts").append(toast);
});

/** A file input that also takes a drop and shows how far the upload is; without scripts it is the
 * plain input. `data-most` is the most bytes, `data-too-large` says so. */
class Dropzone extends HTMLElement {
  connectedCallback() {
    const input = this.querySelector("input[type=file]");
    input.addEventListener("change", () => this.show());
    for (const type of ["dragenter", "dragover"]) {
      this.addEventListener(type, (event) => this.over(event, true));
    }
    for (const type of ["dragleave", "drop"]) {
      this.addEventListener(type, (event) => this.over(event, false));
    }
    this.addEventListener("drop", (event) => {
      if (!event.dataTransfer.files.length) return;
      input.files = event.dataTransfer.files;
      this.show();
    });
    const form = this.closest("form");
    form?.addEventListener("htmx:xhr:progress", ({ detail }) => {
      const bar = this.querySelector("progress");
      if (!bar || !detail.total) return;
      bar.hidden = false;
      bar.value = (100 * detail.loaded) / detail.total;
    });
  }

  over(event, isOver) {
    event.preventDefault();
    this.toggleAttribute("over", isOver);
  }

  show() {
    const input = this.querySelector("input[type=file]");
    const [file] = input.files;
    if (!file) return;
    this.querySelector("[data-name]").textContent = `${file.name} · ${size(file.size)}`;
    this.toggleAttribute("filled", true);
    const most = Number(this.dataset.most ?? 0);
    const sentence =
      most && file.size > most ? this.dataset.tooLarge.replace("{size}", size(file.size)) : "";
    input.setCustomValidity(sentence);
    const error = this.querySelector("[data-error]");
    if (!error) return;
    error.hidden = !sentence;
    error.querySelector("span").textContent = sentence;
  }
}

/** Bytes as people read them: in MB from a million on. */
function size(bytes) {
  const [unit, one] = bytes < 1e6 ? ["kilobyte", 1e3] : ["megabyte", 1e6];
  return new Intl.NumberFormat(document.documentElement.lang, {
    style: "unit",
    unit,
    maximumFractionDigits: unit === "megabyte" && bytes < 1e7 ? 1 : 0,
  }).format(Math.max(bytes / one, 1));
}
customElements.define("tresse-dropzone", Dropzone);
