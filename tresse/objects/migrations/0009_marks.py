"""Changes of definitions leave marks from now on; the first one is of the definitions there are."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from tresse.objects import marks


def leave_first(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:  # noqa: ARG001
    """Without any mark nothing may be kept."""
    apps.get_model("objects", "Mark").objects.create(number=1)


class Migration(migrations.Migration):
    """After the room to change."""

    dependencies = [("objects", "0008_room_to_change")]

    operations = [
        migrations.CreateModel(
            name="Mark",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.BigIntegerField()),
            ],
        ),
        migrations.RunPython(marks.create, marks.drop),
        migrations.RunPython(leave_first, migrations.RunPython.noop),
    ]
