"""Versions, switches and prices only grow."""

from django.db import migrations

from core.migrations_support import append_only


class Migration(migrations.Migration):
    dependencies = [("underwriting", "0001_initial")]
    operations = [
        append_only("underwriting_modelversion"),
        append_only("underwriting_deploymentswitch"),
        append_only("underwriting_pricing"),
    ]
