"""The rate indication of DOMAIN 3.5, to its printed figures, and what it may not do."""

from decimal import Decimal

import pytest

from actuarial.methods.indication import base_change, credibility_of, indication
from core.errors import InputRefused

GIVEN = {
    "loss_ratio": Decimal("0.72"),
    "fixed": Decimal("0.06"),
    "ulae": Decimal("0.08"),
    "net_share": Decimal("0.75"),
    "claims": 210,
    "complement": Decimal("0.03"),
}


def test_the_worked_figures():
    found = indication(**GIVEN)
    rounded = [round(value, 4) for value in (found.indicated, found.credibility, found.selected, found.permissible)]
    assert [str(value) for value in rounded] == ["0.1168", "0.4406", "0.0682", "0.6389"]


def test_at_the_permissible_ratio_nothing_changes():
    permissible = indication(**GIVEN).permissible
    assert abs(indication(**{**GIVEN, "loss_ratio": permissible}).indicated) < Decimal("1e-30")


def test_pure_premium_moves_more_than_premium_for_fixed_expense_stays():
    """By the premium formula itself: G = (PP (1 + ULAE) + F) / (1 - V - Q)."""
    found = indication(**GIVEN)
    change = base_change(found.indicated, fixed=GIVEN["fixed"], net_share=GIVEN["net_share"])
    assert abs(change - (found.loss_ratio / found.permissible - 1)) < Decimal("1e-27")
    fixed = Decimal(1200)
    pure = Decimal(10_000)
    before = (pure * Decimal("1.08") + fixed) / Decimal("0.75")
    wanted = Decimal("0.0682")
    change = base_change(wanted, fixed=fixed / before, net_share=Decimal("0.75"))
    after = (pure * (1 + change) * Decimal("1.08") + fixed) / Decimal("0.75")
    assert abs(after / before - 1 - wanted) < Decimal("1e-25")


@pytest.mark.parametrize(("claims", "z"), [(0, "0"), (1082, "1"), (5000, "1")])
def test_credibility_ends_at_one(claims, z):
    assert credibility_of(claims) == Decimal(z)


@pytest.mark.parametrize(
    "wrong", [{"loss_ratio": Decimal(-1)}, {"claims": -1}, {"fixed": Decimal("0.75")}, {"net_share": Decimal(0)}]
)
def test_the_impossible_is_refused(wrong):
    with pytest.raises(InputRefused):
        indication(**{**GIVEN, **wrong})
