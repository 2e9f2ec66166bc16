"""Data sets and model files that customers send, and the audits that measure them. Nothing here knows money."""

from django.db import models

from accounts.models import TenantModel
from provenance.models import Artifact


class DataSet(TenantModel):
    """Rows that a model decided, with outcomes. Audits read the canonical form, never what was sent."""

    class State(models.TextChoices):
        RECEIVED = "received"  # stored as sent, waiting to be read in isolation
        READY = "ready"  # read, typed and written once in canonical form
        REFUSED = "refused"  # cannot be used; `problem` says why and what to do

    class Custody(models.TextChoices):
        CUSTOMER = "customer"  # the customer sent the rows and knows them
        INSURER = "insurer"  # the insurer holds the rows; no value of them is shown to a member

    name = models.CharField(max_length=200)
    custody = models.CharField(max_length=10, choices=Custody.choices, default=Custody.CUSTOMER)
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

    @property
    def rows_shown(self) -> bool:
        """Whether a member may see single values of it: never of rows that the insurer holds."""
        return self.custody == self.Custody.CUSTOMER

    def __str__(self) -> str:
        return self.name


class ModelFile(TenantModel):
    """A model that was handed over. Only the cage ever opens it; what it is stands in `facts`."""

    class State(models.TextChoices):
        RECEIVED = "received"  # stored as sent, waiting to be opened in the cage
        READY = "ready"  # it loads and answers; audits ask it
        REFUSED = "refused"  # cannot be used; `problem` says why and what to do

    state = models.CharField(max_length=10, choices=State.choices, default=State.RECEIVED)
    digest = models.CharField(max_length=71)
    size = models.PositiveBigIntegerField()  # bytes
    # None once the file was refused, for then its bytes are not kept.
    artifact = models.ForeignKey(Artifact, null=True, on_delete=models.PROTECT, related_name="+")
    interface = models.JSONField()  # audits/interface.py: how columns reach it and what its answers mean
    format = models.CharField(max_length=20, blank=True)
    facts = models.JSONField(null=True)  # what the examination found; see audits/modelfiles.py
    reason = models.TextField(blank=True)
    problem = models.JSONField(null=True)  # RFC 9457 document of the refusal, with the cage's verdict
    job_id = models.UUIDField(null=True)
    uploaded_by = models.CharField(max_length=200)

    def __str__(self) -> str:
        return self.digest


class AuditRun(TenantModel):
    """One run of one suite over one data set under one specification. Its result is bounds and verdicts, no grade."""

    class State(models.TextChoices):
        QUEUED = "queued"  # waiting for a worker
        RUNNING = "running"  # being measured
        COMPLETED = "completed"  # the result stands and never changes
        FAILED = "failed"  # could not be measured; `problem` says why

    dataset = models.ForeignKey(DataSet, on_delete=models.PROTECT, related_name="runs")
    # Asked in the cage; without one the data set's recorded predictions are measured.
    model_file = models.ForeignKey(ModelFile, null=True, on_delete=models.PROTECT, related_name="runs")
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


class Trial(TenantModel):
    """One row that somebody typed, put to a model in the cage."""

    class State(models.TextChoices):
        ASKED = "asked"  # waiting for the cage
        ANSWERED = "answered"  # `answer` holds what the model said and why, as far as it can be explained
        FAILED = "failed"  # the model did not answer; `problem` says why

    model_file = models.ForeignKey(ModelFile, on_delete=models.PROTECT, related_name="trials")
    inputs = models.JSONField()  # {column: value or null}, every input of the interface
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    answer = models.JSONField(null=True)  # see audits/trials.py
    reason = models.TextField(blank=True)
    problem = models.JSONField(null=True)
    job_id = models.UUIDField(null=True)
    asked_by = models.CharField(max_length=200)
