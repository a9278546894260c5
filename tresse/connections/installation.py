"""The records and events of this installation as tables that sources read (S96, S97).

A row's `_sequence` says up to where the journal of events was read when the row was: whoever goes
on there (`Request.since`) is given every record that changed later, and none that did not. It
counts as `records.following` does, so that a transaction which ends late is not missed.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from tresse.accounts.actor import SYSTEM
from tresse.accounts.queries import users
from tresse.connections.kinds.base import ColumnSeen, Request, TableSeen
from tresse.connections.refusals import COLUMN_MISSING, READS_NONE, TABLE_MISSING
from tresse.engine.constructs import Transaction
from tresse.kernel.errors import nearest
from tresse.objects.database import rows, scalar, vendor
from tresse.objects.described import AssociationDef, DataModel, ObjectDef, PropertyDef, data_model
from tresse.records.answers import Shown
from tresse.records.following import after, latest, touched, xid
from tresse.records.tables import CHANGE_SET, EVENT, LINK

PAGE = 5_000
ID, SEQUENCE = "id", "_sequence"
FROM, TO = "from_id", "to_id"
INTEGER, TEXT = pa.int64(), pa.string()
INSTANT = pa.timestamp("us", "UTC")
KINDS: dict[str, tuple[str, pa.DataType]] = {
    "integer": ("integer", INTEGER),
    "decimal": ("decimal", TEXT),
    "money": ("decimal", TEXT),
    "boolean": ("boolean", pa.bool_()),
    "date": ("date", pa.date32()),
    "datetime": ("datetime", INSTANT),
    "options": ("list", TEXT),
}
"Of property kinds; what is not here comes as text, options, stages and people by their names."
EVENTS = "record_events"
EVENT_COLUMNS: dict[str, tuple[str, pa.DataType]] = {
    "id": ("integer", INTEGER),
    "name": ("text", TEXT),
    "at": ("datetime", INSTANT),
    "object": ("text", TEXT),
    "record_id": ("integer", INTEGER),
    "other_id": ("integer", INTEGER),
    "association_type": ("text", TEXT),
    "person": ("text", TEXT),
    "source": ("text", TEXT),
    "source_id": ("integer", INTEGER),
    "is_quiet": ("boolean", pa.bool_()),
    "data": ("json", TEXT),
    SEQUENCE: ("integer", INTEGER),
}
OWN: dict[str, tuple[str, pa.DataType]] = {
    "_deleted_at": ("datetime", INSTANT),
    "_merged_into": ("integer", INTEGER),
    SEQUENCE: ("integer", INTEGER),
}
"Of records, beside their properties: in the bin since; the record that took it in (S97)."


@dataclass(frozen=True, slots=True)
class Column:
    """A column: what it is proposed as, what it comes as, and what it shows.

    That is a property, or the record that a relation to one other leads to.
    """

    name: str
    proposed: str
    arrow: pa.DataType
    prop: PropertyDef | None = None
    association: AssociationDef | None = None

    @property
    def seen(self) -> ColumnSeen:
        """As `describe` tells of it."""
        kind = self.prop.kind.name if self.prop else self.proposed
        return ColumnSeen(self.name, kind, self.proposed, self.name not in {ID, SEQUENCE, FROM, TO})


def record_tables(model: DataModel) -> tuple[TableSeen, ...]:
    """Object types and association types that are not archived."""
    found = []
    for each in model.objects:
        if not each.is_archived:
            number = int(scalar(sa.select(sa.func.count()).select_from(each.table)))
            columns = tuple(column.seen for column in _columns_of(each, model))
            found.append(TableSeen(each.slug, "table", number, columns=columns, key=(ID,)))
    for association in model.associations:
        if not association.is_archived:
            columns = tuple(column.seen for column in PAIR)
            found.append(
                TableSeen(association.name, "association", columns=columns, key=(FROM, TO))
            )
    return tuple(found)


def event_tables() -> tuple[TableSeen, ...]:
    """The journal of what happened to records."""
    columns = tuple(column.seen for column in _event_columns())
    number = int(scalar(sa.select(sa.func.count()).select_from(EVENT)))
    return (TableSeen(EVENTS, "table", number, columns=columns, key=(ID,)),)


PAIR = (Column(FROM, "integer", INTEGER), Column(TO, "integer", INTEGER))


def _columns_of(object: ObjectDef, model: DataModel) -> list[Column]:
    columns = [Column(ID, "integer", INTEGER)]
    for prop in object.active:
        if prop.column and prop.name != ID:
            columns.append(Column(prop.name, *KINDS.get(prop.kind.name, ("text", TEXT)), prop))
    taken = {column.name for column in columns}
    for each in model.associations:
        is_to_one = each.from_object == object.name and each.max_forward == 1
        if is_to_one and not each.is_archived and each.name not in taken:
            columns.append(Column(each.name, "integer", INTEGER, association=each))
    return columns + [Column(name, *facts) for name, facts in OWN.items()]


def _event_columns() -> list[Column]:
    return [Column(name, *facts) for name, facts in EVENT_COLUMNS.items()]


def described(name: str, wanted: Sequence[str], connection: str) -> list[Column]:
    """The columns of a table, or those wanted of them.

    Raises:
        TresseError: `table_missing`, `column_missing`.
    """
    model = data_model()
    found = _found(name, model, connection)
    if isinstance(found, ObjectDef):
        columns = _columns_of(found, model)
    else:
        columns = list(PAIR) if isinstance(found, AssociationDef) else _event_columns()
    known = {column.name: column for column in columns}
    for each in wanted:
        if each not in known:
            near = nearest(each, known)
            raise COLUMN_MISSING(table=name, name=each, nearest=near, known=list(known))
    return [known[each] for each in wanted] if wanted else columns


def _found(name: str, model: DataModel, connection: str) -> ObjectDef | AssociationDef | None:
    """What a name of a table means; None: the journal."""
    if connection == "events":
        if name == EVENTS:
            return None
        raise TABLE_MISSING(connection=connection, name=name, nearest=nearest(name, [EVENTS]))
    for object in model.objects:
        if name in {object.slug, object.name} and not object.is_archived:
            return object
    for association in model.associations:
        if name == association.name and not association.is_archived:
            return association
    known = [*(each.slug for each in model.objects), *(each.name for each in model.associations)]
    raise TABLE_MISSING(connection=connection, name=name, nearest=nearest(name, known))


def read(request: Request, connection: str) -> Iterator[pa.RecordBatch]:
    """The rows of a table, page by page by their key; at least one batch.

    A record that changes while its table is read has a later event, and is given again to whoever
    goes on at `_sequence`.

    Raises:
        TresseError: `table_missing`, `column_missing`, `reads_none`.
    """
    if request.query or not request.table:
        value = request.query or request.entity
        raise READS_NONE(
            kind=connection, wanted="query" if request.query else "entity", value=value
        )
    model = data_model()
    found = _found(request.table, model, connection)
    columns = described(request.table, request.columns, connection)
    if request.cursor and request.cursor != SEQUENCE:
        raise READS_NONE(kind=connection, wanted="cursor", value=request.cursor)
    if request.cursor and isinstance(found, AssociationDef):
        raise COLUMN_MISSING(table=request.table, name=SEQUENCE, nearest=None, known=[FROM, TO])
    since = int(str(request.since)) if request.cursor and request.since is not None else None
    start = _start(request, since)
    if isinstance(found, ObjectDef):
        pages = _records(found, model, columns, start)
    elif found is None:
        pages = _events(model, columns, start)
    else:
        pages = _pairs(found, model)
        places = [0 if column.name == FROM else 1 for column in columns]
        pages = ([tuple(row[place] for place in places) for row in page] for page in pages)
    yield from _batches(pages, columns, request.limit)


def _batches(
    pages: Iterator[list[tuple[Any, ...]]], columns: Sequence[Column], limit: int | None
) -> Iterator[pa.RecordBatch]:
    schema = pa.schema([pa.field(column.name, column.arrow) for column in columns])
    left, is_first = limit, True
    for page in pages:
        rows_here = page if left is None else page[:left]
        values = zip(*rows_here, strict=True) if rows_here else [()] * len(columns)
        arrays = [
            pa.array(list(each), column.arrow) for each, column in zip(values, columns, strict=True)
        ]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)
        is_first = False
        left = None if left is None else left - len(rows_here)
        if left == 0:
            return
    if is_first:
        yield pa.RecordBatch.from_pylist([], schema=schema)


@dataclass(frozen=True, slots=True)
class Start:
    """Which events a read is about (None: all rows), up to where, and behind which id it begins.

    A read that goes on ends where the one that broke off would have ended: a row that changed
    since, before the place where it goes on, is left to the next read.
    """

    end: int
    span: sa.ColumnElement[bool] | None
    behind: int | None


def _start(request: Request, since: int | None) -> Start:
    behind = int(str(request.after[-1])) if request.after else None
    goes_on = bool(request.cursor and len(request.after) > 1)
    end = int(str(request.after[0])) if goes_on else latest()
    if since is None:
        return Start(end, None, behind)
    return Start(end, sa.and_(after(since), _before(end)), behind)


def _before(end: int) -> sa.ColumnElement[bool]:
    return xid < Transaction(end) if vendor() == "postgresql" else EVENT.c.id <= end


def _records(
    object: ObjectDef, model: DataModel, columns: Sequence[Column], start: Start
) -> Iterator[list[tuple[Any, ...]]]:
    table = object.table
    shown = Shown(object, SYSTEM)
    own = {ID: table.c.id, "_deleted_at": table.c.deleted_at, "_merged_into": table.c.merged_into}

    def cell(column: Column) -> sa.ColumnElement[Any]:
        if column.prop:
            return table.c[column.prop.column]
        if column.association:
            return _led_to(column.association, table.c.id)
        return own.get(column.name, sa.literal(start.end, sa.BigInteger()))

    selected = [cell(column) for column in columns]
    statement = sa.select(table.c.id, *selected).order_by(table.c.id).limit(PAGE)
    if start.behind is not None:
        statement = statement.where(table.c.id > start.behind)
    wanted: list[int] | None = None
    if start.span is not None:
        ids = touched(start.span, model, object.id).subquery()
        wanted = [int(row[0]) for row in rows(sa.select(ids.c.id).distinct().order_by(ids.c.id))]
    for page in _paged(statement, table.c.id, wanted):
        yield [
            tuple(
                _told(shown, column.prop, value) if column.prop else value
                for column, value in zip(columns, row[1:], strict=True)
            )
            for row in page
        ]


def _led_to(association: AssociationDef, id: sa.ColumnElement[int]) -> sa.ColumnElement[Any]:
    """The record that a relation to one other leads to from a record."""
    there = sa.select(sa.func.min(LINK.c.to_id)).where(
        LINK.c.association_id == association.id, LINK.c.from_id == id
    )
    return there.scalar_subquery()


def _paged(
    statement: sa.Select[Any], id: sa.ColumnElement[int], wanted: list[int] | None
) -> Iterator[list[tuple[Any, ...]]]:
    """Pages of all rows by their id, or of those with the ids wanted."""
    if wanted is not None:
        for begin in range(0, len(wanted), PAGE):
            yield rows(statement.where(id.in_(wanted[begin : begin + PAGE])))
        return
    page = rows(statement)
    while page:
        yield page
        page = rows(statement.where(id > page[-1][0])) if len(page) == PAGE else []


def _told(shown: Shown, prop: PropertyDef, value: Any) -> Any:
    """A value as its column holds it."""
    if value is None or prop.kind.name in {"integer", "boolean", "date", "datetime"}:
        return value
    if isinstance(value, Decimal):
        return f"{value:f}"
    plain = shown.value(prop, value)
    return plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)


def _pairs(association: AssociationDef, model: DataModel) -> Iterator[list[tuple[Any, ...]]]:
    """Pairs of records of which neither is in the bin."""
    start = model.object(association.from_object).table.alias("start")
    end = model.object(association.to_object).table.alias("end_")
    begin, other = LINK.c.from_id, LINK.c.to_id
    statement = (
        sa.select(begin, other)
        .join(start, start.c.id == begin)
        .join(end, end.c.id == other)
        .where(
            LINK.c.association_id == association.id,
            start.c.deleted_at.is_(None),
            end.c.deleted_at.is_(None),
        )
        .order_by(begin, other)
        .limit(PAGE)
    )
    page = rows(statement)
    while page:
        yield page
        if len(page) < PAGE:
            return
        last = page[-1]
        page = rows(statement.where(begin >= last[0], sa.or_(begin > last[0], other > last[1])))


def _events(
    model: DataModel, columns: Sequence[Column], start: Start
) -> Iterator[list[tuple[Any, ...]]]:
    objects = {each.id: each.name for each in model.objects}
    associations = {each.id: each.name for each in model.associations}
    people = {user.pk: user.email for user in users()}
    statement = (
        sa.select(
            EVENT.c.id,
            EVENT.c.name,
            CHANGE_SET.c.at,
            EVENT.c.object_id,
            EVENT.c.record_id,
            EVENT.c.other_id,
            EVENT.c.association_id,
            CHANGE_SET.c.user_id,
            CHANGE_SET.c.source,
            CHANGE_SET.c.source_id,
            CHANGE_SET.c.is_quiet,
            EVENT.c.data,
        )
        .select_from(EVENT.join(CHANGE_SET, CHANGE_SET.c.id == EVENT.c.change_set_id))
        .where(_before(start.end) if start.span is None else start.span)
        .order_by(EVENT.c.id)
        .limit(PAGE)
    )
    if start.behind is not None:
        statement = statement.where(EVENT.c.id > start.behind)
    places = [list(EVENT_COLUMNS).index(column.name) for column in columns]
    named = {3: objects, 6: associations, 7: people}
    for page in _paged(statement, EVENT.c.id, None):
        made = []
        for row in page:
            whole = [
                named[place].get(value) if place in named else value
                for place, value in enumerate((*row, start.end))
            ]
            made.append(tuple(whole[place] for place in places))
        yield made
