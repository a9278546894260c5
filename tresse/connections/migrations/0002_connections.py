"""What can be reached: how, and what the last check found."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('connections', '0001_webhooks'),
    ]

    operations = [
        migrations.CreateModel(
            name='Connection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, unique=True)),
                ('kind', models.CharField(max_length=40)),
                ('settings', models.JSONField(default=dict)),
                ('secrets', models.JSONField(default=dict)),
                ('is_enabled', models.BooleanField(default=True)),
                ('is_builtin', models.BooleanField(default=False)),
                ('owner_id', models.BigIntegerField(null=True)),
                ('created_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('checked_at', models.DateTimeField(null=True)),
                ('is_good', models.BooleanField(null=True)),
                ('code', models.CharField(default='', max_length=60)),
                ('said', models.JSONField(default=dict)),
                ('failing_since', models.DateTimeField(null=True)),
                ('is_told', models.BooleanField(default=False)),
                ('offered_key', models.TextField(default='')),
            ],
        ),
    ]
