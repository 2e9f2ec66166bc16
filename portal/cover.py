"""Which policy covers a model now or next."""

from collections.abc import Iterable
from uuid import UUID

from policies.models import Policy

LIVE = (Policy.State.BOUND, Policy.State.IN_FORCE)


def covers_of(models: Iterable[UUID]) -> dict[UUID, Policy]:
    """Model id -> its policy that is in force, else the one that begins next. One query."""
    rows = Policy.objects.filter(model_id__in=list(models), state__in=LIVE).order_by("-inception")
    return {row.model_id: row for row in rows}


def on_risk(policies: Iterable[Policy]) -> Policy | None:
    """The policy in force among these, else the one that is bound and begins next."""
    live = [row for row in policies if row.state in LIVE]
    return min(live, key=lambda row: (row.state != Policy.State.IN_FORCE, row.inception), default=None)
