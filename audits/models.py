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


class Companion(TenantModel):
    """What an audit reads beside its rows: another data set in a role, or an earlier version's file. Append-only."""

    class Role(models.TextChoices):
        TRAINING = "training"  # what the model was trained on
        RELABELLED = "relabelled"  # a second reader's labels of rows that we drew
        REVIEWS = "reviews"  # a seeded-error test of the people who review decisions
        EARLIER = "earlier"  # the same rows as an earlier version decided them, or that version's file
        CHALLENGE = "challenge"  # rows that the insurer holds to see what the customer could not prepare
        AUDITED_BEFORE = "audited_before"  # rows of an earlier audit of the same model

    run = models.ForeignKey(AuditRun, on_delete=models.PROTECT, related_name="companions")
    role = models.CharField(max_length=20, choices=Role.choices)
    dataset = models.ForeignKey(DataSet, null=True, on_delete=models.PROTECT, related_name="+")
    model_file = models.ForeignKey(ModelFile, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(dataset__isnull=True) ^ models.Q(model_file__isnull=True), name="companion_is_one"
            ),
            models.UniqueConstraint(fields=["run", "role", "dataset"], name="companion_once"),
        ]


class RelabelSample(TenantModel):
    """Rows of a data set that a second reader shall label, drawn by us once and for all. Append-only.

    The seed is random and made after the rows were sent, so that nobody could put the labels of just these rows right.
    """

    dataset = models.OneToOneField(DataSet, on_delete=models.PROTECT, related_name="relabelling")
    seed = models.BigIntegerField()
    row_id = models.CharField(max_length=200)  # the column that names the rows
    row_ids = models.JSONField()  # the drawn rows, in the order in which they were drawn
    drawn_by = models.CharField(max_length=200)


class AuditPart(TenantModel):
    """Some row groups of an audit's data set, counted by a job of their own; merged when all parts are there."""

    run = models.ForeignKey(AuditRun, on_delete=models.PROTECT, related_name="parts")
    number = models.PositiveIntegerField()  # from 0, in the order of the rows
    first = models.PositiveIntegerField()  # its first row group
    end = models.PositiveIntegerField()  # the row group after its last
    artifact = models.ForeignKey(Artifact, null=True, on_delete=models.PROTECT, related_name="+")  # its tally
    job_id = models.UUIDField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="audit_part_once")]

    def __str__(self) -> str:
        return f"part {self.number + 1} of {self.run_id}"


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
