"""Reading reports."""

from django.db.models import QuerySet

from accounts.principal import Principal
from core.periods import Period
from policies.models import Policy
from reports.models import QuarterlyReport
from underwriting.models import RegisteredModel


def reports_visible(principal: Principal) -> QuerySet[QuarterlyReport]:
    """Reports this caller may see, each with its model."""
    rows = QuarterlyReport.objects.visible_to(principal)
    return rows.select_related("model", "policy", "paper", "source", "organisation")


def policy_in_quarter(*, model: RegisteredModel, period: Period) -> Policy | None:
    """The policy of `model` on risk on some day of `period`; the newest if there were two."""
    rows = Policy.objects.filter(model=model, inception__lt=period.end, expiry__gt=period.start)
    return rows.exclude(state=Policy.State.CANCELLED).order_by("-inception").first()
