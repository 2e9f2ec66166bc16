"""The life of a plan before it is one: draft, review, approval, publication (DOMAIN 1.7). Every form of it is kept."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from core.actors import Actor
from core.canonical import canonical_json, digest, plain
from core.errors import Conflict, InputRefused, NotAllowed, NotFound, StateRefused
from core.events import event_publish
from core.jobs.service import job_enqueue
from core.journal import journal_write
from underwriting.models import PlanRecord, PlanRevision, PlanStep
from underwriting.plan_records import plan_record
from underwriting.rating import plan_load
from underwriting.rating.properties import SEED, Property
from underwriting.services.registry import required_reason

NAME = re.compile(r"[A-Z]{2,8}-\d{4}\.\d{2}")
_A = PlanStep.Act


def plan_draft_start(*, name: str, parent: str, why: str, actor: Actor, at: datetime) -> PlanRevision:
    """Begin a plan from a published one; its days must be set before it can be published."""
    if not NAME.fullmatch(name):
        raise InputRefused(
            f"{name!r} is no name of a plan.", field="name", limit="such as MRL-2027.01", remedy="Choose another."
        )
    if PlanRecord.objects.filter(name=name).exists() or PlanRevision.objects.filter(name=name).exists():
        raise Conflict(f"{name} is taken.", field="name", remedy="Choose the next free name.")
    document = {**plan_record(parent).json, "id": name}
    return _save(name, parent, 1, document, why, actor, at)


def plan_draft_save(*, name: str, document: Mapping[str, Any], why: str, actor: Actor, at: datetime) -> PlanRevision:
    """Save the draft's next revision. Raises InputRefused by path for what is no plan, StateRefused once it is at its
    end; review and approval of earlier revisions do not pass on.
    """
    last = plan_draft(name)
    _open(last)
    if document.get("id") != name:
        raise InputRefused("A draft keeps its name.", field="id", limit=name, remedy="Start another draft.")
    return _save(name, last.parent, last.number + 1, document, why, actor, at)


def plan_draft_tried(*, revision: PlanRevision, found: Sequence[Property], actor: Actor, at: datetime) -> PlanStep:
    """Keep what the random cases showed of a revision, inside the caller's transaction."""
    broken = [one for one in found if not one.passed]
    cases = max(one.cases for one in found)
    why = f"{len(found)} items hold on {cases:,} random cases, seed {SEED}."
    if broken:
        why = f"Item {broken[0].number} of DOMAIN 1.9 does not hold: {broken[0].counterexample}"
    detail = [plain(asdict(one)) | {"passed": one.passed} for one in found]
    step = PlanStep.objects.create(
        created_at=at, revision=revision, act=_A.TRIED, why=why, detail=detail, by=actor.label, by_id=actor.id
    )
    _journal(revision, "plan.tried", why, actor, at)
    return step


def plan_draft_review(*, name: str, why: str, actor: Actor, at: datetime) -> PlanStep:
    """A peer read the revision as it stands. Raises NotAllowed for an author."""
    last = plan_draft(name)
    _open(last)
    _not_author(last, actor)
    return _step(last, _A.REVIEWED, why, actor, at)


def plan_draft_approve(*, name: str, why: str, actor: Actor, at: datetime) -> PlanStep:
    """An actuary who neither wrote nor reviewed it stands for the revision. Needs the review of this very revision."""
    last = plan_draft(name)
    _open(last)
    _not_author(last, actor)
    review = _needs(last, _A.REVIEWED, "Have a peer review it first.")
    _holds(last)
    if review.by_id == actor.id:
        raise NotAllowed("Whoever reviewed a plan does not approve it.", remedy="Ask a third person.")
    return _step(last, _A.APPROVED, why, actor, at)


def plan_draft_publish(*, name: str, why: str, actor: Actor, at: datetime) -> PlanRecord:
    """Make the approved revision a plan that prices new business from its first day on.

    Raises StateRefused before it is approved, InputRefused for a first day that has gone or lies before that of the
    plan it takes the place of, Conflict if another plan begins on that day.
    """
    last = plan_draft(name)
    _open(last)
    _needs(last, _A.APPROVED, "Have an actuary approve this revision first.")
    plan = plan_load(canonical_json(last.json))
    _first_day(plan.effective_from, at)
    try:
        with transaction.atomic():
            record = PlanRecord.objects.create(
                name=name,
                kind=PlanRecord.Kind.PLAN,
                hash=last.hash,
                json=last.json,
                status=PlanRecord.Status.EFFECTIVE,
                effective_from=plan.effective_from,
            )
            _step(last, _A.PUBLISHED, why, actor, at)
            event_publish(name="underwriting.plan_published.1", organisation_id=None, ids={"plan": name}, at=at)
    except IntegrityError:
        raise Conflict(
            f"Another plan begins on {plan.effective_from}, or {name} was published a moment ago.",
            field="effective_from",
            remedy="Choose another first day.",
        ) from None
    return record


