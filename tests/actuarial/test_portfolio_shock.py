"""Common shocks: DOMAIN's figures, enumeration of tiny books, moments, exact allocation, simulation."""

import itertools
import math
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from scipy import stats

from actuarial.methods.aggregate import Claims, Law, year_law
from actuarial.methods.allocation import (
    allocated,
    combined,
    in_cents,
    occurrence_exceeding,
    return_loss,
)
from actuarial.methods.lattice import Payouts
from actuarial.methods.shock import (
    Shock,
    Struck,
    event_law,
    event_rates,
    fitted,
    own_frequency,
    shares_of_events,
    strain,
    struck,
)
from tests.actuarial.books import STEP, domain_book, domain_shocks, panjer, random_book, random_shocks


def worked(book, shocks, step=STEP):
    """payouts, own frequencies, members, events and the law of the year."""
    payouts, own = Payouts(book, step), own_frequency(book, shocks)
    members = [struck(payouts, shock) for shock in shocks]
    events = [event_law(kinds, step) for kinds in members]
    parts = [Claims(event_rates(shock, event)) for shock, event in zip(shocks, events, strict=True)]
    return payouts, own, members, events, year_law([Claims(payouts.rates(own)), *parts], step)


def test_the_figures_of_the_domain_for_common_shocks():
    *_, year = worked(domain_book(), domain_shocks())
    assert year.mean == pytest.approx(2_149_705, abs=0.5)  # the mean hides the shocks
    assert round(year.var(0.995) / 1e6, 3) == 7.840
    assert round(year.tvar(0.99) / 1e6, 3) == 8.242
    assert year.between(5e6, 10e6) == pytest.approx(58_377, abs=0.5)  # the layer does not


def test_an_event_is_every_subset_of_its_members_by_enumeration():
    rng = np.random.default_rng(2)
    for _ in range(60):
        kinds, laws = [], []
        for _ in range(int(rng.integers(1, 4))):
            law, chance, count = rng.dirichlet(np.ones(4)), float(rng.uniform(0, 1)), int(rng.integers(1, 3))
            kinds.append(Struck(chance, law, tuple(range(count))))
            laws += [(chance, law)] * count
        exact = np.zeros(3 * len(laws) + 1)
        for hit in itertools.product((0, 1), repeat=len(laws)):
            mass = np.ones(1)
            for struck_one, (chance, law) in zip(hit, laws, strict=True):
                mass = np.convolve(mass, chance * law) if struck_one else (1 - chance) * mass
            exact[: len(mass)] += mass
        assert event_law(kinds, 1.0).mass[: len(exact)] == pytest.approx(exact, abs=1e-14)


def test_a_year_of_events_and_claims_is_panjer_s_recursion():
    for seed in range(15):
        rng = np.random.default_rng(seed)
        book = random_book(rng)
        shocks = random_shocks(rng, book)
        payouts, own, _, events, year = worked(book, shocks, 10_000.0)
        rates = [event_rates(shock, event) for shock, event in zip(shocks, events, strict=True)]
        assert year.mass[:500] == pytest.approx(panjer(combined([payouts.rates(own), *rates]), 500), abs=1e-13)


def test_shocks_keep_every_mean_and_raise_the_variance_by_theta_pi_pi():
    for seed in range(40):
        rng = np.random.default_rng(seed)
        book = random_book(rng)
        shocks = random_shocks(rng, book)
        *_, members, _, year = worked(book, shocks, 10_000.0)
        alone = year_law([Claims(Payouts(book, 10_000.0).rates(book.frequency))], 10_000.0)
        assert year.mean == pytest.approx(alone.mean, rel=1e-9)
        # Cov(S_i, S_j) = sum over keys of theta pi_i pi_j E[Y_i] E[Y_j], each pair twice.
        added = 0.0
        for shock, kinds in zip(shocks, members, strict=True):
            means = [k.chance * float(k.law @ (10_000.0 * np.arange(len(k.law)))) for k in kinds for _ in k.policies]
            added += shock.rate * (sum(means) ** 2 - sum(mean**2 for mean in means))
        assert year.sd**2 - alone.sd**2 == pytest.approx(added, rel=1e-6, abs=1)
        for level in (0.9, 0.99):
            assert year.tvar(level) >= alone.tvar(level) - 1e-6  # supermodular: dependence never lowers TVaR


def test_a_shock_larger_than_a_policy_is_refused_or_fitted():
    book, shocks = domain_book(), [Shock("A", 0.5, np.arange(3), np.array([0.1, 0.9, 0.05]))]
    with pytest.raises(ValueError, match=r"policy 1 expects 0\.085 claims a year"):
        own_frequency(book, shocks)
    lowered, who = fitted(book, shocks)
    assert who.tolist() == [1]
    assert strain(book, lowered)[:3] == pytest.approx([0.05, 0.085, 0.025])
    assert own_frequency(book, lowered)[1] == pytest.approx(0, abs=1e-12)
    untouched, none = fitted(book, domain_shocks())
    assert none.size == 0
    assert untouched[0].chances == pytest.approx(domain_shocks()[0].chances)


