"""What the actuary's workbench keeps: studies of the whole book, each with all it stood on."""

import uuid

from django.db import models


class Study(models.Model):
    """One question put to the book: what was asked, what was read, what came out. Final once it has an end."""

    class State(models.TextChoices):
        REQUESTED = "requested"  # a worker will make it
        COMPLETED = "completed"  # stands; may be computed again from its inputs
        FAILED = "failed"  # could not be made, the reason says why

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField()
    kind = models.CharField(max_length=20)  # a module of actuarial/studies
    state = models.CharField(max_length=10, choices=State.choices, default=State.REQUESTED)
    asked = models.JSONField()
    inputs = models.JSONField(null=True)  # all that was read from the book, once
    inputs_digest = models.CharField(max_length=80, blank=True)
    result = models.JSONField(null=True)
    result_digest = models.CharField(max_length=80, blank=True)
    paper = models.BinaryField(null=True)  # PDF
    paper_digest = models.CharField(max_length=80, blank=True)
    reason = models.TextField(blank=True)
    asked_by = models.CharField(max_length=200)
    asked_by_id = models.CharField(max_length=64)
    job_id = models.UUIDField(null=True)
    completed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "studies"
        indexes = [models.Index(fields=["kind", "-created_at"], name="study_newest")]

    def __str__(self) -> str:
        return f"{self.kind}, {self.created_at:%d %b %Y}"
