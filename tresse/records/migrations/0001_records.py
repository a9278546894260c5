"""Makes the tables that grow with records, and the one counter of record ids."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from sqlalchemy.schema import CreateIndex, CreateTable

from tresse.engine.statements import DIALECTS
from tresse.records.tables import COUNTER, METADATA


def make_tables(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:  # noqa: ARG001
    """Compile the tables for this database and create them."""
    vendor = editor.connection.vendor
    for table in METADATA.sorted_tables:
        if table is COUNTER and vendor == "postgresql":
            continue
        editor.execute(str(CreateTable(table).compile(dialect=DIALECTS[vendor])), params=None)
        for index in sorted(table.indexes, key=lambda each: str(each.name)):
            editor.execute(str(CreateIndex(index).compile(dialect=DIALECTS[vendor])), params=None)
    if vendor == "postgresql":
        editor.execute("CREATE SEQUENCE record_id", params=None)
        # A reader takes only rows older than every open transaction, or a late commit is missed.
        editor.execute(
            "ALTER TABLE event ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id()",
            params=None,
        )
    else:
        editor.execute("INSERT INTO record_counter (id, last) VALUES (1, 0)", params=None)


class Migration(migrations.Migration):
    """Tables described in `records/tables.py`."""

    initial = True
    dependencies = [("objects", "0001_objects")]
    operations = [migrations.RunPython(make_tables, migrations.RunPython.noop)]
