from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('sources', '0002_refused_and_order'),
    ]

    operations = [
        migrations.AddField(
            model_name='sourceversion',
            name='erasures',
            field=models.JSONField(default=list),
        ),
    ]
