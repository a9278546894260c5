"""Pages of a sorted list by keyset: no row shows twice or goes missing while others are added.

A page begins where its cursor points: the sort keys and the id of the last row shown. Empty values
come last both ways. So that an index on (column, id) serves, rows with a first key and rows
without one are two statements; the second runs only when the first gives too few.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import visitors

from tresse.accounts.refusals import BAD_CURSOR
from tresse.engine.constructs import NoIndex
from tresse.engine.stored import as_text, from_text
from tresse.objects.database import rows, scalar, vendor
from tresse.objects.described import ObjectDef, PropertyDef

COUNTED = 10_000
HIGHEST_ID = 2**63 - 2
NEXT, PREVIOUS = "n", "p"
Column = sa.ColumnElement[Any]
Where = sa.ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Page:
    """Rows in their order, and the cursors of the pages beside this one.

    `count`: how many rows there are, up to 10,001, if it had to be known to find the page.
    """

    rows: list[tuple[Any, ...]]
    next: str | None
    previous: str | None
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """One sort key: what is ordered, and which way."""

    column: Column
    descending: bool

    def order(self, *, back: bool) -> Column:
        """The order of present values, in or against the list's direction."""
        return self.column.desc() if self.descending != back else self.column.asc()

    def beyond(self, value: Any, *, back: bool) -> Where:
        """Present values that come after one, in or against the list's direction."""
        before, after = self.column < value, self.column > value
        beyond: Where = before if self.descending != back else after
        return beyond


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins: just beyond the row with these keys and this id."""

    direction: str
    values: tuple[Any, ...]
    id: int


@dataclass(frozen=True, slots=True)
class Listing:
    """A list as a whole: what is read, and in which order."""

    table: sa.FromClause
    where: Where
    keys: tuple[Key, ...]
    "The last one is the id."
    columns: tuple[Column, ...]


def page(
    table: sa.FromClause,
    where: Where,
    *,
    sort: Sequence[tuple[PropertyDef, bool]] = (),
    cursor: str | None = None,
    limit: int = 50,
    columns: Iterable[Column],
    derived: Mapping[str, Column] | None = None,
    indexed: frozenset[str] = frozenset(),
    query: Any = None,
) -> Page:
    """One page of the rows of a table (C85).

    Args:
        table: A record table with `id`.
        where: Which rows, those in the bin left out by the caller.
        sort: Up to three properties, each with whether it descends. After them the id, in the
            direction of the last one; without any, the newest first.
        cursor: `next` or `previous` of another page of the same list.
        limit: Rows of a page.
        columns: What to read; rows have these values in this order.
        derived: Expressions of derived properties that are sorted by, by name.
        indexed: Names of columns with an index (`indexed_columns`). With a filter and a sort on
            two of them, which serves is decided by counting the rows first.
        query: The filter and words as given, to know a cursor of another query. If left out, the
            condition itself is compared, but for days and times, which move on.

    Raises:
        TresseError: `bad_cursor`.
    """
    keys = tuple(
        Key((derived or {}).get(prop.name, sort_column(prop, table)), descending)
        for prop, descending in sort
    )
    last = keys[-1].descending if keys else True
    keys = (*keys, Key(table.c.id, last))
    digest = _digest(table, where, sort, query)
    place = _read(cursor, digest, keys) if cursor else None
    listing = Listing(table, where, keys, tuple(columns))
    listing, count = _planned(listing, indexed)
    back = place is not None and place.direction == PREVIOUS
    found = _rows(listing, place, limit + 1, back=back)
    more = len(found) > limit
    found = found[:limit]
    if back:
        found.reverse()
    before, after = (more, True) if back else (place is not None, more)
    width = len(keys)
    return Page(
        [row[width:] for row in found],
        _cursor(NEXT, digest, found[-1][:width]) if after and found else None,
        _before(digest, found, place, keys) if before else None,
        count,
    )


def capped_count(table: sa.FromClause, where: Where, most: int = COUNTED) -> int:
    """How many rows there are, exact up to `most`; `most` + 1 means more (C86)."""
    some: sa.Select[Any] = (
        sa.select(sa.literal_column("1")).select_from(table).where(where).limit(most + 1)
    )
    return int(scalar(sa.select(sa.func.count()).select_from(some.subquery())))


def sort_column(prop: PropertyDef, table: sa.FromClause) -> Column:
    """What a property is sorted by: its normal form where one is stored, else its value."""
    return table.c[prop.normal_column] if prop.column else sa.null()


def indexed_columns(object: ObjectDef) -> frozenset[str]:
    """Columns of an object's table that an index serves."""
    return frozenset(
        prop.normal_column
        for prop in object.properties
        if prop.column and (prop.is_indexed or prop.is_unique or prop.is_match_key)
    )


