// The field of a formula: a click puts a name where the cursor is, a refusal shows its place.

const field = () => document.querySelector(".formula textarea");

export const formula = {
  "formula-word"(element) {
    const area = field();
    if (!area) return;
    area.setRangeText(element.dataset.text, area.selectionStart, area.selectionEnd, "end");
    const back = Number(element.dataset.back ?? 0);
    area.setSelectionRange(area.selectionEnd - back, area.selectionEnd - back);
    area.focus();
    area.dispatchEvent(new Event("input", { bubbles: true }));
  },
  "formula-place"(element) {
    const area = field();
    if (!area) return;
    const start = Math.min(Number(element.dataset.position) - 1, area.value.length);
    const word = /^[\p{L}\p{N}_]+|^./u.exec(area.value.slice(start))?.[0] ?? "";
    area.focus();
    area.setSelectionRange(start, start + word.length);
  },
};
