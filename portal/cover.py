"""Which policy covers a model now or next, and which of its quotes no longer stand."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from policies.lapse import lapse_reason
from policies.models import Policy, Quote
from policies.selectors import quotes_standing
from underwriting.models import RegisteredModel

LIVE = (Policy.State.BOUND, Policy.State.IN_FORCE)


def covers_of(models: Iterable[UUID]) -> dict[UUID, Policy]:
    """Model id -> its policy that is in force, else the one that begins next. One query."""
    rows = Policy.objects.filter(model_id__in=list(models), state__in=LIVE).order_by("-inception")
    return {row.model_id: row for row in rows}


def lapses_of(quotes: Iterable[Quote], *, at: datetime) -> dict[UUID, str]:
    """Quote id -> why it no longer stands: voided, or about to be by the next worker that looks."""
    found = {row.pk: row.voided_why for row in quotes if row.state == Quote.State.VOIDED}
    for row in quotes:
        if row.state in (Quote.State.OPEN, Quote.State.ACCEPTED):
            why = lapse_reason(pricing=row.pricing, decisions_at_quote=row.decisions_per_year, at=at)
            found |= {row.pk: why} if why else {}
    return found


def quotes_lapsed(model: RegisteredModel, *, at: datetime) -> list[Quote]:
    """The live quotes of `model` that no longer stand; a worker voids them."""
    live = list(quotes_standing(model_id=model.pk))
    lapses = lapses_of(live, at=at)
    return [row for row in live if row.pk in lapses]


def on_risk(policies: Iterable[Policy]) -> Policy | None:
    """The policy in force among these, else the one that is bound and begins next."""
    live = [row for row in policies if row.state in LIVE]
    return min(live, key=lambda row: (row.state != Policy.State.IN_FORCE, row.inception), default=None)
