"""Pages of golden records: sorted, searched by identity value, with a cursor (D130).

A cursor is the id of a golden record: what it sorts by is looked up, so that an address holds
nothing that is not an id. Only the rows of a page are fetched.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from tresse.accounts.actor import SYSTEM, Actor
from tresse.datasets.builds.plans import plan_of, relations_of
from tresse.datasets.builds.tables import Tables, folder_of, names_of
from tresse.datasets.golden_filter import ids_where
from tresse.datasets.layout import Plan, Planned
from tresse.datasets.matching.values import match_text
from tresse.datasets.models import DatasetVersion
from tresse.engine.base import Engine
from tresse.engine.columns import text_of
from tresse.sources.canonical import canonical_value
from tresse.sources.rules.letters import folded

UNSORTED = ("list", "json")
"Types without an order that people would expect."
KEYS = ("sku", "gtin", "name", "full_name", "domain")
"Semantic fields that a search looks at beside identity columns and those that end in `_id`."
COUNTED = 10_000
"A search counts no further."
FILTERS = ("joined", "changed")
"Golden records of several records; those that changed in this version."


@dataclass(frozen=True, slots=True)
class GoldenPage:
    """Some golden records; values of a row stand by the name of their column (`names_of`)."""

    rows: list[dict[str, Any]]
    previous: str | None
    "Cursor of the page before; `first` where the first page is meant."
    following: str | None
    number: int
    "How many there are; of a search no more than `COUNTED` + 1."


FIRST = "first"


def tables_in(engine: Engine, version: DatasetVersion) -> Tables:
    """The tables of a version."""
    return Tables(engine, folder_of(version), plan_of(version), relations_of(version))


def sortable(plan: Plan) -> list[str]:
    """Columns that golden records are sorted by."""
    own = [each.name for each in plan.shown if each.type not in UNSORTED]
    return ["_members", "_first_seen_at", "_modified_at", "_changed_in", *own]


def golden_page(
    engine: Engine,
    version: DatasetVersion,
    names: Sequence[str],
    *,
    sort: str = "",
    text: str = "",
    only: str = "",
    filter: Any = None,  # as doors call it
    actor: Actor = SYSTEM,
    after: str = "",
    before: str = "",
    limit: int = 50,
) -> GoldenPage:
    """Some golden records of a version.

    Args:
        engine: Open.
        version: Which.
        names: Columns to fetch, as people name them; `_id` and `_members` always come.
        sort: One of `sortable`, with `-` before it descending; empty: by id. Empty values last.
        text: An id, `source/key`, a record key or an identity value; empty: all.
        only: One of `FILTERS`, or empty.
        filter: The filter language (G1) over columns of golden records; None: all.
        actor: Whose segments a filter may name.
        after: Id of the last row of the page before.
        before: Id of the first row of the page after; wins over `after`.
        limit: Rows of a page.
    """
    tables = tables_in(engine, version)
    physical = names_of(tables.plan, tables.relations)
    wanted = [name for name in dict.fromkeys(("_id", "_members", *names)) if name in physical]
    computed = {each.name for each in tables.plan.computed}
    golden = tables.merged
    if only == "changed" or sort.removeprefix("-") in {"_changed_in", *computed}:
        golden = tables.golden
    narrowed = _narrowed(tables, golden, version, text, only, filter, actor)
    cells = [golden.c[physical[name]] for name in wanted if physical[name] in golden.c]
    statement = sa.select(golden.c.id, *cells).where(*narrowed)
    column = golden.c[physical[sort.removeprefix("-")]] if sort else None
    is_down, at = sort.startswith("-"), before or after
    at = "" if at == FIRST else at
    if at:
        place = _place(engine, golden, column, at)
        is_there = place is not None
        if is_there:
            statement = statement.where(_beyond(golden.c.id, column, place, is_down, bool(before)))
    order = _order(golden.c.id, column, is_down, is_back=bool(before))
    found = engine.rows(statement.order_by(*order).limit(limit + 1))
    there = [name for name in wanted if physical[name] in golden.c]
    rows = [dict(zip(there, row[1:], strict=True)) for row in found[:limit]]
    _complete(engine, tables, rows, [name for name in wanted if name not in there])
    has_more = len(found) > limit
    if before:
        rows.reverse()
    number = version.rows if not narrowed else _number(engine, golden, narrowed)
    first, last = (rows[0]["_id"], rows[-1]["_id"]) if rows else (None, None)
    has_before = has_more if before else bool(at)
    has_after = True if before else has_more
    return GoldenPage(rows, first if has_before else None, last if has_after else None, number)


def _complete(
    engine: Engine, tables: Tables, rows: list[dict[str, Any]], names: Sequence[str]
) -> None:
    """Computed columns of the rows of a page: of these alone, not of all that were sorted."""
    if not names or not rows:
        return
    table = tables.computed
    columns = [table.c[each.column] for each in tables.plan.computed if each.name in names]
    own = [each.name for each in tables.plan.computed if each.name in names]
    wanted = sa.select(table.c.id, *columns).where(table.c.id.in_([row["_id"] for row in rows]))
    found = {id_: cells for id_, *cells in engine.rows(wanted)}
    for row in rows:
        row |= dict(zip(own, found.get(row["_id"], [None] * len(own)), strict=True))


def golden_batches(
    engine: Engine,
    version: DatasetVersion,
    names: Sequence[str],
    *,
    text: str = "",
    only: str = "",
    filter: Any = None,  # as doors call it
    actor: Actor = SYSTEM,
) -> Iterator[pa.RecordBatch]:
    """All golden records of a search as canonical texts, by id, streamed for a file."""
    tables = tables_in(engine, version)
    golden = tables.golden
    physical = names_of(tables.plan, tables.relations)
    types = {each.name: each.type for each in tables.plan.shown}
    cells = [
        sa.type_coerce(
            canonical_value(golden.c[physical[name]], types.get(name, "")), sa.Text()
        ).label(f"t{at}")
        for at, name in enumerate(names)
    ]
    statement = sa.select(*cells).where(
        *_narrowed(tables, golden, version, text, only, filter, actor)
    )
    return engine.batches(statement.order_by(golden.c.id))


def _number(engine: Engine, golden: sa.TableClause, narrowed: list[sa.ColumnElement[bool]]) -> int:
    some = sa.select(golden.c.id).where(*narrowed).limit(COUNTED + 1).subquery()
    return int(engine.scalar(sa.select(sa.func.count()).select_from(some)) or 0)


def _narrowed(
    tables: Tables,
    golden: sa.TableClause,
    version: DatasetVersion,
    text: str,
    only: str,
    filter: Any,  # as doors call it
    actor: Actor,
) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if only == "joined":
        found.append(golden.c.members > 1)
    if only == "changed":
        found.append(golden.c.changed_in == version.number)
    if text.strip():
        found.append(golden.c.id.in_(ids_found(tables, text.strip())))
    if filter is not None:
        asked = (filter, tables.plan, tables.golden, tables.relations)
        chosen = ids_where(*asked, actor=actor, moment=version.as_of)
        found.append(golden.c.id.in_(chosen))
    return found


def ids_found(tables: Tables, text: str) -> sa.Select[Any]:
    """Ids of golden records that a text means: id, alias, record, identity value, name."""
    members, records, aliases = tables.members, tables.records, tables.aliases
    golden = tables.merged
    wanted = [records.c.key == text, *_values(tables.plan, records, text)]
    source, slash, key = text.partition("/")
    if slash:
        wanted.append(sa.and_(records.c.source == source, records.c.key == key))
    of_records = (
        sa.select(members.c.id)
        .select_from(members.join(records, members.c.rid == records.c.rid))
        .where(sa.or_(*wanted))
    )
    of_aliases = sa.select(aliases.c.to).where(aliases.c.id == text)
    own = sa.select(golden.c.id).where(golden.c.id == text)
    every = sa.union(of_records, of_aliases, own).subquery()
    return sa.select(every.c[0])


def _values(plan: Plan, records: sa.TableClause, text: str) -> Iterator[sa.ColumnElement[bool]]:
    """Conditions on records: an identity value as it is compared, a key column as it stands."""
    matched = {each.name: each for each in plan.matched}
    for each in matched.values():
        value = match_text(text, each, plan.country)
        if value:
            yield records.c[each.match] == value
    for each in plan.columns:
        field = each.column.semantic
        if each.name not in matched and (field.endswith("_id") or field in KEYS):
            yield text_of(records.c[each.name]) == text
    yield from _full_name(matched.values(), records, text)


def _full_name(
    matched: Sequence[Planned] | Any, records: sa.TableClause, text: str
) -> Iterator[sa.ColumnElement[bool]]:
    """First and last name, in either order."""
    fields = {each.column.semantic: records.c[each.match] for each in matched}
    words = text.split()
    if len(words) < 2 or not {"first_name", "last_name"} <= set(fields):
        return
    for cut in range(1, len(words)):
        one, other = (_folded(" ".join(part)) for part in (words[:cut], words[cut:]))
        yield sa.and_(fields["first_name"] == one, fields["last_name"] == other)
        yield sa.and_(fields["first_name"] == other, fields["last_name"] == one)


def _folded(text: str) -> str:
    return folded(text) or ""


def _place(
    engine: Engine, golden: sa.TableClause, column: sa.ColumnElement[Any] | None, at: str
) -> tuple[Any, str] | None:
    """What the row of a cursor sorts by, and its id; None if it is gone."""
    value = sa.null() if column is None else column
    found = engine.rows(sa.select(value, golden.c.id).where(golden.c.id == at).limit(1))
    return (found[0][0], found[0][1]) if found else None


def _beyond(
    id_: sa.ColumnElement[str],
    column: sa.ColumnElement[Any] | None,
    place: tuple[Any, str] | None,
    is_down: bool,
    is_back: bool,
) -> sa.ColumnElement[bool]:
    """Rows on the other side of a place, in the order of `_order`."""
    if place is None:
        return sa.true()
    value, at = place
    same_side = id_ < at if is_back else id_ > at
    if column is None:
        return same_side
    if value is None:
        # Empty values come last: all others stand before them.
        within = sa.and_(column.is_(None), same_side)
        return sa.or_(column.is_not(None), within) if is_back else within
    bound = sa.literal(value, column.type)
    further = column < bound if is_down != is_back else column > bound
    found = [further, sa.and_(column == bound, same_side)]
    return sa.or_(*found) if is_back else sa.or_(*found, column.is_(None))


def _order(
    id_: sa.ColumnElement[str],
    column: sa.ColumnElement[Any] | None,
    is_down: bool,
    *,
    is_back: bool,
) -> list[sa.ColumnElement[Any]]:
    by_id = id_.desc() if is_back else id_.asc()
    if column is None:
        return [by_id]
    falls = is_down != is_back
    by = column.desc() if falls else column.asc()
    return [by.nulls_first() if is_back else by.nulls_last(), by_id]
