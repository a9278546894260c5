// The board: cards dragged by mouse, pen or finger, or moved by their menu; the server has the say.
import htmx from "htmx.org";

const SLOP = 6; // pixels before a press becomes a drag
const HOLD = 260; // milliseconds a finger rests before it drags; sooner it scrolls
const EDGE = 70; // pixels from the edge of the board where it scrolls by itself

let drag = null;
let menuCard = null;

const list = (stage) => document.getElementById(`stage-cards-${stage}`);

/** Put a card on top of another column and ask the server; a refused card goes back. */
function move(card, stage) {
  if (!stage || card.dataset.in === stage) return;
  const back = { parent: card.parentElement, next: card.nextSibling };
  const had = card.contains(document.activeElement) || card === menuCard;
  list(stage).prepend(card);
  card.toggleAttribute("data-moving", true);
  const done = ({ detail }) => {
    if (detail.requestConfig.elt !== card) return;
    document.removeEventListener("htmx:afterRequest", done);
    card.removeAttribute("data-moving");
    // A dialog that asks for more answers 422: the card waits where it was.
    if (detail.xhr.status >= 400) back.parent.insertBefore(card, back.next);
    if (had && !document.querySelector("dialog[open]")) {
      document.querySelector(`#${card.id} [popovertarget]`)?.focus();
    }
  };
  document.addEventListener("htmx:afterRequest", done);
  htmx.ajax("POST", card.dataset.move + location.search, {
    source: card,
    target: card,
    swap: "none",
    values: { stage },
  });
}

const under = (event) =>
  document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-stage]");

function begin(event) {
  const { card } = drag;
  const box = card.getBoundingClientRect();
  drag.ghost = card.cloneNode(true);
  drag.ghost.removeAttribute("id");
  drag.ghost.classList.add("board-card--ghost");
  drag.ghost.setAttribute("aria-hidden", "true");
  drag.ghost.inert = true;
  drag.ghost.style.inlineSize = `${box.width}px`;
  drag.dx = drag.x - box.left;
  drag.dy = drag.y - box.top;
  document.body.append(drag.ghost);
  card.toggleAttribute("data-dragged", true);
  card.closest("[data-board]").toggleAttribute("data-dragging", true);
  follow(event);
  drag.frame = requestAnimationFrame(scroll);
}

function follow(event) {
  drag.last = event;
  drag.ghost.style.translate = `${event.clientX - drag.dx}px ${event.clientY - drag.dy}px`;
  const column = under(event);
  if (column === drag.over) return;
  drag.over?.removeAttribute("data-over");
  drag.over = column;
  column?.toggleAttribute("data-over", true);
}

/** Near its left and right edges the board scrolls while a card is held. */
function scroll() {
  if (!drag?.ghost) return;
  const board = drag.card.closest("[data-board]");
  const box = board.getBoundingClientRect();
  const { clientX } = drag.last;
  if (clientX < box.left + EDGE) board.scrollLeft -= 12;
  else if (clientX > box.right - EDGE) board.scrollLeft += 12;
  drag.frame = requestAnimationFrame(scroll);
}

function end(stage) {
  if (!drag) return;
  const { card, ghost, over, timer, frame } = drag;
  drag = null;
  clearTimeout(timer);
  cancelAnimationFrame(frame);
  if (!ghost) return;
  ghost.remove();
  over?.removeAttribute("data-over");
  card.removeAttribute("data-dragged");
  card.closest("[data-board]").removeAttribute("data-dragging");
  // The click that ends a drag must not follow the link of the card.
  document.addEventListener("click", stop, { capture: true, once: true });
  setTimeout(() => document.removeEventListener("click", stop, { capture: true }), 50);
  if (stage) move(card, stage);
}

const stop = (event) => {
  event.preventDefault();
  event.stopPropagation();
};

export function bindBoard() {
  document.addEventListener("pointerdown", (event) => {
    const card = event.target.closest?.("[data-move]");
    if (!card || event.button !== 0 || event.target.closest("button")) return;
    drag = { card, x: event.clientX, y: event.clientY, last: event };
    if (event.pointerType === "touch") {
      drag.timer = setTimeout(() => drag && begin(drag.last), HOLD);
    }
  });
  document.addEventListener("pointermove", (event) => {
    if (!drag) return;
    if (drag.ghost) {
      follow(event);
      return;
    }
    const far = Math.hypot(event.clientX - drag.x, event.clientY - drag.y) > SLOP;
    if (event.pointerType === "touch") {
      if (far) end();
    } else if (far) begin(event);
  });
  document.addEventListener("pointerup", () => end(drag?.over?.dataset.stage));
  document.addEventListener("pointercancel", () => end());
  // A finger that drags a card does not scroll the page as well.
  document.addEventListener("touchmove", (event) => drag?.ghost && event.preventDefault(), {
    passive: false,
  });
  document.addEventListener("dragstart", (event) => drag && event.preventDefault());
  document.addEventListener("contextmenu", (event) => drag?.ghost && event.preventDefault());
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && drag?.ghost) end();
  });
  document.addEventListener("click", ({ target }) => {
    const opener = target.closest('[popovertarget="move-menu"]');
    if (opener) {
      menuCard = opener.closest("[data-move]");
      for (const each of document.querySelectorAll("[data-move-to]")) {
        each.hidden = each.dataset.moveTo === menuCard.dataset.in;
      }
    }
    const choice = target.closest("[data-move-to]");
    if (!choice) return;
    document.getElementById("move-menu").hidePopover();
    if (menuCard) move(menuCard, choice.dataset.moveTo);
  });
}
