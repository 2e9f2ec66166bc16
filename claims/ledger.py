"""What a policy and a claim have cost so far: sums over append-only rows, never a stored balance."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet, Sum

from claims.adjustment import ZERO, Reserve, incurred, reserve_of
from claims.models import Claim, Decision, Payment, ReserveChange
from policies.models import Policy


@dataclass(frozen=True)
class Aggregate:
    """The aggregate of a policy: what it is, what payments took, what is set aside, what is left to pay from."""

    limit: Decimal
    paid: Decimal
    reserved: Decimal
    remaining: Decimal


def aggregate_of(policy: Policy) -> Aggregate:
    """The aggregate ledger of one policy; reserves inform, payments erode."""
    paid = paid_on_policy(policy)
    rows = ReserveChange.objects.filter(claim__policy=policy, part=ReserveChange.Part.INDEMNITY)
    reserved = rows.aggregate(sum=Sum("delta"))["sum"] or ZERO
    return Aggregate(policy.aggregate, paid, reserved, policy.aggregate - paid)


def paid_on_policy(policy: Policy) -> Decimal:
    """All payments on a policy's claims."""
    return _sum(Payment.objects.filter(claim__policy=policy))


def paid_on_claim(claim: Claim) -> Decimal:
    """All payments on one claim."""
    return _sum(claim.payments.all())


def aggregate_for(claim: Claim) -> Decimal:
    """What other claims have left of the aggregate for this one."""
    return claim.policy.aggregate - _sum(Payment.objects.filter(claim__policy_id=claim.policy_id).exclude(claim=claim))


def reserves_of(claim: Claim) -> dict[str, Reserve]:
    """The reserve of each part: what stands and how often it was raised."""
    changes = list(claim.reserves.order_by("created_at", "id").values_list("part", "delta"))
    return {
        part: reserve_of(part, [delta for name, delta in changes if name == part]) for part in ReserveChange.Part.values
    }


def incurred_of(claim: Claim) -> Decimal:
    """Paid + case reserve of all parts; nothing is recovered yet."""
    case = sum((reserve.outstanding for reserve in reserves_of(claim).values()), ZERO)
    return incurred(paid=paid_on_claim(claim), case=case)


def decision_standing(claim: Claim) -> Decision | None:
    """The approved decision that counts: the latest."""
    return claim.decisions.filter(state=Decision.State.APPROVED).order_by("-decided_at", "-id").first()


def related_decided(claim: Claim) -> tuple[Decimal, Decimal]:
    """(loss, amount) decided on the other claims from this incident under this policy: they are one claim with it."""
    others = Claim.objects.filter(policy_id=claim.policy_id, incident_id=claim.incident_id).exclude(pk=claim.pk)
    standing = [found for other in others if (found := decision_standing(other))]
    return sum((row.loss for row in standing), ZERO), sum((row.amount for row in standing), ZERO)


def _sum(rows: QuerySet[Payment]) -> Decimal:
    return rows.aggregate(sum=Sum("amount"))["sum"] or ZERO
