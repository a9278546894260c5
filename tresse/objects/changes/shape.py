"""Brings a record table in line with definitions that have just changed."""

from collections.abc import Sequence

import sqlalchemy as sa
from django.db import IntegrityError, connection, transaction

from tresse.engine.statements import prepared
from tresse.objects import models, words
from tresse.objects.changes.refusals import DUPLICATES_EXIST
from tresse.objects.database import rows
from tresse.objects.described import ObjectDef, PropertyDef, data_model
from tresse.objects.kinds import KINDS
from tresse.objects.labels import shown_label
from tresse.objects.making import is_compared, stores_normal
from tresse.objects.tables import (
    add_columns,
    create_indexes,
    drop_columns,
    drop_indexes,
    indexes,
    property_columns,
)

BATCH = 5_000
SHOWN_DUPLICATES = 20


def reshape(before: ObjectDef) -> ObjectDef:
    """Add and fill what the definitions of an object type now ask for, drop what they no longer do.

    Args:
        before: The object type as it was described before its rows changed.

    Returns:
        The object type as it is now.

    Raises:
        TresseError: `duplicates_exist`; a property became unique whose values are not (C19).
    """
    settle_normal_forms(before.id)
    after = data_model().object_by_id(before.id)
    old, new = columns_of(before.properties), columns_of(after.properties)
    was = {index.name: index for index in indexes(before.id, before.properties)}
    wanted = {index.name: index for index in indexes(after.id, after.properties)}
    drop_indexes(str(name) for name in was if name not in wanted)
    words.drop_stale(after)
    drop_columns(after.id, [column for name, column in old.items() if name not in new])
    added = [column for name, column in new.items() if name not in old]
    add_columns(after.id, added)
    fill_normal_forms(after, {column.name for column in added})
    make_indexes(after, [index for name, index in wanted.items() if name not in was])
    words.settle(after)
    return after


def columns_of(properties: Sequence[PropertyDef]) -> dict[str, sa.Column[object]]:
    """The columns of all properties by physical name."""
    return {column.name: column for prop in properties for column in property_columns(prop)}


def settle_normal_forms(object_id: int) -> None:
    """Keep the normal form of just those properties that are looked up by it."""
    object_type = models.ObjectType.objects.get(id=object_id)
    for prop in object_type.properties.exclude(column=""):
        wanted = stores_normal(KINDS[prop.kind], is_compared=is_compared(prop, object_type))
        if wanted != prop.has_normal:
            prop.has_normal = wanted
            prop.save(update_fields=["has_normal"])


def fill_normal_forms(object_: ObjectDef, columns: set[str]) -> None:
    """Work out the normal forms of stored values for columns that were just added."""
    for prop in object_.properties:
        if prop.has_normal and prop.normal_column in columns:
            _fill(object_, prop)


def _fill(object_: ObjectDef, prop: PropertyDef) -> None:
    table = object_.table
    value, normal = table.c[prop.column], table.c[prop.normal_column]
    update = (
        sa.update(table)
        .where(table.c.id == sa.bindparam("record"))
        .values({normal: sa.bindparam("form")})
    )
    text = prepared(update, connection.vendor).text
    last = 0
    while True:
        batch = rows(
            sa.select(table.c.id, value)
            .where(table.c.id > last, value.is_not(None))
            .order_by(table.c.id)
            .limit(BATCH)
        )
        if not batch:
            return
        forms = prop.kind.normals([each for _, each in batch])
        with connection.cursor() as cursor:
            cursor.executemany(
                text,
                [
                    {"record": record, "form": form}
                    for (record, _), form in zip(batch, forms, strict=True)
                ],
            )
        last = batch[-1][0]


def make_indexes(object_: ObjectDef, wanted: Sequence[sa.Index]) -> None:
    """Make indexes of a record table.

    Raises:
        TresseError: `duplicates_exist`, with their number and the first of them.
    """
    for prop in object_.properties:
        mine = [index for index in wanted if _is_of(index, prop)]
        if any(index.unique for index in mine):
            check_no_duplicates(object_, prop)
    try:
        with transaction.atomic():
            create_indexes(wanted)
    except IntegrityError:
        # Written meanwhile by somebody else, between the look and the index.
        for prop in object_.properties:
            if prop.is_unique:
                check_no_duplicates(object_, prop)
        raise


def _is_of(index: sa.Index, prop: PropertyDef) -> bool:
    return bool(prop.column) and index.columns[0].name == prop.normal_column


def check_no_duplicates(object_: ObjectDef, prop: PropertyDef) -> None:
    """Refuse if two records outside the bin share a value.

    Raises:
        TresseError: `duplicates_exist`.
    """
    table = object_.table
    compared = table.c[prop.normal_column]
    shared = (
        sa.select(compared, sa.func.min(table.c[prop.column]).label("shown"))
        .where(compared.is_not(None), table.c.deleted_at.is_(None))
        .group_by(compared)
        .having(sa.func.count() > 1)
        .subquery()
    )
    [(number,)] = rows(sa.select(sa.func.count()).select_from(shared))
    if number:
        first = rows(sa.select(shared.c.shown).order_by(shared.c.shown).limit(SHOWN_DUPLICATES))
        values = [value for (value,) in first]
        raise DUPLICATES_EXIST(number=number, property=shown_label(prop), values=values)
