"""Audit results become evidence: stored figures only, what was not measured at u = 1, ageing by rule 10."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rating_examples import evidence, money, plan, rate, risk, with_bounds
from scipy import stats

from core.errors import InputRefused
from underwriting.rating import Evidence, evidence_from_audit, price
from underwriting.rating.bounds import upper_bound
from underwriting.rating.evidence import Slice

NOT_RUN = {"state": "not_run", "reason": "needs the model itself"}
RESULT = {
    "schema": "plimsoll.audit-result/1",
    "suite": {"id": "PAS-2026.1", "digest": "sha256:00"},
    "rows": {"total": 2100, "labelled": 2000, "unlabelled": 100, "undecided": 0},
    "dimensions": {
        "error": {
            "state": "measured",
            "reason": None,
            "k": 60,
            "n": 2000,
            "point": "0.030000",
            "u": "0.035499",
            "gamma": "0.90",
        },
        "gap": {
            "state": "measured",
            "reason": None,
            "metric": "selection_rate",
            "attribute": "sex",
            "group": "female",
            "point": "0.065000",
            "half_width": "0.021847",
            "u": "0.086847",
            "n_group": 1200,
            "n_rest": 3000,
        },
        "ece": {"state": "measured", "point": "0.020000", "u": "0.024000", "n": 2000, "bootstraps": 1000},
        "robustness": NOT_RUN,
        "label": NOT_RUN,
        "drift": {"state": "cannot_tell", "reason": "fewer than 4 dated periods"},
    },
    "checks": [
        {"id": "slices.error", "family": "slices", "subject": "age: 18-25", "title": "s", "low": 0.0412345678},
        {"id": "slices.error", "family": "slices", "subject": "age: 26+", "title": "s", "low": 0.02, "n": 1600},
        {"id": "performance.harmful_error", "family": "performance", "low": 0.9, "n": 2000},
    ],
}


def audited(**keywords):
    return evidence_from_audit(RESULT, evidence_class="E3", **keywords)


def changed(dimension, **figures):
    stored = json.loads(json.dumps(RESULT))
    stored["dimensions"][dimension] = figures
    return stored


def test_only_the_stored_strings_are_read():
    found = audited()
    assert found.dimensions["error"].u == Decimal("0.035499")
    assert found.dimensions["gap"].subject == "sex: female"
    assert (found.rows, found.suite, found.interval) == (2000, "PAS-2026.1", Decimal("0.25"))


def test_a_tampered_count_does_not_move_the_price_but_a_tampered_bound_does():
    error = RESULT["dimensions"]["error"]
    base = price(risk(), audited(), plan()).premium
    counted = evidence_from_audit(changed("error", **{**error, "k": 90}), evidence_class="E3")
    bounded = evidence_from_audit(changed("error", **{**error, "u": "0.045499"}), evidence_class="E3")
    assert price(risk(), counted, plan()).premium == base
    assert price(risk(), bounded, plan()).premium > base


def test_only_a_confirmed_slice_is_the_worst_slice():
    columns = ["slice", "value", "k", "n", "point", "lower", "upper"]
    rows = [["age", "26+", 90, 300, "0.300000", "0.240000", "0.340000"]]
    rows.append(["age", "18-25", 90, 200, "0.450000", "0.380000", "0.500000"])
    for found, expected in ((rows, Slice("age: 18-25", Decimal("0.380000"))), ([], None)):
        result = {**RESULT, "sections": {"slices": {"worst": {"columns": columns, "rows": found}}}}
        assert evidence_from_audit(result, evidence_class="E3").worst_slice == expected


def test_the_worst_slice_is_the_highest_lower_bound_among_slices():
    worst = audited().worst_slice
    assert (worst.name, str(worst.low)) == ("age: 18-25", "0.041235")


def test_evidence_survives_json():
    found = audited(age_days=12, late_years=Decimal("0.25"))
    assert Evidence.from_dict(json.loads(json.dumps(found.to_dict()))) == found


@pytest.mark.parametrize("state", ["cannot_tell", "not_run", "not_applicable"])
def test_what_the_audit_did_not_measure_is_priced_at_1_whatever_it_calls_it(state):
    found = evidence_from_audit(changed("gap", state=state, reason="why"), evidence_class="E3")
    term = price(risk(), found, plan()).figures.lines[1].terms[1]
    assert (term.value, term.m, term.at_cap) == (1, Decimal("3.0"), False)


def test_each_untested_dimension_has_its_price_on_the_worksheet():
    sheet = price(risk(), audited(), plan())
    lines = {line.dimension: line for line in sheet.figures.untested}
    assert set(lines) == {"robustness", "label", "drift"}
    assert lines["robustness"].reason == "needs the model itself"
    assert all(line.price == line.premium_now - line.premium_at_reference for line in lines.values())


def test_the_untested_price_is_the_premium_less_that_with_u_at_the_reference():
    line = next(one for one in rate(without=("label",)).figures.untested if one.dimension == "label")
    at_reference = price(risk(), with_bounds({"label": "0.05"}, evidence(without=("label",))), plan())
    assert line.premium_at_reference == at_reference.premium


def test_the_minimum_premium_does_not_hide_the_price_of_what_was_not_tested():
    line = rate(without=("label",), decisions=10_000).figures.untested[0]
    assert (line.premium_now, line.price) == (Decimal("5000.00"), 0)
    assert line.before_minimum > 0


def test_the_sum_of_error_and_label_bounds_is_printed():
    assert any("at most 0.089206" in line for line in rate().statements)
    assert any("was not measured" in line for line in rate(without=("label",)).statements)


def test_fairness_is_called_unmeasured_only_where_it_applies():
    missing = "Group fairness was not measured. Missing is never fair."
    assert missing in rate(without=("gap",)).statements
    assert missing not in rate(under="MRL-2026.02", use_class="PRICE-FORECAST", without=("gap",)).statements


def test_an_underwriter_removes_with_name_and_reason_what_does_not_apply():
    gone = [{"dimension": "gap", "by": "U. Writer", "reason": "decides about parcels, not persons"}]
    sheet = rate(without=("gap",), removed=gone)
    assert sheet.not_applicable == ("gap",)
    assert [term.dimension for term in sheet.figures.lines[1].terms] == ["error"]
    assert any("U. Writer" in line for line in sheet.statements)


def test_a_measured_bound_is_used_even_when_removed():
    gone = [{"dimension": "gap", "by": "U. Writer", "reason": "no persons"}]
    sheet = rate(removed=gone)
    assert (money(sheet), sheet.not_applicable) == ("19,319.56", ())


def test_a_class_without_persons_prices_no_gap():
    sheet = rate(under="MRL-2026.02", use_class="PRICE-FORECAST", without=("gap",))
    assert sheet.not_applicable == ("gap",)
    assert all(line.dimension != "gap" for line in sheet.figures.untested)


@given(n=st.integers(300, 20_000), share=st.floats(0.001, 0.4), late=st.integers(1, 12))
def test_ageing_is_clopper_pearson_on_the_kept_share_of_counts(n, share, late):
    k = max(1, int(n * share))
    aged = evidence(stated={"error": {"k": k, "n": n}}, late_years=Decimal(late) / 4, without=("gap",))
    kept = 0.5 ** (late / 2)
    expected = stats.beta.ppf(0.90, k * kept + 1, (n - k) * kept)
    assert float(aged.dimensions["error"].u) == pytest.approx(expected, abs=6e-7)


def test_ageing_lengthens_the_interval_and_widens_gap_and_ece():
    aged = evidence(late_years=Decimal("0.5"))
    assert aged.interval == Decimal("0.75")
    assert str(aged.dimensions["gap"].half_width) == "0.030896"  # 0.021847 x sqrt 2
    assert str(aged.dimensions["ece"].u) == "0.025657"
    assert aged.dimensions["drift"] == evidence().dimensions["drift"]


def test_a_bound_without_counts_cannot_be_aged():
    stored = changed("error", state="measured", u="0.035499", gamma="0.90")
    with pytest.raises(InputRefused, match="without its counts"):
        evidence_from_audit(stored, evidence_class="E3", late_years=Decimal("0.25"))


@pytest.mark.parametrize(
    ("stored", "match"),
    [
        ({}, "lacks dimensions"),
        (changed("error", state="measured"), "no bound"),
        (changed("error", state="fine"), "unknown state"),
        (changed("error", state="measured", u="1.2"), "bound of error"),
        (changed("error", state="measured", u=0.03), "not an exact number"),
        (changed("error", state="measured", u="0.03", k=5, n=4), "failures"),
    ],
)
def test_what_is_not_an_audit_result_is_refused(stored, match):
    with pytest.raises(InputRefused, match=match):
        evidence_from_audit(stored, evidence_class="E3")


def test_rows_without_a_decision_are_not_taken_off_the_labelled_twice():
    unable = {"state": "cannot_tell", "reason": "too few labels", "k": 9, "n": 500}
    rows = {"total": 2000, "labelled": 500, "unlabelled": 300, "undecided": 1200}
    result = {**RESULT, "rows": rows, "dimensions": {**RESULT["dimensions"], "error": unable}}
    found = evidence_from_audit(result, evidence_class="E4")
    assert found.rows == 500
    assert [flag.code for flag in price(risk(), found, plan()).referrals] == ["error-not-measured"]


def test_the_sum_of_two_bounds_is_never_more_than_all():
    sheet = price(risk(), with_bounds({"error": "0.7", "label": "0.6"}), plan())
    assert any("the harmful-error rate is at most 1," in text for text in sheet.statements)


def test_an_unknown_evidence_class_is_refused():
    with pytest.raises(InputRefused, match="E5"):
        evidence_from_audit(RESULT, evidence_class="E5")


@given(n=st.integers(1, 5000), data=st.data())
def test_the_bound_agrees_with_the_binomial_tail(n, data):
    """u is where P(K <= k) falls to .10: an oracle that shares no code with the inverse beta."""
    k = data.draw(st.integers(0, n - 1))
    u = float(upper_bound(Decimal(k), Decimal(n), Decimal("0.90")))
    assert stats.binom.cdf(k, n, min(1, u + 1e-6)) <= 0.1 + 1e-9
    assert stats.binom.cdf(k, n, max(0, u - 1e-6)) >= 0.1 - 1e-9


def test_bounds_of_no_failures_and_of_all_failures():
    assert upper_bound(Decimal(230), Decimal(230), Decimal("0.90")) == 1
    assert upper_bound(Decimal(0), Decimal(230), Decimal("0.90")) <= Decimal("0.01")
    with pytest.raises(ValueError, match="not a proportion"):
        upper_bound(Decimal(5), Decimal(4), Decimal("0.90"))


def test_more_rows_at_the_same_rate_are_offered_as_a_remedy():
    found = rate().figures.remedies
    eight = next(remedy for remedy in found if "8,000" in remedy.what)
    again = rate(stated={"error": {"k": 240, "n": 8000}})
    assert eight.premium == again.premium
    assert eight.saves == rate().premium - again.premium


def test_remedies_are_few_and_each_saves():
    found = rate(without=("robustness", "label", "drift")).figures.remedies
    assert 0 < len(found) <= 6
    assert [r.saves for r in found] == sorted((r.saves for r in found), reverse=True)
    assert all(r.saves > 0 for r in found)


def test_a_rerate_on_time_equals_the_first_price():
    assert price(risk(), replace(evidence(), rerate=True, age_days=200), plan()).premium == rate().premium


def test_only_failed_checks_of_gaming_are_signs_and_none_leaves_no_trace():
    told = [("gaming.canaries", "fail"), ("gaming.scaffolding", "cannot_tell"), ("data.rows", "fail")]
    checks = [{"id": name, "family": "x", "title": f"title of {name}", "verdict": verdict} for name, verdict in told]
    found = evidence_from_audit({**RESULT, "checks": checks}, evidence_class="E2")
    assert found.gamed == ("title of gaming.canaries",)
    assert Evidence.from_dict(found.to_dict()) == found
    assert "gamed" not in audited().to_dict()


def test_weighted_or_clustered_rows_count_as_what_they_are_worth():
    worth = {**RESULT["dimensions"]["error"], "k_eff": "8.970000", "n_eff": "299.000000"}
    found = evidence_from_audit(changed("error", **worth), evidence_class="E3")
    assert found.rows == 299
    assert (found.dimensions["error"].k, found.dimensions["error"].n) == (Decimal("8.970000"), Decimal("299.000000"))
    late = evidence_from_audit(changed("error", **worth), evidence_class="E3", late_years=Decimal("0.5"))
    assert late.dimensions["error"].n == Decimal("149.500000")
