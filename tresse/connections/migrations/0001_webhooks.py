"""Webhooks and the messages on their way to them."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Webhook',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, unique=True)),
                ('label', models.CharField(max_length=100)),
                ('url', models.CharField(max_length=2048)),
                ('events', models.JSONField(default=list)),
                ('object_names', models.JSONField(default=list)),
                ('leaves_out_quiet', models.BooleanField(default=False)),
                ('state', models.CharField(choices=[('active', 'active'), ('paused', 'paused'), ('broken', 'broken')], default='active', max_length=10)),
                ('secret', models.TextField()),
                ('former_secret', models.TextField(default='')),
                ('former_until', models.DateTimeField(null=True)),
                ('position', models.BigIntegerField(default=0)),
                ('author_id', models.BigIntegerField(null=True)),
                ('created_at', models.DateTimeField()),
                ('last_good_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('message', models.CharField(max_length=40, unique=True)),
                ('body', models.TextField()),
                ('number', models.PositiveIntegerField()),
                ('state', models.CharField(choices=[('waiting', 'waiting'), ('done', 'done'), ('failed', 'failed')], default='waiting', max_length=10)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('next_at', models.DateTimeField(null=True)),
                ('held_until', models.DateTimeField(null=True)),
                ('status', models.PositiveSmallIntegerField(default=0)),
                ('error', models.TextField(default='')),
                ('created_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('webhook', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='connections.webhook')),
            ],
            options={
                'indexes': [models.Index(fields=['state', 'next_at'], name='delivery_due'), models.Index(fields=['webhook', '-id'], name='delivery_of_webhook')],
            },
        ),
    ]
