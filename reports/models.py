"""The archive of quarterly audit reports. A report is never changed; a newer version supersedes it."""

from django.db import models

from accounts.models import TenantModel


class QuarterlyReport(TenantModel):
    """One version of one model's report for one quarter: its input and the paper made of it."""

    class State(models.TextChoices):
        REQUESTED = "requested"  # a worker will make it
        ISSUED = "issued"  # may be read and relied on
        SUPERSEDED = "superseded"  # a later version of the same quarter stands
        FAILED = "failed"  # could not be made, the reason says why

    model = models.ForeignKey("underwriting.RegisteredModel", on_delete=models.PROTECT, related_name="reports")
    policy = models.ForeignKey("policies.Policy", null=True, on_delete=models.PROTECT, related_name="reports")
    quarter = models.CharField(max_length=7)  # 2026-Q3
    version = models.PositiveIntegerField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.REQUESTED)
    source = models.ForeignKey(
        "provenance.Artifact", null=True, on_delete=models.PROTECT, related_name="+"
    )  # the input JSON: the paper can be made again from it, byte for byte
    paper = models.ForeignKey("provenance.Artifact", null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(null=True)
    job_id = models.UUIDField(null=True)
    reason = models.TextField(blank=True)
    requested_by = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["model", "quarter", "version"], name="report_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.model.name}, {self.quarter}, version {self.version}"
