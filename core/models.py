"""Core's tables. They carry plain ids and labels: no foreign key leaves this room."""

import uuid

from django.db import models

from core.jobs.models import Due, Job, JobLine, Schedule

__all__ = ["Due", "Event", "IdempotencyKey", "Job", "JobLine", "JournalEntry", "Schedule"]


class JournalEntry(models.Model):
    """One state change: who, what, when, why. Append-only."""

    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=12)
    actor_id = models.CharField(max_length=64)
    actor_label = models.CharField(max_length=200)
    organisation_id = models.UUIDField(null=True, db_index=True)
    action = models.CharField(max_length=80)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=64)
    why = models.TextField(blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["subject_kind", "subject_id"], name="journal_subject")]


class Event(models.Model):
    """A fact told upwards: versioned name and ids only. Delivered by one job a subscriber."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=80)
    organisation_id = models.UUIDField(null=True)
    at = models.DateTimeField()
    ids = models.JSONField(default=dict)


class IdempotencyKey(models.Model):
    """One use of an Idempotency-Key: what was asked (fingerprint) and what was answered."""

    caller = models.CharField(max_length=100)
    route = models.CharField(max_length=200)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=80)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["caller", "route", "key"], name="idempotency_once")]
