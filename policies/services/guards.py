"""What must hold before cover is bound. Each guard says what is missing and what to do."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from accounts.authority import authority_require
from accounts.models import Authority
from core.actors import Actor
from core.errors import Conflict, InputRefused, StateRefused
from core.periods import Period, add_months, claims_made_year, year_from
from policies.models import Policy, Quote
from policies.priced import Priced, referral_accepted
from policies.services.quotes import pricing_offerable, quote_stands
from underwriting.evidence_class import UNVERIFIED

MINIMUM_ROWS = 300  # DOMAIN 1.0 rule 7
AUDIT_AGE = timedelta(days=100)  # DOMAIN 0, D8
SUBJECTIVITY_AGE = timedelta(days=60)  # DOMAIN 1.0 rule 21
AGE_REFERRAL = "audit-too-old"  # the referral an underwriter may accept instead
BETTER_EVIDENCE = "evidence-e4"  # the code of a subjectivity that evidence of class E1 to E3 meets, as the plan's
MATURE = 6  # from this claims-made year on: full prior acts (rule 16)


@dataclass(frozen=True)
class Subjectivity:
    """Something the customer must still bring, and by when."""

    text: str
    due: date


@dataclass(frozen=True)
class Acceptance:
    """Why an underwriter binds: on unverified evidence, with a reason or a subjectivity; on an order not given here."""

    reason: str = ""
    subjectivity: Subjectivity | None = None
    order_text: str = ""


def bind_guard(
    *, quote: Quote, price: Priced, inception: date, acceptance: Acceptance, actor: Actor, at: datetime
) -> date | None:
    """Raise unless `quote` may be bound from `inception` on; returns the retroactive date (None: full prior acts)."""
    _ordered(quote, acceptance)
    quote_stands(quote, at)
    pricing_offerable(quote.pricing)
    _insurable(price)
    _audit_age(quote, price, inception, at)
    _evidence(price, acceptance, at)
    _inception(quote, price, inception, at)
    retro = retro_date(price=price, inception=inception)
    authority_require(actor=actor, kind=Authority.Kind.BIND, amount=price.limit, currency=price.currency)
    _not_twice(quote, year_from(inception))
    return retro


def retro_date(*, price: Priced, inception: date) -> date | None:
    """The retroactive date the price was made for: stated, or counted back from the claims-made year (rule 16)."""
    if price.retro_date is None:
        years = price.claims_made_year - 1
        return None if price.claims_made_year >= MATURE else add_months(inception, -12 * years)
    if claims_made_year(price.retro_date, inception) != price.claims_made_year:
        raise StateRefused(
            f"From {inception} the cover is in another claims-made year than the one priced.",
            field="inception",
            limit=f"claims-made year {price.claims_made_year}, retroactive date {price.retro_date}",
            remedy="Price it again for this inception.",
        )
    return price.retro_date


def _ordered(quote: Quote, acceptance: Acceptance) -> None:
    if quote.state not in (Quote.State.OPEN, Quote.State.ACCEPTED):
        raise StateRefused(
            f"This quote is {quote.state}.", field="quote", limit="open or accepted", remedy="Offer a new price."
        )
    if quote.state == Quote.State.OPEN and not acceptance.order_text.strip():
        raise StateRefused(
            "The customer has not accepted this quote.",
            field="order_text",
            remedy="An owner accepts it (POST /api/v1/quotes/{id}/accept), or state their order in order_text.",
        )


def _insurable(price: Priced) -> None:
    if price.grade == "F":
        raise StateRefused("A model of grade F is not insured.", field="grade", limit="E or better")
    if price.rows < MINIMUM_ROWS:
        raise StateRefused(
            f"The audit rests on {price.rows} labelled decisions; the price is an indication.",
            field="rows",
            limit=f"at least {MINIMUM_ROWS}",
            remedy="Have the model audited on more rows.",
        )


def _audit_age(quote: Quote, price: Priced, inception: date, at: datetime) -> None:
    """Counted to the bind or to the first day of cover, whichever is later: cover begun later must not rest on more."""
    age = max(at - price.completed_at, inception - price.completed_at.date())
    if age > AUDIT_AGE and not referral_accepted(quote.pricing, AGE_REFERRAL):
        raise StateRefused(
            f"The audit is {age.days} days old when cover begins.",
            field="audit",
            limit=f"{AUDIT_AGE.days} days",
            remedy="Have the model audited again, then price and offer it.",
        )


def _evidence(price: Priced, acceptance: Acceptance, at: datetime) -> None:
    if price.evidence_class != UNVERIFIED:
        return
    promised = acceptance.subjectivity
    if promised is None and not acceptance.reason.strip():
        raise StateRefused(
            "The evidence is of class E4: predictions nobody has verified.",
            field="acceptance_reason",
            limit=f"a reason, or a subjectivity due within {SUBJECTIVITY_AGE.days} days",
            remedy="Say why you accept it, or by when evidence of class E1 to E3 is due.",
        )
    if promised and not at.date() < promised.due <= at.date() + SUBJECTIVITY_AGE:
        raise InputRefused(
            f"{promised.due} is not a possible due date.",
            field="subjectivity.due",
            limit=f"after {at.date()}, at most {SUBJECTIVITY_AGE.days} days on",
            remedy="Choose a date in between.",
        )


def _inception(quote: Quote, price: Priced, inception: date, at: datetime) -> None:
    last = max(quote.valid_until.date(), price.inception)
    if not at.date() <= inception <= last:
        raise InputRefused(
            f"Cover cannot begin on {inception}.",
            field="inception",
            limit=f"from {at.date()} (nothing is backdated) to {last}",
            remedy="Choose a day in between, or price it again.",
        )


def _not_twice(quote: Quote, term: Period) -> None:
    """One policy of a model at a time: which one covers a day is then one question with one answer."""
    rows = Policy.objects.filter(model=quote.model, inception__lt=term.end, expiry__gt=term.start)
    clash = rows.exclude(state=Policy.State.CANCELLED).first()
    if clash:
        raise Conflict(
            f"The model is covered by {clash.number} for part of this term.",
            field="inception",
            limit=f"{clash.inception} to {clash.expiry}",
            remedy=f"Begin on {clash.expiry} or later.",
        )
