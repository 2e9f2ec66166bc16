"""The one history: who did what to which thing, when and why. Rows are added, never changed.

Triggers in both databases refuse UPDATE and DELETE (migration 0002_append_only).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from core.actors import Actor
from core.canonical import plain
from core.models import JournalEntry


def journal_write(
    *,
    actor: Actor,
    action: str,
    subject_kind: str,
    subject_id: UUID | str,
    organisation_id: UUID | None,
    at: datetime,
    why: str = "",
    detail: Mapping[str, Any] | None = None,
) -> JournalEntry:
    """Record one state change inside the caller's transaction; `action` is `<entity>.<past tense>`."""
    return JournalEntry.objects.create(
        at=at,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label,
        organisation_id=organisation_id,
        action=action,
        subject_kind=subject_kind,
        subject_id=str(subject_id),
        why=why,
        detail=plain(detail or {}),
    )


def journal_of(*, subject_kind: str, subject_id: UUID | str) -> QuerySet[JournalEntry]:
    """The history of one thing, oldest first."""
    return JournalEntry.objects.filter(subject_kind=subject_kind, subject_id=str(subject_id)).order_by("id")
