"""Checks, reserve changes and payments only grow."""

from django.db import migrations

from core.migrations_support import append_only


class Migration(migrations.Migration):
    dependencies = [("claims", "0001_initial")]

    operations = [
        append_only("claims_coveragecheck"),
        append_only("claims_reservechange"),
        append_only("claims_payment"),
    ]
