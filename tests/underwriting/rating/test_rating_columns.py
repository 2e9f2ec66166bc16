"""The book rated by columns against the engine row by row: equal to the cent, on any plan, with every refusal."""

from dataclasses import replace
from decimal import Decimal
from random import Random

import pytest

from core.errors import InputRefused
from tests.underwriting.rating.rating_examples import evidence, plan, risk
from underwriting.rating import Evidence, Risk, price
from underwriting.rating.columns import NO_PRICE, Book, rate
from underwriting.rating.evidence import Measure
from underwriting.rating.plan import DIMENSIONS, PERILS, Plan
from underwriting.rating.risk import Oversight, Removal, ScheduleItem

PLANS = ("MRL-2026.01", "MRL-2026.02")


def random_case(filed: Plan, draw: Random) -> tuple[Risk, Evidence]:
    """Any risk: classes that refer, levels that decline, unmeasured, removed and extreme dimensions among them."""
    limit = draw.choice(filed.limits)
    low = [one for one in filed.deductibles if one <= limit * filed.largest_deductible_share]
    case = Risk(
        use_class=draw.choice(list(filed.use_classes)),
        industry=draw.choice(filed.industries).code,
        decisions=int(10 ** draw.uniform(2, 7.5)),
        limit=limit,
        aggregate=limit * draw.choice((1, 1, 2, Decimal("1.5"))),
        deductible=draw.choice(low),
        factors={name: draw.choice(list(one.levels)) for name, one in filed.factors.items()},
        claims_made_year=draw.randint(1, 9),
        oversight=None if draw.random() < 0.5 else Oversight(_share(draw), _share(draw)),
        prior_claims=draw.choice((0, 0, 0, 1, 4)),
        expected_claims=Decimal(draw.randint(0, 400)) / 100,
        schedule=(ScheduleItem("governance", Decimal("-0.05"), "r", "e"),) if draw.random() < 0.3 else (),
        removed=(Removal("gap", "Una", "r"),) if draw.random() < 0.1 else (),
        audits_on_time=draw.random() < 0.3,
        currency=filed.currency,
    )
    measures = {name: _measure(name, draw) for name in DIMENSIONS}
    return case, replace(evidence(), dimensions=measures, interval=Decimal(draw.choice(("0.25", "1"))))


def _share(draw: Random) -> Decimal:
    return Decimal(draw.randint(0, 100)) / 100


def _measure(name: str, draw: Random) -> Measure:
    if draw.random() < (0.02 if name == "error" else 0.2):
        return Measure("not_run", reason="not drawn")
    u = Decimal(draw.randint(0, 10 ** draw.randint(3, 6))) / 10**6
    return Measure("measured", u=u, point=u)


def one_by_one(case: Risk, found: Evidence, filed: Plan) -> tuple[int, int, list[int], bool] | None:
    """Premium, premium before the minimum, pure premium by peril, whether a clip refers: the engine's."""
    try:
        sheet = price(case, found, filed)
    except InputRefused:
        return None
    if sheet.figures is None:
        return None
    lines = sheet.figures.lines
    capped = any(line.a >= filed.relativity.a_high or any(term.at_cap for term in line.terms) for line in lines)
    gross = int(sheet.figures.money.gross * 100)
    return int(sheet.premium * 100), gross, [int(line.pure_premium * 100) for line in lines], capped


def assert_equal(cases: list[tuple[Risk, Evidence]], filed: Plan) -> tuple[int, int]:
    """Every row; returns how many the engine rated and how many have no price."""
    rated = rate(Book([(case.to_dict(), found.to_dict()) for case, found in cases]), filed)
    for row, (case, found) in enumerate(cases):
        engine = one_by_one(case, found, filed)
        if engine is None:
            assert rated.premium[row] == NO_PRICE
            assert rated.refused[row]
            continue
        columns = int(rated.premium[row]), int(rated.gross[row]), rated.pure[row].tolist(), bool(rated.at_cap[row])
        assert columns == engine, (row, case, found)
    return len(rated.by_engine) - len(rated.refused), len(rated.refused)


def test_the_worked_example():
    rated = rate(Book([(risk().to_dict(), evidence().to_dict())]), plan())
    assert (rated.premium.tolist(), rated.pure.tolist()) == ([1931956], [[453062, 636704, 140759]])
    assert PERILS == ("ERR", "DISC", "SEC")
    assert rated.by_engine == ()


@pytest.mark.parametrize("name", PLANS)
def test_a_thousand_random_rows_are_the_engines_to_the_cent(name):
    filed, draw = plan(name), Random(f"columns:{name}")
    doubted, refused = assert_equal([random_case(filed, draw) for _ in range(1000)], filed)
    assert refused > 50
    assert doubted < 20


def test_so_they_are_on_a_plan_with_other_figures():
    filed, draw = plan("MRL-2026.02"), Random("another plan")
    cases = [random_case(filed, draw) for _ in range(300)]
    perils = {
        name: replace(one, f0=one.f0 * Decimal("1.0731"), betas={key: beta / 3 for key, beta in one.betas.items()})
        for name, one in filed.perils.items()
    }
    loading = replace(filed.loading, off_balance=Decimal("0.9713"), ulae=Decimal("0.0775"))
    relativity = replace(filed.relativity, m_high=Decimal("1.7"), a_high=Decimal("2.2"))
    assert_equal(cases, replace(filed, perils=perils, loading=loading, relativity=relativity))


def test_what_another_plan_refuses_is_named_and_the_rest_is_rated():
    filed, draw = plan("MRL-2026.02"), Random("refused")
    cases = [random_case(filed, draw) for _ in range(200)]
    perils = {name: replace(one, ilf=dict(list(one.ilf.items())[1:])) for name, one in filed.perils.items()}
    fewer = replace(filed, industries=filed.industries[1:], perils=perils)
    cases[0] = (replace(cases[0][0], industry=filed.industries[0].code), cases[0][1])
    cases[1] = (cases[1][0], replace(cases[1][1], confidence=Decimal("0.95")))
    _, refused = assert_equal(cases, fewer)
    assert refused > 10


def test_a_row_at_a_tie_goes_to_the_engine():
    """A pure premium that ends in half a cent exactly: floats could fall either way."""
    filed = plan()
    perils = {name: replace(one, f0=Decimal(1), lev_basic=Decimal("0.01")) for name, one in filed.perils.items()}
    tied = replace(filed, perils=perils, exposure_unit=Decimal(1))
    cases = [(risk(decisions=decisions), evidence()) for decisions in range(1_000_000, 1_000_200)]
    assert_equal(cases, tied)


def test_shares_filed_finer_than_integers_hold_go_to_the_engine():
    filed, draw = plan("MRL-2026.02"), Random("fine")
    finer = replace(filed, loading=replace(filed.loading, ulae=Decimal("0.12345678")))
    doubted, _ = assert_equal([random_case(filed, draw) for _ in range(30)], finer)
    assert doubted > 20


def test_nobodys_book_is_rated_as_nothing():
    rated = rate(Book([]), plan())
    assert (rated.premium.tolist(), rated.refused) == ([], {})
