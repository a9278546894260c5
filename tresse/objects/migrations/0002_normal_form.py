"""PostgreSQL learns the normal and folded forms of `kernel.text`, for columns that keep none."""

from collections.abc import Callable, Iterable

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from tresse.engine.postgresql import DROPS, FUNCTIONS


def run(statements: Iterable[str]) -> Callable[[Apps, BaseDatabaseSchemaEditor], None]:
    """What runs the statements on PostgreSQL and nothing elsewhere."""

    def on_postgresql(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:  # noqa: ARG001
        if editor.connection.vendor == "postgresql":
            with editor.connection.cursor() as cursor:
                for text in statements:
                    cursor.execute(text)

    return on_postgresql


class Migration(migrations.Migration):
    """After the tables of definitions."""

    dependencies = [("objects", "0001_objects")]

    operations = [migrations.RunPython(run(FUNCTIONS), run(DROPS))]
