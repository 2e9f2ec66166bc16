"""From what a study proposes to a draft of the plan: the only way a claim moves a price, and a person takes it."""

from datetime import datetime

from django.db import transaction

from actuarial.methods.edits import edits_applied
from actuarial.models import Study
from actuarial.registry import Json
from core.actors import Actor
from core.errors import StateRefused
from core.journal import journal_write
from underwriting.models import PlanRevision
from underwriting.plan_records import plan_record
from underwriting.services import plan_draft_save, plan_draft_start
from underwriting.services.registry import required_reason


def study_edits(study: Study) -> Json | None:
    """The study's edits, {"plan": {"id", "hash"}, "rows": [...]}, or None where it proposes none."""
    edits: Json = (study.result or {}).get("edits") or {}
    return edits if edits.get("rows") else None


def study_to_draft(*, study: Study, name: str, why: str, actor: Actor, at: datetime) -> PlanRevision:
    """Start the draft `name` from the plan the study read, and save the study's edits, nothing else, as its revision 2.

    Trial, review, approval and publication follow as for any draft. Raises StateRefused for a study that proposes
    nothing or read another plan than is published, InputRefused or Conflict for a name; nothing is stored then.
    """
    edits = study_edits(study)
    if edits is None:
        raise StateRefused(
            "This study proposes no change of a plan.",
            field="study",
            limit="a completed study with edits",
            remedy="Read its lines for why; make another when there are more claims.",
        )
    record = plan_record(edits["plan"]["id"])
    if record.hash != edits["plan"]["hash"]:
        raise StateRefused(
            f"{record.name} is not what the study read.",
            field="study",
            limit=record.hash,
            remedy="Make the study again.",
        )
    reason = f"{required_reason(why)} From study {study.pk} ({study.kind}, {study.created_at:%d %b %Y})."
    document = edits_applied({**record.json, "id": name}, edits["rows"])
    with transaction.atomic():
        plan_draft_start(name=name, parent=record.name, why=reason, actor=actor, at=at)
        saved = plan_draft_save(name=name, document=document, why=reason, actor=actor, at=at)
        journal_write(
            actor=actor,
            action="study.drafted",
            subject_kind="study",
            subject_id=study.pk,
            organisation_id=None,
            at=at,
            why=why,
            detail={"draft": name, "revision": saved.number, "hash": saved.hash},
        )
    return saved
