"""A completed audit never changes."""

from django.db import migrations

from core.migrations_support import frozen_when


class Migration(migrations.Migration):
    dependencies = [("audits", "0001_initial")]
    operations = [frozen_when("audits_auditrun", "state", "completed")]
