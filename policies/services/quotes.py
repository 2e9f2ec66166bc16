"""Offering, accepting, declining, voiding and expiring quotes."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from core.actors import Actor, system
from core.errors import Conflict, StateRefused
from core.journal import journal_write
from core.states import state_change
from policies.lapse import lapse_reason
from policies.models import Quote
from policies.numbers import number_next
from policies.priced import priced
from policies.states import QUOTE
from underwriting.models import Pricing, Referral

VALID_FOR = timedelta(days=30)
LIVE = (Quote.State.OPEN, Quote.State.ACCEPTED)


def quote_offer(*, pricing: Pricing, actor: Actor, at: datetime) -> Quote:
    """Offer `pricing` for thirty days.

    Raises StateRefused unless its outcome is quote, or refer with every referral accepted, and nothing changed since;
    Conflict if this price was offered before.
    """
    priced(pricing)
    pricing_offerable(pricing)
    model = pricing.order.version.model
    decisions = int(pricing.risk["decisions"])
    _refuse_lapsed(lapse_reason(pricing=pricing, decisions_at_quote=decisions, at=at))
    with transaction.atomic():
        quote = _create(pricing, decisions, actor, at)
        journal_write(
            actor=actor,
            action="quote.offered",
            subject_kind="quote",
            subject_id=quote.pk,
            organisation_id=quote.organisation_id,
            at=at,
            detail={"number": quote.number, "model": model.pk, "pricing": pricing.pk, "total": pricing.total},
        )
    return quote


def pricing_offerable(pricing: Pricing) -> None:
    """Raise StateRefused unless the plan or its underwriters allow this price to be offered."""
    if pricing.outcome == Pricing.Outcome.DECLINE:
        raise StateRefused("The plan declines this risk.", field="pricing", remedy="The worksheet says why.")
    waiting = pricing.referrals.exclude(state=Referral.State.ACCEPTED).order_by("code")
    if waiting.exists():
        codes = ", ".join(f"{row.code} ({row.state})" for row in waiting)
        raise StateRefused(
            "Not every referral of this price is accepted.",
            field="pricing",
            limit=codes,
            remedy="An underwriter decides them: POST /api/v1/referrals/{id}/decision.",
        )


def quote_accept(*, quote: Quote, actor: Actor, at: datetime) -> Quote:
    """The customer says yes. Raises StateRefused once the quote has lapsed."""
    quote_stands(quote, at)
    changes = {"accepted_by": actor.label, "accepted_at": at}
    with transaction.atomic():
        state_change(instance=quote, machine=QUOTE, to=Quote.State.ACCEPTED, actor=actor, at=at, changes=changes)
    return quote


def quote_decline(*, quote: Quote, why: str, actor: Actor, at: datetime) -> Quote:
    """The customer says no."""
    with transaction.atomic():
        state_change(instance=quote, machine=QUOTE, to=Quote.State.DECLINED, actor=actor, at=at, why=why)
    return quote


def quote_stands(quote: Quote, at: datetime) -> None:
    """Raise StateRefused if the thirty days are over or what was priced has changed."""
    if at > quote.valid_until:
        raise StateRefused(
            "This quote has expired.",
            field="quote",
            limit=f"valid until {quote.valid_until:%Y-%m-%d %H:%M} UTC",
            remedy="Price and offer it again.",
        )
    _refuse_lapsed(lapse_reason(pricing=quote.pricing, decisions_at_quote=quote.decisions_per_year, at=at))


def quotes_void_lapsed(*, quotes: Iterable[Quote], at: datetime) -> int:
    """Void those of `quotes` whose price no longer stands; returns how many. Repeating it changes nothing."""
    voided = 0
    for quote in quotes:
        why = lapse_reason(pricing=quote.pricing, decisions_at_quote=quote.decisions_per_year, at=at)
        voided += why is not None and _end(quote, Quote.State.VOIDED, why, at)
    return voided


def quotes_expire(*, at: datetime) -> int:
    """Expire every live quote whose thirty days are over; returns how many."""
    over = Quote.objects.filter(state__in=LIVE, valid_until__lt=at)
    return sum(_end(quote, Quote.State.EXPIRED, "Thirty days went by.", at) for quote in over)


def _end(quote: Quote, to: str, why: str, at: datetime) -> bool:
    changes = {"voided_why": why} if to == Quote.State.VOIDED else {}
    try:
        with transaction.atomic():
            state_change(
                instance=quote, machine=QUOTE, to=to, actor=system("policies"), at=at, why=why, changes=changes
            )
    except StateRefused:
        return False  # bound or ended by somebody else a moment ago
    return True


def _create(pricing: Pricing, decisions: int, actor: Actor, at: datetime) -> Quote:
    try:
        with transaction.atomic():
            return Quote.objects.create(
                organisation_id=pricing.organisation_id,
                created_at=at,
                model=pricing.order.version.model,
                pricing=pricing,
                number=number_next(prefix="Q", at=at),
                valid_until=at + VALID_FOR,
                decisions_per_year=decisions,
                offered_by=actor.label,
            )
    except IntegrityError:
        raise Conflict(
            "This price was offered before.", field="pricing", limit="one quote a pricing", remedy="Use that quote."
        ) from None


def _refuse_lapsed(why: str | None) -> None:
    if why:
        raise StateRefused(why, field="pricing", remedy="Price the model again and offer the new price.")
