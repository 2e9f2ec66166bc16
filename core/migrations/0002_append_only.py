"""History only grows."""

from django.db import migrations

from core.migrations_support import append_only


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]
    operations = [append_only("core_journalentry"), append_only("core_event")]
