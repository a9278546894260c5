"""Notifications that also go by e-mail wait in an outbox."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """After what people choose of them."""

    dependencies = [("jobs", "0002_choices")]

    operations = [
        migrations.CreateModel(
            "MailCopy",
            [
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("is_daily", models.BooleanField()),
                ("due_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(null=True)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("error", models.TextField(blank=True)),
                (
                    "notification",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="copy",
                        to="jobs.notification",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            "mailcopy",
            models.Index(
                fields=["due_at"],
                condition=models.Q(sent_at__isnull=True),
                name="mail_waiting",
            ),
        ),
    ]
