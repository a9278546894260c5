"""Clusters of records made one row each, in three ways with the same result.

A record that is alone is its own merged row, by projection. Clusters of up to four records stand
side by side, a join per record, so that all values are compared in one row: that is half the work
of aggregates, and half the memory. Larger ones are aggregated, as each further join costs more.
Measured on 1 million records of 20 columns: `docs/decisions/0021-merging-side-by-side.md`.

Merged rows are: `id`, `first_seen_at`, `modified_at`, `members`, `sources`, `keys`, then a column
per line by its name, and `r<n>`, `k<n>`, `d<n>` as in `layout.value_columns`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

import sqlalchemy as sa

from tresse.datasets.merging.choices import Choice, Line
from tresse.datasets.merging.methods.base import Value
from tresse.datasets.merging.ranking import choices_of
from tresse.engine import columns
from tresse.engine.types import Instant

SIZES = ((2, 2), (3, 4))
"Of clusters whose records stand side by side: least and most records."
LARGEST = SIZES[-1][1]
WHOLE = sa.BigInteger()


@dataclass(frozen=True, slots=True)
class Merged:
    """Cells of a merged row by name."""

    cells: dict[str, Value]

    def labelled(self) -> list[Value]:
        """In their order, with their names."""
        return [value.label(name) for name, value in self.cells.items()]


def alone(records: sa.FromClause, sizes: sa.FromClause, lines: Sequence[Line]) -> sa.Select[Any]:
    """Merged rows of records that are alone (D70: one row gives itself)."""
    key = records.c.source + "/" + records.c.key
    cells: dict[str, Value] = {
        "id": sizes.c.id,
        "first_seen_at": records.c.first_seen,
        "modified_at": records.c.modified_at,
        "members": sizes.c.members,
        "sources": columns.list_of(records.c.source),
        "keys": columns.list_of(key),
    }
    for line in lines:
        value: Value = records.c[line.name]
        candidate = None if line.choice is None else line.choice.candidate(records)
        is_known = _whole(value.is_not(None))
        winner: Value = records.c.rid if candidate is None else sa.case((candidate, records.c.rid))
        if line.combine is not None:
            value, winner = line.combine.of_one(value), _nothing()
        elif candidate is not None and _is_narrower(line):
            value = sa.case((candidate, value))
        cells |= _cells(line, value, winner, is_known, is_known)
    found = sa.select(*Merged(cells).labelled())
    return found.join_from(sizes, records, records.c.rid == sizes.c.head).where(
        sizes.c.members == 1
    )


def _is_narrower(line: Line) -> bool:
    """Whether a record with a value may be no candidate."""
    choice = line.choice
    return choice is not None and len(choice.asked.columns) + len(choice.asked.requires) > 1


def beside(
    rows: sa.FromClause,
    sizes: sa.FromClause,
    combined: sa.FromClause | None,
    lines: Sequence[Line],
    least: int,
    most: int,
) -> sa.Select[Any]:
    """Merged rows of clusters of `least` to `most` records, which `rows` holds with their ranks."""
    slots = [
        sa.select(rows).where(rows.c.rank == place).subquery(f"s{place}")
        for place in range(1, most + 1)
    ]
    first = slots[0]
    source: Any = first.join(sizes, sizes.c.head == first.c.head)
    for place, slot in enumerate(slots[1:], 2):
        source = source.join(slot, slot.c.head == first.c.head, isouter=place > least)
    if combined is not None:
        source = source.join(combined, combined.c.head == first.c.head)

    def listed(value: Callable[[Any], Value]) -> Value:
        return columns.list_sorted(columns.list_of(*map(value, slots)))

    cells: dict[str, Value] = {
        "id": sizes.c.id,
        "first_seen_at": sa.func.least(*(slot.c.first_seen for slot in slots), type_=Instant()),
        "modified_at": first.c.modified_at,
        "members": sizes.c.members,
        "sources": listed(lambda slot: slot.c.source),
        "keys": listed(lambda slot: slot.c.source + "/" + slot.c.key),
    }
    for line in lines:
        values = [slot.c[line.name] for slot in slots]
        known = reduce(add, (_whole(value.is_not(None)) for value in values))
        value: Value
        if line.combine is not None:
            assert combined is not None  # noqa: S101  made where a line combines
            value, winner = combined.c[line.name], _nothing()
        else:
            value, winner = _picked(line, slots)
        cells |= _cells(line, value, winner, known, _different(values))
    return sa.select(*Merged(cells).labelled()).select_from(source)


def _picked(line: Line, slots: Sequence[Any]) -> tuple[Value, Value]:
    """The value of the slot that wins, and its record."""
    choice = line.choice
    assert choice is not None  # noqa: S101  it does not combine
    if choice.order == "rank":
        # Slots are in this order already.
        wins = [choice.candidate(slot) for slot in slots]
        if wins[0] is None:
            return slots[0].c[line.name], slots[0].c.rid
        if not _is_narrower(line):
            found = sa.func.coalesce(*(slot.c[line.name] for slot in slots), type_=line.core)
            return found, _first(wins, [slot.c.rid for slot in slots])
    else:
        places = [choice.place(slot) for slot in slots]
        least = sa.func.least(*places, type_=WHOLE)
        wins = [place == least for place in places]
    value = _first(wins, [slot.c[line.name] for slot in slots])
    return value, _first(wins, [slot.c.rid for slot in slots])


def _first(wins: Iterable[Any], values: Iterable[Value]) -> Value:
    return sa.case(*zip(wins, values, strict=True))


def _different(values: Sequence[Value]) -> Value:
    """How many distinct values there are: those that none before them is equal to."""
    found = [_whole(values[0].is_not(None))]
    for place, value in enumerate(values[1:], 1):
        is_known = value.is_(None)
        is_new = sa.case(
            (sa.or_(is_known, *(value == each for each in values[:place])), 0), else_=1
        )
        found.append(sa.type_coerce(is_new, WHOLE))
    return reduce(add, found)


def _whole(condition: Value) -> Value:
    return sa.type_coerce(sa.case((condition, 1), else_=0), WHOLE)


def _nothing() -> Value:
    return sa.cast(sa.null(), WHOLE)


def _cells(
    line: Line, value: Value, winner: Value, known: Value, different: Value
) -> dict[str, Value]:
    number = line.planned.number
    return {
        line.name: sa.type_coerce(value, line.core),
        f"r{number}": winner,
        f"k{number}": known,
        f"d{number}": different,
    }


def combined(rows: sa.FromClause, lines: Sequence[Line]) -> sa.Select[Any] | None:
    """`head` and what methods make of all values of a cluster; None: no column is merged so."""
    made = [
        sa.type_coerce(line.combine.of_many(rows.c[line.name]), line.core).label(line.name)
        for line in lines
        if line.combine is not None
    ]
    return sa.select(rows.c.head, *made).group_by(rows.c.head) if made else None


def winners(rows: sa.FromClause, lines: Sequence[Line]) -> sa.Select[Any]:
    """`head` and, by choice, the place of the record that wins (`w<number>`)."""
    least = (sa.func.min(each.place(rows)).label(f"w{each.number}") for each in choices_of(lines))
    return sa.select(rows.c.head, *least).group_by(rows.c.head)


def aggregated(
    rows: sa.FromClause,
    won: sa.FromClause,
    sizes: sa.FromClause,
    combined: sa.FromClause | None,
    lines: Sequence[Line],
) -> sa.Select[Any]:
    """Merged rows of any clusters; `won` is `winners` of the same rows."""
    cells: dict[str, Value] = {
        "first_seen_at": sa.func.min(rows.c.first_seen),
        "modified_at": sa.func.max(rows.c.modified_at),
        "sources": columns.gathered(rows.c.source),
        "keys": columns.gathered(rows.c.source + "/" + rows.c.key),
    }
    for line in lines:
        value = rows.c[line.name]
        known = sa.func.count(value)
        different = sa.func.count(sa.distinct(value))
        if line.choice is None:
            cells |= _cells(line, sa.null(), _nothing(), known, different)
            del cells[line.name]
        else:
            is_first = line.choice.place(rows) == won.c[_won(line.choice)]
            picked = sa.func.max(sa.case((is_first, value)))
            winner = sa.func.max(sa.case((is_first, rows.c.rid)))
            cells |= _cells(line, picked, winner, known, different)
    grouped = (
        sa.select(rows.c.head, *Merged(cells).labelled())
        .join_from(rows, won, won.c.head == rows.c.head)
        .group_by(rows.c.head)
        .subquery("grouped")
    )
    source: Any = grouped.join(sizes, sizes.c.head == grouped.c.head)
    if combined is not None:
        source = source.join(combined, combined.c.head == grouped.c.head)
    known_cells = {
        **{each.name: each for each in grouped.c},
        **({each.name: each for each in combined.c} if combined is not None else {}),
        "id": sizes.c.id,
        "members": sizes.c.members,
    }
    names = ["id", "first_seen_at", "modified_at", "members", "sources", "keys"]
    for line in lines:
        names += [line.name, *(f"{letter}{line.planned.number}" for letter in "rkd")]
    return sa.select(*(known_cells[name].label(name) for name in names)).select_from(source)


def _won(choice: Choice) -> str:
    return f"w{choice.number}"
