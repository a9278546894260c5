"""From figures to scores: cut-points of a base, and the bin of a person by them (SC31 to SC33).

A bin is a number from 0, for the least values, to n − 1. What is kept of a base is JSON: values as
texts, so that amounts stay exact.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import sqlalchemy as sa

from tresse.datasets.scores.base import Settings
from tresse.datasets.scores.members.rfm_tables import bins_of, preset_of
from tresse.datasets.scores.refusals import CUT_POINTS_COUNT, CUT_POINTS_NONE, CUT_POINTS_ORDER
from tresse.engine.base import Engine
from tresse.sources.types import TYPES

Value = sa.ColumnElement[Any]
Cuts = list[Any]
"""n − 1 texts in rising order; with `ntile` pairs of a text and an id: the last person of each
group but the last. Empty: nobody was there."""
MONEY = TYPES["decimal"].column
PLACES = Decimal("0.000001")
QUANTILE, NTILE, FIXED = "quantile", "ntile", "fixed"
UPPER, LOWER = "upper", "lower"
FIGURES = {"r": "recency", "f": "frequency", "m": "monetary"}
"Name of the cut-points of each score, in settings."
LARGEST = Decimal(10) ** 15
"Below it, a decimal of 21 places, 6 of them after the point, holds every number."


@dataclass(frozen=True, slots=True)
class Binning:
    """How a figure is cut."""

    sort: str
    "`quantile ntile fixed`."
    bins: int
    edge: str = UPPER
    "Of fixed cut-points: the bin of a value that is equal to one."


def binning_of(settings: Settings) -> Binning:
    """What settings say, or what goes with their preset."""
    sort = settings.get("binning") or preset_of(settings).binning
    return Binning(sort, bins_of(settings), settings.get("edge") or UPPER)


def given_cuts(settings: Settings) -> dict[str, Cuts]:
    """Fixed cut-points of every figure (SC33).

    Raises:
        TresseError: `thresholds_order`; `wrong_value` for what is no number, or another count.
    """
    said, bins = settings.get("cut_points"), bins_of(settings)
    found: dict[str, Cuts] = {}
    for letter, figure in FIGURES.items():
        listed = said.get(figure) if isinstance(said, Mapping) else None
        if not isinstance(listed, Sequence) or isinstance(listed, str):
            raise CUT_POINTS_NONE(figure=figure)
        numbers = [_number(each) for each in listed]
        if None in numbers:
            raise CUT_POINTS_NONE(figure=figure)
        known = [each for each in numbers if each is not None]
        if len(known) != bins - 1:
            raise CUT_POINTS_COUNT(figure=figure, wanted=bins - 1, bins=bins, number=len(known))
        texts = [_text(each) for each in known]
        if known != sorted(known):
            raise CUT_POINTS_ORDER(figure=figure, values=texts)
        found[letter] = list(texts)
    return found


def _number(value: Any) -> Decimal | None:
    """A decimal of six places; a double is taken as it is written."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        number = Decimal(str(value).strip())
        return number.quantize(PLACES) if abs(number) < LARGEST else None
    except InvalidOperation:
        return None


def _text(number: Decimal | int) -> str:
    """Without trailing zeros, and never as `1E+3`."""
    text = f"{number:f}"
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text


def cuts_of(engine: Engine, base: sa.FromClause, figure: str, binning: Binning) -> Cuts:
    """Where the people of a base are cut, by what they are.

    Args:
        engine: That has the base.
        base: `id`, and the figure; a row per person, no NULL.
        figure: Name of a column.
        binning: `quantile` or `ntile`.
    """
    if binning.sort == NTILE:
        return _last_of_groups(engine, base, base.c[figure], binning.bins)
    return _least_with_share(engine, base.c[figure], binning.bins)


def _running(value: Value) -> sa.Subquery:
    """A row per value: `value number so_far people`: who has it, has no more, and all."""
    counted = sa.select(value.label("value"), sa.func.count().label("number")).group_by(value)
    by_value = counted.subquery("by_value")
    number = by_value.c.number
    return sa.select(
        by_value.c.value,
        number,
        _whole(sa.func.sum(number).over(order_by=by_value.c.value)).label("so_far"),
        _whole(sa.func.sum(number).over()).label("people"),
    ).subquery("running")


def _least_with_share(engine: Engine, value: Value, bins: int) -> Cuts:
    """The least value v with share(≤ v) ≥ j/n: whole numbers are compared, not shares."""
    running = _running(value)
    cuts = [
        sa.func.min(sa.case((running.c.so_far * bins >= running.c.people * place, running.c.value)))
        for place in range(1, bins)
    ]
    [row] = engine.rows(
        sa.select(*(sa.type_coerce(cut, value.type).label(f"c{at}") for at, cut in enumerate(cuts)))
    )
    return [] if row[0] is None else [_text(each) for each in row]


