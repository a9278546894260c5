"""Other values of records in an import (C21): they find the record, and do not replace its own.

Costs nothing where no record of the file's object holds one: then there is nothing to ask for.
"""

from collections.abc import Iterator

import sqlalchemy as sa

from tresse.engine.stored import stored_text
from tresse.objects.database import rows
from tresse.objects.described import ObjectDef, PropertyDef
from tresse.records.merge_tables import OTHER_VALUE
from tresse.transfers.decide import FOUND, REPEATED
from tresse.transfers.layout import Key, Layout
from tresse.transfers.stage import Ready
from tresse.transfers.staged import Staged


class OtherValues:
    """The other values of one object type, as far as there are any."""

    def __init__(self, object: ObjectDef) -> None:
        used = sa.select(OTHER_VALUE.c.property_id).where(OTHER_VALUE.c.object_id == object.id)
        held = {id for (id,) in rows(used.distinct())}
        self._by_column = {
            prop.normal_column: prop
            for prop in object.properties
            if prop.id in held and prop.column
        }

    def of_key(self, key: Key) -> PropertyDef | None:
        """The property of a key that some record holds an other value of."""
        return self._by_column.get(key.columns[0][1]) if len(key.columns) == 1 else None

    def of(self, prop: PropertyDef) -> PropertyDef | None:
        """The property, if some record holds an other value of it."""
        return self._by_column.get(prop.normal_column)

    def is_other(
        self, column: str, record: sa.FromClause, text: sa.ColumnElement[str]
    ) -> sa.ColumnElement[bool]:
        """Whether a text is an other value that the record holds for a record column."""
        prop = self._by_column.get(column)
        if prop is None:
            return sa.false()
        return sa.exists().where(
            OTHER_VALUE.c.property_id == prop.id,
            OTHER_VALUE.c.record_id == record.c.id,
            OTHER_VALUE.c.compared == text,
        )


def holders(prop: PropertyDef, text: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """The rows of `other_value` that a text means for a property."""
    return sa.and_(OTHER_VALUE.c.property_id == prop.id, OTHER_VALUE.c.compared == text)


def keep_main_values(layout: Layout, staged: Staged) -> None:
    """Let rows that name a record by an other value carry its main value, so that it stays."""
    others = OtherValues(layout.object)
    for column in layout.values:
        if column.is_written and others.of(column.prop):
            for target, source in _pairs(column.prop, column.target, column.normal):
                Ready(_main_value(layout, staged, column.prop, column.normal, target, source)).run()


def _pairs(prop: PropertyDef, target: str, normal: str) -> Iterator[tuple[str, str]]:
    """Stage column and record column; what is compared comes last, as the others ask for it."""
    if prop.has_normal:
        yield target, prop.column
    yield normal, prop.normal_column


def _main_value(
    layout: Layout,
    staged: Staged,
    prop: PropertyDef,
    compared: str,
    target: str,
    source: str,
) -> sa.Update:
    file, plan, record = staged.rows, staged.plan, layout.object.table.alias("r")
    held = (
        sa.select(plan.c.line)
        .join_from(plan, file, file.c.line == plan.c.line)
        .join(OTHER_VALUE, OTHER_VALUE.c.record_id == plan.c.ref)
        .join(record, record.c.id == plan.c.ref)
        .where(
            plan.c.outcome.in_((FOUND, REPEATED)),
            holders(prop, stored_text(file.c[compared])),
            record.c[prop.column].is_not(None),
        )
    )
    main = (
        sa.select(record.c[source])
        .join_from(plan, record, record.c.id == plan.c.ref)
        .where(plan.c.line == file.c.line)
        .scalar_subquery()
    )
    return file.update().where(file.c.line.in_(held)).values({file.c[target]: main})
