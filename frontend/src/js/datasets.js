// What only pages of datasets load: where a value comes from, and keys of the review.

const WAIT_MILLISECONDS = 350;
const GAP = 6;

/** One card for the whole page: it says of the cell under the pointer or the focus why it holds
 * its value. Cells carry `data-why`, the address that answers. */
function bindWhy() {
  const card = document.getElementById("why");
  if (!card) return;
  const known = new Map();
  let timer = 0;
  let shownFor = null;

  function place(cell) {
    const at = cell.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = card;
    const left = Math.min(at.left, innerWidth - width - GAP);
    const isBelow = at.bottom + GAP + height < innerHeight;
    card.style.left = `${Math.max(left, GAP)}px`;
    card.style.top = `${isBelow ? at.bottom + GAP : Math.max(at.top - height - GAP, GAP)}px`;
  }

  async function show(cell) {
    const address = cell.dataset.why;
    shownFor = cell;
    if (!known.has(address)) {
      const answer = await fetch(address, { headers: { "HX-Request": "true" } });
      if (!answer.ok) return;
      known.set(address, await answer.text());
    }
    if (shownFor !== cell || !cell.isConnected) return;
    card.innerHTML = known.get(address);
    card.hidden = false;
    place(cell);
  }

  function hide() {
    clearTimeout(timer);
    shownFor = null;
    card.hidden = true;
  }

  function soon(event) {
    const cell = event.target.closest?.("[data-why]");
    if (!cell) {
      if (!event.target.closest?.("#why")) hide();
      return;
    }
    if (cell === shownFor) return;
    hide();
    timer = setTimeout(() => show(cell), event.type === "focusin" ? 0 : WAIT_MILLISECONDS);
  }

  document.addEventListener("pointerover", soon);
  document.addEventListener("focusin", soon);
  document.addEventListener("scroll", hide, true);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
  });
}

/** Keys of the review: each button says with data-key which one is its own. */
function bindKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.target.closest?.("input, textarea, select, [contenteditable], dialog")) return;
    const wanted = document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
    if (!wanted) return;
    event.preventDefault();
    wanted.click();
  });
}

bindWhy();
bindKeys();
