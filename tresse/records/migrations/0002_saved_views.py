"""Adds saved views of index pages."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import tresse.kernel.clock


class Migration(migrations.Migration):
    """The table of `records.models.View`."""

    dependencies = [
        ("accounts", "0001_accounts"),
        ("objects", "0002_normal_form"),
        ("records", "0001_records"),
    ]
    operations = [
        migrations.CreateModel(
            name="View",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60)),
                ("label", models.CharField(max_length=100)),
                ("sharing", models.CharField(default="private", max_length=8)),
                ("filter", models.JSONField(null=True)),
                ("columns", models.JSONField(default=list)),
                ("widths", models.JSONField(default=dict)),
                ("sort", models.JSONField(default=list)),
                ("layout", models.CharField(default="table", max_length=8)),
                ("layout_settings", models.JSONField(default=dict)),
                ("position", models.PositiveIntegerField(default=0)),
                ("version", models.PositiveIntegerField(default=1)),
                ("created_at", models.DateTimeField(default=tresse.kernel.clock.now)),
                ("updated_at", models.DateTimeField(default=tresse.kernel.clock.now)),
                (
                    "object_type",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="objects.objecttype",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
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
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("object_type", "name"), name="view_name_per_type"
                    )
                ],
            },
        ),
    ]
