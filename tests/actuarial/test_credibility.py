"""Bühlmann-Straub against the published Hachemeister figures, a plain second computation, and simulated books."""

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
import time_machine

from actuarial.methods.credibility import Account, buhlmann_straub, full_credibility, without_each
from actuarial.services import study_request
from actuarial.studies import credibility
from claims.services import reserve_set
from core.actors import Actor
from core.errors import InputRefused
from core.jobs.runner import drain
from tests.actuarial.replays import replayed
from tests.claims.conftest import desk_of

ACTUARY = Actor(kind="user", id="u-actuary", label="Ada Actuary")

# Hachemeister (1975): average bodily injury claim and number of claims of five states, July 1970 to June 1973.
RATIOS = """1738 1642 1794 2051 2079 2234 2032 2035 2115 2262 2267 2517
1364 1408 1597 1444 1342 1675 1470 1448 1464 1831 1612 1471
1759 1685 1479 1763 1674 2103 1502 1622 1828 2155 2233 2059
1223 1146 1010 1257 1426 1532 1953 1123 1343 1243 1762 1306
1456 1499 1609 1741 1482 1572 1606 1735 1607 1573 1613 1690"""
WEIGHTS = """7861 9251 8706 8575 7917 8263 9456 8003 7365 7832 7849 9077
1622 1742 1523 1515 1622 1602 1964 1515 1527 1748 1654 1861
1147 1357 1329 1204 998 1077 1277 1218 896 1003 1108 1121
407 396 348 341 315 328 352 331 287 384 321 342
2902 3172 3046 3068 2693 2910 3275 2697 2663 3017 3242 3425"""
# state: own mean, weight, credibility, premium, as the R package actuar prints them
PUBLISHED = {
    "1": ("2060.921", 100155, "0.9847404", "2055.165"),
    "2": ("1511.224", 19895, "0.9276352", "1523.706"),
    "3": ("1805.843", 13735, "0.8984754", "1793.444"),
    "4": ("1352.976", 4152, "0.7279092", "1442.967"),
    "5": ("1599.829", 36110, "0.9587911", "1603.285"),
}


def hachemeister():
    both = zip(RATIOS.splitlines(), WEIGHTS.splitlines(), strict=True)
    return [
        {"name": str(state), "years": [list(pair) for pair in zip(row.split(), weights.split(), strict=True)]}
        for state, (row, weights) in enumerate(both, 1)
    ]


def accounts_of(rows):
    return [Account(row["name"], tuple((Decimal(str(x)), Decimal(str(w))) for x, w in row["years"])) for row in rows]


def test_hachemeisters_states_as_published():
    found = buhlmann_straub(accounts_of(hachemeister()))
    assert round(found.collective, 3) == Decimal("1683.713")
    assert round(found.between, 2) == Decimal("89638.73")
    assert round(found.within) == 139120026
    for one in found.accounts:
        mean, weight, z, premium = PUBLISHED[one.name]
        assert (round(one.mean, 3), one.weight) == (Decimal(mean), weight)
        assert (round(one.z, 7), round(one.premium, 3)) == (Decimal(z), Decimal(premium))


def test_random_books_agree_with_a_plain_second_computation():
    draw = np.random.default_rng(7)
    for _ in range(200):
        accounts, years = draw.integers(2, 9), draw.integers(2, 7)
        x, w = (
            draw.gamma(2, 1, (accounts, years)) + 2 * draw.random((accounts, 1)),
            draw.uniform(1, 50, (accounts, years)),
        )
        rows = [{"name": str(i), "years": list(zip(x[i], w[i], strict=True))} for i in range(accounts)]
        found = buhlmann_straub(accounts_of(rows))
        by, own = w.sum(1), np.average(x, axis=1, weights=w)
        within = np.mean([(w[i] * (x[i] - own[i]) ** 2).sum() / (years - 1) for i in range(accounts)])
        spread = (by * (own - np.average(own, weights=by)) ** 2).sum() - (accounts - 1) * within
        between = spread / (by.sum() - (by**2).sum() / by.sum())
        assert float(found.within) == pytest.approx(within)
        assert float(found.unclipped) == pytest.approx(between)
        z = 0 * by if between <= 0 else by / (by + within / between)
        assert [float(one.z) for one in found.accounts] == pytest.approx(z)
        centre = np.average(own, weights=by if between <= 0 else z)
        assert [float(one.premium) for one in found.accounts] == pytest.approx(z * own + (1 - z) * centre)


def test_the_stated_error_is_that_of_simulated_books():
    draw = np.random.default_rng(3)
    weights = np.array([4.0, 9.0, 16.0, 40.0])[:, None] * np.ones(30)
    off, told = [], []
    for _ in range(300):
        truth = draw.normal(10, 2, (4, 1))
        x = truth + draw.normal(0, 3, weights.shape) / np.sqrt(weights)
        rows = [{"name": str(i), "years": list(zip(x[i], weights[i], strict=True))} for i in range(4)]
        found = buhlmann_straub(accounts_of(rows))
        off.append([(float(one.premium) - truth[i, 0]) ** 2 for i, one in enumerate(found.accounts)])
        told.append([float(one.error) ** 2 for one in found.accounts])
    assert np.mean(off, axis=0) == pytest.approx(np.mean(told, axis=0), rel=0.25)


