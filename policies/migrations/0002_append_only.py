"""Transactions and papers only grow."""

from django.db import migrations

from core.migrations_support import append_only


class Migration(migrations.Migration):
    dependencies = [("policies", "0001_initial")]

    operations = [append_only("policies_policytransaction"), append_only("policies_policydocument")]
