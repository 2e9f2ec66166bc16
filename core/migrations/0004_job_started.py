"""Whose turn it is asks when each organisation's latest job was started."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0003_job_deadline_and_schedule")]
    operations = [
        migrations.AddIndex(
            model_name="job",
            index=models.Index(fields=["started_at"], name="job_started"),
        ),
    ]
