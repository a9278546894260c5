"""Adds changes of the kind of properties."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """The table of `objects.models.KindChange`."""

    dependencies = [("objects", "0005_full_text")]
    operations = [
        migrations.CreateModel(
            name="KindChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("state", models.CharField(default="filling", max_length=20)),
                ("old_kind", models.CharField(max_length=40)),
                ("new_kind", models.CharField(max_length=40)),
                ("old_column", models.CharField(max_length=63)),
                ("new_column", models.CharField(max_length=63)),
                ("old_facts", models.JSONField(default=dict)),
                ("new_facts", models.JSONField(default=dict)),
                ("form", models.JSONField(default=dict)),
                ("empties", models.BooleanField(default=False)),
                ("change_set_id", models.BigIntegerField(null=True)),
                ("created_at", models.DateTimeField()),
                ("done_at", models.DateTimeField(null=True)),
                ("is_kept", models.BooleanField(default=False)),
                (
                    "property",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="kind_changes",
                        to="objects.property",
                    ),
                ),
            ],
        ),
    ]
