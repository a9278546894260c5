"""RFM as pages draw it: segments in their order with hues, the grid of cells, people in each.

Data only. Labels of shipped segments are marked for translation, those of own ones are names.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from tresse.datasets.scores.arithmetic import MONEY, total
from tresse.datasets.scores.base import Settings
from tresse.datasets.scores.members.rfm import axis_value
from tresse.datasets.scores.members.rfm_tables import AXES, Segment, table_of
from tresse.engine.base import Engine
from tresse.kernel.marks import N_

Value = sa.ColumnElement[Any]
RFM_OUTPUTS = ("rfm_r", "rfm_f", "rfm_m", "rfm_segment")

NOBODY = N_("Nobody has {figure} = {score}.")
ONCE = N_("Nobody has F = {score}: {share} ordered once.")
BECAUSE = {
    "r": N_("Nobody has R = {score}: {share} have a recency of {value} days."),
    "f": N_("Nobody has F = {score}: {share} ordered {value} times."),
    "m": N_("Nobody has M = {score}: {share} spent {value}."),
}
UNEQUAL = {
    "r": N_("Not all people with a recency of {value} days have the same R."),
    "f": N_("Not all people with a frequency of {value} have the same F."),
    "m": N_("Not all people with an amount of {value} have the same M."),
}


@dataclass(frozen=True, slots=True)
class GridCell:
    """A cell of R by the axis, and whose it is."""

    r: int
    other: int
    segment: Segment
    people: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """The people of a segment."""

    segment: Segment
    people: int
    share: float
    "Of all golden records, 0 to 1; 0 where there are none."
    revenue: Decimal | None = None
    "None where no revenue was given."
    revenue_share: float | None = None
    "Of the revenue of all, 0 to 1; None where that is 0, or not given."


def axis_of(settings: Settings) -> str:
    """What stands beside R: `F` or `FxM`."""
    return AXES[table_of(settings).axis]


def segments_in_order(settings: Settings) -> tuple[Segment, ...]:
    """The segments, best first as their table has them, *Prospect* last."""
    return table_of(settings).segments


def grid(
    settings: Settings, people: Mapping[tuple[int, int], int] | None = None
) -> list[list[GridCell]]:
    """Rows of cells, the highest R first, the lowest score of the axis at the left.

    Args:
        settings: Of the use, with or without defaults.
        people: By cell, as `people_by_cell` counts them.
    """
    table = table_of(settings)
    known = {each.name: each for each in table.segments}
    counts = people or {}
    scores = range(1, table.bins + 1)
    return [
        [
            GridCell(r, other, known[table.cells[r, other]], counts.get((r, other), 0))
            for other in scores
        ]
        for r in reversed(scores)
    ]


def people_by_cell(
    engine: Engine, rows: sa.FromClause, columns: Mapping[str, str], settings: Settings
) -> dict[tuple[int, int], int]:
    """People of each cell that has some; prospects are in none.

    Args:
        engine: That has the rows.
        rows: A row per golden record, or a part of them.
        columns: Name in `rows` of each of `RFM_OUTPUTS`.
        settings: Of the use.
    """
    r, f, m = (rows.c[columns[name]] for name in RFM_OUTPUTS[:3])
    other = axis_value(table_of(settings), f, m)
    scored = (
        sa.select(r.label("r"), sa.type_coerce(other, sa.BigInteger()).label("other"))
        .where(r.is_not(None))
        .subquery("scored")
    )
    found = engine.rows(
        sa.select(scored.c.r, scored.c.other, sa.func.count()).group_by(scored.c.r, scored.c.other)
    )
    return {(int(one), int(two)): int(many) for one, two, many in found}


def people_by_segment(
    engine: Engine,
    rows: sa.FromClause,
    columns: Mapping[str, str],
    settings: Settings,
    revenue: Value | None = None,
) -> list[Group]:
    """Every segment in its order, also those without people, with shares.

    Args:
        engine: That has the rows.
        rows: A row per golden record, or a part of them.
        columns: Name in `rows` of each of `RFM_OUTPUTS`.
        settings: Of the use.
        revenue: A decimal column of `rows`; NULL counts as nothing.
    """
    segment = rows.c[columns["rfm_segment"]]
    money = total(revenue) if revenue is not None else sa.cast(sa.null(), MONEY)
    found = engine.rows(
        sa.select(segment, sa.func.count(), money).select_from(rows).group_by(segment)
    )
    counts = {name: (int(many), amount or Decimal(0)) for name, many, amount in found}
    people = sum(many for many, _ in counts.values())
    amounts = sum((amount for _, amount in counts.values()), Decimal(0))
    return [
        _group(each, counts.get(each.name, (0, Decimal(0))), people, amounts, revenue is not None)
        for each in segments_in_order(settings)
    ]


def _group(
    segment: Segment, own: tuple[int, Decimal], people: int, amounts: Decimal, has_revenue: bool
) -> Group:
    many, amount = own
    share = many / people if people else 0.0
    if not has_revenue:
        return Group(segment, many, share)
    return Group(segment, many, share, amount, float(amount / amounts) if amounts else None)


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence, and what fills it: `figure` (a letter), `score`, `share` (0 to 1), `value`."""

    template: str
    details: Mapping[str, Any]


def empty_scores(facts: Mapping[str, Any]) -> list[Told]:
    """Why nobody has a score, one sentence each (SC31): `share` and `value` are to be formatted."""
    found = []
    for each in facts.get("empty", ()):
        key = each["figure"]
        if each["value"] is None:
            template = NOBODY
        elif key == "f" and each["value"] == "1":
            template = ONCE
        else:
            template = BECAUSE[key]
        found.append(Told(template, {**each, "figure": key.upper()}))
    return found


def split_values(facts: Mapping[str, Any]) -> list[Told]:
    """Values whose people got unequal scores, one sentence each (SC32)."""
    return [
        Told(UNEQUAL[each["figure"]], {**each, "figure": each["figure"].upper()})
        for each in facts.get("split", ())
    ]
