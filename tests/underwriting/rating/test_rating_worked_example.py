"""DOMAIN 1.8 to the cent, and its sensitivities: published figures, re-computed here from the stated inputs."""

from decimal import Decimal

import pytest
from rating_examples import codes, evidence, money, plan, rate

from underwriting.rating.score import composite_of, score


@pytest.fixture(scope="module")
def sheet():
    return rate()


def lines(sheet, name):
    return [str(getattr(line, name)) for line in sheet.figures.lines]


def test_stated_counts_give_the_published_bounds():
    found = evidence().dimensions
    assert [str(found[name].u) for name in ("error", "robustness", "label", "gap")] == [
        "0.035499",
        "0.055691",
        "0.053707",
        "0.086847",
    ]


def test_each_peril_line_is_the_published_one(sheet):
    assert lines(sheet, "k") == ["1.3584", "1.3584", "1.4438"]
    assert lines(sheet, "a") == ["0.7744", "1.4133", "0.9449"]
    assert lines(sheet, "lf") == ["0.9581", "1.1605", "1.0225"]
    assert lines(sheet, "pure_premium") == ["4530.62", "6367.04", "1407.59"]


def test_frequencies_agree_with_the_table_to_six_decimals(sheet):
    rounded = [f"{line.at_class:.6f} {line.expected_claims:.6f}" for line in sheet.figures.lines]
    assert rounded == ["0.097805 0.053743", "0.019561 0.019616", "0.013860 0.009293"]


def test_the_premium_is_19_319_56(sheet):
    paid = sheet.figures.money
    assert (paid.pure_premium, paid.ulae, paid.loaded) == (Decimal("12305.25"), Decimal("984.42"), Decimal("14489.67"))
    assert money(sheet) == "19,319.56"
    assert not paid.minimum_applied


def test_new_york_taxes_make_the_total_20_044_04(sheet):
    paid = sheet.figures.money
    assert [str(charge.amount) for charge in paid.taxes] == ["695.50", "28.98"]
    assert str(paid.total) == "20044.04"
    assert [str(part) for part in paid.instalments] == ["4829.89"] * 4


def test_class_price_composite_score_and_grade(sheet):
    standing = sheet.figures.standing
    assert str(standing.class_premium) == "18657.16"
    assert f"{standing.composite:.4f}" == "1.0388"
    assert (str(standing.score), standing.grade) == ("64.8", "C")


def test_the_comparison_score_under_the_filed_mix_is_66(sheet):
    assert str(sheet.figures.standing.comparison_score) == "66.0"


def test_parameter_risk_is_told_as_pure_premium_and_as_the_customers_line(sheet):
    told = sheet.figures.parameter_risk
    assert [str(a) for a in told.point_relativities.values()] == ["0.5990", "1.0228", "0.8285"]
    assert (str(told.point_pure_premium), str(told.load), str(told.customer_load)) == ("9346.44", "2958.81", "4260.69")


def test_the_example_is_quoted_by_machine(sheet):
    assert sheet.decision == "quote"
    assert codes(sheet) == set()
    assert not sheet.indication


@pytest.mark.parametrize(
    ("changes", "premium"),
    [
        ({"limit": "1000000"}, "16,138.87"),
        ({"deductible": "50000"}, "17,850.01"),
        ({"prior_claims": 1}, "26,406.19"),
        ({"stated": {"error": {"k": 15, "n": 500}}}, "20,935.95"),
    ],
)
def test_sensitivities_of_the_example(changes, premium):
    assert money(rate(**changes)) == premium


def test_five_hundred_rows_score_60_6():
    standing = rate(stated={"error": {"k": 15, "n": 500}}).figures.standing
    assert (f"{standing.composite:.4f}", str(standing.score), standing.grade) == ("1.1336", "60.6", "C")


def test_untested_robustness_and_labels_cost_28_794_08_without_a_referral():
    sheet = rate(without=("robustness", "label"))
    standing = sheet.figures.standing
    assert money(sheet) == "28,794.08"
    assert (f"{standing.composite:.4f}", standing.grade, sheet.decision) == ("1.5943", "D", "quote")


@pytest.mark.parametrize(
    ("quarters", "premium"), [(0, "19,319.56"), (1, "20,361.33"), (2, "21,624.63"), (3, "23,172.67")]
)
def test_a_late_audit_prices_itself_by_ageing(quarters, premium):
    late = {"late_years": Decimal("0.25") * quarters, "rerate": True, "age_days": 91 * (quarters + 1)}
    sheet = rate(circumstances=late)
    assert (money(sheet), sheet.decision) == (premium, "quote")


def test_drift_that_could_not_be_measured_is_priced_at_the_filed_half_a_year():
    term = next(t for t in rate(without=("drift",)).figures.lines[0].terms if t.dimension == "drift")
    assert (str(term.value), f"{term.m:.4f}") == ("0.50", "0.9376")


def test_measured_drift_enters_as_the_ratio_of_growths(sheet):
    term = next(t for t in sheet.figures.lines[0].terms if t.dimension == "drift")
    assert f"{term.m:.4f}" == "0.9026"


def test_the_score_is_the_price_relativity_seen_twice(sheet):
    composite = sheet.figures.standing.composite
    exact = composite_of(Decimal("64.8"), plan())
    assert score(exact, plan()) == Decimal("64.8")
    assert abs(exact - composite) < Decimal("0.0012")
