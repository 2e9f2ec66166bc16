"""What would change a price: each change is a price of its own, its range the posterior predictive's, none unlawful."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from scipy.stats import betabinom

from core.errors import InputRefused
from tests.underwriting.rating.rating_examples import RISK, evidence, plan, rate, risk, with_bounds
from underwriting.rating import Risk, price
from underwriting.rating.bounds import upper_bound
from underwriting.rating.changes import changes
from underwriting.rating.changes.acts import acts
from underwriting.rating.relativity import readings

FILED = plan()


def found(**changed):
    return changes(risk(**changed), evidence(), FILED)


def by_words(rows, words):
    return next(row for row in rows if words in row.what)


@pytest.mark.parametrize(
    ("words", "premium"),
    [("limit of 1,000,000", "16138.87"), ("deductible of 50,000", "17850.01")],
)
def test_the_sensitivities_of_the_worked_example(words, premium):
    assert str(by_words(found().terms, words).premium) == premium


def test_one_prior_claim_and_five_hundred_rows_cost_what_is_published():
    assert str(rate(prior_claims=1).premium) == "26406.19"
    assert str(rate(stated={"error": {"k": 15, "n": 500}}).premium) == "20935.95"


def test_more_rows_are_priced_as_if_they_had_been_sent():
    row = by_words(found().measures, "harmful-error rate on 3,000 more rows")
    assert row.premium == rate(stated={"error": {"k": 150, "n": 5000}}).premium


def test_the_range_is_that_of_every_possible_outcome_with_its_chance():
    """Brute force: every number of failures in 3,000 rows priced, weighted by the posterior predictive."""
    row = by_words(found().measures, "robustness flips on 3,000 more rows")
    law, now = betabinom(3000, 46.5, 954.5), rate().premium
    likely = [k for k in range(3001) if law.pmf(k) > 1e-7]
    saved = [(now - _flipped(k), law.pmf(k)) for k in likely[:: max(1, len(likely) // 60)]]
    values, weights = np.array([float(s) for s, _ in saved]), np.array([w for _, w in saved])
    order = np.argsort(values)
    reached = np.cumsum(weights[order]) / weights.sum()
    low, high = (values[order][np.searchsorted(reached, share)] for share in (0.1, 0.9))
    step = np.abs(np.diff(values[order])).max()
    assert float(row.least) == pytest.approx(low, abs=1.5 * step)
    assert float(row.most) == pytest.approx(high, abs=1.5 * step)
    assert row.least < row.saves < row.most


def _flipped(more):
    """The premium if `more` of 3,000 further rows flip."""
    u = upper_bound(Decimal(46 + more), Decimal(4000), Decimal("0.90"))
    return price(risk(), with_bounds({"robustness": str(u)}), FILED).premium


def test_ranked_by_what_they_save_and_only_savings_are_measures():
    told = found()
    saves = [row.saves for row in told.measures]
    assert saves == sorted(saves, reverse=True)
    assert all(one > 0 for one in saves)
    assert [row.saves for row in told.terms] == sorted((row.saves for row in told.terms), reverse=True)


def test_the_best_together_save_less_than_their_sum_and_more_than_the_best():
    told = found()
    first = told.measures[0].saves
    assert first < told.combined.saves < sum(row.saves for row in told.measures[:3]) + first


def test_what_was_not_tested_is_offered_to_be_tested():
    told = changes(risk(), evidence(without=("robustness", "label")), FILED)
    row = by_words(told.measures, "Test the robustness flips")
    reference = str(FILED.relativity.q0["robustness"])
    tested = with_bounds({"robustness": reference}, evidence(without=("robustness", "label")))
    assert row.premium == price(risk(), tested, FILED).premium


def test_no_change_treats_groups_differently_or_measures_less():
    told = found()
    gap = by_words(told.measures, "Close the gap")
    assert "never by a threshold of its own for a group" in gap.what
    before = evidence()
    for act in acts(risk(), before, readings(risk(), before, FILED), FILED):
        _, after = act.apply(risk(), before)
        assert after.rows >= before.rows
        for name, measure in after.dimensions.items():
            assert measure.measured or not before.dimensions[name].measured
            assert (measure.n or 0) >= (before.dimensions[name].n or 0)


def test_a_review_that_nobody_measured_says_what_is_assumed():
    told = found(oversight=None)
    assert "assumed: nobody has measured it" in by_words(told.measures, "review 20% of the decisions").what


def test_a_referral_that_would_go_is_told():
    case = evidence(stated={"error": {"k": 6, "n": 200}})
    told = changes(risk(), case, FILED)
    assert told.outcome == "refer"
    assert by_words(told.measures, "harmful-error rate on 3,000 more rows").outcome == "quote"


def test_where_there_is_no_price_nothing_changes_it():
    with pytest.raises(InputRefused):
        changes(risk(), evidence(without=("error",)), FILED)


def test_a_thousand_changes_of_random_cases_are_prices_of_their_own():
    """An oracle beside the acts: the changed case written out as JSON, read back, and priced from nothing."""
    rng, checked = np.random.default_rng(20261126), 0
    while checked < 1000:
        case, measured = _random(rng)
        told = changes(case, measured, FILED)
        rows = {(row.what, row.premium) for row in (*told.measures, *told.terms)}
        for act in acts(case, measured, readings(case, measured, FILED), FILED):
            after, evidence_after = act.apply(case, measured)
            again = price(Risk.from_dict(after.to_dict()), type(measured).from_dict(evidence_after.to_dict()), FILED)
            shown = [premium for what, premium in rows if what == act.what]
            assert shown in ([], [again.premium])
            checked += 1


def _random(rng):
    levels = {
        name: str(rng.choice([level.name for level in FILED.factors[name].levels.values() if level.outcome is None]))
        for name in RISK["factors"]
    }
    limit = FILED.limits[int(rng.integers(len(FILED.limits)))]
    allowed = [d for d in FILED.deductibles if d <= limit * FILED.largest_deductible_share]
    deductible = allowed[int(rng.integers(len(allowed)))]
    n = int(rng.integers(400, 9000))
    stated = {"error": {"k": int(n * rng.uniform(0.005, 0.08)), "n": n}}
    changed = risk(
        decisions=int(rng.integers(10_000, 3_000_000)),
        limit=str(limit),
        aggregate=str(limit),
        deductible=str(deductible),
        **levels,
    )
    return changed, replace(evidence(stated=stated), rows=n)
