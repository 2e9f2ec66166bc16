"""Published plans only grow."""

from django.db import migrations

from core.migrations_support import append_only


class Migration(migrations.Migration):
    dependencies = [("underwriting", "0002_append_only")]
    operations = [append_only("underwriting_planrecord")]
