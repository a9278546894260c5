"""A drawing of what ties records: cards from left to right, the values they share between them.

Everything is worked out here, in units of the drawing, so that the page needs no script.
"""

from collections import deque
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace

CARD_WIDTH, CARD_HEIGHT = 196, 54
PILL_WIDTH, PILL_HEIGHT = 184, 26
GAP_X, GAP_Y, MARGIN = 34, 16, 6
LONGEST_NAME, LONGEST_KEY, LONGEST_VALUE = 25, 29, 25
APART_Y = 24
"Between the reasons why two are apart."
TIED, DECIDED, REFUSED = "", "is-decided", "is-refused"


@dataclass(frozen=True, slots=True)
class Shown:
    """A record to be drawn."""

    id: Hashable
    name: str
    "What it is called."
    about: str
    "`source/key`."
    hue: str
    is_end: bool = False


@dataclass(frozen=True, slots=True)
class Tie:
    """What two records share; ties of the same id are one value."""

    id: Hashable
    a: Hashable
    b: Hashable
    label: str
    "Of the key set."
    value: str
    kind: str = TIED


@dataclass(slots=True)
class Card:
    """A record where it is drawn."""

    x: int
    y: int
    name: str
    about: str
    hue: str
    is_end: bool
    whole: str


@dataclass(slots=True)
class Pill:
    """A shared value where it is drawn."""

    x: int
    y: int
    text: str
    label: str
    whole: str
    kind: str


@dataclass(slots=True)
class Drawing:
    """Cards, pills and the lines between them; width and height in pixels."""

    width: int = 0
    height: int = 0
    cards: list[Card] = field(default_factory=list)
    pills: list[Pill] = field(default_factory=list)
    lines: list[tuple[str, str]] = field(default_factory=list)
    "Path of a line, and its class."
    card_width: int = CARD_WIDTH
    card_height: int = CARD_HEIGHT
    pill_width: int = PILL_WIDTH
    pill_height: int = PILL_HEIGHT


@dataclass(slots=True)
class _Node:
    """A record or a value in the tree; `row` is where it stands from the top, in cards."""

    depth: int
    record: Shown | None = None
    tie: Tie | None = None
    children: list["_Node"] = field(default_factory=list)
    row: float = 0


def drawn(records: Sequence[Shown], ties: Iterable[Tie], *, is_path: bool = False) -> Drawing:
    """Draw a tree of ties; records that nothing ties stand below.

    Args:
        records: In their order.
        ties: Of a tree, or of a path from the first record on.
        is_path: Begin at the first record; else in the middle, so that the drawing is not wide.
    """
    by_id = {each.id: each for each in records}
    around: dict[Hashable, list[Tie]] = {}
    members: dict[Hashable, list[Hashable]] = {}
    for tie in ties:
        if tie.a not in by_id or tie.b not in by_id:
            continue
        for end in (tie.a, tie.b):
            listed = members.setdefault(tie.id, [])
            if end not in listed:
                listed.append(end)
                around.setdefault(end, []).append(tie)
    seen: set[Hashable] = set()
    roots = []
    for each in records:
        if each.id not in seen:
            first = each if is_path else by_id[_middle_of(each.id, around, members)]
            roots.append(_tree(first, by_id, around, members, seen))
    drawing, rows = Drawing(), 0.0
    for root in roots:
        rows = _placed(root, rows)
        _draw(root, drawing)
    drawing.height = round(rows * (CARD_HEIGHT + GAP_Y)) - GAP_Y + 2 * MARGIN
    drawing.width = max((card.x for card in drawing.cards), default=0) + CARD_WIDTH + MARGIN
    return drawing


