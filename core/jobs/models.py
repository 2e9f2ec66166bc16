"""Job: outbox, lease and fence in one row. Due: the schedule. JobLine: the log a person reads."""

import uuid

from django.db import models


class Job(models.Model):
    """One piece of work, written in the business transaction that wants it."""

    class State(models.TextChoices):
        QUEUED = "queued"  # waiting for a worker
        RUNNING = "running"  # a worker holds the lease
        DONE = "done"  # its effect is committed
        FAILED = "failed"  # refused for a stated reason; the same input would be refused again
        DEAD = "dead"  # attempts or deadline used up; a person must look
        CANCELLED = "cancelled"  # called off; an attempt at work stops at its next progress or commit

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=80)
    organisation_id = models.UUIDField(null=True, db_index=True)
    args = models.JSONField(default=dict)
    key = models.CharField(max_length=200, unique=True)
    actor = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    queue = models.CharField(max_length=20, default="default")
    created_at = models.DateTimeField()
    run_after = models.DateTimeField()
    deadline = models.DateTimeField(null=True)  # of the running attempt; waiting in the queue has none
    attempt = models.PositiveSmallIntegerField(default=0)  # also the fencing token
    lease_until = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)  # of the latest attempt
    finished_at = models.DateTimeField(null=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    step = models.CharField(max_length=200, blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["state", "run_after"], name="job_due"),
            models.Index(fields=["started_at"], name="job_started"),
        ]


class JobLine(models.Model):
    """One line of a job's log."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="lines")
    at = models.DateTimeField()
    attempt = models.PositiveSmallIntegerField()
    text = models.TextField()


class Due(models.Model):
    """One tick of a named schedule; (name, tick) is unique, so any number of timers ring it once."""

    name = models.CharField(max_length=80)
    tick = models.DateTimeField()
    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "tick"], name="due_once")]


class Schedule(models.Model):
    """How far a named schedule has been rung by the timers. It only moves forward, whatever the clock does."""

    name = models.CharField(max_length=80, primary_key=True)
    rung_until = models.DateTimeField()
