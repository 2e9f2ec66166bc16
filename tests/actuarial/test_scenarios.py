"""Disaster scenarios: the sum's law against enumeration and simulation, what must hold of it, and the live book."""

from decimal import Decimal
from itertools import product

import numpy as np
import pytest
import time_machine

from actuarial.methods.curves import Lognormal
from actuarial.methods.scenarios import Cover, event_loss, payout_mean
from actuarial.services import study_request
from actuarial.studies.scenarios import library
from core.actors import Actor
from core.errors import InputRefused
from core.jobs.runner import drain
from policies.services import capacity_set
from tests.actuarial.replays import replayed
from tests.book import bound
from underwriting.registration import DEPENDENCY_KINDS

ACTUARY = Actor(kind="user", id="u-actuary", label="Ada Actuary")
CURVES = (Lognormal(9.9, 1.9), Lognormal(11.8, 1.6))
BOOK = [Cover(2e6, 25e3, 0), Cover(1e6, 10e3, 0), Cover(1e6, 10e3, 1), Cover(5e5, 5e3, 1)]


def drawn(covers, pi, multiple, count, seed=1):
    """The event drawn again and again, sharing no line with the transform."""
    rng = np.random.default_rng(seed)
    total = np.zeros(count)
    for cover in covers:
        loss = multiple * rng.lognormal(CURVES[cover.curve].mu, CURVES[cover.curve].sigma, count)
        total += (rng.random(count) < pi) * np.clip(np.minimum(loss, cover.limit) - cover.deductible, 0, None)
    return total


@pytest.mark.parametrize(("pi", "multiple"), [(0.35, 1.0), (0.1, 3.0), (1.0, 2.0)])
def test_the_law_is_that_of_simulated_events(pi, multiple):
    found, draws = event_loss(BOOK, CURVES, pi=pi, multiple=multiple), drawn(BOOK, pi, multiple, 400_000)
    assert found.mean == pytest.approx(draws.mean(), abs=4 * draws.std() / np.sqrt(len(draws)))
    for amount in (10e3, 100e3, 500e3, 1e6, 2e6):
        assert float(found.beyond(np.array([amount]))[0]) == pytest.approx((draws > amount).mean(), abs=0.004)
    assert found.most == sum(cover.limit - cover.deductible for cover in BOOK)


def test_hits_are_enumerated_where_every_claim_is_total():
    """Losses far above the limits: the event costs the sum of the layers of those hit, one of sixteen sums."""
    found = event_loss(BOOK, CURVES, pi=0.3, multiple=1e6)
    sums = {}
    for hits in product((0, 1), repeat=4):
        cost = sum(hit * (cover.limit - cover.deductible) for hit, cover in zip(hits, BOOK, strict=True))
        sums[cost] = sums.get(cost, 0) + 0.3 ** sum(hits) * 0.7 ** (4 - sum(hits))
    for level, told in ((0.90, found.q90), (0.99, found.q99)):
        reached = np.cumsum([sums[cost] for cost in sorted(sums)])
        assert told == pytest.approx(sorted(sums)[int(np.searchsorted(reached, level))], abs=5 * found.step)
    assert found.mean == pytest.approx(sum(cost * chance for cost, chance in sums.items()), rel=1e-3)


def test_the_lattice_keeps_the_mean():
    for covers in ([BOOK[0]] * 200, BOOK):
        found = event_loss(covers, CURVES, pi=0.35, multiple=1.5)
        on_lattice = found.step * float((1 - found.cdf).sum())
        assert on_lattice == pytest.approx(found.mean, rel=1e-6)
        assert found.mean == pytest.approx(0.35 * sum(payout_mean(cover, CURVES, 1.5) for cover in covers))


