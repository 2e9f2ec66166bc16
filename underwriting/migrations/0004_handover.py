"""Versions with an interface, and their artifacts as they were handed over."""

import django.db.models.deletion
import uuid
from django.db import migrations, models

from core.migrations_support import append_only, append_only_lifted


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("audits", "0003_models_handed_over"),
        ("underwriting", "0003_plans_only_grow"),
    ]

    operations = [
        migrations.CreateModel(
            name="Handover",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
            },
        ),
        append_only_lifted("underwriting_modelversion"),
        migrations.RemoveConstraint(
            model_name="modelversion",
            name="version_digest_once",
        ),
        migrations.AddField(
            model_name="modelversion",
            name="interface",
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name="modelversion",
            name="interface_digest",
            field=models.CharField(blank=True, default="", max_length=80),
        ),
        migrations.AddConstraint(
            model_name="modelversion",
            constraint=models.UniqueConstraint(
                fields=("model", "digest", "interface_digest"), name="version_digest_once"
            ),
        ),
        migrations.AddField(
            model_name="handover",
            name="model_file",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="handover", to="audits.modelfile"
            ),
        ),
        migrations.AddField(
            model_name="handover",
            name="organisation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
            ),
        ),
        migrations.AddField(
            model_name="handover",
            name="version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="handovers", to="underwriting.modelversion"
            ),
        ),
        append_only("underwriting_modelversion"),
        append_only("underwriting_handover"),
    ]
