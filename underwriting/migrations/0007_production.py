"""What production says it runs."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

from core.migrations_support import append_only


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("underwriting", "0006_plan_drafts")]

    operations = [
        migrations.CreateModel(
            name="ProductionReport",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField()),
                ("digest", models.CharField(max_length=80)),
                ("observed_at", models.DateTimeField()),
                ("reported_by", models.CharField(max_length=200)),
                (
                    "model",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="production_reports",
                        to="underwriting.registeredmodel",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
            ],
            options={"abstract": False},
        ),
        append_only("underwriting_productionreport"),
    ]
