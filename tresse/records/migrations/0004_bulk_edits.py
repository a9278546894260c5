"""Adds bulk edits, undo, and the tables of their records."""

from typing import Any

import django.db.models.deletion
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from sqlalchemy.schema import CreateTable

import tresse.kernel.clock
from tresse.engine.statements import DIALECTS
from tresse.records.bulk_tables import BULK

ID = models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


def make_tables(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:  # noqa: ARG001
    """Compile the tables for this database and create them."""
    dialect = DIALECTS[editor.connection.vendor]
    for table in BULK.sorted_tables:
        editor.execute(str(CreateTable(table).compile(dialect=dialect)), params=None)


def _author() -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(
        null=True,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to=settings.AUTH_USER_MODEL,
    )


class Migration(migrations.Migration):
    """The tables of `records.models.BulkEdit` and `Undo`, and those of `records.bulk_tables`."""

    dependencies = [("accounts", "0001_accounts"), ("records", "0003_merging")]
    operations = [
        migrations.CreateModel(
            name="BulkEdit",
            fields=[
                ("id", ID),
                ("object_name", models.CharField(max_length=60)),
                ("settings", models.JSONField()),
                ("selection", models.JSONField()),
                ("number", models.BigIntegerField()),
                ("state", models.CharField(default="queued", max_length=10)),
                ("job_id", models.BigIntegerField(null=True)),
                ("change_set_id", models.BigIntegerField(null=True, unique=True)),
                ("changed", models.BigIntegerField(default=0)),
                ("unchanged", models.BigIntegerField(default=0)),
                ("refused", models.BigIntegerField(default=0)),
                ("created_at", models.DateTimeField(default=tresse.kernel.clock.now)),
                ("finished_at", models.DateTimeField(null=True)),
                ("author", _author()),
            ],
            options={
                "indexes": [models.Index(fields=["author", "-id"], name="bulk_edit_of_author")]
            },
        ),
        migrations.CreateModel(
            name="Undo",
            fields=[
                ("id", ID),
                ("change_set_id", models.BigIntegerField(unique=True)),
                ("own_change_set_id", models.BigIntegerField(null=True)),
                ("target", models.CharField(max_length=300)),
                ("additions", models.JSONField(default=dict)),
                ("state", models.CharField(default="queued", max_length=10)),
                ("job_id", models.BigIntegerField(null=True)),
                ("reversed", models.BigIntegerField(default=0)),
                ("kept", models.BigIntegerField(default=0)),
                ("failed", models.BigIntegerField(default=0)),
                ("links_removed", models.BigIntegerField(default=0)),
                ("links_restored", models.BigIntegerField(default=0)),
                ("created_at", models.DateTimeField(default=tresse.kernel.clock.now)),
                ("finished_at", models.DateTimeField(null=True)),
                ("author", _author()),
            ],
        ),
        migrations.RunPython(make_tables, migrations.RunPython.noop),
    ]
