"""Changing audits: asked for, begun, completed or failed. Data sets are taken in by audits/intake.py."""

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import Organisation
from audits.beside import NOTHING, Beside, beside_check, companions_make, frames_beside, inputs_needed
from audits.caged import REOPENS, caged, unopened
from audits.canonical import canonical_read
from audits.engine import AuditSpec, run_suite, spec_parse
from audits.engine.model import Model
from audits.engine.quality import named_columns, wanted_columns
from audits.engine.suite import Suite
from audits.engine.verdicts import Judge
from audits.faults import error_shown, problem_of
from audits.intake import dataset_receive, dataset_refuse, dataset_register
from audits.interface import Interface, interface_parse
from audits.models import AuditRun, DataSet, ModelFile
from audits.parts import counted_plan, parts_enqueue
from audits.states import AUDIT
from audits.suites import CURRENT, suite_load
from core.actors import Actor
from core.canonical import canonical_json, digest, plain
from core.errors import InputRefused, NotFound, PlimsollError, StateRefused, Unavailable
from core.events import event_publish
from core.jobs.service import job_enqueue
from core.jobs.work import Work
from core.journal import journal_write
from core.states import state_change
from provenance.staging import Staged, stage
from provenance.store import artifact_keep, artifact_verified, staged_kept

__all__ = [
    "audit_fail",
    "audit_request",
    "audit_run",
    "dataset_receive",
    "dataset_refuse",
    "dataset_register",
]

log = logging.getLogger(__name__)
# Any fixed number would do; results only compare under the same one.
SEED = 20_261_001
LARGEST_RESULT = 256 * 1024**2


def audit_request(
    *,
    organisation: Organisation,
    dataset: DataSet,
    spec: Mapping[str, Any],
    model_file: ModelFile | None = None,
    beside: Beside = NOTHING,
    suite: str | None = None,
    seed: int | None = None,
    actor: Actor,
    at: datetime,
) -> AuditRun:
    """Have `dataset` measured under `spec` (its keys: audits/engine/spec.py); with a model file its caged answers are.
    `beside` is what stands beside the rows (audits/beside.py).

    Raises StateRefused unless data set and file are ready, InputRefused for a specification that cannot be read or for
    columns that specification or interface names and the data set does not have.
    """
    parsed, published = spec_parse(spec), suite_load(suite or CURRENT)
    seed = SEED if seed is None else seed
    _ready_check(dataset, organisation)
    beside_check(beside, dataset)
    _columns_check(dataset, parsed, published, _interface(model_file))
    counted = counted_plan(published, dataset, model_file)
    written = parsed.to_dict()
    with transaction.atomic():
        run = AuditRun.objects.create(
            organisation=organisation,
            created_at=at,
            dataset=dataset,
            model_file=model_file,
            spec=plain(written),
            spec_digest=digest(canonical_json(written)),
            suite=published.id,
            seed=seed,
            requested_by=actor.label,
        )
        companions_make(run, beside, at)
        _journal_requested(run, actor, at)
        if counted is None:
            _enqueue(run, actor, at)
        else:
            parts_enqueue(run=run, actor=actor, at=at)
        run.save(update_fields=["job_id"])
    return run


def _enqueue(run: AuditRun, actor: Actor, at: datetime) -> None:
    """One job for a run whose rows fit in memory."""
    job = job_enqueue(
        kind="audits.run",
        organisation_id=run.organisation_id,
        args={"run_id": str(run.pk)},
        key=f"audits.run:{run.pk}",
        at=at,
        actor=actor,
    )
    run.job_id = job.pk


def audit_run(*, run: AuditRun, work: Work, at: datetime) -> None:
    """Measure and store the result; the computation itself spans no transaction."""
    audit_start(run, work.actor, at)
    try:
        data = _measured(run, work)
    except (InputRefused, Unavailable) as error:
        with work.commit() as failed_at:
            audit_fail(run=run, error=error, actor=work.actor, at=failed_at)
        return
    with staged_kept(stage([data], limit=LARGEST_RESULT)) as staged, work.commit() as done_at:
        audit_complete(run, data, staged, work.actor, done_at)


def audit_fail(*, run: AuditRun, error: PlimsollError, actor: Actor, at: datetime) -> None:
    """Give up on a run inside the caller's transaction, saying why (audits/faults.py: to whom what)."""
    shown = error_shown(error, run.dataset)
    if shown is not error:
        log.warning("audit %s could not be measured: %s (%s)", run.pk, error.message, error.limit)
    state_change(
        instance=run,
        machine=AUDIT,
        to=AuditRun.State.FAILED,
        actor=actor,
        at=at,
        why=shown.message,
        changes={"reason": shown.message, "problem": problem_of(shown)},
    )
    _publish("audits.run_failed.1", run, at)


