"""The size of a segment as a line of points, drawn by the server (G58)."""

from collections.abc import Sequence
from dataclasses import dataclass

from tresse.segments.models import SegmentSize

WIDTH, HEIGHT, EDGE = 600, 120, 6
SHOWN = 14
"Days that the table below names."


@dataclass(frozen=True, slots=True)
class Chart:
    """The points of a line and of the area below it, in an SVG of `WIDTH` by `HEIGHT`.

    `days`: the last ones, newest first.
    """

    line: str
    area: str
    days: Sequence[SegmentSize]
    first: SegmentSize
    last: SegmentSize
    highest: int
    lowest: int

    @property
    def box(self) -> str:
        """Of the drawing."""
        return f"0 0 {WIDTH} {HEIGHT}"

    @property
    def change(self) -> int:
        """How many more there are than at the beginning; below zero: fewer."""
        return self.last.size - self.first.size

    @property
    def fewer(self) -> int:
        """How many fewer there are than at the beginning."""
        return -self.change

    @property
    def is_line(self) -> bool:
        """Whether there is more than a point."""
        return self.first.pk != self.last.pk


def chart_of(sizes: Sequence[SegmentSize]) -> Chart | None:
    """The chart of some days in their order, or None if there is none yet."""
    if not sizes:
        return None
    days = [each.day.toordinal() for each in sizes]
    counts = [each.size for each in sizes]
    span, highest, lowest = max(days[-1] - days[0], 1), max(counts), min(counts)
    # From zero, so that a small change is not drawn as a large one.
    top = max(highest, 1)
    points = [
        (
            EDGE + (WIDTH - 2 * EDGE) * (day - days[0]) / span,
            HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * count / top,
        )
        for day, count in zip(days, counts, strict=True)
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    floor = HEIGHT - EDGE
    area = f"{points[0][0]:.1f},{floor} {line} {points[-1][0]:.1f},{floor}"
    newest = list(reversed(sizes[-SHOWN:]))
    return Chart(line, area, newest, sizes[0], sizes[-1], highest, lowest)
