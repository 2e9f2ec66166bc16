"""A stored price as policies read it: one frozen value, so that a change of the worksheet's form is felt here alone."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from core.errors import StateRefused
from underwriting.models import Pricing, Referral


@dataclass(frozen=True)
class Priced:
    """Terms, money and evidence of one pricing; amounts in `currency`."""

    limit: Decimal
    aggregate: Decimal
    deductible: Decimal
    currency: str
    premium: Decimal
    taxes: tuple[dict[str, str], ...]  # {"name", "rate", "amount"}
    total: Decimal
    instalments: tuple[Decimal, ...]  # of the premium; taxes are due with the first
    claims_made_year: int
    retro_date: date | None
    inception: date  # the day it was priced for
    perils: tuple[str, ...]
    rows: int
    evidence_class: str
    grade: str
    completed_at: datetime  # of the audit; its age counts from here


def priced(pricing: Pricing) -> Priced:
    """`pricing` as a value. Raises StateRefused if no price could be computed."""
    completed_at = pricing.order.audit_run.completed_at
    if pricing.premium is None or pricing.total is None or completed_at is None:
        raise StateRefused(
            "No price could be computed, so there is nothing to offer.",
            field="pricing",
            remedy="See the worksheet for the reason, and price again once it is removed.",
        )
    risk, terms, figures = pricing.risk, pricing.terms, pricing.worksheet["figures"]
    return Priced(
        limit=Decimal(risk["limit"]),
        aggregate=Decimal(risk["aggregate"]),
        deductible=Decimal(risk["deductible"]),
        currency=pricing.currency,
        premium=pricing.premium,
        taxes=tuple(figures["money"]["taxes"]),
        total=pricing.total,
        instalments=tuple(Decimal(part) for part in figures["money"]["instalments"]),
        claims_made_year=int(risk["claims_made_year"]),
        retro_date=date.fromisoformat(terms["retro_date"]) if terms["retro_date"] else None,
        inception=date.fromisoformat(terms["inception"]),
        perils=tuple(line["peril"] for line in figures["lines"]),
        rows=int(pricing.evidence["rows"]),
        evidence_class=str(pricing.evidence["evidence_class"]),
        grade=pricing.grade,
        completed_at=completed_at,
    )


def referral_accepted(pricing: Pricing, code: str) -> bool:
    """Whether an underwriter accepted the referral `code` of this price."""
    return pricing.referrals.filter(code=code, state=Referral.State.ACCEPTED).exists()