def audit_start(run: AuditRun, actor: Actor, at: datetime) -> None:
    """Queued becomes running; a second attempt, or another part, finds it running already."""
    with transaction.atomic():
        held = AuditRun.objects.select_for_update().get(pk=run.pk)
        if held.state == AuditRun.State.QUEUED:
            state_change(instance=held, machine=AUDIT, to=AuditRun.State.RUNNING, actor=actor, at=at)
    run.state = held.state


def _measured(run: AuditRun, work: Work) -> bytes:
    """The result of the engine as canonical bytes."""
    spec, suite, canonical = spec_parse(run.spec), suite_load(run.suite), run.dataset.canonical
    if canonical is None:
        raise AssertionError("a ready data set has its canonical form")
    interface, judge = _interface(run.model_file), Judge(suite, spec, run.seed)
    wanted = wanted_columns(judge, interface) | set(inputs_needed(run.companions.select_related("model_file")))
    with artifact_verified(canonical) as file:
        frame = canonical_read(file, wanted)
    work.log(f"{frame.rows:,} rows under {suite.id}")
    beside = frames_beside(run, frame, judge, interface)
    for role, other in beside.items():
        work.log(f"{other.rows:,} rows beside: {role}")
    with _asked(run, suite, work) as model:
        result = run_suite(
            frame,
            spec,
            suite,
            seed=run.seed,
            dataset_digest=canonical.digest,
            progress=work.progress,
            model=model,
            beside=beside,
            show_rows=run.dataset.rows_shown,
        )
    return result.to_bytes()


@contextmanager
def _asked(run: AuditRun, suite: Suite, work: Work) -> Iterator[Model | None]:
    """The run's model in its cage, or None if only recorded predictions are measured.

    A file that does not open is a model that fails: the engine says so, and what it may measure instead.
    """
    if run.model_file is None:
        yield None
        return
    quiet = not run.dataset.rows_shown
    with ExitStack() as held:
        model: Model
        try:
            model = held.enter_context(caged(run.model_file, quiet=quiet, reopens=0 if suite.first else REOPENS))
            work.log(f"The model runs in the cage: {model.format}, {model.runtime}")
        except InputRefused as error:
            if suite.first:
                raise
            model = unopened(run.model_file, error, quiet=quiet)
        yield model


def _interface(file: ModelFile | None) -> Interface | None:
    return interface_parse(file.interface) if file else None


def audit_complete(run: AuditRun, data: bytes, staged: Staged, actor: Actor, at: datetime) -> None:
    """Store the result of a run inside the caller's transaction; it never changes again."""
    artifact = artifact_keep(
        organisation=run.organisation,
        staged=staged,
        name=f"audit {run.pk}",
        media="application/json",
        at=at,
        actor=actor,
    )
    changes = {
        "result": json.loads(data),
        "result_digest": staged.digest,
        "artifact": artifact,
        "completed_at": at,
    }
    state_change(instance=run, machine=AUDIT, to=AuditRun.State.COMPLETED, actor=actor, at=at, changes=changes)
    _publish("audits.run_completed.1", run, at)


def _publish(name: str, run: AuditRun, at: datetime) -> None:
    event_publish(name=name, organisation_id=run.organisation_id, ids={"audit_run": str(run.pk)}, at=at)


def _ready_check(dataset: DataSet, organisation: Organisation) -> None:
    if dataset.organisation_id != organisation.pk:
        raise NotFound("There is no such data set in this organisation.", field="dataset")
    if dataset.state != DataSet.State.READY:
        raise StateRefused(
            f"This data set is {dataset.state}, not ready.",
            field="dataset",
            limit="ready data sets",
            remedy=dataset.reason or "Wait until it has been read, then order the audit again.",
        )


def _columns_check(dataset: DataSet, spec: AuditSpec, suite: Suite, interface: Interface | None) -> None:
    present = [column["name"] for column in dataset.columns]
    missing = sorted(named_columns(Judge(suite, spec, SEED), interface) - set(present))
    if missing:
        whose = "the audit specification" if interface is None else "the audit specification or the model's interface"
        raise InputRefused(
            f"The data set has no column {', '.join(missing[:10])}, which {whose} names.",
            field="dataset",
            limit=f"its {len(present)} columns: {', '.join(present[:20])}",
            remedy="Send a data set with these columns, or correct the registration.",
        )


def _journal_requested(run: AuditRun, actor: Actor, at: datetime) -> None:
    journal_write(
        actor=actor,
        action="audit.requested",
        subject_kind="audit",
        subject_id=run.pk,
        organisation_id=run.organisation_id,
        at=at,
        detail={
            "dataset": run.dataset_id,
            "model_file": run.model_file_id,
            "suite": run.suite,
            "spec_digest": run.spec_digest,
            "beside": [
                [row.role, str(row.dataset_id or row.model_file_id)] for row in run.companions.order_by("role", "pk")
            ],
        },
    )
