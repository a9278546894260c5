"""PostgreSQL learns what formulas compute beyond its own words."""

from collections.abc import Callable, Iterable

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from tresse.engine.postgresql_formulas import DROPS, FUNCTIONS


def run(statements: Iterable[str]) -> Callable[[Apps, BaseDatabaseSchemaEditor], None]:
    """What runs the statements on PostgreSQL and nothing elsewhere."""

    def on_postgresql(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:  # noqa: ARG001
        if editor.connection.vendor == "postgresql":
            with editor.connection.cursor() as cursor:
                for text in statements:
                    cursor.execute(text)

    return on_postgresql


class Migration(migrations.Migration):
    """After the functions for normal forms."""

    dependencies = [("objects", "0003_layout")]

    operations = [migrations.RunPython(run(FUNCTIONS), run(DROPS))]
