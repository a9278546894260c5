"""Makes the tables of merging, other values and duplicates."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from sqlalchemy.schema import CreateIndex, CreateTable

from tresse.engine.statements import DIALECTS
from tresse.records.merge_tables import MERGING


def make_tables(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:  # noqa: ARG001
    """Compile the tables for this database and create them."""
    dialect = DIALECTS[editor.connection.vendor]
    for table in MERGING.sorted_tables:
        editor.execute(str(CreateTable(table).compile(dialect=dialect)), params=None)
        for index in sorted(table.indexes, key=lambda each: str(each.name)):
            editor.execute(str(CreateIndex(index).compile(dialect=dialect)), params=None)


class Migration(migrations.Migration):
    """Tables described in `records/merge_tables.py`."""

    dependencies = [("records", "0002_saved_views")]
    operations = [migrations.RunPython(make_tables, migrations.RunPython.noop)]
