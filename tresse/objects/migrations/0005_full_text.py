"""PostgreSQL learns to cut texts into words; record tables that are there get their index."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from tresse.engine.postgresql import SEARCH_DROPS, SEARCH_FUNCTIONS


def learn(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:  # noqa: ARG001
    """Make the functions; `tresse init` makes the indexes."""
    if editor.connection.vendor == "postgresql":
        with editor.connection.cursor() as cursor:
            for text in SEARCH_FUNCTIONS:
                cursor.execute(text)


def forget(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:  # noqa: ARG001
    """Drop the functions, and the indexes that name them."""
    if editor.connection.vendor == "postgresql":
        with editor.connection.cursor() as cursor:
            for text in SEARCH_DROPS:
                cursor.execute(f"{text} CASCADE")


class Migration(migrations.Migration):
    """After the functions of formulas."""

    dependencies = [("objects", "0004_formula_functions")]

    operations = [migrations.RunPython(learn, forget)]
