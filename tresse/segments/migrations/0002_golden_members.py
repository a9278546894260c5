"""Makes the table of golden records that are in watched segments."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from sqlalchemy.schema import CreateIndex, CreateTable

from tresse.engine.statements import DIALECTS
from tresse.segments.golden_tables import METADATA


def make_tables(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:  # noqa: ARG001
    """Compile the table for this database and create it."""
    vendor = editor.connection.vendor
    for table in METADATA.sorted_tables:
        editor.execute(str(CreateTable(table).compile(dialect=DIALECTS[vendor])), params=None)
        for index in sorted(table.indexes, key=lambda each: str(each.name)):
            editor.execute(str(CreateIndex(index).compile(dialect=DIALECTS[vendor])), params=None)


class Migration(migrations.Migration):
    """The table described in `segments/golden_tables.py`."""

    dependencies = [("segments", "0001_segments")]
    operations = [migrations.RunPython(make_tables, migrations.RunPython.noop)]
