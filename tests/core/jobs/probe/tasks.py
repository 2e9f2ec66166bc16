"""Handlers whose effects can be counted: each effect is a journal row."""

import time
from datetime import datetime, timedelta

from core.actors import Actor, system
from core.errors import InputRefused
from core.jobs.models import Job
from core.jobs.registry import job_handler
from core.jobs.work import Work
from core.journal import journal_write


def note(action: str, subject: str, at: datetime, *, actor: Actor | None = None, why: str = "") -> None:
    journal_write(
        actor=actor or system("probe"),
        action=action,
        subject_kind="probe",
        subject_id=subject,
        organisation_id=None,
        at=at,
        why=why,
    )


def told(job: Job, reason: str, at: datetime) -> None:
    note("probe.told", job.key, at, why=reason)


def told_badly(_job: Job, _reason: str, _at: datetime) -> None:
    raise RuntimeError("the owner cannot take it")


@job_handler("probe.effect", on_failed=told)
def effect_job(work: Work, *, subject: str, seconds: str = "0") -> None:
    work.progress(1, 2, "working")
    time.sleep(float(seconds))
    with work.commit() as at:
        note("probe.effect", subject, at, actor=work.actor)


@job_handler("probe.audit", queue="audits")
def audit_job(work: Work) -> None:
    work.log("nothing to write")


@job_handler("probe.refused", on_failed=told)
def refused_job(_work: Work) -> None:
    raise InputRefused("The file is empty.", field="file", remedy="Send one with rows.")


@job_handler("probe.broken", on_failed=told)
def broken_job(work: Work) -> None:
    with work.commit() as at:
        note("probe.effect", "broken", at)
        raise KeyError("secret inner detail")


@job_handler("probe.untellable", on_failed=told_badly)
def untellable_job(_work: Work) -> None:
    raise InputRefused("No.")


@job_handler("probe.hangs", deadline=timedelta(seconds=1), on_failed=told)
def hanging_job(_work: Work) -> None:
    time.sleep(60)


@job_handler("probe.scheduled")
def scheduled_job(work: Work, *, tick: str) -> None:
    with work.commit() as at:
        note("probe.effect", tick, at)


@job_handler("probe.heard")
def heard_job(work: Work, *, run: str) -> None:
    with work.commit() as at:
        note("probe.effect", run, at)
