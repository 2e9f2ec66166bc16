"""The journal as a person reads it: newest first, in words."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q

from core.journal import journal_of
from core.models import JournalEntry
from portal.words import state_words

_TOLD = {
    "audit.ordered": "Audit ordered",
    "model.switched": "Deployment switched",
    "model.production_reported": "Production said which file it runs",
    "model.exposure_changed": "Decisions a year changed",
    "report.requested": "Report asked for",
    "quote.open": "Quote offered",
    "policy.in_force": "Policy in force",
}
MOST = 40


@dataclass(frozen=True)
class Told:
    """One line of the history."""

    told: str
    at: datetime
    by: str
    why: str


def history_of(
    subjects: Iterable[tuple[str, Any]], *, only: Collection[str] | None = None, most: int = MOST
) -> list[Told]:
    """What happened to these things (kind, id), newest first, at most `most` lines. One query.

    With `only`, nothing but these actions is told, and without the reasons given for them.
    """
    wanted = [Q(subject_kind=kind, subject_id=str(pk)) for kind, pk in subjects]
    if not wanted:
        return []
    rows = JournalEntry.objects.filter(reduce(or_, wanted)).order_by("-id")
    if only is not None:
        rows = rows.filter(action__in=only)
    return [Told(_sentence(row), row.at, row.actor_label, "" if only else row.why) for row in rows[:most]]


@dataclass(frozen=True)
class ExposureStep:
    """One change of a model's decisions a year."""

    before: int
    after: int
    at: datetime
    by: str
    why: str


def exposure_steps(model_id: Any) -> list[ExposureStep]:
    """How a model's decisions a year changed, newest first. One query."""
    rows = journal_of(subject_kind="model", subject_id=model_id).filter(action="model.exposure_changed")
    return [
        ExposureStep(row.detail["from"], row.detail["to"], row.at, row.actor_label, row.why)
        for row in rows.order_by("-id")[:MOST]
    ]


def _sentence(row: JournalEntry) -> str:
    noun, _, past = row.action.partition(".")
    told = _TOLD.get(row.action) or f"{noun.replace('_', ' ').capitalize()} {state_words(past)}"
    label = row.detail.get("label") or row.detail.get("name") or row.detail.get("number")
    return f"{told}: {label}" if isinstance(label, str) else told