@pytest.mark.parametrize("level", [0.9, 0.99, 0.995])
def test_the_parts_sum_to_tvar(level):
    for seed in range(20):
        rng = np.random.default_rng(seed)
        book = random_book(rng)
        shocks = random_shocks(rng, book)
        payouts, own, members, events, year = worked(book, shocks, 10_000.0)
        found = allocated(payouts, own, shocks, members, year, level)
        assert found.policies.sum() == pytest.approx(year.tvar(level), rel=1e-9)
        for shock, event in zip(shocks, events, strict=True):
            # A key's events as one part: the same by Mecke's formula for whole events.
            worst = year.worst(year.tail(level), len(event.mass))
            whole = shock.rate * float(event.mass @ (event.amounts * worst)) / (1 - level)
            assert found.events[shock.key].sum() == pytest.approx(whole, rel=1e-9, abs=1e-6)
            assert (found.events[shock.key] >= 0).all()


def test_no_part_of_the_book_carries_more_than_its_own_tvar():
    for seed in range(12):
        rng = np.random.default_rng([seed, 9])
        book = random_book(rng)
        shocks = random_shocks(rng, book)
        payouts, own, members, _, year = worked(book, shocks, 10_000.0)
        shares = allocated(payouts, own, shocks, members, year, 0.95).policies
        some = rng.random(book.policies) < 0.5
        parts = [Claims(payouts.rates(np.where(some[book.policy], own, 0.0)))]
        for shock, kinds in zip(shocks, members, strict=True):
            mine = [replace(kind, policies=tuple(p for p in kind.policies if some[p])) for kind in kinds]
            parts.append(Claims(event_rates(shock, event_law(mine, 10_000.0))))
        assert shares[some].sum() <= year_law(parts, 10_000.0).tvar(0.95) + 1e-6


def test_a_part_s_share_is_its_mean_in_the_worst_years_by_enumeration():
    """Two policies on integers: the joint law of (S_1, S_2) by convolving what is alone with shared events."""
    first, second, rate = np.array([0, 0.5, 0.5]), np.array([0, 0.2, 0.0, 0.8]), 0.7
    chances, own, size = (0.6, 0.3), (0.4, 0.9), 90
    struck_both = np.zeros((size, size))
    one, two = (np.array([1 - p, *(p * law[1:])]) for p, law in zip(chances, (first, second), strict=True))
    struck_both[: len(one), : len(two)] = np.outer(one, two)
    phi = rate * (np.fft.fft2(struck_both) - 1)
    for axis, law in ((0, first), (1, second)):
        alone = np.zeros((size, size))
        alone[(slice(0, len(law)), 0) if axis == 0 else (0, slice(0, len(law)))] = own[axis] * law
        phi = phi + np.fft.fft2(alone) - own[axis]
    joint = np.real(np.fft.ifft2(np.exp(phi)))
    total = np.array([np.trace(joint[::-1], offset=s - size + 1) for s in range(size)])
    year, level = Law(1.0, np.maximum(total, 0)), 0.9
    place, share = year.tail(level)
    i, j = np.indices(joint.shape)
    weight = np.where(i + j > place, 1.0, np.where(i + j == place, share, 0.0))
    expected = [(joint * weight * axis).sum() / (1 - level) for axis in (i, j)]

    kinds = [Struck(chances[0], first, (0,)), Struck(chances[1], second, (1,))]
    shock = Shock("k", rate, np.arange(2), np.array(chances))
    parts = dict(shares_of_events(year, shock, kinds, level))
    for policy, law in ((0, first), (1, second)):
        worst = year.worst((place, share), len(law))
        alone = own[policy] * float(law @ (np.arange(len(law)) * worst)) / (1 - level)
        assert alone + parts[(policy,)] == pytest.approx(expected[policy], rel=1e-9)


def test_occurrences_are_the_largest_of_a_poisson_number():
    rates = np.array([0.0, 0.3, 0.05, 0.01])
    assert occurrence_exceeding(rates) == pytest.approx(1 - np.exp(-np.array([0.36, 0.06, 0.01, 0.0])))
    assert return_loss(occurrence_exceeding(rates), 100.0, 10.0) == 100.0
    assert return_loss(occurrence_exceeding(rates), 100.0, 50.0) == 200.0


def test_the_year_exceeds_what_its_largest_occurrence_does():
    payouts, own, _, events, year = worked(domain_book(), domain_shocks())
    rates = combined([payouts.rates(own), *(event_rates(s, e) for s, e in zip(domain_shocks(), events, strict=True))])
    largest = occurrence_exceeding(rates)[: len(year.mass)]
    assert (year.exceeding[: len(largest)] >= largest - 1e-12).all()
    assert stats.poisson.pmf(0, rates[1:].sum()) == pytest.approx(year.mass[0], rel=1e-9)


def test_cents_sum_to_the_whole():
    rng = np.random.default_rng(1)
    for _ in range(1_000):
        parts = rng.uniform(0, 1e5, int(rng.integers(1, 40))).tolist()
        whole = Decimal(repr(math.fsum(parts))).quantize(Decimal("0.01"))
        found = in_cents(whole, parts)
        assert sum(found) == whole
        assert all(abs(float(cent) - part) < 0.011 for cent, part in zip(found, parts, strict=True))
    with pytest.raises(ValueError, match="the whole is"):
        in_cents(Decimal("5.00"), [1.0, 2.0])
