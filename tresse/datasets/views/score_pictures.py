"""Pictures of scores as shapes in percent of their box: histograms, sparks, maps of segments.

Boxes have no size of their own, so that one drawing fits every width and letters keep their size.
Lengths are texts such as `12.5%`: a number would be written with the comma of the language.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

GAP = 0.12
"Of the place of a bar, what stays free."
LEAST = 1.5
"Percent of the height that even one person gets: a bar that exists is seen."
WIDE = 1.85
"Width of a map divided by its height."
ROOM = {"name": (13.0, 7.0), "number": (13.0, 14.0), "more": (21.0, 20.0)}
"Percent of the width, and of the height, that a tile needs for its words."
DRAWN = ("integer", "decimal", "number", "date", "datetime")
"Types whose bars stand upright, from low to high."
SPARK_WIDTH, SPARK_HEIGHT = 96, 28


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: how many golden records have a value, or one between two."""

    label: str
    number: int
    address: str = ""
    "Of the people behind it; empty: nobody may be listed."
    hue: str = "accent"
    more: str = ""
    "What else is known of them, such as their share of the revenue."


@dataclass(frozen=True, slots=True)
class Tile:
    """A bar, or a tile of a map, where it stands."""

    bar: Bar
    x: str
    y: str
    width: str
    height: str
    share: float
    "Of all, from 0 to 1."
    has_name: bool = True
    has_number: bool = True
    has_more: bool = True


def histogram(bars: Sequence[Bar]) -> list[Tile]:
    """Upright bars side by side; the highest one fills the height."""
    most = max((each.number for each in bars), default=0) or 1
    total = sum(each.number for each in bars) or 1
    step = 100 / (len(bars) or 1)
    found = []
    for at, each in enumerate(bars):
        height = max(each.number / most * 100, LEAST) if each.number else 0.0
        found.append(
            Tile(
                each,
                _percent(at * step + step * GAP / 2),
                _percent(100 - height),
                _percent(step * (1 - GAP)),
                _percent(height),
                each.number / total,
            )
        )
    return found


def spark(numbers: Sequence[int]) -> dict[str, Any]:
    """A little histogram in units of its own; empty without numbers."""
    most = max(numbers, default=0)
    if not most:
        return {}
    step = SPARK_WIDTH / len(numbers)
    bars = []
    for at, number in enumerate(numbers):
        height = max(number / most * SPARK_HEIGHT, 1.5) if number else 0.5
        bars.append(
            {
                "x": f"{at * step:.2f}",
                "y": f"{SPARK_HEIGHT - height:.2f}",
                "width": f"{max(step - 1.5, step * 0.6):.2f}",
                "height": f"{height:.2f}",
            }
        )
    return {"bars": bars, "width": SPARK_WIDTH, "height": SPARK_HEIGHT}


@dataclass(slots=True)
class _Room:
    """A free rectangle of a map, in percent, with a side that looks as long as it is."""

    x: float = 0.0
    y: float = 0.0
    width: float = 100.0
    height: float = 100.0
    tiles: list[Tile] = field(default_factory=list)

    @property
    def side(self) -> float:
        """The shorter side in units of the height."""
        return min(self.width * WIDE, self.height)


def treemap(bars: Sequence[Bar]) -> list[Tile]:
    """Tiles whose area is their number, the greatest first, as square as they can be.

    Source:
        Bruls, Huizing, van Wijk, Squarified Treemaps, 2000.
    """
    known = sorted((each for each in bars if each.number > 0), key=lambda each: -each.number)
    total = sum(each.number for each in known)
    room, row = _Room(), list[Bar]()
    waiting = list(known)
    while waiting:
        longer = [*row, waiting[0]]
        if not row or _worst(longer, room, total) <= _worst(row, room, total):
            row = longer
            waiting.pop(0)
        else:
            room.tiles += _laid(row, room, total)
            row = []
    if row:
        room.tiles += _laid(row, room, total)
    return room.tiles


def _worst(row: Sequence[Bar], room: _Room, total: int) -> float:
    """The longest form among the tiles of a row: its longer side divided by its shorter one."""
    areas = [each.number / total * 100 * 100 * WIDE for each in row]
    whole, side = sum(areas), room.side or 1e-9
    return max(max(side**2 * each / whole**2, whole**2 / (side**2 * each)) for each in areas)


def _laid(row: Sequence[Bar], room: _Room, total: int) -> Iterator[Tile]:
    """Place a row along the shorter side of the room; what is left of the room is its rest."""
    share = sum(each.number for each in row) / total * 100 * 100
    is_column = room.width * WIDE >= room.height
    thick = share / (room.height if is_column else room.width)
    at = room.y if is_column else room.x
    long = room.height if is_column else room.width
    of_row = sum(each.number for each in row)
    for each in row:
        part = each.number / of_row * long
        width, height = (thick, part) if is_column else (part, thick)
        yield Tile(
            each,
            _percent(room.x if is_column else at),
            _percent(at if is_column else room.y),
            _percent(width),
            _percent(height),
            each.number / total,
            *(width >= least and height >= low for least, low in ROOM.values()),
        )
        at += part
    if is_column:
        room.x, room.width = room.x + thick, room.width - thick
    else:
        room.y, room.height = room.y + thick, room.height - thick


def _percent(value: float) -> str:
    return f"{value:.3f}%"
