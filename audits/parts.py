"""The parts of an audit whose rows do not fit in memory: which row groups each counts, how far all are, their sum.

A part's tally is kept as bytes of its own; the same row groups give the same bytes, so a part that was killed and
counted again changes nothing.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from audits.canonical import canonical_frames, canonical_groups
from audits.engine import spec_parse
from audits.engine.counted import run_counted
from audits.engine.counting.tally import Sizes, Tally
from audits.engine.counting.wire import packed, unpacked
from audits.engine.quality import named_columns
from audits.engine.suite import CountedPlan, Suite
from audits.engine.verdicts import LEAST_TOLD, Judge
from audits.models import AuditPart, AuditRun, DataSet, ModelFile
from audits.suites import suite_load
from core.actors import Actor
from core.errors import InputRefused
from core.jobs.models import Job
from core.jobs.selectors import job_view
from core.jobs.service import job_enqueue
from core.jobs.work import Work
from provenance.store import artifact_open, artifact_read, artifact_verified

MEDIA = "application/octet-stream"


def counted_plan(suite: Suite, dataset: DataSet, model_file: ModelFile | None) -> CountedPlan | None:
    """How the rows of `dataset` are counted, None where they are held in memory.

    Raises InputRefused for a model to be asked on more rows than fit: its answers would have to be held too.
    """
    plan = suite.counted
    if plan is None or (dataset.rows or 0) <= plan.rows_in_memory:
        return None
    if model_file is not None:
        raise InputRefused(
            f"A model cannot be asked on {dataset.rows:,} rows in one audit.",
            field="dataset",
            limit=f"{plan.rows_in_memory:,} rows",
            remedy="Send a random sample of the rows, or order an audit of the recorded predictions.",
        )
    return plan


def parts_enqueue(*, run: AuditRun, actor: Actor, at: datetime) -> None:
    """Share the row groups out among jobs, inside the caller's transaction; the first stands for the run at first."""
    groups = len(_row_groups(run))
    number = max(1, min(groups, settings.AUDIT_PARTS))
    for place in range(number):
        first, end = groups * place // number, groups * (place + 1) // number
        part = AuditPart.objects.create(
            organisation=run.organisation, created_at=at, run=run, number=place, first=first, end=end
        )
        job = job_enqueue(
            kind="audits.count",
            organisation_id=run.organisation_id,
            args={"part_id": str(part.pk)},
            key=f"audits.count:{part.pk}",
            at=at,
            actor=actor,
        )
        part.job_id = job.pk
        part.save(update_fields=["job_id"])
    run.job_id = run.parts.get(number=0).job_id


def part_counted(part: AuditPart, work: Work) -> bytes:
    """The tally of a part's row groups. Raises InputRefused for cells that cannot be, Unavailable for altered bytes."""
    judge, plan, canonical = _judge(part.run), _plan(part.run), part.run.dataset.canonical
    if canonical is None:
        raise AssertionError("a ready data set has its canonical form")
    tally, total = Tally(judge, Sizes(plan.ladder_cells)), part.end - part.first
    work.progress(0, total, "rows counted")
    with artifact_verified(canonical) as file:
        for done, frame in enumerate(canonical_frames(file, named_columns(judge), range(part.first, part.end)), 1):
            tally.add(frame)
            work.progress(done, total, "rows counted")
    return packed(tally.state())


def parts_result(run: AuditRun, work: Work) -> bytes:
    """The result, from the tallies of all parts in their order."""
    judge, canonical = _judge(run), run.dataset.canonical
    if canonical is None:
        raise AssertionError("a ready data set has its canonical form")
    whole: Tally | None = None
    parts = list(run.parts.select_related("artifact").order_by("number"))
    for done, part in enumerate(parts):
        work.progress(done, len(parts), "parts added up")
        if part.artifact is None:
            raise AssertionError("parts are merged once all are there")
        tally = Tally.of(unpacked(artifact_read(part.artifact)), judge)
        if whole is None:
            whole = tally
        else:
            whole.merge(tally)
    if whole is None:
        raise AssertionError("a counted run has parts")
    work.progress(len(parts), len(parts), "told")
    return run_counted(whole, dataset_digest=canonical.digest).to_bytes()


def parts_progress(run: AuditRun) -> dict[str, Any] | None:
    """One job's view for all jobs of a counted run: its row groups done of all; None for a run without parts."""
    parts = list(run.parts.order_by("number"))
    if not parts:
        return None
    jobs = {job.pk: job for job in Job.objects.filter(pk__in=[*(part.job_id for part in parts), run.job_id])}
    views = [job_view(job) for job in jobs.values()]
    lead = next((view for view in views if view["id"] == str(run.job_id)), views[0])
    done, total = sum(_groups_done(part, jobs) for part in parts), sum(part.end - part.first for part in parts)
    started = min((view["started_at"] for view in views if view["started_at"]), default=None)
    elapsed = ((lead["finished_at"] or timezone.now()) - started).total_seconds() if started else 0.0
    return {
        **lead,
        "done": done,
        "total": total,
        "percent": round(100 * done / total) if total else 0,
        "step": _step(parts, lead),
        "started_at": started,
        "elapsed_seconds": round(elapsed, 1),
        "estimate_seconds": round(elapsed * (total - done) / done, 1) if 0 < done < total else None,
        "lines": sorted((line for view in views for line in view["lines"]), key=lambda line: line["at"]),
    }


def part_jobs(run: AuditRun) -> Iterator[Any]:
    """The ids of all jobs of a run, whichever way it is measured."""
    yield from (part.job_id for part in run.parts.all() if part.job_id)
    if run.job_id:
        yield run.job_id


def _groups_done(part: AuditPart, jobs: dict[Any, Job]) -> int:
    if part.artifact_id is not None:
        return part.end - part.first
    job = jobs.get(part.job_id)
    return job.done if job else 0


def _step(parts: list[AuditPart], lead: dict[str, Any]) -> str:
    counted = sum(part.artifact_id is not None for part in parts)
    return str(lead["step"]) if counted == len(parts) else f"{counted} of {len(parts)} parts counted"


def _row_groups(run: AuditRun) -> list[int]:
    if run.dataset.canonical is None:
        raise AssertionError("a ready data set has its canonical form")
    with artifact_open(run.dataset.canonical) as file:
        return canonical_groups(file)


def _judge(run: AuditRun) -> Judge:
    least = 1 if run.dataset.rows_shown else LEAST_TOLD
    return Judge(suite_load(run.suite), spec_parse(run.spec), run.seed, least)


def _plan(run: AuditRun) -> CountedPlan:
    plan = suite_load(run.suite).counted
    if plan is None:
        raise AssertionError("only a run of an edition that counts has parts")
    return plan