def _middle_of(
    start: Hashable,
    around: dict[Hashable, list[Tie]],
    members: dict[Hashable, list[Hashable]],
) -> Hashable:
    """The record from which the farthest one is nearest: the middle of the longest path."""
    far = _walked(start, around, members)
    came = _walked(far[-1][0], around, members)
    before = dict(came)
    path = [came[-1][0]]
    while (step := before[path[-1]]) is not None:
        path.append(step)
    return path[len(path) // 2]


def _walked(
    start: Hashable,
    around: dict[Hashable, list[Tie]],
    members: dict[Hashable, list[Hashable]],
) -> list[tuple[Hashable, Hashable | None]]:
    """Records in the order of their distance from one, each with the one before it."""
    found: dict[Hashable, Hashable | None] = {start: None}
    waiting = deque([start])
    while waiting:
        here = waiting.popleft()
        for tie in around.get(here, ()):
            for other in members[tie.id]:
                if other not in found:
                    found[other] = here
                    waiting.append(other)
    return list(found.items())


def _tree(
    root: Shown,
    by_id: dict[Hashable, Shown],
    around: dict[Hashable, list[Tie]],
    members: dict[Hashable, list[Hashable]],
    seen: set[Hashable],
) -> _Node:
    """Breadth first: each record under the value that first leads to it."""
    top = _Node(0, record=root)
    seen.add(root.id)
    used: set[Hashable] = set()
    waiting = [top]
    while waiting:
        node = waiting.pop(0)
        if node.record is None:
            continue
        for tie in around.get(node.record.id, ()):
            if tie.id in used:
                continue
            used.add(tie.id)
            value = _Node(node.depth + 1, tie=tie)
            for other in members[tie.id]:
                if other not in seen:
                    seen.add(other)
                    value.children.append(_Node(node.depth + 2, record=by_id[other]))
            if value.children:
                node.children.append(value)
                waiting += value.children
    return top


def _placed(node: _Node, row: float) -> float:
    """Give a tree its rows from `row` on; answers the next free one."""
    if not node.children:
        node.row = row
        return row + 1
    following = row
    for child in node.children:
        following = _placed(child, following)
    node.row = (node.children[0].row + node.children[-1].row) / 2
    return following


def _x(depth: int) -> int:
    records, values = (depth + 1) // 2, depth // 2
    return MARGIN + records * (CARD_WIDTH + GAP_X) + values * (PILL_WIDTH + GAP_X)


def _middle(row: float) -> int:
    return round(MARGIN + row * (CARD_HEIGHT + GAP_Y) + CARD_HEIGHT / 2)


def _draw(node: _Node, drawing: Drawing) -> None:
    x, middle = _x(node.depth), _middle(node.row)
    if node.record is not None:
        each = node.record
        drawing.cards.append(_card(each, x, middle))
    elif node.tie is not None:
        drawing.pills.append(_pill(node.tie, x, middle - PILL_HEIGHT // 2))
    width = CARD_WIDTH if node.record is not None else PILL_WIDTH
    for child in node.children:
        tie = child.tie or node.tie
        kind = tie.kind if tie else TIED
        start, end = (x + width, middle), (_x(child.depth), _middle(child.row))
        half = (start[0] + end[0]) // 2
        path = f"M{start[0]} {start[1]} C{half} {start[1]} {half} {end[1]} {end[0]} {end[1]}"
        drawing.lines.append((path, kind))
        _draw(child, drawing)


def _card(record: Shown, x: int, middle: int) -> Card:
    return Card(
        x=x,
        y=middle - CARD_HEIGHT // 2,
        name=_cut(record.name, LONGEST_NAME),
        about=_cut(record.about, LONGEST_KEY),
        hue=record.hue,
        is_end=record.is_end,
        whole=f"{record.name}, {record.about}",
    )


def _pill(tie: Tie, x: int, y: int) -> Pill:
    return Pill(
        x=x,
        y=y,
        text=_cut(tie.value or tie.label, LONGEST_VALUE),
        label=_cut(tie.label, LONGEST_VALUE) if tie.value else "",
        whole=f"{tie.label}: {tie.value}" if tie.value else tie.label,
        kind=tie.kind,
    )


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def two_apart(left: Shown, right: Shown, reasons: Sequence[Tie]) -> Drawing:
    """Two records that are not one, with what keeps them apart between them."""
    rows = max(len(reasons), 1)
    drawing = Drawing(
        width=_x(2) + CARD_WIDTH + MARGIN,
        height=max(CARD_HEIGHT, rows * (PILL_HEIGHT + APART_Y)) + 2 * MARGIN,
    )
    middle = drawing.height // 2
    for each, x in ((left, _x(0)), (right, _x(2))):
        drawing.cards.append(_card(replace(each, is_end=True), x, middle))
    top = middle - (len(reasons) * (PILL_HEIGHT + APART_Y) - APART_Y) // 2
    for at, tie in enumerate(reasons):
        y = top + at * (PILL_HEIGHT + APART_Y)
        drawing.pills.append(_pill(replace(tie, kind=REFUSED), _x(1), y))
        at_y = y + PILL_HEIGHT // 2
        ends = (
            (_x(0) + CARD_WIDTH, middle, _x(1), at_y),
            (_x(1) + PILL_WIDTH, at_y, _x(2), middle),
        )
        for x1, y1, x2, y2 in ends:
            half = (x1 + x2) // 2
            drawing.lines.append((f"M{x1} {y1} C{half} {y1} {half} {y2} {x2} {y2}", REFUSED))
    return drawing
