"""Production says which file it runs; an audit is worth something for that file alone."""

from datetime import datetime, timedelta

from django.db import transaction

from core.actors import Actor
from core.errors import InputRefused
from core.journal import journal_write
from underwriting.models import ProductionReport, RegisteredModel
from underwriting.production import production_said
from underwriting.registration import digest_check

AHEAD = timedelta(minutes=5)  # clocks differ


def production_report(
    *, model: RegisteredModel, digest: str, observed_at: datetime, actor: Actor, at: datetime
) -> ProductionReport:
    """Keep what production says it had loaded at `observed_at`; nothing is refused for being another file.

    Raises InputRefused for a digest that is none and for a moment that has not come.
    """
    digest_check(digest)
    if observed_at > at + AHEAD:
        raise InputRefused(
            "observed_at lies in the future.",
            field="observed_at",
            limit=at.isoformat(),
            remedy="Send the moment at which the file was seen, with its offset.",
        )
    with transaction.atomic():
        report = ProductionReport.objects.create(
            organisation_id=model.organisation_id,
            created_at=at,
            model=model,
            digest=digest,
            observed_at=observed_at,
            reported_by=actor.label,
        )
        journal_write(
            actor=actor,
            action="model.production_reported",
            subject_kind="model",
            subject_id=model.pk,
            organisation_id=model.organisation_id,
            at=at,
            detail={"digest": digest, "observed_at": observed_at, "said": production_said(report).state},
        )
    return report