def _planned(listing: Listing, indexed: frozenset[str]) -> tuple[Listing, int | None]:
    """Choose between the index of the filter and that of the order, where there are both.

    SQLite knows no distribution of values: it may sort a million rows that a filter found, or walk
    a million in order to find the few that pass. So up to 10,001 rows are counted first. Few: the
    filter's index, and a sort. Many: the order's, where rows that pass are soon met.
    """
    first = listing.keys[0].column
    ordered = isinstance(first, sa.ColumnClause) and (first.name in indexed or first.name == "id")
    filtered = {
        each.name
        for each in visitors.iterate(listing.where)
        if isinstance(each, sa.ColumnClause) and each.table is listing.table
    }
    served = (filtered & indexed) - {getattr(first, "name", "")}
    if not (ordered and served):
        return listing, None
    count = capped_count(listing.table, listing.where, COUNTED)
    if vendor() != "sqlite":
        return listing, count
    if count <= COUNTED:
        keys = (replace(listing.keys[0], column=NoIndex(first)), *listing.keys[1:])
        return replace(listing, keys=keys), count

    def without_index(element: Any, **_: Any) -> Any:
        if isinstance(element, sa.ColumnClause) and element.table is listing.table:
            return NoIndex(element) if element.name in served else element
        return None

    where = visitors.replacement_traverse(listing.where, {}, without_index)
    return replace(listing, where=where), count


def _rows(
    listing: Listing, place: Place | None, limit: int, *, back: bool
) -> list[tuple[Any, ...]]:
    """Rows beyond a place; with the sort keys and the id first."""
    if len(listing.keys) == 1:
        return rows(_ranged(listing, place, limit, 0, back=back))
    # Forwards, rows without the first key are the last ones; backwards, the first.
    found: list[tuple[Any, ...]] = []
    for empty in (True, False) if back else (False, True):
        at = place
        if place is not None:
            is_empty = place.values[0] is None
            if empty != is_empty:
                if empty == back:
                    continue
                at = None
        statement = _ranged(listing, at, limit - len(found), 1 if empty else 0, back=back)
        first = listing.keys[0].column
        part = first.is_(None) if empty else first.is_not(None)
        found += rows(statement.where(part))
        if len(found) >= limit:
            break
    return found


def _ranged(
    listing: Listing, place: Place | None, limit: int, begin: int, *, back: bool
) -> sa.Select[Any]:
    """One statement, ordered by the keys from the one at `begin`; the first of all has no empty."""
    order: list[Column] = []
    for number, key in enumerate(listing.keys[begin:], start=begin):
        if 0 < number < len(listing.keys) - 1:
            is_empty = sa.case((key.column.is_(None), 1), else_=0)
            order.append(is_empty.desc() if back else is_empty.asc())
        order.append(key.order(back=back))
    read = [key.column.label(f"key_{number}") for number, key in enumerate(listing.keys)]
    statement = sa.select(*read, *listing.columns).select_from(listing.table)
    statement = statement.where(listing.where).order_by(*order).limit(limit)
    if place is None:
        return statement
    values = (*place.values, place.id)
    return statement.where(_beyond(listing.keys, values, begin, back=back))