def test_worse_never_costs_less():
    rng = np.random.default_rng(4)
    for _ in range(60):
        covers = [
            Cover(float(rng.choice((5e5, 1e6, 2e6))), float(rng.choice((5e3, 25e3))), int(rng.integers(2)))
            for _ in range(int(rng.integers(1, 12)))
        ]
        pi, multiple = rng.uniform(0.05, 0.9), rng.uniform(0.5, 3)
        now = event_loss(covers, CURVES, pi=pi, multiple=multiple)
        worse = [
            event_loss(covers, CURVES, pi=min(1, pi * 1.1), multiple=multiple),
            event_loss(covers, CURVES, pi=pi, multiple=multiple * 1.2),
            event_loss([*covers, covers[0]], CURVES, pi=pi, multiple=multiple),
        ]
        for other in worse:
            assert other.mean >= now.mean
            assert other.q90 >= now.q90 - 2 * other.step
            assert other.q99 >= now.q99 - 2 * other.step
        assert now.q90 <= now.q99 <= now.most + now.step


def test_every_scenario_of_the_library_can_strike():
    rows = library()["scenarios"]
    assert len(rows) >= 8
    assert len({row["code"] for row in rows}) == len(rows)
    for row in rows:
        assert set(row["kinds"]) <= set(DEPENDENCY_KINDS)
        assert row["peril"] in ("ERR", "DISC", "SEC")
        assert 0 < float(row["pi"]) <= 1


def made(now, **asked):
    study = study_request(kind="scenarios", asked=asked, actor=ACTUARY, at=now)
    with time_machine.travel(now, tick=True):
        drain()
    study.refresh_from_db()
    return study


@pytest.mark.django_db
def test_the_live_book_at_what_it_leans_on(organisation, staff, now):
    policies = [bound(organisation, staff("underwriter"), now, name=f"Model {place}") for place in range(3)]
    capacity_set(
        kind="library", name="scikit-learn", amount=Decimal(9_000_000), currency="USD", why="So.", actor=ACTUARY, at=now
    )
    study = made(now)
    assert study.state == "completed", study.reason
    struck = [row for row in study.result["figures"]["scenarios"] if row["code"] == "library-flaw"]
    assert [row["policies"] for row in struck] == [3]
    layer = sum(policy.limit - policy.deductible for policy in policies)
    assert float(struck[0]["most"]) == float(layer)
    assert "9000000.00" in str(study.result["parts"][0]["table"])
    assert study.paper[:5] == b"%PDF-"
    assert replayed(study) == study.result_digest
    doubled = made(now, severity="2").result["figures"]["scenarios"]
    assert float(doubled[0]["mean"]) > float(study.result["figures"]["scenarios"][0]["mean"])


@pytest.mark.django_db
def test_a_book_that_leans_on_nothing_and_an_empty_one_say_so(organisation, staff, now):
    assert "bound or in force" in made(now).reason
    bound(organisation, staff("underwriter"), now, dependencies=[])
    assert made(now).result["lines"][0].startswith("No live policy registers a dependency")


OWN = {"code": "x", "title": "X", "kinds": ["library"], "peril": "SEC", "pi": "0.5", "multiple": "2", "story": "So."}


@pytest.mark.django_db
def test_a_scenario_of_ones_own_is_counted_as_the_librarys(organisation, staff, now):
    bound(organisation, staff("underwriter"), now)
    study = made(now, own=[{**OWN, "pi": "0.9", "multiple": "50"}])
    assert study.result["figures"]["scenarios"][0]["code"] == "x"


@pytest.mark.parametrize(
    "asked",
    [
        {"currency": "GOLD"},
        {"severity": "0"},
        {"severity": "much"},
        {"own": {}},
        {"own": [{}]},
        {"own": [{**OWN, "peril": "FIRE"}]},
        {"own": [{**OWN, "pi": "2"}]},
        {"own": [{**OWN, "pi": "0"}]},
        {"own": [{**OWN, "kinds": ["libary"]}]},
        {"own": [{**OWN, "kinds": []}]},
        {"own": [{**OWN, "code": "library-flaw"}]},
        {"own": [{**OWN, "multiple": "NaN"}]},
        {"own": [OWN] * 21},
    ],
)
def test_what_is_no_scenario_is_refused(asked, now):
    with pytest.raises(InputRefused):
        study_request(kind="scenarios", asked=asked, actor=ACTUARY, at=now)
