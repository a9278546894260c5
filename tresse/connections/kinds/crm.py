"""This installation itself: its records (`crm`), and the journal of what happened (`events`)."""

from collections.abc import Iterator
from typing import ClassVar

import pyarrow as pa

from tresse.connections.installation import described, event_tables, read, record_tables
from tresse.connections.kinds.base import ColumnSeen, Kind, Opened, Request, Said, Seen, TableSeen
from tresse.connections.refusals import WRITES_NONE
from tresse.kernel.marks import N_
from tresse.objects.described import data_model

SEES = N_("This installation. Tables: {number}. Rows: {rows}.")


class Crm(Kind):
    """Every object type is a table, every association type one of two columns (S96).

    A relation to one other record is a column of its object too, with the id of that record.
    """

    name = "crm"
    label = N_("Records of Tresse")
    icon = "users"
    reads: ClassVar[tuple[str, ...]] = ("table",)
    is_builtin = True

    def check(self, opened: Opened) -> Seen:
        """The tables and their rows."""
        tables = self.tables(opened)
        rows = sum(each.rows or 0 for each in tables)
        said = Said(SEES, {"number": len(tables), "rows": f"{rows:,}"})
        return Seen(True, said, tables=tables)

    def tables(self, opened: Opened) -> tuple[TableSeen, ...]:  # noqa: ARG002
        """Object types and association types."""
        return record_tables(data_model())

    def describe(self, opened: Opened, request: Request) -> tuple[ColumnSeen, ...]:
        """Its columns."""
        found = described(request.table, request.columns, opened.kind)
        return tuple(column.seen for column in found)

    def read(self, opened: Opened, request: Request) -> Iterator[pa.RecordBatch]:
        """The rows; with the cursor `_sequence`, those that changed since."""
        return read(request, opened.kind)

    def check_writing(self, opened: Opened) -> Seen:
        """Nothing is written so."""
        raise WRITES_NONE(name=opened.name)


class Events(Crm):
    """What happened to records, one row each."""

    name = "events"
    label = N_("Events of Tresse")
    icon = "activity"

    def tables(self, opened: Opened) -> tuple[TableSeen, ...]:  # noqa: ARG002
        """The journal."""
        return event_tables()
