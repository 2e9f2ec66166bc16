"""Asking for a study, making it, keeping it, computing it again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from actuarial.models import Study
from actuarial.registry import kind_named
from actuarial.states import STUDY
from core.actors import Actor, system
from core.canonical import canonical_json, digest, plain, settled
from core.errors import StateRefused, Unavailable
from core.jobs.models import Job
from core.jobs.service import job_enqueue
from core.journal import journal_write
from core.states import state_change


@dataclass(frozen=True)
class Made:
    """A study computed but not yet kept."""

    inputs: Any
    result: Any
    paper: bytes


def study_request(*, kind: str, asked: Mapping[str, Any], actor: Actor, at: datetime) -> Study:
    """Ask for a study of `kind`; a worker makes it. Raises InputRefused for what cannot be asked; nothing is stored."""
    complete = plain(kind_named(kind).ask(asked, at))
    with transaction.atomic():
        study = Study.objects.create(
            created_at=at, kind=kind, asked=complete, asked_by=actor.label, asked_by_id=actor.id
        )
        job = job_enqueue(
            kind="actuarial.study",
            organisation_id=None,
            args={"study": str(study.pk)},
            key=f"study:{study.pk}",
            at=at,
            actor=actor,
        )
        Study.objects.filter(pk=study.pk).update(job_id=job.pk)
        study.job_id = job.pk
        journal_write(
            actor=actor,
            action="study.requested",
            subject_kind="study",
            subject_id=study.pk,
            organisation_id=None,
            at=at,
            detail={"kind": kind, "asked": complete},
        )
    return study


def study_made(*, study: Study, say: Callable[[str], None], at: datetime) -> Made:
    """Read the book as it stands, compute, set the paper. Long work: call it outside any transaction."""
    kind = kind_named(study.kind)
    say("Reading the book")
    inputs = settled(kind.gather(study.asked, at))
    say("Computing")
    result = plain(kind.compute(inputs))
    say("Setting the paper")
    return Made(inputs, result, render(study, result))


def study_keep(*, study: Study, made: Made, actor: Actor, at: datetime) -> None:
    """Store what was made, inside the caller's transaction."""
    kept = {
        "inputs": made.inputs,
        "inputs_digest": digest(canonical_json(made.inputs)),
        "result": made.result,
        "result_digest": digest(canonical_json(made.result)),
        "paper": made.paper,
        "paper_digest": digest(made.paper),
        "completed_at": at,
    }
    state_change(instance=study, machine=STUDY, to=Study.State.COMPLETED, actor=actor, at=at, changes=kept)


def study_failed(job: Job, why: str, at: datetime) -> None:
    """A study that could not be made says why."""
    study = Study.objects.filter(pk=job.args["study"], state=Study.State.REQUESTED).first()
    if study is not None:
        changes = {"reason": why, "completed_at": at}
        state_change(
            instance=study,
            machine=STUDY,
            to=Study.State.FAILED,
            actor=system("worker"),
            at=at,
            why=why,
            changes=changes,
        )


def study_replay(*, study: Study) -> str:
    """The digest of the result computed anew from the stored inputs; equal to the stored one on the same build.

    Raises StateRefused before there is a result, Unavailable if the stored inputs fail their own digest.
    """
    if study.state != Study.State.COMPLETED or study.inputs is None:
        raise StateRefused("This study has no result.", remedy="Ask again when its state is completed.")
    if digest(canonical_json(study.inputs)) != study.inputs_digest:
        raise Unavailable("The stored inputs of this study do not match their digest.", limit=study.inputs_digest)
    return digest(canonical_json(kind_named(study.kind).compute(settled(study.inputs))))


def render(study: Study, result: Mapping[str, Any]) -> bytes:
    """The study on paper; its date is that of the asking, so that the same study gives the same bytes."""
    # The PDF library is heavy: only the process that makes a paper loads it.
    from actuarial.paper import paper

    head = {
        "id": str(study.pk),
        "title": kind_named(study.kind).title,
        "question": kind_named(study.kind).question,
        "asked": study.asked,
        "asked_by": study.asked_by,
        "made_on": study.created_at.date().isoformat(),
    }
    return paper({"study": head, "result": result})
