"""Rows drawn for a second reader."""

import django.db.models.deletion
import uuid
from django.db import migrations, models

from core.migrations_support import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("audits", "0004_companions"),
    ]

    operations = [
        migrations.CreateModel(
            name="RelabelSample",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField()),
                ("seed", models.BigIntegerField()),
                ("row_id", models.CharField(max_length=200)),
                ("row_ids", models.JSONField()),
                ("drawn_by", models.CharField(max_length=200)),
                (
                    "dataset",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="relabelling", to="audits.dataset"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        append_only("audits_relabelsample"),
    ]
