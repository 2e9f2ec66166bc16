"""Part B: the published vectors to the cent, scipy and simulation as oracles, and what must hold of any guarantee."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from scipy.stats import betabinom

from core.canonical import canonical_json
from core.errors import InputRefused
from underwriting.rating.parametric import (
    Audited,
    Terms,
    filed,
    guarantee_price,
    payable,
    replay,
    trigger_above,
    worksheet,
)

PLAN = filed()
AUDITED = Audited(Decimal(60), Decimal(2000), Decimal(1))
TERMS = Terms(Decimal("0.04"), 1000, Decimal(25_000), Decimal(500_000))


def priced(audited=AUDITED, terms=TERMS, *, accompanies=False):
    return guarantee_price(audited, terms, PLAN, accompanies=accompanies)


def test_the_published_vectors():
    sheet = priced()
    assert (round(sheet.at_claimed, 5), round(sheet.chance, 5)) == (Decimal("0.03022"), Decimal("0.06750"))
    assert (round(sheet.expected, 2), round(sheet.sd, 2)) == (Decimal("6653.22"), Decimal("31790.45"))
    assert sheet.premium == Decimal("14975.81")
    assert (sheet.trigger_above, sheet.cap_from) == (40, 60)


def test_beside_a_liability_policy_the_fixed_expense_is_not_charged_twice():
    assert priced().premium - priced(accompanies=True).premium == Decimal("1600.00")  # 1,200 / .75


@pytest.mark.parametrize(
    ("k", "n", "rows", "tau"), [(10, 700, 400, "0.05"), (0, 500, 300, "0.02"), (200, 4000, 2500, "0.07")]
)
def test_the_expectation_is_a_sum_over_every_count(k, n, rows, tau):
    terms = replace(TERMS, rows=rows, threshold=Decimal(tau))
    sheet = priced(Audited(Decimal(k), Decimal(n), Decimal(1)), terms)
    law = betabinom(rows, k + 0.5, n - k + 0.5)
    pays = [(law.pmf(count), float(payable(count, terms, PLAN))) for count in range(rows + 1)]
    mean = sum(chance * pay for chance, pay in pays)
    assert float(sheet.expected) == pytest.approx(mean, abs=1e-5)
    assert float(sheet.sd) == pytest.approx(np.sqrt(sum(c * (pay - mean) ** 2 for c, pay in pays)), rel=1e-6)
    assert float(sheet.chance) == pytest.approx(sum(c for c, pay in pays if pay), abs=1e-6)


def test_simulated_windows_pay_what_is_expected():
    draw = np.random.default_rng(5)
    errors = draw.binomial(1000, draw.beta(60.5, 1940.5, 200_000))
    pays = np.array([float(payable(int(count), TERMS, PLAN)) for count in range(1001)])[errors]
    assert pays.mean() == pytest.approx(float(priced().expected), abs=4 * pays.std() / np.sqrt(len(pays)))


def test_payment_by_integers():
    for errors, paid in (
        (0, "0.00"),
        (40, "0.00"),
        (41, "25000.00"),
        (45, "125000.00"),
        (60, "500000.00"),
        (1000, "500000.00"),
    ):
        assert payable(errors, TERMS, PLAN) == Decimal(paid)
    thirds = replace(TERMS, rows=333)  # floor(13.32) = 13: fourteen errors pay
    assert trigger_above(thirds) == 13
    assert payable(13, thirds, PLAN) == 0
    assert payable(14, thirds, PLAN) == Decimal("51051.05")  # 25,000 (14/333 - .04) / .001


def test_what_must_hold_of_any_guarantee():
    draw = np.random.default_rng(8)
    for _ in range(300):
        n, rows = int(draw.integers(500, 5000)), int(draw.integers(300, 2000))
        k = int(n * draw.uniform(0, 0.1))
        tau = Decimal(f"{min(0.9, 1.8 * k / n + draw.uniform(0.02, 0.05)):.4f}")
        terms = Terms(tau, rows, Decimal(int(draw.integers(1, 50_000))), Decimal(int(draw.integers(1, 900_000))))
        try:
            now = priced(Audited(Decimal(k), Decimal(n), Decimal(1)), terms)
        except InputRefused:
            continue
        dearer = [
            (Audited(Decimal(k), Decimal(n), Decimal(1)), replace(terms, cap=terms.cap * 2)),
            (Audited(Decimal(k), Decimal(n), Decimal(1)), replace(terms, tick=terms.tick * 2)),
            (Audited(Decimal(k), Decimal(n), Decimal("1.1")), terms),
        ]
        assert all(priced(*case).expected >= now.expected for case in dearer)
        assert (
            priced(
                Audited(Decimal(k), Decimal(n), Decimal(1)), replace(terms, threshold=tau + Decimal("0.01"))
            ).expected
            <= now.expected
        )
        assert 0 <= now.expected <= terms.cap


def test_a_worksheet_is_computed_again_byte_for_byte():
    stored = worksheet(AUDITED, TERMS, PLAN, accompanies=False)
    assert canonical_json(replay(stored)) == canonical_json(stored)


@pytest.mark.parametrize(
    ("audited", "terms", "field"),
    [
        (replace(AUDITED, n=Decimal(499), k=Decimal(15)), TERMS, "audit"),
        (AUDITED, replace(TERMS, threshold=Decimal("0.032")), "threshold"),
        (AUDITED, replace(TERMS, threshold=Decimal(0)), "threshold"),
        (AUDITED, replace(TERMS, threshold=Decimal(1)), "threshold"),
        (Audited(Decimal(1), Decimal(50_000), Decimal(1)), replace(TERMS, threshold=Decimal("0.00002")), "threshold"),
        (AUDITED, replace(TERMS, rows=299), "rows"),
        (AUDITED, replace(TERMS, rows=10**7), "rows"),
        (AUDITED, replace(TERMS, tick=Decimal(0)), "tick"),
        (AUDITED, replace(TERMS, cap=Decimal("-1")), "cap"),
        (AUDITED, replace(TERMS, cap=Decimal("0.001")), "cap"),
    ],
)
def test_what_the_plan_does_not_write_is_refused_by_name(audited, terms, field):
    with pytest.raises(InputRefused) as refused:
        priced(audited, terms)
    assert refused.value.field == field
