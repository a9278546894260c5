"""Lists of records as one person sees them: filter, words, sort, columns, a page at a time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from tresse.accounts.actor import Actor
from tresse.accounts.permission import require
from tresse.accounts.queries import account
from tresse.filters import checked, condition
from tresse.filters.compile import Compiling
from tresse.filters.paths import path_of
from tresse.kernel.clock import now
from tresse.kernel.errors import TOO_MANY, WRONG_VALUE
from tresse.objects.database import rows
from tresse.objects.derived import value_of
from tresse.objects.described import DataModel, ObjectDef, PropertyDef, Side
from tresse.objects.kinds import Moment
from tresse.objects.labels import shown_plural
from tresse.objects.sight import readable_properties, readable_property
from tresse.records.links import pairs_from
from tresse.records.paging import capped_count, indexed_columns, page
from tresse.records.queries import Record
from tresse.records.searching import begins_words
from tresse.records.title import title_of
from tresse.records.visibility import visible
from tresse.records.waiting import waiting

MOST_SORTS = 3
TITLES_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of records; `count` up to 10,001, None if it was not asked for."""

    records: list[Record]
    next: str | None
    previous: str | None
    count: int | None


@dataclass(frozen=True, slots=True)
class Others:
    """Records linked to one record by one side: the first titles, and how many in all."""

    titles: tuple[tuple[int, str], ...]
    number: int

    @property
    def more(self) -> int:
        """How many have no title here."""
        return self.number - len(self.titles)


def listed(
    model: DataModel,
    object: ObjectDef,
    *,
    actor: Actor,
    filter: Any = None,
    words: str = "",
    sort: Sequence[str] = (),
    columns: Iterable[str] | None = None,
    paths: Sequence[str] = (),
    cursor: str | None = None,
    limit: int = 50,
    count: bool = False,
) -> Listed:
    """A page of records in sight.

    Args:
        model: The data model.
        object: The object type.
        actor: Who looks.
        filter: In the filter language; None: no filter.
        words: Typed words; every one begins a word of a search property (C88).
        sort: Up to 3 property names, `-` before one for descending; then by id, newest first.
        columns: Properties to read; None: all readable ones.
        paths: Properties over links with limit 1 to read as well, such as `company.industry`; the
            records have them among their values, by path.
        cursor: `next` or `previous` of another page of the same query.
        limit: 1 to 200.
        count: Whether to count as well, up to 10,001.

    Raises:
        TresseError: `not_permitted`, what a filter is refused with, `unknown_property`,
            `wrong_value`, `bad_cursor`.
    """
    require(actor, "view", object.name, shown_plural(object))
    if not 1 <= limit <= 200:
        raise WRONG_VALUE(name="limit", wanted="1 – 200", value=limit)
    where = condition_of(model, object, actor, filter, words=words)
    table = object.table
    chosen = _columns(object, columns, actor)
    expressions = [
        table.c.id,
        table.c.version,
        title_of(object, table, actor).label("title"),
        *(value_of(prop, object, table, model).label(prop.name) for prop in chosen),
    ]
    order = sorts(object, sort, actor)
    found = page(
        table,
        where,
        sort=order,
        cursor=cursor,
        limit=limit,
        columns=expressions,
        derived={
            prop.name: value_of(prop, object, table, model) for prop, _ in order if not prop.column
        },
        indexed=indexed_columns(object),
        query=[filter, words],
    )
    names = [prop.name for prop in chosen]
    ids = [row[0] for row in found.rows]
    behind = waiting(model, object, ids)
    over = over_links(model, object, ids, paths, actor)
    records = [
        Record(
            object,
            id,
            version,
            title,
            {**dict(zip(names, values, strict=True)), **over.get(id, {})},
            tuple(behind.get(id, ())),
        )
        for id, version, title, *values in found.rows
    ]
    number = found.count
    if number is None and count:
        number = capped_count(table, where)
    return Listed(records, found.next, found.previous, number)


def condition_of(
    model: DataModel, object: ObjectDef, actor: Actor, filter: Any, *, words: str = ""
) -> sa.ColumnElement[bool]:
    """Records in sight that a filter and typed words mean."""
    where = visible(object, actor, object.table)
    if filter is not None:
        good = checked(filter, object, model=model, actor=actor)
        where = sa.and_(where, condition(good, object.table, model=model, actor=actor))
    if words.strip():
        where = sa.and_(where, begins_words(object, object.table, words, actor))
    return where


def sorts(object: ObjectDef, names: Sequence[str], actor: Actor) -> list[tuple[PropertyDef, bool]]:
    """Properties to sort by, each with whether it descends.

    Raises:
        TresseError: `unknown_property`; `wrong_value` for more than 3.
    """
    if len(names) > MOST_SORTS:
        raise TOO_MANY(name="sort", most=MOST_SORTS, value=len(names))
    chosen = []
    for name in names:
        prop = readable_property(object, name.removeprefix("-"), actor)
        chosen.append((prop, name.startswith("-")))
    return chosen


def _columns(object: ObjectDef, names: Iterable[str] | None, actor: Actor) -> list[PropertyDef]:
    if names is None:
        return readable_properties(object, actor)
    return [readable_property(object, name, actor) for name in names]


def over_links(
    model: DataModel, object: ObjectDef, ids: Sequence[int], paths: Sequence[str], actor: Actor
) -> dict[int, dict[str, Any]]:
    """Properties of the records that each of some records is linked to, by path; None without.

    Read once the page is known: a database that sorts would work them out for every row.
    """
    if not (paths and ids):
        return {}
    table = object.table
    compiling = Compiling(model, actor, Moment(now(), ZoneInfo(account().zone)))
    columns = []
    with compiling.inside(object):
        for number, text in enumerate(paths):
            path = path_of(text, object, model=model, actor=actor)
            columns.append(compiling.subject_over(path, table).column.label(f"over_{number}"))
    statement = sa.select(table.c.id, *columns).where(table.c.id.in_(ids))
    return {id: dict(zip(paths, values, strict=True)) for id, *values in rows(statement)}


def linked_titles(
    model: DataModel, side: Side, ids: Sequence[int], actor: Actor
) -> Mapping[int, Others]:
    """For each record of a page: the first linked titles by one side, and their number."""
    other = model.object(side.other)
    links, table = pairs_from(side), other.table
    numbered = (
        sa.select(
            links.c.here,
            links.c.other,
            title_of(other, table, actor).label("title"),
            sa.func.count().over(partition_by=links.c.here).label("number"),
            RowNumber()
            .over(partition_by=links.c.here, order_by=(links.c.change_set_id, links.c.other))
            .label("rank"),
        )
        .join(table, table.c.id == links.c.other)
        .where(links.c.here.in_(ids), visible(other, actor, table))
        .subquery()
    )
    statement = (
        sa.select(numbered.c.here, numbered.c.other, numbered.c.title, numbered.c.number)
        .where(numbered.c.rank <= TITLES_SHOWN)
        .order_by(numbered.c.here, numbered.c.rank)
    )
    found: dict[int, list[tuple[int, str]]] = {}
    numbers: dict[int, int] = {}
    for here, id, title, number in rows(statement):
        found.setdefault(here, []).append((id, title))
        numbers[here] = number
    return {here: Others(tuple(titles), numbers[here]) for here, titles in found.items()}


class RowNumber(sa.sql.functions.GenericFunction[int]):
    """The number of a row in its window; alike on every engine."""

    type = sa.Integer()
    inherit_cache = True
    name = "row_number"
