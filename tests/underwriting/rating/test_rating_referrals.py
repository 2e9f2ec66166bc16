"""Every rule that refers or declines, each shown to fire and, beside it, not to fire."""

from dataclasses import replace
from decimal import Decimal

import pytest
from rating_examples import codes, evidence, money, plan, rate, risk, with_bounds

from core.errors import InputRefused
from underwriting.rating import price
from underwriting.rating.evidence import Slice
from underwriting.rating.referrals import RULES

ITEM = {"reason": "seen on site", "evidence": "report"}


def items(*shares):
    return [{"name": f"item {place}", "pct": share, **ITEM} for place, share in enumerate(shares)]


def test_codes_are_unique():
    assert len({rule.code for rule in RULES}) == len(RULES)


def test_299_rows_are_an_indication_and_300_are_not():
    few, enough = rate(stated={"error": {"k": 9, "n": 299}}), rate(stated={"error": {"k": 9, "n": 300}})
    assert (few.decision, few.indication, "too-few-rows" in codes(few)) == ("refer", True, True)
    assert (enough.indication, "too-few-rows" in codes(enough)) == (False, False)
    assert few.premium is not None
    assert not next(flag for flag in few.referrals if flag.code == "too-few-rows").waivable


def test_an_audit_older_than_100_days_refers_a_quote_but_not_a_rerate():
    assert codes(rate(circumstances={"age_days": 101})) == {"audit-too-old"}
    assert codes(rate(circumstances={"age_days": 100})) == set()
    assert codes(rate(circumstances={"age_days": 101, "rerate": True})) == set()


def test_a_dependent_auditor_refers():
    assert codes(rate(circumstances={"independent": False})) == {"not-independent"}


def test_withheld_history_refers_and_measured_drift_does_not():
    withheld = {"drift_withheld": True}
    assert codes(rate(without=("drift",), circumstances=withheld)) == {"history-withheld"}
    assert codes(rate(circumstances=withheld)) == set()
    assert codes(rate(without=("drift",))) == set()


def test_a_measured_term_at_its_clip_refers_and_names_it():
    sheet = price(risk(), with_bounds({"gap": "0.18"}), plan())
    flag = sheet.referrals[0]
    assert (sheet.decision, flag.code) == ("refer", "measured-at-clip")
    assert "gap (DISC, 3.00 held at 3.0)" in flag.reason


def test_the_worksheet_prints_clipped_and_unclipped_pure_premium():
    figures = price(risk(), with_bounds({"gap": "0.30"}), plan()).figures
    assert figures.unclipped_pure_premium > figures.money.pure_premium
    assert figures.lines[1].a_unclipped > figures.lines[1].a


def test_a_peril_at_4_refers():
    bounds = {"error": "0.11", "ece": "0.5", "label": "0.5"}
    assert "relativity-at-cap" in codes(price(risk(), with_bounds(bounds), plan()))


def test_an_untested_clip_alone_does_not_refer():
    sheet = rate(without=("gap", "robustness", "label", "ece", "drift"))
    assert sheet.figures.lines[1].terms[1].m == Decimal("3.0")
    assert "measured-at-clip" not in codes(sheet)


def test_grade_f_refers_and_cannot_be_waived():
    sheet = rate(without=("gap", "robustness", "label", "ece"))
    worst = next(flag for flag in sheet.referrals if flag.code == "grade-f")
    assert sheet.figures.standing.grade == "F"
    assert not worst.waivable
    assert "2.50" in worst.resolves


def test_a_slice_surely_over_twice_the_class_refers():
    found = [replace(evidence(), worst_slice=Slice("age: 18-25", Decimal(low))) for low in ("0.080000", "0.080001")]
    assert [codes(price(risk(), one, plan())) for one in found] == [set(), {"worst-slice"}]


def test_more_than_ten_million_decisions_refer():
    assert codes(rate(decisions=10_000_000)) == set()
    assert codes(rate(decisions=10_000_001)) == {"scale"}


