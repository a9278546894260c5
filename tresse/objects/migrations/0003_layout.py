"""Object types keep the layout of their record pages."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """After the normal forms."""

    dependencies = [("objects", "0002_normal_form")]

    operations = [
        migrations.AddField("objecttype", "layout", models.JSONField(default=dict)),
    ]
