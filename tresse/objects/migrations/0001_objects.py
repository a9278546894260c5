"""Makes the tables that describe object types, properties, association types and pipelines."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='ObjectType',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, unique=True)),
                ('label', models.CharField(max_length=100)),
                ('plural', models.CharField(max_length=100)),
                ('icon', models.CharField(default='circle-dot', max_length=40)),
                ('colour', models.CharField(default='grey', max_length=20)),
                ('title', models.CharField(blank=True, max_length=60)),
                ('subtitle', models.CharField(blank=True, max_length=60)),
                ('former_labels', models.JSONField(default=list)),
                ('search', models.JSONField(default=list)),
                ('has_pipelines', models.BooleanField(default=False)),
                ('has_activities', models.BooleanField(default=True)),
                ('position', models.PositiveIntegerField(default=0)),
                ('is_builtin', models.BooleanField(default=False)),
                ('is_archived', models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name='AssociationType',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, unique=True)),
                ('forward_label', models.CharField(max_length=100)),
                ('inverse_label', models.CharField(max_length=100)),
                ('max_forward', models.PositiveIntegerField(null=True)),
                ('max_inverse', models.PositiveIntegerField(null=True)),
                ('is_symmetric', models.BooleanField(default=False)),
                ('is_default', models.BooleanField(default=False)),
                ('is_primary', models.BooleanField(default=False)),
                ('is_part', models.BooleanField(default=False)),
                ('shares_timeline', models.BooleanField(default=True)),
                ('former_forward', models.JSONField(default=list)),
                ('former_inverse', models.JSONField(default=list)),
                ('position', models.PositiveIntegerField(default=0)),
                ('is_builtin', models.BooleanField(default=False)),
                ('is_archived', models.BooleanField(default=False)),
                ('parent', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='link_labels', to='objects.associationtype')),
                ('from_object', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='objects.objecttype')),
                ('to_object', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='objects.objecttype')),
            ],
        ),
        migrations.CreateModel(
            name='Pipeline',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60)),
                ('label', models.CharField(max_length=100)),
                ('position', models.PositiveIntegerField(default=0)),
                ('object_type', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pipelines', to='objects.objecttype')),
            ],
        ),
        migrations.CreateModel(
            name='Property',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60)),
                ('label', models.CharField(max_length=100)),
                ('label_key', models.CharField(max_length=400)),
                ('former_labels', models.JSONField(default=list)),
                ('group', models.CharField(blank=True, max_length=100)),
                ('description', models.TextField(blank=True)),
                ('kind', models.CharField(max_length=40)),
                ('settings', models.JSONField(default=dict)),
                ('rules', models.JSONField(default=list)),
                ('default', models.TextField(blank=True)),
                ('column', models.CharField(max_length=63)),
                ('has_normal', models.BooleanField(default=False)),
                ('is_required', models.BooleanField(default=False)),
                ('is_unique', models.BooleanField(default=False)),
                ('is_match_key', models.BooleanField(default=False)),
                ('is_indexed', models.BooleanField(default=False)),
                ('is_read_only', models.BooleanField(default=False)),
                ('is_fixed', models.BooleanField(default=False)),
                ('is_builtin', models.BooleanField(default=False)),
                ('is_archived', models.BooleanField(default=False)),
                ('position', models.PositiveIntegerField(default=0)),
                ('object_type', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='properties', to='objects.objecttype')),
            ],
        ),
        migrations.CreateModel(
            name='Option',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60)),
                ('label', models.CharField(max_length=200)),
                ('aliases', models.JSONField(default=list)),
                ('colour', models.CharField(default='grey', max_length=20)),
                ('position', models.PositiveIntegerField(default=0)),
                ('is_archived', models.BooleanField(default=False)),
                ('property', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='options', to='objects.property')),
            ],
        ),
        migrations.CreateModel(
            name='Stage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60)),
                ('label', models.CharField(max_length=100)),
                ('position', models.PositiveIntegerField(default=0)),
                ('probability', models.PositiveSmallIntegerField(default=0)),
                ('kind', models.CharField(default='open', max_length=10)),
                ('required', models.JSONField(default=list)),
                ('pipeline', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='stages', to='objects.pipeline')),
            ],
        ),
        migrations.AddConstraint(
            model_name='pipeline',
            constraint=models.UniqueConstraint(fields=('object_type', 'name'), name='pipeline_name_per_type'),
        ),
        migrations.AddConstraint(
            model_name='property',
            constraint=models.UniqueConstraint(fields=('object_type', 'name'), name='property_name_per_type'),
        ),
        migrations.AddConstraint(
            model_name='property',
            constraint=models.UniqueConstraint(fields=('object_type', 'label_key'), name='property_label_per_type'),
        ),
        migrations.AddConstraint(
            model_name='option',
            constraint=models.UniqueConstraint(fields=('property', 'name'), name='option_name_per_property'),
        ),
        migrations.AddConstraint(
            model_name='stage',
            constraint=models.UniqueConstraint(fields=('pipeline', 'name'), name='stage_name_per_pipeline'),
        ),
    ]
