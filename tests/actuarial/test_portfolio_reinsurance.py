"""Treaties: closed forms, brute force on tiny lattices, and the same programme simulated contract by contract."""

import itertools
import math
from decimal import Decimal

import numpy as np
import pytest

from actuarial.methods.aggregate import Claims, Law, year_law
from actuarial.methods.covered import Covered, first_events
from actuarial.methods.portfolio import yearly
from actuarial.methods.reinsurance import (
    Losses,
    ceded,
    commission_expected,
    losses_of,
    per_risk_expected,
    retained,
)
from actuarial.methods.shock import Shock, Struck
from actuarial.methods.simulate import mean_of, simulated, tvar_of
from actuarial.methods.treaties import Commission, Treaty, treaties_read
from tests.actuarial.books import STEP, domain_book, domain_shocks, random_book, random_shocks

EVENT = {"kind": "event_xl", "attachment": "2000000", "limit": "2000000", "premium": "40000"}


def programme(*stated):
    return treaties_read(list(stated))


def gone_through(book, shocks, treaties, step=STEP, premium=5e6):
    exact = yearly(book, shocks, step)
    return ceded(losses_of(exact.payouts, exact.own, shocks, exact.members), treaties, premium)


def test_a_quota_share_takes_its_share_of_every_figure():
    treaties = programme({"kind": "quota_share", "share": "0.3", "commission": "0.25"})
    (gross, net), (one,) = gone_through(domain_book(), domain_shocks(), treaties)
    assert one.loss == pytest.approx(0.3 * gross.law.mean, rel=1e-9)
    assert net.law.mean == pytest.approx(0.7 * gross.law.mean, rel=1e-9)
    assert net.law.tvar(0.99) == pytest.approx(0.7 * gross.law.tvar(0.99), rel=2e-4)
    assert (one.premium, one.commission) == (pytest.approx(1.5e6), pytest.approx(375_000))
    assert one.cost == pytest.approx(1.5e6 - 375_000 - 0.3 * gross.law.mean)


def test_a_sliding_commission_is_read_off_the_loss_ratio():
    slide = Commission(Decimal("0.2"), Decimal("0.35"), Decimal("0.6"), Decimal("0.5"))
    law = Law(10.0, np.array([0.25, 0.25, 0.25, 0.25]))  # of a premium of 100: ratios 0, .1, .2, .3, all held at .35
    assert commission_expected(slide, law, 100.0) == pytest.approx((0.35 + 0.35 + 0.35 + 0.35) / 4)
    # Of a premium of 40: ratios 0, .25, .5, .75: held at .35, .35, then .25, then .2.
    assert commission_expected(slide, law, 40.0) == pytest.approx((0.35 + 0.35 + 0.25 + 0.2) / 4)
    flat = Commission(Decimal("0.27"), Decimal("0.27"), Decimal(0), Decimal(0))
    assert commission_expected(flat, law, 40.0) == pytest.approx(0.27)


def test_a_per_risk_layer_is_lambda_times_lev_of_top_less_lev_of_attachment():
    for seed in range(30):
        rng = np.random.default_rng(seed)
        book = random_book(rng, odd=False)
        shocks = random_shocks(rng, book)
        low, high = sorted(rng.integers(1, 40, 2) * 25_000)
        treaty = {"kind": "per_risk_xl", "attachment": str(low), "limit": str(high - low + 25_000), "share": "0.9"}
        (gross, net), (one,) = gone_through(book, shocks, programme(treaty))
        # Attachment and top lie on the lattice, where sharing between neighbours changes no layer.
        assert one.loss == pytest.approx(per_risk_expected(book, one.treaty), rel=1e-8, abs=1e-6)
        assert gross.law.mean - net.law.mean == pytest.approx(one.loss, rel=1e-7, abs=1e-5)


def test_a_stop_loss_is_the_difference_of_two_premiums():
    treaties = programme({"kind": "aggregate_xl", "attachment": "5000000", "limit": "5000000"})
    (gross, net), (one,) = gone_through(domain_book(), domain_shocks(), treaties)
    assert one.loss == pytest.approx(58_377, abs=0.5)  # DOMAIN 3.2
    assert one.loss == pytest.approx(gross.law.between(5e6) - gross.law.between(10e6))
    assert net.law.mean == pytest.approx(gross.law.mean - one.loss, rel=1e-10)
    assert net.law.var(0.99) == 5e6  # between the two ends of the layer the year stops at the attachment
    assert gone_through(domain_book(), [], treaties)[1][0].loss == pytest.approx(34_853, abs=0.5)


def tiny(rate, law, chance=0.5, members=2):
    """A book of events alone on integers."""
    kinds = (Struck(chance, law, tuple(range(members))),)
    shock = Shock("vendor: v", rate, np.arange(members), np.full(members, chance))
    return Losses(1.0, np.zeros(3), (shock,), (kinds,))