def test_accounts_that_differ_by_chance_alone_are_not_believed():
    rows = [{"name": name, "years": [["1", "10"], ["3", "10"]]} for name in "AB"]
    found = buhlmann_straub(accounts_of(rows))
    assert found.k is None
    assert [(one.z, one.premium, one.error) for one in found.accounts] == [(0, 2, 0)] * 2


def test_the_standard_of_full_credibility():
    assert int(full_credibility(Decimal("0.90"), Decimal("0.05"), Decimal(0))) == 1082
    severe = full_credibility(Decimal("0.95"), Decimal("0.05"), Decimal(2))
    assert round(severe, 1) == Decimal("7682.9")  # 1,536.6 x 5


def test_leaving_one_of_two_out_tells_nothing():
    assert without_each(accounts_of(hachemeister()[:2])) == []
    assert len(without_each(accounts_of(hachemeister()))) == 5


def made(at, **asked):
    study = study_request(kind="credibility", asked=asked, actor=ACTUARY, at=at)
    with time_machine.travel(at, tick=True):
        drain()
    study.refresh_from_db()
    return study


@pytest.mark.django_db
def test_accounts_that_are_sent_give_the_published_figures(now):
    study = made(now, accounts=hachemeister(), claims=210)
    figures = study.result["figures"]
    assert (figures["collective"], figures["k"]) == ("1683.713437", "1552.008064")
    assert [row["z"][:6] for row in figures["accounts"]] == ["0.9847", "0.9276", "0.8984", "0.7279", "0.9587"]
    assert float(figures["classical_z"]) == pytest.approx((210 / 1082.217382) ** 0.5, abs=1e-6)
    assert study.paper[:5] == b"%PDF-"
    assert replayed(study) == study.result_digest


@pytest.mark.django_db
def test_the_book_itself_by_insured_and_calendar_year(organisation, other_organisation, staff, now):
    desk_of(other_organisation, staff, now)
    desk = desk_of(organisation, staff, now)
    claim = desk.reviewed("300000")
    later = now + timedelta(days=3)
    reserve_set(claim=claim, part="indemnity", delta=Decimal(40_000), reason="First view.", actor=desk.ada, at=later)
    at = now + timedelta(days=300)
    study = made(at)
    assert study.state == "completed", study.reason
    rows = study.inputs["accounts"]
    assert [row["name"] for row in rows] == ["Acme Credit", "Other Bank"]
    earned = [[Decimal(premium) for _, premium in row["years"]] for row in rows]
    premium, days = desk.policy.premium, (date(2027, 1, 1) - now.date()).days
    assert abs(earned[0][0] - premium * days / 365) < Decimal("0.01")
    assert abs(sum(earned[0]) - premium * 301 / 365) < Decimal("0.01")
    ratios = [Decimal(ratio) for ratio, _ in rows[0]["years"]]
    assert abs(ratios[0] - Decimal(40_000) / earned[0][0]) < Decimal("1e-9")
    assert [ratios[1], *(Decimal(ratio) for ratio, _ in rows[1]["years"])] == [0, 0, 0]


@pytest.mark.django_db
def test_a_book_of_one_year_says_what_is_missing(organisation, staff, now):
    desk_of(organisation, staff, now)
    study = made(now + timedelta(days=30))
    assert (study.state, "two calendar years" in study.reason) == ("failed", True), study.reason


def test_terms_are_cut_at_calendar_years():
    cut = credibility.calendar_years(date(2025, 7, 1), date(2027, 1, 1))
    assert cut == [(date(2025, 7, 1), date(2026, 1, 1)), (date(2026, 1, 1), date(2027, 1, 1))]
    assert credibility.calendar_years(date(2025, 1, 1), date(2025, 1, 1)) == []


@pytest.mark.parametrize(
    "asked",
    [
        {"accounts": "all"},
        {"accounts": hachemeister()[:1]},
        {"accounts": [{"name": "A", "years": [["1", "0"]]}, {"name": "B", "years": [["1", "1"], ["1", "2"]]}]},
        {"accounts": [{"name": "A", "years": [["1", "1"]]}, {"name": "B", "years": [["1", "1"]]}]},
        {"accounts": [{"name": "A", "years": [["1"]]}, {"name": "B", "years": []}]},
        {"accounts": [{"name": "A", "years": [["NaN", "1"]]}, {"name": "B", "years": [["1", "1"]]}]},
        {"valued": "2999-01-01"},
        {"valued": "soon"},
        {"probability": "1"},
        {"variation": "-1"},
        {"claims": -1},
    ],
)
def test_what_cannot_be_asked_is_refused(asked, now):
    with pytest.raises(InputRefused):
        study_request(kind="credibility", asked=asked, actor=ACTUARY, at=now)
