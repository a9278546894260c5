// The search over everything: Ctrl+K or ⌘K on every page; arrows go through what was found.

export function openPalette() {
  const palette = document.getElementById("palette");
  if (!palette || palette.open) return;
  palette.showModal();
  const box = palette.querySelector("input");
  box.select();
  box.dispatchEvent(new CustomEvent("tresse:open"));
}

function move(palette, step) {
  const stops = [palette.querySelector("input"), ...palette.querySelectorAll(".found__line")];
  const at = stops.indexOf(document.activeElement);
  stops[(at + step + stops.length) % stops.length]?.focus();
}

export function bindPalette() {
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey) {
      event.preventDefault();
      openPalette();
      return;
    }
    const palette = event.target.closest?.("#palette");
    if (!palette) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      move(palette, step);
    } else if (event.key === "Enter" && event.target.matches("input")) {
      // The first hit, as long as one is shown; else the page with all results.
      const first = palette.querySelector(".found__line");
      if (!first || palette.querySelector(".htmx-request")) return;
      event.preventDefault();
      first.click();
    }
  });
}
