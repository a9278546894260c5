"""Records written as plain CSV, with ids and association columns (T80 to T85)."""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from django.db import connection, transaction

from tresse import filters
from tresse.accounts.actor import Actor
from tresse.kernel.errors import UNKNOWN_REFERENCE, WRONG_VALUE, nearest
from tresse.kernel.marks import N_
from tresse.objects.database import rows as read
from tresse.objects.derived import value_of
from tresse.objects.described import DataModel, ObjectDef, PropertyDef, Side
from tresse.objects.kinds.forms import ColumnForm
from tresse.objects.kinds.reading import Reading
from tresse.objects.readings import people, reading_for
from tresse.records.links import pairs_from
from tresse.records.tables import LINK
from tresse.records.title import title_of
from tresse.records.visibility import visible

BATCH = 2_000
ID = "ID"
FORMS = ("", "names", "brevo")
KEYS = ("id", "email", "external_id", "title")
NUMBERS = frozenset({"integer", "decimal", "money", "phone", "boolean", "date", "datetime"})
"Kinds whose texts need no guard against formulas (T84)."
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_NUMBER = re.compile(r"[+\-]?[0-9][0-9 .,()\-]*")
SEPARATOR = "; "


@dataclass(frozen=True)
class Asked:
    """What to write: `columns` names properties, None means all the person may read."""

    columns: Sequence[str] | None = None
    filter: Any = None
    with_links: bool = True
    form: str = ""
    keys: str = "id"


@dataclass(frozen=True)
class Column:
    """A property column: its header, its value, and how it becomes text."""

    header: str
    value: sa.ColumnElement[Any]
    write: Callable[[Any], str]


@dataclass(frozen=True)
class LinkColumn:
    """An association column seen from the exported object."""

    header: str
    side: Side
    other: ObjectDef


@contextmanager
def consistent() -> Iterator[None]:
    """One state of the data for all reads within the block; nobody waits for it."""
    if connection.vendor == "postgresql":
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield
        return
    if connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        # Django's own transactions take the write lock at once; this one only reads.
        cursor.execute("BEGIN DEFERRED")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("COMMIT")


