"""Data sets that customers send and audits that measure them. Nothing here knows a model or money."""

from django.db import models

from accounts.models import TenantModel
from provenance.models import Artifact


class DataSet(TenantModel):
    """Rows that a model decided, with outcomes. Audits read the canonical form, never what was sent."""

    class State(models.TextChoices):
        RECEIVED = "received"  # stored as sent, waiting to be read in isolation
        READY = "ready"  # read, typed and written once in canonical form
        REFUSED = "refused"  # cannot be used; `problem` says why and what to do

    name = models.CharField(max_length=200)
    source = models.CharField(max_length=1000, blank=True)  # where the rows come from, in the customer's words
    historic = models.BooleanField(default=False)  # demonstration data of the past, labelled so wherever it shows
    window_start = models.DateField(null=True)
    window_end = models.DateField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RECEIVED)
    digest = models.CharField(max_length=71)  # of the bytes as sent
    size = models.PositiveBigIntegerField()  # bytes as sent
    # The bytes as sent; none once they were refused, for then they are not kept.
    artifact = models.ForeignKey(Artifact, null=True, on_delete=models.PROTECT, related_name="+")
    canonical = models.ForeignKey(Artifact, null=True, on_delete=models.PROTECT, related_name="+")
    rows = models.PositiveBigIntegerField(null=True)
    columns = models.JSONField(default=list)  # [{"name", "type", "nulls"}]
    reason = models.TextField(blank=True)
    problem = models.JSONField(null=True)  # RFC 9457 document of the refusal
    job_id = models.UUIDField(null=True)
    uploaded_by = models.CharField(max_length=200)

    class Meta:
        indexes = [models.Index(fields=["organisation", "created_at"], name="dataset_newest")]

    def __str__(self) -> str:
        return self.name


class AuditRun(TenantModel):
    """One run of one suite over one data set under one specification. Its result is bounds and verdicts, no grade."""

    class State(models.TextChoices):
        QUEUED = "queued"  # waiting for a worker
        RUNNING = "running"  # being measured
        COMPLETED = "completed"  # the result stands and never changes
        FAILED = "failed"  # could not be measured; `problem` says why

    dataset = models.ForeignKey(DataSet, on_delete=models.PROTECT, related_name="runs")
    spec = models.JSONField()  # the audit specification with every default written out
    spec_digest = models.CharField(max_length=71)
    suite = models.CharField(max_length=40)
    seed = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    result = models.JSONField(null=True)
    result_digest = models.CharField(max_length=71, blank=True)
    artifact = models.ForeignKey(Artifact, null=True, on_delete=models.PROTECT, related_name="+")  # canonical result
    completed_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    problem = models.JSONField(null=True)
    job_id = models.UUIDField(null=True)
    requested_by = models.CharField(max_length=200)

    class Meta:
        indexes = [models.Index(fields=["organisation", "created_at"], name="audit_newest")]

    def __str__(self) -> str:
        return f"{self.suite} on {self.dataset.name}"
