"""Reading guarantees. No selector opens a transaction."""

from datetime import date

from django.db.models import QuerySet

from accounts.principal import Principal
from guarantees.models import Guarantee


def guarantees_unmeasured(principal: Principal, *, on: date) -> QuerySet[Guarantee]:
    """Bound guarantees whose window is over: an audit must settle them, the longest waiting first."""
    return guarantees_visible(principal).filter(state="bound", window_end__lte=on).order_by("window_end", "number")


def guarantees_visible(principal: Principal) -> QuerySet[Guarantee]:
    """Guarantees this caller may see, each with its model, audit and payment."""
    rows = Guarantee.objects.visible_to(principal)
    return rows.select_related("organisation", "version__model", "priced_on__audit_run", "policy", "payment")