def _beyond(keys: Sequence[Key], values: Sequence[Any], at: int, *, back: bool) -> Where:
    """Rows that come after a place in the order of the keys from the one at `at`."""
    key, value = keys[at], values[at]
    if at == len(keys) - 1:
        return key.beyond(value, back=back)
    rest = _beyond(keys, values, at + 1, back=back)
    if at == 0 and len(keys) == 2 and key.descending == keys[1].descending:
        # As one comparison of pairs, which an index on (column, id) serves whole.
        bound = (sa.literal(each, k.column.type) for each, k in zip(values, keys, strict=True))
        here, there = sa.tuple_(key.column, keys[1].column), sa.tuple_(*bound)
        return here < there if key.descending != back else here > there
    if at == 0:
        edge = sa.or_(key.beyond(value, back=back), sa.and_(key.column == value, rest))
        reach = key.column <= value if key.descending != back else key.column >= value
        return sa.and_(reach, edge)
    if value is None:
        same = sa.and_(key.column.is_(None), rest)
        return sa.or_(key.column.is_not(None), same) if back else same
    passed = [key.beyond(value, back=back), sa.and_(key.column == value, rest)]
    return sa.or_(*passed) if back else sa.or_(*passed, key.column.is_(None))


def _digest(
    table: sa.FromClause, where: Where, sort: Sequence[tuple[PropertyDef, bool]], query: Any
) -> str:
    order = [[prop.name, descending] for prop, descending in sort]
    if query is None:
        compiled = where.compile()
        fixed = {
            name: str(value)
            for name, value in compiled.params.items()
            if not isinstance(value, date)
        }
        query = [str(compiled), fixed]
    text = json.dumps([str(table), order, query], sort_keys=True, default=str)
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:16]


def _cursor(direction: str, digest: str, values: Sequence[Any]) -> str:
    *keys, id = values
    text = json.dumps([digest, direction, id, [as_text(value) for value in keys]])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _before(
    digest: str, found: list[tuple[Any, ...]], place: Place | None, keys: Sequence[Key]
) -> str | None:
    if found:
        return _cursor(PREVIOUS, digest, found[0][: len(keys)])
    if place is None or place.direction == PREVIOUS:
        return None
    # The rows of this page are gone meanwhile: the page before ends with the row of the cursor.
    shifted = place.id - 1 if keys[-1].descending else place.id + 1
    return _cursor(PREVIOUS, digest, (*place.values, shifted))


def _read(cursor: str, digest: str, keys: Sequence[Key]) -> Place:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        made_for, direction, id, texts = json.loads(base64.urlsafe_b64decode(padded))
        types = [key.column.type for key in keys[:-1]]
        values = tuple(from_text(text, type_) for text, type_ in zip(texts, types, strict=True))
    except (binascii.Error, ValueError, TypeError, ArithmeticError, RecursionError):
        raise BAD_CURSOR() from None
    sound = (
        made_for == digest
        and direction in {NEXT, PREVIOUS}
        and isinstance(id, int)
        and abs(id) <= HIGHEST_ID
        and not any(isinstance(text, str) and "\x00" in text for text in texts)
        and not any(isinstance(value, int) and abs(value) > HIGHEST_ID for value in values)
    )
    if not sound:
        raise BAD_CURSOR()
    return Place(direction, values, id)


def beside(
    table: sa.FromClause,
    where: Where,
    id: int,
    *,
    sort: Sequence[tuple[PropertyDef, bool]] = (),
    derived: Mapping[str, Column] | None = None,
    indexed: frozenset[str] = frozenset(),
) -> tuple[int | None, int | None]:
    """The ids before and after a row in a list as `page` reads it; None, None: it is not in it."""
    keys = tuple(
        Key((derived or {}).get(prop.name, sort_column(prop, table)), descending)
        for prop, descending in sort
    )
    keys = (*keys, Key(table.c.id, keys[-1].descending if keys else True))
    own = rows(sa.select(*(key.column for key in keys)).where(table.c.id == id, where))
    if not own:
        return None, None
    listing, _ = _planned(Listing(table, where, keys, (table.c.id,)), indexed)
    found = []
    for direction in (PREVIOUS, NEXT):
        place = Place(direction, own[0][:-1], id)
        nearest = _rows(listing, place, 1, back=direction == PREVIOUS)
        found.append(nearest[0][-1] if nearest else None)
    return found[0], found[1]
