"""Makes the tables of lists and segments."""

from typing import Any

import django.db.models.deletion
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from sqlalchemy.schema import CreateIndex, CreateTable

import tresse.kernel.clock
from tresse.engine.statements import DIALECTS
from tresse.segments.tables import METADATA

ID = models.BigAutoField(
    auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
)


def shared() -> list[tuple[str, models.Field[Any, Any]]]:
    """The columns that lists and segments have in common."""
    return [
        ("id", ID.clone()),
        ("name", models.CharField(max_length=60, unique=True)),
        ("label", models.CharField(max_length=100)),
        ("base", models.CharField(max_length=80)),
        ("folder", models.CharField(blank=True, max_length=100)),
        ("description", models.TextField(blank=True)),
        ("sharing", models.CharField(default="private", max_length=8)),
        ("version", models.PositiveIntegerField(default=1)),
        ("created_at", models.DateTimeField(default=tresse.kernel.clock.now)),
        ("updated_at", models.DateTimeField(default=tresse.kernel.clock.now)),
        (
            "owner",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        (
            "team",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="accounts.team",
            ),
        ),
    ]


def make_tables(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:  # noqa: ARG001
    """Compile the tables of members for this database and create them."""
    vendor = editor.connection.vendor
    for table in METADATA.sorted_tables:
        editor.execute(str(CreateTable(table).compile(dialect=DIALECTS[vendor])), params=None)
        for index in sorted(table.indexes, key=lambda each: str(each.name)):
            editor.execute(str(CreateIndex(index).compile(dialect=DIALECTS[vendor])), params=None)
    if vendor == "postgresql":
        # Whoever follows the events reads them transaction by transaction.
        editor.execute("CREATE INDEX event_transaction ON event (xid)", params=None)


class Migration(migrations.Migration):
    """Tables described in `segments/models.py` and `segments/tables.py`."""

    initial = True
    dependencies = [("accounts", "0001_accounts"), ("records", "0005_followers")]
    operations = [
        migrations.CreateModel(name="List", fields=shared(), options={"abstract": False}),
        migrations.CreateModel(
            name="Segment",
            fields=[
                *shared(),
                ("filter", models.JSONField(default=dict)),
                ("keeps_size", models.BooleanField(default=False)),
                ("watched_since", models.DateTimeField(null=True)),
            ],
            options={"abstract": False},
        ),
        migrations.CreateModel(
            name="SegmentSize",
            fields=[
                ("id", ID.clone()),
                ("day", models.DateField()),
                ("size", models.BigIntegerField()),
                ("entered", models.BigIntegerField()),
                ("left", models.BigIntegerField()),
                (
                    "segment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sizes",
                        to="segments.segment",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("segment", "day"), name="one_size_a_day")
                ],
            },
        ),
        migrations.RunPython(make_tables, migrations.RunPython.noop),
    ]