def _last_of_groups(engine: Engine, base: sa.FromClause, value: Value, bins: int) -> Cuts:
    """The last person of each group but the last, in the order (value, id): SC32.

    People are put in order by id only where a group ends among equal values, not all of them.
    """
    people = int(engine.scalar(sa.select(sa.func.count()).select_from(base)) or 0)
    if not people:
        return []
    size, more = divmod(people, bins)
    places = [place * size + min(place, more) for place in range(1, bins)]
    running = _running(value)
    cells: list[Value] = []
    for at, place in enumerate(places):
        reaches = running.c.so_far >= place
        before = running.c.so_far - running.c.number
        least = sa.func.min(sa.case((reaches, running.c.value)))
        cells.append(sa.type_coerce(least, value.type).label(f"value_{at}"))
        cells.append(_whole(sa.func.min(sa.case((reaches, before)))).label(f"before_{at}"))
    [row] = engine.rows(sa.select(*cells))
    ends = [
        (_text(number), place - int(before))
        for place, number, before in zip(places, row[::2], row[1::2], strict=True)
    ]
    edges = [_edge(value, text) for text in dict.fromkeys(text for text, _ in ends)]
    ordered = (
        sa.select(
            base.c.id,
            value.label("value"),
            sa.func.row_number().over(partition_by=value, order_by=base.c.id).label("place"),
        )
        .where(value.in_(edges))
        .subquery("ordered")
    )
    is_end = sa.or_(
        *(
            sa.and_(ordered.c.value == _edge(value, text), ordered.c.place == place)
            for text, place in dict.fromkeys(ends)
        )
    )
    found = engine.rows(sa.select(ordered.c.value, ordered.c.place, ordered.c.id).where(is_end))
    known = {(_text(number), int(place)): id_ for number, place, id_ in found}
    return [[text, known[text, place]] for text, place in ends]


def covering(
    engine: Engine, base: sa.FromClause, figure: str, bins: int, wanted: Sequence[int]
) -> dict[int, tuple[str, int]]:
    """By empty bin, the value whose people fill its place, and how many have it.

    Without ties the bin would begin after the first b/n of the people: this value has begun
    before, and goes on beyond.
    """
    running = _running(base.c[figure])
    cells: list[Value] = []
    for bin_ in wanted:
        before = (running.c.so_far - running.c.number) * bins < running.c.people * bin_
        beyond = running.c.so_far * bins > running.c.people * bin_
        is_here = sa.and_(before, beyond)
        for name in ("value", "number"):
            cell = running.c[name]
            chosen = sa.func.max(sa.case((is_here, cell)))
            cells.append(sa.type_coerce(chosen, cell.type).label(f"{name}_{bin_}"))
    [row] = engine.rows(sa.select(*cells))
    pairs = zip(wanted, row[::2], row[1::2], strict=True)
    return {bin_: (_text(value), int(many)) for bin_, value, many in pairs if value is not None}


def split_values(
    engine: Engine, base: sa.FromClause, figure: str, cuts: Cuts, binning: Binning
) -> list[str]:
    """Values whose people are in several groups of `ntile` (SC32), rising; of others none."""
    if binning.sort != NTILE or not cuts:
        return []
    value = base.c[figure]
    cells = [
        sa.func.count(
            sa.case(
                (sa.and_(value == _edge(value, at), base.c.id > sa.literal(at[1], sa.Text())), 1)
            )
        ).label(f"c{place}")
        for place, at in enumerate(cuts)
    ]
    [row] = engine.rows(sa.select(*cells))
    return list(dict.fromkeys(at[0] for at, more in zip(cuts, row, strict=True) if more))


def _whole(value: Value) -> Value:
    return sa.cast(value, sa.BigInteger())


def bin_of(value: Value, id_: Value, cuts: Cuts, binning: Binning) -> Value:
    """The bin of a value, which is no NULL: how many cut-points lie below it."""
    is_exact = isinstance(value.type, sa.Integer) and any("." in _first(each) for each in cuts)
    known = sa.cast(value, MONEY) if is_exact else value
    below = [
        (_is_below(known, _edge(known, cut), id_, cut, binning), at) for at, cut in enumerate(cuts)
    ]
    # Cut-points rise, so the first that is not passed says how many were.
    last = sa.literal(len(cuts), sa.BigInteger())
    chosen = sa.case(*((holds, sa.literal(at, sa.BigInteger())) for holds, at in below), else_=last)
    return sa.type_coerce(chosen if below else last, sa.BigInteger())


def _edge(value: Value, cut: Any) -> Value:
    """A cut-point, of the type of what is compared with it."""
    if isinstance(value.type, sa.Integer):
        return sa.literal(int(_first(cut)), sa.BigInteger())
    return sa.literal(Decimal(_first(cut)), MONEY)


def _is_below(value: Value, edge: Value, id_: Value, cut: Any, binning: Binning) -> Value:
    if binning.sort == NTILE:
        return sa.or_(value < edge, sa.and_(value == edge, id_ <= sa.literal(cut[1], sa.Text())))
    if binning.sort == FIXED and binning.edge == LOWER:
        return value < edge
    return value <= edge


def _first(cut: Any) -> str:
    return str(cut if isinstance(cut, str) else cut[0])
