"""The cells of an index page's table, row by row."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.http import urlencode

from tresse.accounts.actor import Actor
from tresse.filters.paths import side_name
from tresse.objects.described import DataModel, ObjectDef, PropertyDef, Side
from tresse.records.addresses import index_address
from tresse.records.cells import Cell, Cells
from tresse.records.columns import Column
from tresse.records.lists import Others, linked_titles
from tresse.records.queries import Record
from tresse.records.visibility import reached


@dataclass(frozen=True, slots=True)
class TableCell:
    """What stands in one column of one row: a value, or the records it is linked to."""

    record_id: int
    column: Column
    cell: Cell | None = None
    others: Others | None = None
    other: ObjectDef | None = None
    all_address: str = ""
    "Where all linked records are, if the cell has not room for all."
    may_edit: bool = False

    @property
    def anchor(self) -> str:
        """Its id on the page."""
        return f"c{self.record_id}-{self.column.key}"


@dataclass(frozen=True, slots=True)
class Row:
    """One record and its cells, the title apart; `id` as text, which templates write faster."""

    record: Record
    cells: list[TableCell]
    id: str


def rows_of(
    model: DataModel,
    object: ObjectDef,
    records: Sequence[Record],
    columns: Sequence[Column],
    actor: Actor,
) -> list[Row]:
    """The rows of a page: one query per column of links, and one for what the person may edit."""
    ids = [record.id for record in records]
    linked = {
        column.key: linked_titles(model, column.side, ids, actor)
        for column in columns
        if column.side and ids
    }
    editable = [c.key for c in columns if c.prop and may_write(object, c.prop, actor)]
    reach = reached(object, ids, actor, "edit") if editable else set()
    makers = _makers(object, columns, actor)
    rows = []
    for record in records:
        cells = []
        for column in columns:
            if column.side:
                others = linked[column.key].get(record.id)
                cells.append(_links(model, object, record.id, column, column.side, others=others))
                continue
            prop = column.shown_prop
            assert prop is not None  # noqa: S101  a column is one of the three
            made = makers[prop.object_name].cell(prop, record.values[column.key])
            if column.key in record.waiting:
                made = replace(made, is_waiting=True)
            may_edit = column.key in editable and record.id in reach
            cells.append(TableCell(record.id, column, made, may_edit=may_edit))
        rows.append(Row(record, cells, str(record.id)))
    return rows


def may_write(object: ObjectDef, prop: PropertyDef, actor: Actor) -> bool:
    """Whether a property may be written by hand at all, whichever the record."""
    return (
        bool(prop.column)
        and not prop.is_read_only
        and not object.is_archived
        and actor.access(object.name, prop.name) == "edit"
    )


def _makers(object: ObjectDef, columns: Iterable[Column], actor: Actor) -> dict[str, Cells]:
    makers = {object.name: Cells(object, actor)}
    for column in columns:
        if column.path and column.path.base.name not in makers:
            makers[column.path.base.name] = Cells(column.path.base, actor)
    return makers


def _links(
    model: DataModel,
    object: ObjectDef,
    id: int,
    column: Column,
    side: Side,
    *,
    others: Others | None,
) -> TableCell:
    other = model.object(side.other)
    address = linked_address(object, id, side, other) if others and others.more else ""
    return TableCell(id, column, others=others, other=other, all_address=address)


def linked_address(object: ObjectDef, id: int, side: Side, other: ObjectDef) -> str:
    """The index page of all records that one side links a record to."""
    back = side if side.association.is_symmetric else Side(side.association, not side.forward)
    condition: dict[str, Any] = {
        "linked": object.name,
        "by": [side_name(back)],
        "filter": {"property": "id", "operator": "is", "value": id},
    }
    return f"{index_address(other)}?{urlencode({'filter': json.dumps({'all': [condition]})})}"
