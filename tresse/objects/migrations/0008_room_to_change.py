"""Pages of record tables on PostgreSQL keep room for changed records from now on."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from tresse.objects.tables import FILL, table_name


def leave_room(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Set it for the tables that are there; pages that are full stay so."""
    if editor.connection.vendor == "postgresql":
        ids = apps.get_model("objects", "ObjectType").objects.values_list("pk", flat=True)
        with editor.connection.cursor() as cursor:
            for id in ids:
                cursor.execute(
                    f'ALTER TABLE IF EXISTS "{table_name(id)}" SET (fillfactor = {FILL})'
                )


class Migration(migrations.Migration):
    """After the faster words."""

    dependencies = [("objects", "0007_faster_words")]

    operations = [migrations.RunPython(leave_room, migrations.RunPython.noop)]