@pytest.mark.parametrize("prices", [[], ["1"], ["1", "0.5"]])
def test_an_event_layer_with_reinstatements_by_enumerating_years(prices):
    """Every year of up to seven events with every loss of each: recoveries, reinstatement premium, what is left."""
    law, rate = np.array([0.0, 0.3, 0.3, 0.4]), 0.6
    losses = tiny(rate, law)
    treaty = {**EVENT, "attachment": "2", "limit": "2", "premium": "10", "reinstatements": prices}
    (_, net), (one,) = ceded(losses, programme(treaty), 0.0)
    single = np.array([0.5, *(0.5 * law[1:])])
    event = np.convolve(single, single)
    taken, again, kept_exact, kept_first = 0.0, 0.0, 0.0, 0.0
    for count in range(6):
        chance = math.exp(-rate) * rate**count / math.factorial(count)
        for year in itertools.product(range(len(event)), repeat=count):
            weight = chance * math.prod(event[loss] for loss in year)
            layers = [min(max(loss - 2, 0), 2) for loss in year]
            recovered = min(sum(layers), 2 * (1 + len(prices)))
            taken += weight * recovered
            for place, price in enumerate(prices):
                again += weight * 10 * float(price) * min(max(recovered - 2 * place, 0), 2) / 2
            kept_exact += weight * (sum(year) - recovered)
            kept_first += weight * (sum(year) - sum(layers[: 1 + len(prices)]))
    left = 1e-3  # years of six events and more
    assert one.loss == pytest.approx(taken, abs=left)
    assert one.reinstatement == pytest.approx(again, abs=5 * left)
    assert net.law.mean == pytest.approx(kept_first, abs=2 * left)
    assert one.short == pytest.approx(kept_first - kept_exact, abs=2 * left)
    assert one.short >= 0
    assert one.cost == pytest.approx(10 + one.reinstatement - one.loss)


def test_first_events_of_a_poisson_year():
    for rate in (0.0, 0.02, 1.3):
        for times in range(5):
            chances = [math.exp(-rate) * rate**m / math.factorial(m) for m in range(60)]
            assert first_events(rate, times) == pytest.approx(sum(p * min(m, times) for m, p in enumerate(chances)))


def test_covered_events_without_a_layer_are_compound_poisson():
    law = np.array([0.2, 0.5, 0.3])
    plain = year_law([Claims(0.9 * law)], 1.0)
    for times in range(4):
        same = year_law([Covered(0.9, (law,) * times, law)], 1.0)
        assert same.mass == pytest.approx(plain.mass, abs=1e-14)


def test_layers_of_one_stage_stand_on_the_same_loss():
    losses = np.array([0.0, 3.0, 7.0, 20.0])
    stack = [Treaty("per_risk_xl", "a", Decimal(1), Decimal(2), Decimal(3)),
             Treaty("per_risk_xl", "b", Decimal("0.5"), Decimal(5), Decimal(10))]  # fmt: skip
    assert retained(losses, stack) == pytest.approx([0, 2, 3, 12])


def test_a_whole_programme_agrees_with_its_simulation():
    treaties = programme(
        {"kind": "quota_share", "share": "0.2"},
        {"kind": "per_risk_xl", "attachment": "500000", "limit": "1500000", "share": "0.9"},
        {**EVENT, "attachment": "1000000", "limit": "2000000", "reinstatements": ["1"], "key": "A"},
        {**EVENT, "attachment": "500000", "limit": "1000000", "reinstatements": [], "key": "B", "name": "second"},
        {"kind": "aggregate_xl", "attachment": "3000000", "limit": "2000000"},
    )
    stages, cessions = gone_through(domain_book(), domain_shocks(), treaties)
    assert [stage.kind for stage in stages] == ["gross", "quota_share", "per_risk_xl", "event_xl", "aggregate_xl"]
    gone = sum(one.loss - one.short for one in cessions)
    assert stages[0].law.mean - stages[-1].law.mean == pytest.approx(gone, rel=1e-7)
    net = simulated(domain_book(), domain_shocks(), years=40_000, seed=3, programme=treaties).net
    mean, short = mean_of(net), sum(one.short for one in cessions)
    assert abs(mean.value - stages[-1].law.mean) < 4 * mean.error + short
    for level in (0.9, 0.99):
        tvar = tvar_of(net, level)
        assert abs(tvar.value - stages[-1].law.tvar(level)) < 4 * tvar.error + short / (1 - level)


def test_an_event_layer_for_every_dependency_shares_its_limits():
    both = programme({**EVENT, "key": "*"})
    each = programme({**EVENT, "key": "A"}, {**EVENT, "key": "B"})
    _, (one,) = gone_through(domain_book(), domain_shocks(), both)
    _, apart = gone_through(domain_book(), domain_shocks(), each)
    assert one.loss <= sum(part.loss for part in apart)
    assert one.loss == pytest.approx(sum(part.loss for part in apart), rel=0.02)  # two events in a year are rare


def test_without_shared_events_an_event_layer_pays_nothing():
    (gross, net), (one,) = gone_through(domain_book(), [], programme(EVENT))
    assert one.loss == 0
    assert net.law.mean == pytest.approx(gross.law.mean, rel=1e-12)
