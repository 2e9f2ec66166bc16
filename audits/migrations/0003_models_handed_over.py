"""Models that are handed over, rows that are put to them, and who holds the rows of a data set."""

import django.db.models.deletion
import uuid
from django.db import migrations, models

from core.migrations_support import frozen_when


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("audits", "0002_final_results"),
        ("provenance", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="dataset",
            name="custody",
            field=models.CharField(
                choices=[("customer", "Customer"), ("insurer", "Insurer")], default="customer", max_length=10
            ),
        ),
        migrations.CreateModel(
            name="ModelFile",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[("received", "Received"), ("ready", "Ready"), ("refused", "Refused")],
                        default="received",
                        max_length=10,
                    ),
                ),
                ("digest", models.CharField(max_length=71)),
                ("size", models.PositiveBigIntegerField()),
                ("interface", models.JSONField()),
                ("format", models.CharField(blank=True, max_length=20)),
                ("facts", models.JSONField(null=True)),
                ("reason", models.TextField(blank=True)),
                ("problem", models.JSONField(null=True)),
                ("job_id", models.UUIDField(null=True)),
                ("uploaded_by", models.CharField(max_length=200)),
                (
                    "artifact",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="provenance.artifact",
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
        migrations.AddField(
            model_name="auditrun",
            name="model_file",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="runs", to="audits.modelfile"
            ),
        ),
        migrations.CreateModel(
            name="Trial",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField()),
                ("inputs", models.JSONField()),
                (
                    "state",
                    models.CharField(
                        choices=[("asked", "Asked"), ("answered", "Answered"), ("failed", "Failed")],
                        default="asked",
                        max_length=10,
                    ),
                ),
                ("answer", models.JSONField(null=True)),
                ("reason", models.TextField(blank=True)),
                ("problem", models.JSONField(null=True)),
                ("job_id", models.UUIDField(null=True)),
                ("asked_by", models.CharField(max_length=200)),
                (
                    "model_file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="trials", to="audits.modelfile"
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
        frozen_when("audits_modelfile", "state", "ready", "refused"),
        frozen_when("audits_trial", "state", "answered", "failed"),
    ]
