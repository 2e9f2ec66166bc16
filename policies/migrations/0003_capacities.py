"""Capacities by upstream dependency; they only grow."""

from django.db import migrations, models

from core.migrations_support import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("policies", "0002_append_only"),
    ]

    operations = [
        migrations.CreateModel(
            name="Capacity",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField()),
                ("kind", models.CharField(max_length=20)),
                ("name", models.CharField(max_length=200)),
                ("amount", models.DecimalField(decimal_places=2, max_digits=16)),
                ("currency", models.CharField(max_length=3)),
                ("why", models.TextField()),
                ("set_by", models.CharField(max_length=200)),
                ("set_by_id", models.CharField(max_length=64)),
            ],
            options={
                "verbose_name_plural": "capacities",
                "indexes": [models.Index(fields=["currency", "kind", "name"], name="capacity_newest")],
                "constraints": [models.CheckConstraint(condition=models.Q(("amount__gte", 0)), name="capacity_amount")],
            },
        ),
        append_only("policies_capacity"),
    ]
