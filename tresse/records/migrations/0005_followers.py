"""Adds how far the event rows are read by those who follow them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """The table of `records.models.Follower`."""

    dependencies = [("records", "0004_bulk_edits")]
    operations = [
        migrations.CreateModel(
            name="Follower",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60, unique=True)),
                ("position", models.BigIntegerField()),
            ],
        ),
    ]
