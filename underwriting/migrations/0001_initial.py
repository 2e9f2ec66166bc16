import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("audits", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="PlanRecord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40, unique=True)),
                ("kind", models.CharField(choices=[("plan", "Plan"), ("taxes", "Taxes")], max_length=8)),
                ("hash", models.CharField(max_length=80, unique=True)),
                ("json", models.JSONField()),
                (
                    "status",
                    models.CharField(choices=[("reference", "Reference"), ("effective", "Effective")], max_length=12),
                ),
                ("effective_from", models.DateField()),
            ],
        ),
        migrations.CreateModel(
            name="ModelVersion",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField()),
                ("label", models.CharField(max_length=80)),
                ("digest", models.CharField(max_length=80)),
                ("notes", models.TextField(blank=True)),
                ("frozen_at", models.DateTimeField()),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AuditOrder",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField()),
                (
                    "purpose",
                    models.CharField(
                        choices=[("submission", "Submission"), ("quarterly", "Quarterly"), ("claim", "Claim")],
                        max_length=12,
                    ),
                ),
                ("evidence_class", models.CharField(max_length=4)),
                ("registration", models.PositiveIntegerField()),
                ("ordered_by", models.CharField(max_length=200)),
                (
                    "audit_run",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="order", to="audits.auditrun"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="orders",
                        to="underwriting.modelversion",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Pricing",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField()),
                ("plan_name", models.CharField(max_length=40)),
                ("plan_hash", models.CharField(max_length=80)),
                ("taxes_name", models.CharField(max_length=40)),
                ("taxes_hash", models.CharField(max_length=80)),
                ("terms", models.JSONField()),
                ("risk", models.JSONField()),
                ("evidence", models.JSONField()),
                ("worksheet", models.JSONField()),
                ("worksheet_digest", models.CharField(max_length=80)),
                (
                    "outcome",
                    models.CharField(
                        choices=[("quote", "Quote"), ("refer", "Refer"), ("decline", "Decline")], max_length=8
                    ),
                ),
                ("premium", models.DecimalField(decimal_places=2, max_digits=16, null=True)),
                ("total", models.DecimalField(decimal_places=2, max_digits=16, null=True)),
                ("currency", models.CharField(max_length=3)),
                ("score", models.DecimalField(decimal_places=1, max_digits=5, null=True)),
                ("grade", models.CharField(blank=True, max_length=1)),
                ("priced_by", models.CharField(max_length=200)),
                ("priced_by_id", models.CharField(max_length=64)),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pricings",
                        to="underwriting.auditorder",
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
        migrations.CreateModel(
            name="RegisteredModel",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField()),
                ("name", models.CharField(max_length=200)),
                ("purpose", models.TextField()),
                ("population", models.TextField(blank=True)),
                ("use_class", models.CharField(max_length=40)),
                ("industry", models.CharField(max_length=20)),
                ("harm_text", models.TextField()),
                ("decisions_per_year", models.PositiveBigIntegerField()),
                ("autonomy", models.CharField(max_length=40)),
                ("criticality", models.CharField(max_length=40)),
                ("data_sensitivity", models.CharField(max_length=40)),
                ("third_party", models.CharField(max_length=40)),
                ("jurisdiction", models.CharField(max_length=40)),
                ("validation_age", models.CharField(max_length=40)),
                ("oversight", models.JSONField(null=True)),
                ("dependencies", models.JSONField(default=list)),
                ("currency", models.CharField(max_length=3)),
                ("schema", models.JSONField()),
                ("registration", models.PositiveIntegerField(default=1)),
                (
                    "state",
                    models.CharField(
                        choices=[("registered", "Registered"), ("retired", "Retired")],
                        default="registered",
                        max_length=12,
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
        migrations.AddField(
            model_name="modelversion",
            name="model",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="versions", to="underwriting.registeredmodel"
            ),
        ),
        migrations.CreateModel(
            name="DeploymentSwitch",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField()),
                ("live_from", models.DateTimeField()),
                ("notes", models.TextField(blank=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="switches",
                        to="underwriting.modelversion",
                    ),
                ),
                (
                    "model",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="switches",
                        to="underwriting.registeredmodel",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Referral",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField()),
                ("code", models.CharField(max_length=60)),
                ("reason", models.TextField()),
                ("resolves", models.TextField()),
                ("waivable", models.BooleanField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("accepted", "Accepted"),
                            ("refused", "Refused"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
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
                    "pricing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="referrals", to="underwriting.pricing"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("pricing", "code"), name="referral_once")],
            },
        ),
        migrations.AddConstraint(
            model_name="registeredmodel",
            constraint=models.UniqueConstraint(fields=("organisation", "name"), name="model_name_once"),
        ),
        migrations.AddConstraint(
            model_name="modelversion",
            constraint=models.UniqueConstraint(fields=("model", "label"), name="version_label_once"),
        ),
        migrations.AddConstraint(
            model_name="modelversion",
            constraint=models.UniqueConstraint(fields=("model", "digest"), name="version_digest_once"),
        ),
        migrations.AddConstraint(
            model_name="deploymentswitch",
            constraint=models.UniqueConstraint(fields=("model", "live_from"), name="switch_once"),
        ),
    ]
