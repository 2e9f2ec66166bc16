"""Plans that are being written: every form of them and what people did with it; both only grow."""

import django.db.models.deletion
import uuid
from django.db import migrations, models

from core.migrations_support import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("underwriting", "0005_challenges"),
    ]

    operations = [
        migrations.CreateModel(
            name="PlanRevision",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField()),
                ("name", models.CharField(max_length=40)),
                ("number", models.PositiveIntegerField()),
                ("parent", models.CharField(max_length=40)),
                ("json", models.JSONField()),
                ("hash", models.CharField(max_length=80)),
                ("why", models.TextField()),
                ("author", models.CharField(max_length=200)),
                ("author_id", models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name="PlanStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField()),
                (
                    "act",
                    models.CharField(
                        choices=[
                            ("tried", "Tried"),
                            ("reviewed", "Reviewed"),
                            ("approved", "Approved"),
                            ("published", "Published"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        max_length=10,
                    ),
                ),
                ("why", models.TextField()),
                ("detail", models.JSONField(default=list)),
                ("by", models.CharField(max_length=200)),
                ("by_id", models.CharField(max_length=64)),
            ],
        ),
        migrations.AddConstraint(
            model_name="planrecord",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "plan"), ("status", "effective")),
                fields=("effective_from",),
                name="plan_begins_alone",
            ),
        ),
        migrations.AddConstraint(
            model_name="planrevision",
            constraint=models.UniqueConstraint(fields=("name", "number"), name="plan_revision_once"),
        ),
        migrations.AddField(
            model_name="planstep",
            name="revision",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="underwriting.planrevision"
            ),
        ),
        migrations.AddConstraint(
            model_name="planstep",
            constraint=models.UniqueConstraint(fields=("revision", "act"), name="plan_step_once"),
        ),
        append_only("underwriting_planrevision"),
        append_only("underwriting_planstep"),
    ]
