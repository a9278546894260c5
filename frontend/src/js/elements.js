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

/** A file input that also takes a drop; without scripts it is the plain input. */
class Dropzone extends HTMLElement {
  connectedCallback() {
    const input = this.querySelector("input[type=file]");
    const name = this.querySelector("[data-name]");
    const show = () => {
      const [file] = input.files;
      if (!file) return;
      const kilobytes = new Intl.NumberFormat(document.documentElement.lang, {
        style: "unit",
        unit: "kilobyte",
        maximumFractionDigits: 0,
      });
      name.textContent = `${file.name} · ${kilobytes.format(Math.ceil(file.size / 1000))}`;
      this.toggleAttribute("filled", true);
    };
    const over = (event, isOver) => {
      event.preventDefault();
      this.toggleAttribute("over", isOver);
    };
    input.addEventListener("change", show);
    for (const type of ["dragenter", "dragover"]) {
      this.addEventListener(type, (event) => over(event, true));
    }
    for (const type of ["dragleave", "drop"]) {
      this.addEventListener(type, (event) => over(event, false));
    }
    this.addEventListener("drop", (event) => {
      if (!event.dataTransfer.files.length) return;
      input.files = event.dataTransfer.files;
      show();
    });
  }
}
customElements.define("tresse-dropzone", Dropzone);
