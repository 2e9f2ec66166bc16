"""What audits read beside their rows."""

import django.db.models.deletion
import uuid
from django.db import migrations, models

from core.migrations_support import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("audits", "0003_models_handed_over"),
    ]

    operations = [
        migrations.CreateModel(
            name="Companion",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField()),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("training", "Training"),
                            ("relabelled", "Relabelled"),
                            ("reviews", "Reviews"),
                            ("earlier", "Earlier"),
                            ("challenge", "Challenge"),
                            ("audited_before", "Audited Before"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "dataset",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="audits.dataset"
                    ),
                ),
                (
                    "model_file",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="audits.modelfile"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="companions", to="audits.auditrun"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("dataset__isnull", True), ("model_file__isnull", True), _connector="XOR"),
                        name="companion_is_one",
                    ),
                    models.UniqueConstraint(fields=("run", "role", "dataset"), name="companion_once"),
                ],
            },
        ),
        append_only("audits_companion"),
    ]
