"""Reading the claim ledger and the earned premium of the book, for triangles and indications. No customer's scope here:
studies are the insurer's own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from claims.models import Claim, Payment, ReserveChange
from policies.models import Policy, PremiumAudit
from policies.selectors import cancelled_on

BASES = ("report", "accident")
MEASURES = ("incurred", "paid")
COUNTED = (ReserveChange.Part.INDEMNITY, ReserveChange.Part.ALAE)  # own handling (ULAE) is loaded, not developed


@dataclass(frozen=True)
class Earning:
    """One policy's term and what its price holds for it: premium, and pure premium by peril.

    After a premium audit the premium is the adjusted one, and decisions and pure premium are those of the actual count.
    """

    policy: Policy
    start: date
    end: date  # of cover, a cancellation included
    premium: Decimal
    pure: dict[str, Decimal]
    decisions: int

    @property
    def counted(self) -> Decimal:
        """The decisions known of the term over those it was priced on."""
        return Decimal(self.decisions) / self.policy.quote.decisions_per_year

    def earned(self, start: date, end: date) -> Decimal:
        """The share of the annual term that lies in [start, end)."""
        days = (min(self.end, end) - max(self.start, start)).days
        return Decimal(max(0, days)) / Decimal((self.policy.expiry - self.policy.inception).days)


def claims_counted(*, currency: str, peril: str | None) -> QuerySet[Claim]:
    """Claims in `currency`, of one peril if one is named."""
    rows = Claim.objects.filter(currency=currency)
    return rows.filter(incident__peril=peril) if peril else rows


def moves_of(*, basis: str, measure: str, currency: str, peril: str | None, until: date) -> list[dict[str, Any]]:
    """Every dated amount of the ledger up to and including `until`: {"origin", "booked", "amount"}.

    paid      payments
    incurred  payments and changes of the indemnity and defence reserves: a payment leaves the reserve it was set for
    basis     a claim's origin: the day it was reported, or the day of the harm
    """
    claims = claims_counted(currency=currency, peril=peril).select_related("incident")
    origins = {claim.pk: _origin(claim, basis) for claim in claims}
    return [
        {"origin": origins[claim].isoformat(), "booked": booked.isoformat(), "amount": str(amount)}
        for claim, booked, amount in sorted(_booked(measure), key=lambda row: (row[1], str(row[0]), row[2]))
        if claim in origins and booked <= until
    ]


def earnings(*, currency: str) -> list[Earning]:
    """Every policy ever bound in `currency`, with what its price holds."""
    rows = Policy.objects.filter(currency=currency).order_by("inception", "number")
    rows = rows.select_related("quote__pricing", "organisation", "premium_audit__declaration")
    return [_earning(policy) for policy in rows]


def incurred_by_account(*, currency: str, until: date) -> dict[tuple[str, int], Decimal]:
    """Paid and set aside of each organisation's claims by the year of their report, as booked up to `until`."""
    claims = {claim.pk: claim for claim in claims_counted(currency=currency, peril=None)}
    found: dict[tuple[str, int], Decimal] = {}
    for key, booked, amount in _booked("incurred"):
        if key in claims and booked <= until:
            cell = str(claims[key].organisation_id), claims[key].reported_at.year
            found[cell] = found.get(cell, Decimal(0)) + amount
    return found


def first_day(*, currency: str) -> date | None:
    """The first day of cover of the book."""
    return Policy.objects.filter(currency=currency).order_by("inception").values_list("inception", flat=True).first()


def _origin(claim: Claim, basis: str) -> date:
    return claim.reported_at.date() if basis == "report" else claim.incident.occurred_at.date()


def _booked(measure: str) -> Iterator[tuple[Any, date, Decimal]]:
    for claim, at, amount in Payment.objects.values_list("claim_id", "created_at", "amount"):
        yield claim, at.date(), amount
    if measure == "incurred":
        changes = ReserveChange.objects.filter(part__in=COUNTED)
        for claim, at, delta in changes.values_list("claim_id", "created_at", "delta"):
            yield claim, at.date(), delta


def _earning(policy: Policy) -> Earning:
    lines = policy.quote.pricing.worksheet["figures"]["lines"]
    pure = {line["peril"]: Decimal(line["pure_premium"]) for line in lines}
    end = policy.expiry
    if policy.state == Policy.State.CANCELLED:
        end = cancelled_on(policy) or end
    audit: PremiumAudit | None = getattr(policy, "premium_audit", None)
    if audit is None:
        return Earning(policy, policy.inception, end, policy.premium, pure, policy.quote.decisions_per_year)
    decisions = audit.declaration.decisions
    counted = {peril: amount * decisions / policy.quote.decisions_per_year for peril, amount in pure.items()}
    return Earning(policy, policy.inception, end, policy.premium + audit.adjustment, counted, decisions)
