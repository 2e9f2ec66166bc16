"""What can be proved: files named by the digest of their bytes."""

from django.db import models

from accounts.models import TenantModel


class Artifact(TenantModel):
    """One stored file of one organisation. Written once, never updated; the bytes are in the store."""

    digest = models.CharField(max_length=71)  # sha256:<64 hex digits>
    size = models.PositiveBigIntegerField()  # bytes
    media = models.CharField(max_length=100)
    name = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "digest"], name="artifact_once")]
