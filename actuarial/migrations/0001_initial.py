"""Studies; final once they have an end."""

import uuid
from django.db import migrations, models

from core.migrations_support import frozen_when


class Migration(migrations.Migration):
    initial = True
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Study",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField()),
                ("kind", models.CharField(max_length=20)),
                (
                    "state",
                    models.CharField(
                        choices=[("requested", "Requested"), ("completed", "Completed"), ("failed", "Failed")],
                        default="requested",
                        max_length=10,
                    ),
                ),
                ("asked", models.JSONField()),
                ("inputs", models.JSONField(null=True)),
                ("inputs_digest", models.CharField(blank=True, max_length=80)),
                ("result", models.JSONField(null=True)),
                ("result_digest", models.CharField(blank=True, max_length=80)),
                ("paper", models.BinaryField(null=True)),
                ("paper_digest", models.CharField(blank=True, max_length=80)),
                ("reason", models.TextField(blank=True)),
                ("asked_by", models.CharField(max_length=200)),
                ("asked_by_id", models.CharField(max_length=64)),
                ("job_id", models.UUIDField(null=True)),
                ("completed_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name_plural": "studies",
                "indexes": [models.Index(fields=["kind", "-created_at"], name="study_newest")],
            },
        ),
        frozen_when("actuarial_study", "state", "completed", "failed"),
    ]