class Exporting:
    """Writes the records of one object type that a person may see."""

    def __init__(self, model: DataModel, object: ObjectDef, asked: Asked, actor: Actor) -> None:
        if asked.form not in FORMS:
            raise WRONG_VALUE(name="form", wanted=" or ".join(FORMS[1:]), value=asked.form)
        if asked.keys not in KEYS:
            raise WRONG_VALUE(name="keys", wanted=" or ".join(KEYS), value=asked.keys)
        self._model, self._object, self._asked, self._actor = model, object, asked, actor
        self._table = object.table
        self.properties = self._properties()
        self.condition = self._condition()

    def _condition(self) -> sa.ColumnElement[bool]:
        seen = visible(self._object, self._actor, self._table)
        if self._asked.filter is None:
            return seen
        checked = filters.checked(
            self._asked.filter, self._object, model=self._model, actor=self._actor
        )
        chosen = filters.condition(checked, self._table, model=self._model, actor=self._actor)
        return sa.and_(seen, chosen)

    def _properties(self) -> list[Column]:
        """Id and external id first, then the properties asked for, or all (T81)."""
        known = {
            prop.name: prop
            for prop in self._object.active
            if self._actor.access(self._object.name, prop.name) != "none"
        }
        names = self._asked.columns
        if names is None:
            names = list(known)
        first = [name for name in ("id", "external_id") if name in known]
        chosen = dict.fromkeys([*first, *(name for name in names if name != "id")])
        for name in chosen:
            if name not in known:
                near = nearest(name, known)
                raise UNKNOWN_REFERENCE(sort=N_("column"), name=name, nearest=near)
        users = people()
        columns = []
        for name in chosen:
            prop = known[name]
            value = self._value(prop)
            if value is None:
                continue
            header = name if self._asked.form == "names" else prop.label
            form = ColumnForm(date_order="ymd", decimal_sign=".", zone="UTC")
            reading = reading_for(prop, self._object, actor=self._actor, form=form, users=users)
            columns.append(Column(ID if name == "id" else header, value, writer_of(prop, reading)))
        return columns

    def _value(self, prop: PropertyDef) -> sa.ColumnElement[Any] | None:
        if prop.name == "id":
            return self._table.c.id
        return value_of(prop, self._object, self._table, self._model)

    def link_columns(self) -> list[LinkColumn]:
        """Association columns in use, link labels too."""
        if not self._asked.with_links:
            return []
        used = {each.id for each in self._model.associations if _has(each.id)}
        is_brevo = self._asked.form == "brevo"
        columns = []
        for side in self._model.sides(self._object.name, labels=not is_brevo):
            other = self._model.object(side.other)
            if side.association.id not in used or self._actor.scope(other.name, "view") == "none":
                continue
            if is_brevo and not side.association.is_default:
                continue
            header = f"Associated {other.label}" if is_brevo else self._model.full_name(side)
            columns.append(LinkColumn(header, side, other))
        return columns

    def write(self, path: Path, *, seen: Callable[[int], None]) -> tuple[int, list[str]]:
        """Write the file; answers the number of rows and the headers."""
        with consistent(), path.open("w", encoding="utf-8-sig", newline="") as out:
            links = self.link_columns()
            headers = [*(each.header for each in self.properties), *(e.header for e in links)]
            writer = csv.writer(out)
            writer.writerow(headers)
            number = 0
            for batch in self._batches():
                for row in self._rows(batch, links):
                    writer.writerow(row)
                    number += 1
                seen(number)
        return number, headers

    def _batches(self) -> Iterator[list[tuple[Any, ...]]]:
        after = 0
        columns = [each.value.label(f"c{n}") for n, each in enumerate(self.properties)]
        while True:
            found = read(
                sa.select(self._table.c.id, *columns)
                .where(self._table.c.id > after, self.condition)
                .order_by(self._table.c.id)
                .limit(BATCH)
            )
            if not found:
                return
            yield found
            after = found[-1][0]

    def _rows(
        self, batch: Sequence[tuple[Any, ...]], links: Sequence[LinkColumn]
    ) -> Iterator[list[str]]:
        low, high = batch[0][0], batch[-1][0]
        linked = [self._linked(each, low, high) for each in links]
        columns = []
        for position, column in enumerate(self.properties):
            values = (row[position + 1] for row in batch)
            columns.append(["" if v is None else column.write(v) for v in values])
        for place, row in enumerate(batch):
            own = [texts[place] for texts in columns]
            others = [each.get(row[0], []) for each in linked]
            if self._asked.form == "brevo":
                yield from _one_link_a_row(own, others)
            else:
                yield [*own, *(SEPARATOR.join(each) for each in others)]

    def _linked(self, column: LinkColumn, low: int, high: int) -> dict[int, list[str]]:
        """Keys of the records linked to those of a range of ids."""
        pairs, table = pairs_from(column.side), column.other.table
        statement = (
            sa.select(pairs.c.here, table.c.id, *self._keys(column.other, table))
            .join_from(pairs, table, table.c.id == pairs.c.other)
            .where(pairs.c.here.between(low, high), visible(column.other, self._actor, table))
            .order_by(pairs.c.here, table.c.id)
        )
        found: dict[int, list[str]] = {}
        for here, id, *key in read(statement):
            text = str(key[0]) if key and key[0] and ";" not in str(key[0]) else str(id)
            if self._asked.keys == "external_id" and text != str(id):
                text = f"ext:{text}"
            found.setdefault(here, []).append(text)
        return found

    def _keys(self, other: ObjectDef, table: sa.Table) -> list[sa.ColumnElement[Any]]:
        if self._asked.keys == "title":
            return [title_of(other, table)]
        if self._asked.keys == "external_id":
            return [table.c.external_id]
        if self._asked.keys == "email" and other.has("email"):
            return [table.c[other.property("email").column]]
        return []


def _one_link_a_row(own: list[str], others: Sequence[Sequence[str]]) -> Iterator[list[str]]:
    """A row per link with one association cell filled; a record without links has one row."""
    empty = [""] * len(others)
    if not any(others):
        yield [*own, *empty]
    for position, keys in enumerate(others):
        for key in keys:
            yield [*own, *empty[:position], key, *empty[position + 1 :]]


def _has(association_id: int) -> bool:
    statement = sa.select(LINK.c.from_id).where(LINK.c.association_id == association_id).limit(1)
    return bool(read(statement))


def writer_of(prop: PropertyDef, reading: Reading) -> Callable[[Any], str]:
    """How values of a property become texts that an import reads back as they are (T83)."""
    kind = prop.kind
    if kind.name == "datetime":
        return lambda value: value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if kind.name in ("decimal", "money"):
        return lambda value: _plainly(kind.format(value, reading))
    if kind.name in NUMBERS:
        return lambda value: kind.format(value, reading)
    return lambda value: guarded(kind.format(value, reading))


def _plainly(text: str) -> str:
    """A fourth digit where three after the point could be thousands (T17)."""
    whole, point, places = text.partition(".")
    return f"{whole}.{places}0" if point and len(places) == 3 else text


def guarded(text: str) -> str:
    """A text that no spreadsheet takes for a formula (T84)."""
    if _FORMULA.match(text) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text
