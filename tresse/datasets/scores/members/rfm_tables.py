"""Segments of RFM (SC35 to SC37): every cell of R by F, or R by FxM, in exactly one.

A table is said as a list of segments, each with ranges or cells; the shipped ones too. A segment
may stand in the list several times, for cells that are no rectangle.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tresse.datasets.scores.base import Settings
from tresse.datasets.scores.refusals import (
    CELL_MISSING,
    CELLS_MISSING,
    CELLS_TWICE,
    SEGMENT_AXES,
    SEGMENT_CELLS,
    SEGMENT_KEYS,
    SEGMENT_NAME,
    SEGMENT_RANGE,
    SEGMENT_TAKEN,
    SEGMENTS_NONE,
    SEGMENTS_OTHER_SCORES,
)
from tresse.kernel.marks import N_

Cell = tuple[int, int]
"Score of R, then of F or FxM."
F, FXM = "f", "fxm"
AXES = {F: "F", FXM: "FxM"}
PROSPECT = "prospect"
LEAST_BINS, MOST_BINS = 2, 10
MOST_NAMED = 12
"Cells that a refusal names."
MOST_ENTRIES = 100
"Of an own table: no more than the cells of 10 scores by 10."
LONGEST_NAME, LONGEST_RANGE = 60, 20


@dataclass(frozen=True, slots=True)
class Segment:
    """People of some cells; `colour` is a hue of the tokens, empty for none."""

    name: str
    label: str
    colour: str = ""


@dataclass(frozen=True, slots=True)
class Segments:
    """A table of segments, whole: each of `bins` × `bins` cells has one."""

    bins: int
    axis: str
    "`f` or `fxm`: what stands beside R."
    segments: tuple[Segment, ...]
    "In their order, *Prospect* last."
    cells: Mapping[Cell, str]
    "Name of the segment by cell."


@dataclass(frozen=True, slots=True)
class Preset:
    """A shipped table, and what goes with it unless settings say otherwise."""

    bins: int
    binning: str
    axis: str
    segments: tuple[Segment, ...]
    ranges: tuple[tuple[str, str, str], ...]
    "Segment, scores of R, scores of the axis."


LAST = Segment(PROSPECT, N_("Prospect"))
DEFAULT = Preset(
    5,
    "quantile",
    F,
    (
        Segment("champions", N_("Champions"), "ok"),
        Segment("loyal_customers", N_("Loyal customers"), "teal"),
        Segment("potential_loyalists", N_("Potential loyalists"), "info"),
        Segment("new_customers", N_("New customers"), "violet"),
        Segment("promising", N_("Promising"), "accent"),
        Segment("need_attention", N_("Need attention"), "warn"),
        Segment("about_to_sleep", N_("About to sleep"), "pink"),
        Segment("cant_lose_them", N_("Can't lose them"), "bad"),
        Segment("at_risk", N_("At risk"), "orange"),
        Segment("hibernating", N_("Hibernating"), "grey"),
        Segment("lost", N_("Lost customers"), "grey"),
    ),
    (
        ("champions", "5", "4-5"),
        ("loyal_customers", "3-4", "4-5"),
        ("potential_loyalists", "4-5", "2-3"),
        ("new_customers", "5", "1"),
        ("promising", "4", "1"),
        ("need_attention", "3", "3"),
        ("about_to_sleep", "3", "1-2"),
        ("cant_lose_them", "1-2", "5"),
        ("at_risk", "1-2", "3-4"),
        ("hibernating", "2", "1-2"),
        ("lost", "1", "1-2"),
    ),
)
SEXTILE = Preset(
    6,
    "ntile",
    FXM,
    (
        Segment("champions", N_("Champions"), "ok"),
        Segment("loyal", N_("Loyal"), "teal"),
        Segment("potential_loyalist", N_("Potential loyalist"), "info"),
        Segment("recent", N_("Recent"), "violet"),
        Segment("promising", N_("Promising"), "accent"),
        Segment("needs_attention", N_("Needs attention"), "warn"),
        Segment("about_to_sleep", N_("About to sleep"), "pink"),
        Segment("cant_lose_them", N_("Can't lose them"), "bad"),
        Segment("at_risk", N_("At risk"), "orange"),
        Segment("hibernating", N_("Hibernating"), "grey"),
        Segment("lost", N_("Lost customers"), "grey"),
    ),
    (
        ("champions", "5-6", "5-6"),
        ("loyal", "5-6", "4"),
        ("loyal", "3-4", "4-6"),
        ("potential_loyalist", "5-6", "3"),
        ("recent", "5-6", "1-2"),
        ("promising", "4", "1-2"),
        ("needs_attention", "3-4", "3"),
        ("about_to_sleep", "3", "1"),
        ("cant_lose_them", "1-2", "5-6"),
        ("at_risk", "1-2", "3-4"),
        ("hibernating", "2-3", "2"),
        ("lost", "2", "1"),
        ("lost", "1", "1-2"),
    ),
)
PRESETS = {"default": DEFAULT, "sextile": SEXTILE}
OWN_COLOURS = ("ok", "teal", "info", "violet", "accent", "warn", "pink", "bad", "orange", "grey")
"Of the segments of an own table, in their order; they begin anew after the last."


def preset_of(settings: Settings) -> Preset:
    """The shipped table that settings go by."""
    return PRESETS[settings.get("preset") or "default"]


def bins_of(settings: Settings) -> int:
    """How many scores there are: as settings say, else as the preset has."""
    return int(settings.get("bins") or preset_of(settings).bins)


def table_of(settings: Settings) -> Segments:
    """The table of segments that settings give: their own, or the preset's.

    Raises:
        TresseError: `cells_missing`, `cells_twice`; `wrong_value` for what no table is, and for a
            preset that is made for another number of scores.
    """
    preset, bins = preset_of(settings), bins_of(settings)
    own = settings.get("segments")
    if own:
        return _own(own, preset.axis, bins)
    if bins != preset.bins:
        raise SEGMENTS_OTHER_SCORES(
            preset=settings.get("preset") or "default", wanted=preset.bins, value=bins
        )
    entries = [
        (name, cell)
        for name, r, other in preset.ranges
        for cell in _rectangle(_scores(r), _scores(other))
    ]
    return Segments(bins, preset.axis, (*preset.segments, LAST), _once(entries, preset.axis, bins))


def _own(said: Any, axis: str, bins: int) -> Segments:
    if not isinstance(said, Sequence) or isinstance(said, str) or len(said) > MOST_ENTRIES:
        raise SEGMENTS_NONE(most=MOST_ENTRIES)
    axes = {key for each in said if isinstance(each, Mapping) for key in AXES if key in each}
    if len(axes) > 1:
        raise SEGMENT_AXES()
    axis = axes.pop() if axes else axis
    entries: list[tuple[str, Cell]] = []
    for each in said:
        name = _name(each)
        entries += [(name, cell) for cell in _cells(name, each, axis, bins)]
    names = list(dict.fromkeys(name for name, _ in entries))
    segments = [
        Segment(name, name, OWN_COLOURS[number % len(OWN_COLOURS)])
        for number, name in enumerate(names)
    ]
    return Segments(bins, axis, (*segments, LAST), _once(entries, axis, bins))


def _name(said: Any) -> str:
    name = said.get("name") if isinstance(said, Mapping) else None
    if not isinstance(name, str) or not 0 < len(name.strip()) <= LONGEST_NAME:
        raise SEGMENT_NAME(most=LONGEST_NAME)
    name = name.strip()
    if name.casefold() == PROSPECT:
        raise SEGMENT_TAKEN(name=name)
    return name


def _cells(name: str, said: Mapping[str, Any], axis: str, bins: int) -> list[Cell]:
    """Those of an entry: `r` with `f` or `fxm`, or `cells` as pairs."""
    keys = set(said) - {"name"}
    if keys == {"r", axis}:
        r, other = (_within(name, key, said[key], bins) for key in ("r", axis))
        return list(_rectangle(r, other))
    if keys != {"cells"}:
        raise SEGMENT_KEYS(name=name, key=axis)
    listed = said["cells"]
    if not isinstance(listed, Sequence) or isinstance(listed, str) or not listed:
        raise SEGMENT_CELLS(name=name, bins=bins, value=str(listed))
    found = []
    for each in listed:
        is_pair = isinstance(each, Sequence) and not isinstance(each, str) and len(each) == 2
        if not is_pair or not all(_is_score(number, bins) for number in each):
            raise SEGMENT_CELLS(name=name, bins=bins, value=str(each))
        found.append((each[0], each[1]))
    return found


def _is_score(value: Any, bins: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= bins


def _within(name: str, key: str, value: Any, bins: int) -> range:
    """Scores said as `4`, `"4"`, `"4-5"` or `[4, 5]`; both ends belong to them."""
    found = _scores(value)
    if not found or found[0] < 1 or found[-1] > bins:
        axis = "R" if key == "r" else AXES[key]
        raise SEGMENT_RANGE(name=name, axis=axis, value=str(value), bins=bins)
    return found


def _scores(value: Any) -> range:
    """As `_within`; empty for what says none."""
    ends: list[Any]
    if isinstance(value, str):
        if len(value) > LONGEST_RANGE:
            return range(0)
        # People write ranges with a dash as they print them.
        ends = [each.strip() for each in value.replace("–", "-").split("-")]
        ends = [int(each) if each.isascii() and each.isdigit() else None for each in ends]
    else:
        ends = list(value) if isinstance(value, list | tuple) else [value]
    if len(ends) > 2 or any(not isinstance(each, int) or isinstance(each, bool) for each in ends):
        return range(0)
    return range(ends[0], ends[-1] + 1) if ends else range(0)


def _rectangle(r: Iterable[int], other: Sequence[int]) -> Iterator[Cell]:
    return ((one, two) for one in r for two in other)


def _once(entries: Iterable[tuple[str, Cell]], axis: str, bins: int) -> dict[Cell, str]:
    """The segment of each cell, R from high to low.

    Raises:
        TresseError: `cells_missing`, `cells_twice`.
    """
    found: dict[Cell, list[str]] = {}
    for name, cell in entries:
        found.setdefault(cell, []).append(name)
    order = [(r, other) for r in range(bins, 0, -1) for other in range(1, bins + 1)]
    twice = [cell for cell in order if len(found.get(cell, ())) > 1]
    if twice:
        named = [f"{cell_text(cell, axis)} ({', '.join(found[cell])})" for cell in twice]
        raise CELLS_TWICE(cells=_listed(named), number=len(twice))
    missing = [cell for cell in order if cell not in found]
    if missing:
        named = [cell_text(cell, axis) for cell in missing]
        refusal = CELL_MISSING if len(missing) == 1 else CELLS_MISSING
        raise refusal(cells=_listed(named), number=len(missing))
    return {cell: found[cell][0] for cell in order}


def cell_text(cell: Cell, axis: str) -> str:
    """`R 3, F 2`."""
    return f"R {cell[0]}, {AXES[axis]} {cell[1]}"


def _listed(named: Sequence[str]) -> str:
    """Cells in one text: they have commas of their own."""
    more = "; …" if len(named) > MOST_NAMED else ""
    return "; ".join(named[:MOST_NAMED]) + more
