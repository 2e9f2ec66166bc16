"""Reading policies. No selector opens a transaction."""

from datetime import date

from django.db.models import Q, QuerySet

from accounts.principal import Principal
from policies.models import (
    CapacityReferral,
    Policy,
    PolicyDocument,
    PolicyModel,
    PolicyTransaction,
    PremiumAudit,
    Quote,
)


def quotes_visible(principal: Principal) -> QuerySet[Quote]:
    """Quotes this caller may see, each with its model, price, audit and insured."""
    rows = Quote.objects.visible_to(principal).select_related("organisation", "model", "policy")
    return rows.select_related("pricing__order__version", "pricing__order__audit_run")


def quotes_live(principal: Principal) -> QuerySet[Quote]:
    """Quotes somebody must act on, those about to lapse first."""
    return quotes_visible(principal).filter(state__in=("open", "accepted")).order_by("valid_until")


def capacity_referrals_visible(principal: Principal) -> QuerySet[CapacityReferral]:
    """Binds that waited or wait for an actuary, each with its quote and insured."""
    rows = CapacityReferral.objects.visible_to(principal)
    return rows.select_related("organisation", "quote__model")


def capacity_referrals_open(principal: Principal) -> QuerySet[CapacityReferral]:
    """Those to decide: their quotes can still be bound."""
    rows = capacity_referrals_visible(principal).filter(state="open", quote__state__in=("open", "accepted"))
    return rows.order_by("created_at", "id")


def premium_audits_due(principal: Principal) -> QuerySet[Policy]:
    """Expired policies whose deposit has not been held against the decisions made, the longest expired first."""
    return policies_visible(principal).filter(state="expired", premium_audit=None).order_by("expiry", "number")


def premium_audit_of(policy: Policy) -> PremiumAudit | None:
    """The settled premium audit of a policy."""
    return PremiumAudit.objects.filter(policy=policy).select_related("declaration").first()


def policies_visible(principal: Principal) -> QuerySet[Policy]:
    """Policies this caller may see, each with its model, insured and price."""
    rows = Policy.objects.visible_to(principal)
    return rows.select_related("organisation", "model", "quote__pricing__order__version")


def policies_in_force(*, on: date) -> QuerySet[Policy]:
    """Policies on risk on `on`, whatever their state is today."""
    cancelled = PolicyTransaction.objects.filter(kind="cancellation", effective__lte=on).values("policy_id")
    rows = Policy.objects.filter(inception__lte=on, expiry__gt=on).exclude(pk__in=cancelled)
    return rows.select_related("organisation", "model").order_by("number")


def subjectivities_open(principal: Principal) -> list[tuple[Policy, dict[str, str]]]:
    """What customers still have to bring, the soonest due first."""
    rows = policies_visible(principal).filter(state__in=("bound", "in_force")).exclude(subjectivities=[])
    waiting = [(policy, item) for policy in rows for item in policy.subjectivities if not item["met_at"]]
    return sorted(waiting, key=lambda pair: pair[1]["due"])


def schedule_at(*, policy: Policy, on: date) -> QuerySet[PolicyModel]:
    """The versions scheduled for acts on `on`."""
    rows = policy.schedule.filter(Q(from_date__isnull=True) | Q(from_date__lte=on))
    return rows.select_related("version").order_by("created_at", "id")


def cancelled_on(policy: Policy) -> date | None:
    """The day a cancellation takes effect, if there is one."""
    rows = policy.transactions.filter(kind="cancellation").order_by("effective")
    return rows.values_list("effective", flat=True).first()


def documents_of(policy: Policy) -> QuerySet[PolicyDocument]:
    """A policy's papers, the newest version of each first."""
    return policy.documents.select_related("pdf", "input").order_by("kind", "-version")


def documents_visible(principal: Principal) -> QuerySet[PolicyDocument]:
    """Papers this caller may see."""
    return PolicyDocument.objects.visible_to(principal).select_related("policy", "pdf", "input")


def quotes_standing(**where: object) -> QuerySet[Quote]:
    """Live quotes an event may concern, each with what its price rests on; `where` narrows them, e.g. model_id."""
    rows = Quote.objects.filter(state__in=("open", "accepted"), **where)
    return rows.select_related("pricing__order__audit_run")
