"""Setting capacities, and the check at bind that no two binds can both slip through."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F

from core.actors import Actor
from core.errors import InputRefused, NotAllowed, StateRefused
from core.journal import journal_write
from core.money import cents, currency_code, money_text
from core.states import state_change
from policies.capacity import capacities_standing, exposed_by_key, key_named, keys_of
from policies.models import Capacity, CapacityReferral, Quote, Series
from policies.priced import Priced
from policies.states import CAPACITY_REFERRAL
from underwriting.registration import DEPENDENCY_KINDS, one_of
from underwriting.services.registry import required_reason

DECISIONS = (CapacityReferral.State.ACCEPTED, CapacityReferral.State.REFUSED)
GATE = "capacity"  # the row whose lock lets one bind through at a time


@dataclass(frozen=True)
class Excess:
    """What binding a quote would take a dependency over its capacity by; not above nought: it fits."""

    kind: str
    name: str
    over: Decimal
    capacity: Decimal
    currency: str

    @property
    def told(self) -> str:
        excess, whole = (money_text(amount, self.currency) for amount in (self.over, self.capacity))
        return f"the {self.kind.replace('_', ' ')} {self.name}, by {excess} over {whole}"


def capacity_set(
    *, kind: str, name: str, amount: Decimal, currency: str, why: str, actor: Actor, at: datetime
) -> Capacity:
    """How much may lean on a dependency from now on; policies already bound stay. Raises InputRefused."""
    one_of("kind", kind, DEPENDENCY_KINDS)
    currency_code(currency)
    known, named = key_named(kind, name)
    if not named or not why.strip():
        raise InputRefused(
            "A capacity needs the dependency's name and a reason.",
            field="why" if named else "name",
            remedy="Say both in plain words.",
        )
    if amount < 0 or amount != cents(amount):
        raise InputRefused(f"{amount} is no capacity.", field="amount", limit="0 or more, to the cent")
    with transaction.atomic():
        _gate()
        row = Capacity.objects.create(
            created_at=at, kind=known, name=named, amount=amount, currency=currency, why=why.strip(),
            set_by=actor.label, set_by_id=actor.id,
        )  # fmt: skip
        journal_write(
            actor=actor,
            action="capacity.set",
            subject_kind="capacity",
            subject_id=str(row.pk),
            organisation_id=None,
            at=at,
            why=row.why,
            detail={"kind": known, "name": named, "amount": amount, "currency": currency},
        )
    return row


class OverCapacity(StateRefused):
    """A bind that only an actuary may let through; `excesses` has what each dependency would be over."""

    def __init__(self, excesses: Sequence[Excess]) -> None:
        told = "; ".join(one.told for one in excesses)
        super().__init__(
            f"The book would lean too much on {told}.",
            field="dependencies",
            limit=", ".join(money_text(one.capacity, one.currency) for one in excesses),
            remedy="It is referred to the actuaries, who may let it through for a stated reason or raise the capacity; "
            "or offer a lower aggregate.",
        )
        self.excesses = tuple(excesses)


def capacity_guard(*, quote: Quote, price: Priced) -> None:
    """Raise OverCapacity if binding `quote` would lean more on a dependency than its capacity and an actuary allow.

    Called inside the bind's transaction: the gate stays locked until its end, so that what one bind adds, the next
    one counts.
    """
    keys = keys_of(quote.model.dependencies)
    if not keys & set(capacities_standing(price.currency)):
        return
    _gate()
    standing = capacities_standing(price.currency)
    exposed = exposed_by_key(price.currency, keys)
    found = [
        Excess(*key, exposed.get(key, Decimal(0)) + price.aggregate - standing[key].amount, standing[key].amount,
               price.currency)
        for key in sorted(keys & set(standing))
    ]  # fmt: skip
    beyond = [one for one in found if one.over > 0 and not _let_through(quote, one)]
    if beyond:
        raise OverCapacity(beyond)


def capacity_refer(*, quote: Quote, excesses: Iterable[Excess], actor: Actor, at: datetime) -> None:
    """Put what a bind was refused for before the actuaries: one open referral a dependency, of the latest excess.

    What was refused for the same excess already is not asked again.
    """
    for one in excesses:
        with transaction.atomic():
            _gate()
            rows = quote.capacity_referrals.filter(kind=one.kind, name=one.name)
            asked = {"over": one.over, "capacity": one.capacity, "asked_by": actor.label, "asked_by_id": actor.id}
            if (
                rows.exclude(state=CapacityReferral.State.ACCEPTED)
                .filter(over=one.over, capacity=one.capacity)
                .exists()
            ):
                continue
            if not rows.filter(state=CapacityReferral.State.OPEN).update(**asked):
                quote.capacity_referrals.create(
                    organisation_id=quote.organisation_id, created_at=at, kind=one.kind, name=one.name,
                    currency=one.currency, **asked,
                )  # fmt: skip
            journal_write(
                actor=actor,
                action="capacity.referred",
                subject_kind="quote",
                subject_id=quote.pk,
                organisation_id=quote.organisation_id,
                at=at,
                detail={"kind": one.kind, "name": one.name, "over": one.over, "capacity": one.capacity},
            )


def capacity_referral_decide(
    *, referral: CapacityReferral, decision: str, why: str, actor: Actor, at: datetime
) -> CapacityReferral:
    """Let the quote be bound over the capacity by this excess, or not.

    Raises InputRefused without a decision and reason, NotAllowed for whoever asked, StateRefused once decided.
    """
    one_of("decision", decision, DECISIONS)
    reason = required_reason(why)
    if referral.asked_by_id == actor.id:
        raise NotAllowed("Whoever wants to bind it cannot let it through.", remedy="Ask another actuary.")
    with transaction.atomic():
        state_change(
            instance=referral,
            machine=CAPACITY_REFERRAL,
            to=decision,
            actor=actor,
            at=at,
            why=reason,
            changes={"decided_by": actor.label, "why": reason, "decided_at": at},
        )
    return referral


def _let_through(quote: Quote, one: Excess) -> bool:
    rows = quote.capacity_referrals.filter(state=CapacityReferral.State.ACCEPTED, kind=one.kind, name=one.name)
    return rows.filter(over__gte=one.over, currency=one.currency).exists()


def _gate() -> None:
    """Hold the gate until the end of the transaction."""
    Series.objects.get_or_create(name=GATE)
    Series.objects.filter(name=GATE).update(last=F("last") + 1)
