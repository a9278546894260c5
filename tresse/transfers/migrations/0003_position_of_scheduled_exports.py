"""Follow the events a scheduled export has seen; when it is due stands with the jobs."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """One column comes, one goes."""

    dependencies = [("transfers", "0002_exports_and_templates")]

    operations = [
        migrations.RemoveField("scheduledexport", "next_at"),
        migrations.AddField(
            "scheduledexport", "position", models.BigIntegerField(null=True)
        ),
    ]
