"""Guarantees, their measurements and payments; the latter two only grow."""

import django.db.models.deletion
import uuid
from decimal import Decimal
from django.db import migrations, models

from core.migrations_support import append_only


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("policies", "0004_capacity_referrals_premium_audits"),
        ("underwriting", "0006_plan_drafts"),
    ]

    operations = [
        migrations.CreateModel(
            name="Guarantee",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField()),
                ("number", models.CharField(max_length=20, unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("offered", "Offered"),
                            ("withdrawn", "Withdrawn"),
                            ("bound", "Bound"),
                            ("triggered", "Triggered"),
                            ("paid", "Paid"),
                            ("ended", "Ended"),
                        ],
                        default="offered",
                        max_length=10,
                    ),
                ),
                ("window_start", models.DateField()),
                ("window_end", models.DateField()),
                ("threshold", models.DecimalField(decimal_places=6, max_digits=7)),
                ("rows", models.PositiveIntegerField()),
                ("tick", models.DecimalField(decimal_places=2, max_digits=16)),
                ("cap", models.DecimalField(decimal_places=2, max_digits=16)),
                ("currency", models.CharField(max_length=3)),
                ("worksheet", models.JSONField()),
                ("worksheet_digest", models.CharField(max_length=80)),
                ("premium", models.DecimalField(decimal_places=2, max_digits=16)),
                ("taxes", models.JSONField(default=list)),
                ("total", models.DecimalField(decimal_places=2, max_digits=16)),
                ("offered_by", models.CharField(max_length=200)),
                ("order_text", models.TextField(blank=True)),
                ("bound_by", models.CharField(blank=True, max_length=200)),
                ("bound_by_id", models.CharField(blank=True, max_length=64)),
                ("bound_at", models.DateTimeField(null=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="guarantees",
                        to="policies.policy",
                    ),
                ),
                (
                    "priced_on",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="guarantees",
                        to="underwriting.auditorder",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="guarantees",
                        to="underwriting.modelversion",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="GuaranteePayment",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField()),
                ("amount", models.DecimalField(decimal_places=2, max_digits=16)),
                ("currency", models.CharField(max_length=3)),
                ("payee", models.CharField(max_length=200)),
                ("why", models.TextField()),
                ("paid_by", models.CharField(max_length=200)),
                ("paid_by_id", models.CharField(max_length=64)),
                (
                    "guarantee",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="payment", to="guarantees.guarantee"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Measurement",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField()),
                ("result_digest", models.CharField(max_length=80)),
                ("errors", models.PositiveIntegerField(null=True)),
                ("rows", models.PositiveIntegerField(null=True)),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("triggered", "Triggered"),
                            ("not_triggered", "Not Triggered"),
                            ("cannot_tell", "Cannot Tell"),
                        ],
                        max_length=13,
                    ),
                ),
                ("reason", models.TextField()),
                ("payable", models.DecimalField(decimal_places=2, max_digits=16)),
                ("measured_by", models.CharField(max_length=200)),
                ("measured_by_id", models.CharField(max_length=64)),
                (
                    "guarantee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="measurements",
                        to="guarantees.guarantee",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="underwriting.auditorder"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="guarantee",
            constraint=models.CheckConstraint(
                condition=models.Q(("window_end__gt", models.F("window_start"))), name="guarantee_has_a_window"
            ),
        ),
        migrations.AddConstraint(
            model_name="guarantee",
            constraint=models.CheckConstraint(condition=models.Q(("cap__gt", 0)), name="guarantee_cap"),
        ),
        migrations.AddConstraint(
            model_name="guaranteepayment",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gt", Decimal("0"))), name="guarantee_payment"
            ),
        ),
        migrations.AddConstraint(
            model_name="measurement",
            constraint=models.UniqueConstraint(fields=("guarantee", "order"), name="measurement_once"),
        ),
        append_only("guarantees_measurement"),
        append_only("guarantees_guaranteepayment"),
    ]
