"""PostgreSQL learns the normal and folded forms of `kernel.text`, for columns that keep none."""

from django.db import migrations

from tresse.engine.postgresql import DROPS, FUNCTIONS


def run(statements):
    def on_postgresql(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            with schema_editor.connection.cursor() as cursor:
                for text in statements:
                    cursor.execute(text)

    return on_postgresql


class Migration(migrations.Migration):
    dependencies = [("objects", "0001_objects")]

    operations = [migrations.RunPython(run(FUNCTIONS), run(DROPS))]