def test_schedule_items_beyond_ten_per_cent_need_a_second_underwriter():
    assert codes(rate(schedule=items("-0.05", "-0.05"))) == set()
    assert codes(rate(schedule=items("-0.05", "-0.06"))) == {"second-underwriter"}
    assert codes(rate(schedule=items("0.10", "0.10"))) == {"second-underwriter"}


def test_a_prohibited_practice_is_declined_without_a_price():
    sheet = rate(criticality="prohibited")
    assert (sheet.decision, sheet.figures, codes(sheet)) == ("decline", None, {"prohibited-practice"})


def test_a_validation_over_two_years_old_refers():
    assert codes(rate(validation_age="over_24m")) == {"validation-overdue"}


def test_an_error_not_measured_has_no_price():
    sheet = rate(without=("error",))
    assert (sheet.decision, sheet.premium, "error-not-measured" in codes(sheet)) == ("refer", None, True)


def test_the_class_other_refers_without_a_price():
    sheet = rate(under="MRL-2026.02", use_class="OTHER")
    assert (sheet.decision, sheet.figures, codes(sheet)) == ("refer", None, {"use-class"})


def test_unverified_predictions_are_an_indication_with_a_subjectivity():
    sheet = rate(circumstances={"evidence_class": "E4"})
    assert (sheet.decision, sheet.indication) == ("quote", True)
    assert [flag.code for flag in sheet.subjectivities] == ["evidence-e4"]
    assert "60 days" in sheet.subjectivities[0].resolves


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"limit": "1500000"}, "risk.limit"),
        ({"deductible": "20000"}, "risk.deductible"),
        ({"deductible": "0"}, "risk.deductible"),
        ({"limit": "250000", "deductible": "50000"}, "risk.deductible"),
        ({"aggregate": "1000000"}, "risk.aggregate"),
        ({"currency": "EUR"}, "risk.currency"),
        ({"use_class": "CHESS"}, "risk.use_class"),
        ({"industry": "99"}, "risk.industry"),
        ({"autonomy": "full"}, "risk.factors.autonomy"),
        ({"tax_jurisdiction": "XX"}, "risk.tax_jurisdiction"),
        ({"schedule": items("-0.09", "-0.09", "-0.08")}, "risk.schedule"),
        ({"schedule": items("0.11")}, "risk.schedule"),
        ({"schedule": [{"name": "robustness", "pct": "-0.05", **ITEM}]}, "risk.schedule"),
        ({"schedule": [{"name": "interpretability", "pct": "-0.06", **ITEM}]}, "risk.schedule"),
        ({"schedule": items("0.01")[:1] * 2}, "risk.schedule"),
        ({"removed": [{"dimension": "drift", "by": "U. Writer", "reason": "no dates"}]}, "risk.removed"),
        ({"decisions": 0}, "risk.decisions"),
        ({"decisions": 1, "autonomy": "support", "limit": "250000", "aggregate": "250000"}, "risk.decisions"),
        ({"decisions": 4e5}, "risk.decisions"),
        ({"expected_claims": 0.3}, "risk.expected_claims"),
        ({"colour": "red"}, "risk"),
    ],
)
def test_what_the_plan_has_no_answer_to_is_refused_with_a_remedy(changes, field):
    with pytest.raises(InputRefused) as refusal:
        rate(**changes)
    assert refusal.value.field == field
    assert refusal.value.remedy


def test_twenty_five_per_cent_of_credit_is_allowed_to_the_last_point():
    assert money(rate(schedule=items("-0.10", "-0.10", "-0.05"))) < money(rate())


def test_bounds_at_another_confidence_are_refused():
    with pytest.raises(InputRefused, match="confidence"):
        price(risk(), replace(evidence(), confidence=Decimal("0.95")), plan())


def test_signs_of_a_gamed_evaluation_refer_and_an_underwriter_may_accept_them():
    found = price(risk(), replace(evidence(), gamed=("Challenge rows",)), plan())
    assert codes(found) == {"evaluation-gamed"}
    (flag,) = [flag for flag in found.referrals if flag.code == "evaluation-gamed"]
    assert flag.waivable
    assert "Challenge rows" in flag.reason
    assert "No proof" in flag.reason
