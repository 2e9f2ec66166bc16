"""What holds for any risk and evidence (DOMAIN 1.9), on random cases. Hypothesis prints the failing case."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rating_examples import FACTORS, codes, evidence, plan, rate, risk, with_bounds

from core.canonical import canonical_json
from core.errors import Conflict
from underwriting.rating import Evidence, Risk, price, replay
from underwriting.rating.plan import DIMENSIONS
from underwriting.rating.score import grade, score

LAUNCH = plan("MRL-2026.02")
PRICED = [code for code, use in LAUNCH.use_classes.items() if use.outcome is None]
PAIRS = [(limit, ded) for limit in LAUNCH.limits for ded in LAUNCH.deductibles if ded * 10 <= limit]
EVIDENCE = evidence()
CASES = settings(max_examples=40, deadline=None)
LEVELS = {
    name: sorted(level for level, row in factor.levels.items() if row.outcome is None)
    for name, factor in LAUNCH.factors.items()
}


def shares(top=1.0):
    return st.floats(0, top).map(lambda value: f"{value:.6f}")


@st.composite
def risks(draw):
    limit, deductible = draw(st.sampled_from(PAIRS))
    return risk(
        use_class=draw(st.sampled_from(PRICED)),
        industry=draw(st.sampled_from(LAUNCH.industries)).code,
        decisions=draw(st.integers(10_000, 12_000_000)),
        limit=str(limit),
        deductible=str(deductible),
        aggregate=str(limit * draw(st.integers(1, 3))),
        claims_made_year=draw(st.integers(1, 8)),
        prior_claims=draw(st.integers(0, 3)),
        expected_claims=f"{draw(st.floats(0, 3)):.2f}",
        tax_jurisdiction=draw(st.sampled_from(sorted(LAUNCH.taxes.jurisdictions))),
        **{name: draw(st.sampled_from(levels)) for name, levels in LEVELS.items()},
    )


@st.composite
def audits(draw):
    """Evidence with any of the dimensions but the error measured or not, at any bounds."""
    tested = [name for name in DIMENSIONS if name == "error" or draw(st.booleans())]
    bounds = {name: draw(shares(1.5 if name == "drift" else 0.6)) for name in tested}
    measures = {
        name: one if name in tested else replace(one, state="not_run", u=None)
        for name, one in EVIDENCE.dimensions.items()
    }
    return with_bounds(bounds, replace(EVIDENCE, dimensions=measures, rows=draw(st.integers(100, 3000))))


def unmeasured(found: Evidence, name: str) -> Evidence:
    gone = replace(found.dimensions[name], state="not_run", u=None)
    return replace(found, dimensions={**found.dimensions, name: gone})


@given(risks(), audits())
@CASES
def test_a_stored_worksheet_replays_byte_for_byte(insured, found):
    stored = canonical_json(price(insured, found, LAUNCH).to_dict())
    assert canonical_json(replay(json.loads(stored), LAUNCH).to_dict()) == stored


@given(risks(), audits())
@CASES
def test_an_automatic_quote_carries_the_unclipped_loss(insured, found):
    sheet = price(insured, found, LAUNCH)
    loaded = sheet.figures.unclipped_pure_premium * (1 + LAUNCH.loading.ulae) + LAUNCH.loading.fixed_expense
    if sheet.decision == "quote":
        assert sheet.premium * LAUNCH.net_share >= loaded - Decimal("0.01")


@given(risks(), audits())
@CASES
def test_a_cap_always_refers(insured, found):
    sheet = price(insured, found, LAUNCH)
    capped = any(term.at_cap for line in sheet.figures.lines for term in line.terms)
    if capped or any(line.a >= 4 for line in sheet.figures.lines):
        assert sheet.decision == "refer"
        assert {"measured-at-clip", "relativity-at-cap"} & codes(sheet)


@given(risks(), audits(), st.sampled_from(["gap", "ece", "robustness", "label"]))
@CASES
def test_measuring_never_costs_more_than_not_measuring(insured, found, name):
    assert price(insured, found, LAUNCH).premium <= price(insured, unmeasured(found, name), LAUNCH).premium


@given(risks(), audits())
@CASES
def test_not_testing_never_has_a_negative_price(insured, found):
    figures = price(insured, found, LAUNCH).figures
    assert all(line.price >= 0 and line.before_minimum >= 0 for line in figures.untested)
    assert figures.untested_total >= max((line.price for line in figures.untested), default=0)


@given(risks(), audits())
@CASES
def test_the_premium_covers_loss_expense_and_minimum(insured, found):
    paid = price(insured, found, LAUNCH).figures.money
    expected = paid.pure_premium * (1 + LAUNCH.loading.ulae) + LAUNCH.loading.fixed_expense
    assert abs(paid.gross * LAUNCH.net_share - expected) <= Decimal("0.01")
    assert paid.premium == max(paid.gross, paid.minimum_premium)
    assert paid.total == paid.premium + sum(charge.amount for charge in paid.taxes)
    assert sum(paid.instalments) == paid.premium


@given(risks(), audits(), st.sampled_from(DIMENSIONS), st.floats(1, 3))
@CASES
def test_a_worse_bound_never_lowers_premium_or_raises_score(insured, found, name, times):
    base = with_bounds({name: "0.100000"}, found)
    worse = with_bounds({name: f"{0.1 * times:.6f}"}, found)
    before, after = (price(insured, one, LAUNCH) for one in (base, worse))
    assert after.premium >= before.premium
    assert after.figures.standing.score <= before.figures.standing.score


@given(audits(), st.data())
@CASES
def test_premium_rises_with_limit_and_falls_with_deductible(found, data):
    limits = sorted(data.draw(st.lists(st.sampled_from(LAUNCH.limits[2:]), min_size=2, max_size=2)))
    deductibles = sorted(data.draw(st.lists(st.sampled_from(LAUNCH.deductibles), min_size=2, max_size=2)))
    low, high = (price(risk(limit=str(one), aggregate="10000000"), found, LAUNCH) for one in limits)
    small, large = (price(risk(deductible=str(one)), found, LAUNCH) for one in deductibles)
    assert low.premium <= high.premium
    assert small.premium >= large.premium


@given(audits(), st.sampled_from(sorted(FACTORS)))
@CASES
def test_premium_follows_every_filed_relativity(found, name):
    factor = LAUNCH.factors[name]
    by_relativity = sorted(LEVELS[name], key=lambda level: factor.levels[level].relativity)
    premiums = [price(risk(**{name: level}), found, LAUNCH).premium for level in by_relativity]
    assert premiums == sorted(premiums)


@given(audits(), st.integers(0, 5))
@CASES
def test_premium_rises_with_claims(found, claims):
    fewer, more = (price(risk(prior_claims=n), found, LAUNCH).premium for n in (claims, claims + 1))
    assert fewer <= more


@given(audits(), st.integers(1, 7))
@CASES
def test_premium_rises_with_the_claims_made_year_up_to_six(found, year):
    earlier, later = (price(risk(claims_made_year=c), found, LAUNCH).premium for c in (year, year + 1))
    assert earlier <= later
    assert (earlier == later) or year < 6


@given(risks(), audits(), st.integers(2, 5))
@CASES
def test_pure_premium_is_homogeneous_in_exposure(insured, found, times):
    once = price(insured, found, LAUNCH).figures.money.pure_premium
    many = price(replace(insured, decisions=insured.decisions * times), found, LAUNCH).figures.money.pure_premium
    assert abs(many - once * times) <= Decimal("0.02") * times


@given(st.integers(1, 400), st.integers(500, 4000))
@CASES
def test_a_failing_row_never_lowers_and_a_passing_row_never_raises_the_price(k, n):
    premium = rate(stated={"error": {"k": k, "n": n}}).premium
    assert rate(stated={"error": {"k": k + 1, "n": n}}).premium >= premium
    assert rate(stated={"error": {"k": k, "n": n + 1}}).premium <= premium


@given(st.integers(1, 60), st.integers(2, 6))
@CASES
def test_more_rows_at_the_same_rate_are_never_dearer(k, times):
    few, many = (rate(stated={"error": {"k": k * by, "n": 1000 * by}}).premium for by in (1, times))
    assert many <= few


@given(st.decimals("0.5", "4", places=6), st.decimals("0.000001", "0.1", places=6))
def test_score_falls_and_grade_never_improves_as_the_composite_grows(a, more):
    assert score(a + more, LAUNCH) <= score(a, LAUNCH)
    assert grade(a + more, LAUNCH) >= grade(a, LAUNCH)


@pytest.mark.parametrize(
    ("composite", "letter"),
    [("0.75004", "A"), ("0.75005", "B"), ("0.95", "B"), ("1.15", "C"), ("1.6", "D"), ("2.5", "E"), ("2.5001", "F")],
)
def test_grades_end_where_the_plan_says(composite, letter):
    assert grade(Decimal(composite), LAUNCH) == letter


@given(risks())
@CASES
def test_a_risk_survives_json(insured):
    assert Risk.from_dict(json.loads(json.dumps(insured.to_dict()))) == insured


def test_a_worksheet_without_a_price_replays_too():
    sheet = rate(under="MRL-2026.02", use_class="OTHER")
    assert replay(json.loads(canonical_json(sheet.to_dict())), LAUNCH) == sheet


def test_replay_refuses_another_plan():
    with pytest.raises(Conflict, match="another hash"):
        replay(json.loads(canonical_json(rate().to_dict())), LAUNCH)


def test_replay_finds_a_changed_figure():
    stored = json.loads(canonical_json(rate().to_dict()))
    stored["figures"]["money"]["premium"] = "19319.57"
    with pytest.raises(Conflict, match="differs"):
        replay(stored, plan())


def test_the_thread_settings_of_decimal_cannot_move_a_cent():
    from decimal import ROUND_DOWN, localcontext

    with localcontext(prec=6, rounding=ROUND_DOWN):
        sheet = rate()
    assert canonical_json(sheet.to_dict()) == canonical_json(rate().to_dict())
