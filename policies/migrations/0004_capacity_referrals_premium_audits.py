"""Referrals over capacity; actual decisions and what they bill or return, which only grow."""

import django.db.models.deletion
import uuid
from django.db import migrations, models

from core.migrations_support import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("policies", "0003_capacities"),
    ]

    operations = [
        migrations.AlterField(
            model_name="policydocument",
            name="kind",
            field=models.CharField(
                choices=[
                    ("declarations", "Declarations"),
                    ("certificate", "Certificate"),
                    ("premium_audit", "Premium Audit"),
                ],
                max_length=14,
            ),
        ),
        migrations.AlterField(
            model_name="policytransaction",
            name="kind",
            field=models.CharField(
                choices=[
                    ("new_business", "New Business"),
                    ("endorsement", "Endorsement"),
                    ("cancellation", "Cancellation"),
                    ("premium_audit", "Premium Audit"),
                ],
                max_length=14,
            ),
        ),
        migrations.CreateModel(
            name="ExposureDeclaration",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField()),
                ("decisions", models.PositiveBigIntegerField()),
                ("source", models.TextField()),
                ("declared_by", models.CharField(max_length=200)),
                ("declared_by_id", models.CharField(max_length=64)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="exposure_declarations",
                        to="policies.policy",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="PremiumAudit",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField()),
                ("deposit", models.DecimalField(decimal_places=2, max_digits=16)),
                ("rated", models.DecimalField(decimal_places=2, max_digits=16)),
                ("minimum_share", models.DecimalField(decimal_places=4, max_digits=5)),
                ("adjustment", models.DecimalField(decimal_places=2, max_digits=16)),
                ("taxes", models.JSONField(default=list)),
                ("total", models.DecimalField(decimal_places=2, max_digits=16)),
                ("currency", models.CharField(max_length=3)),
                ("referrals", models.JSONField(default=list)),
                ("why", models.TextField()),
                ("settled_by", models.CharField(max_length=200)),
                ("settled_by_id", models.CharField(max_length=64)),
                (
                    "declaration",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="premium_audit",
                        to="policies.exposuredeclaration",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
                (
                    "policy",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="premium_audit", to="policies.policy"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="CapacityReferral",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField()),
                ("kind", models.CharField(max_length=20)),
                ("name", models.CharField(max_length=200)),
                ("over", models.DecimalField(decimal_places=2, max_digits=16)),
                ("capacity", models.DecimalField(decimal_places=2, max_digits=16)),
                ("currency", models.CharField(max_length=3)),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("accepted", "Accepted"), ("refused", "Refused")],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("asked_by", models.CharField(max_length=200)),
                ("asked_by_id", models.CharField(max_length=64)),
                ("decided_by", models.CharField(blank=True, max_length=200)),
                ("why", models.TextField(blank=True)),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
                (
                    "quote",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="capacity_referrals",
                        to="policies.quote",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")),
                        fields=("quote", "kind", "name"),
                        name="capacity_referral_open_once",
                    ),
                    models.CheckConstraint(condition=models.Q(("over__gt", 0)), name="capacity_referral_over"),
                ],
            },
        ),
        append_only("policies_exposuredeclaration"),
        append_only("policies_premiumaudit"),
    ]