def plan_draft_withdraw(*, name: str, why: str, actor: Actor, at: datetime) -> PlanStep:
    """Give the draft up; what was written stays."""
    last = plan_draft(name)
    _open(last)
    return _step(last, _A.WITHDRAWN, why, actor, at)


def plan_draft(name: str) -> PlanRevision:
    """The draft as it stands: its latest revision. Raises NotFound."""
    last = PlanRevision.objects.filter(name=name).order_by("-number").first()
    if last is None:
        raise NotFound("Nothing is here that you may see.")
    return last


def _save(
    name: str, parent: str, number: int, document: Mapping[str, Any], why: str, actor: Actor, at: datetime
) -> PlanRevision:
    data = canonical_json(plain(document))
    plan_load(data)
    try:
        with transaction.atomic():
            row = PlanRevision.objects.create(
                created_at=at,
                name=name,
                number=number,
                parent=parent,
                json=plain(document),
                hash=digest(data),
                why=required_reason(why),
                author=actor.label,
                author_id=actor.id,
            )
            job_enqueue(
                kind="underwriting.plan_trial",
                organisation_id=None,
                args={"revision": str(row.pk)},
                key=f"plan_trial:{row.pk}",
                at=at,
                actor=actor,
            )
            _journal(row, "plan.saved", why, actor, at)
    except IntegrityError:
        raise Conflict("Somebody else saved this draft a moment ago.", field="name", remedy="Reload it.") from None
    return row


def _step(revision: PlanRevision, act: str, why: str, actor: Actor, at: datetime) -> PlanStep:
    reason = required_reason(why)
    try:
        with transaction.atomic():
            step = PlanStep.objects.create(
                created_at=at, revision=revision, act=act, why=reason, by=actor.label, by_id=actor.id
            )
            _journal(revision, f"plan.{act}", reason, actor, at)
    except IntegrityError:
        raise StateRefused(f"This revision is {act} already.", field="state", remedy="Reload it.") from None
    return step


def _journal(row: PlanRevision, action: str, why: str, actor: Actor, at: datetime) -> None:
    journal_write(
        actor=actor,
        action=action,
        subject_kind="plan",
        subject_id=row.name,
        organisation_id=None,
        at=at,
        why=why,
        detail={"revision": row.number, "hash": row.hash},
    )


def _open(last: PlanRevision) -> None:
    ended = PlanStep.objects.filter(revision__name=last.name, act__in=(_A.PUBLISHED, _A.WITHDRAWN)).first()
    if ended:
        raise StateRefused(f"This draft is {ended.act}.", field="state", remedy="Start another from the plan in force.")


def _not_author(last: PlanRevision, actor: Actor) -> None:
    if PlanRevision.objects.filter(name=last.name, author_id=actor.id).exists():
        raise NotAllowed("Whoever wrote part of a plan neither reviews nor approves it.", remedy="Ask another actuary.")


def _needs(last: PlanRevision, act: str, remedy: str) -> PlanStep:
    step = last.steps.filter(act=act).first()
    if step is None:
        raise StateRefused(
            f"Revision {last.number} of {last.name} is not {act}.", field="state", limit=act, remedy=remedy
        )
    return step


def _holds(last: PlanRevision) -> None:
    tried = _needs(last, _A.TRIED, "Wait until a worker has tried this revision on random cases.")
    if not all(one["passed"] for one in tried.detail):
        raise StateRefused(
            f"Revision {last.number} breaks what must hold of any plan. {tried.why}",
            field="plan",
            limit="every item of DOMAIN 1.9 on random cases",
            remedy="Save a revision that holds, and have it reviewed.",
        )


def _first_day(day: date, at: datetime) -> None:
    rows = PlanRecord.objects.filter(kind=PlanRecord.Kind.PLAN, status=PlanRecord.Status.EFFECTIVE)
    latest = rows.order_by("-effective_from").first()
    if day < at.date() or (latest is not None and day <= latest.effective_from):
        earliest = at.date() if latest is None else max(at.date(), latest.effective_from)
        raise InputRefused(
            f"The plan would begin on {day}.",
            field="effective_from",
            limit=f"from {earliest}, after every plan that prices new business",
            remedy="Set effective_from to a later day, and have the revision reviewed and approved.",
        )
