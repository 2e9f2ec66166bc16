"""What a policy pays: vectors of DOMAIN 4.5, unit-by-unit brute force, and the aggregate's invariant (1.9, item 14)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.adjustment import incurred, payable, payment_room, reserve_of
from core.errors import InputRefused

MILLION = Decimal("1000000")
units = st.integers(0, 120)


def pay(loss: object, **given: object):
    terms = {"limit": 2 * MILLION, "deductible": Decimal(25_000), "aggregate_remaining": 2 * MILLION}
    return payable(loss=Decimal(str(loss)), **{**terms, **{name: Decimal(str(value)) for name, value in given.items()}})


@pytest.mark.parametrize(
    ("loss", "left", "expected"),
    [
        ("1500000", "2000000", "1475000.00"),  # loss less deductible
        ("3000000", "2000000", "1975000.00"),  # min(loss, limit) less deductible: the deductible erodes the limit
        ("2000000", "2000000", "1975000.00"),
        ("25000", "2000000", "0.00"),
        ("25000.01", "2000000", "0.01"),
        ("24999.99", "2000000", "0.00"),
        ("0", "2000000", "0.00"),
        ("1500000", "600000", "600000.00"),  # the aggregate ends first
        ("1500000", "0", "0.00"),
        ("1500000", "-1", "0.00"),
    ],
)
def test_payable_is_loss_within_limit_less_deductible_within_the_aggregate(loss, left, expected):
    assert pay(loss, aggregate_remaining=left).amount == Decimal(expected)


def test_defence_cost_counts_only_where_the_policy_puts_it_inside_the_limit():
    terms = {"limit": MILLION, "deductible": Decimal(0), "aggregate_remaining": MILLION, "alae": Decimal(300_000)}
    assert payable(loss=Decimal(900_000), **terms).amount == 900_000
    assert payable(loss=Decimal(500_000), alae_inside=True, **terms).amount == 800_000
    assert payable(loss=Decimal(900_000), alae_inside=True, **terms).amount == MILLION


def test_the_working_names_each_step():
    assert pay("3000000", aggregate_remaining="1000000").sentence == (
        "min(loss 3,000,000.00, limit) = 2,000,000.00, less deductible = 1,975,000.00, "
        "cut by 975,000.00 because the aggregate ends; payable 1,000,000.00"
    )


def test_a_negative_amount_is_refused_by_name():
    with pytest.raises(InputRefused) as refused:
        pay("-1")
    assert refused.value.field == "loss"


@given(loss=units, limit=units, deductible=units, left=units)
def test_payable_equals_counting_every_unit_of_loss_between_deductible_and_limit(loss, limit, deductible, left):
    counted = sum(1 for unit in range(1, loss + 1) if deductible < unit <= limit)
    found = pay(loss, limit=limit, deductible=deductible, aggregate_remaining=left)
    assert found.amount == min(counted, left)
    assert found.cut_by_aggregate == counted - min(counted, left)


@given(losses=st.lists(units, max_size=8), aggregate=units)
def test_total_paid_is_the_lesser_of_aggregate_and_sum_of_claims(losses, aggregate):
    terms = {"limit": 60, "deductible": 5}
    paid = Decimal(0)
    for loss in losses:
        paid += pay(loss, **terms, aggregate_remaining=aggregate - paid).amount
    alone = sum(pay(loss, **terms, aggregate_remaining=10_000).amount for loss in losses)
    assert paid == min(aggregate, alone)


@given(losses=st.lists(units, min_size=1, max_size=6), limit=units, deductible=units)
def test_related_claims_pay_together_what_one_claim_would(losses, limit, deductible):
    terms = {"limit": limit, "deductible": deductible, "aggregate_remaining": 10_000}
    before = paid = Decimal(0)
    for loss in losses:
        paid += pay(loss, **terms, related_loss=before, related_amount=paid).amount
        before += loss
    assert paid == pay(sum(losses), **terms).amount


@given(decided=units, claim=units, aggregate=units, policy=units)
def test_room_never_exceeds_the_decision_or_the_aggregate(decided, claim, aggregate, policy):
    room = payment_room(decided=decided, paid_on_claim=claim, aggregate=aggregate, paid_on_policy=policy)
    assert 0 <= room <= max(0, decided - claim)
    assert room <= max(0, aggregate - policy)
    assert room in (0, decided - claim, aggregate - policy)


def test_a_reserve_is_the_sum_of_its_changes_and_three_increases_alert():
    steady = reserve_of("indemnity", [Decimal(100), Decimal(-40), Decimal(15)])
    stepping = reserve_of("indemnity", [Decimal(100), Decimal(20), Decimal(-5), Decimal(15)])
    assert (steady.outstanding, steady.increases, steady.stair_stepping) == (75, 2, False)
    assert (stepping.outstanding, stepping.increases, stepping.stair_stepping) == (130, 3, True)


def test_incurred_is_paid_plus_case_less_recoveries():
    assert incurred(paid=Decimal(100), case=Decimal(50), recoveries=Decimal(20)) == 130
