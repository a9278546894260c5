"""PostgreSQL cuts texts into the same words in a third of the time; the indexes stay."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from tresse.engine.postgresql import SEARCH_FUNCTIONS


def learn(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:  # noqa: ARG001
    """Make the functions again: what they answer is the same."""
    if editor.connection.vendor == "postgresql":
        with editor.connection.cursor() as cursor:
            for text in SEARCH_FUNCTIONS:
                cursor.execute(text)


class Migration(migrations.Migration):
    """After the history of kinds."""

    dependencies = [("objects", "0006_kind_changes")]

    operations = [migrations.RunPython(learn, migrations.RunPython.noop)]
