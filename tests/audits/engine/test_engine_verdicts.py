"""Pass when the whole interval is inside, fail when it is outside, else cannot tell and the rows that would."""

import pytest
from engine_examples import audit, check, judge, outcomes
from hypothesis import given
from hypothesis import strategies as st

from audits.engine import words
from audits.engine.bounds import Interval, cp_interval
from audits.engine.verdicts import LimitInForce, rows_by_width, rows_for_rate

HARM = "performance.harmful_error"


def harmful(k: int, n: int, limit: str):
    arrays = outcomes(tp=0, fp=k, fn=0, tn=n - k)
    return check(audit(arrays, limits={HARM: {"op": "<=", "value": limit}}), HARM)


@pytest.mark.parametrize(("limit", "verdict"), [("0.05", "pass"), ("0.03", "cannot_tell"), ("0.01", "fail")])
def test_sixty_of_two_thousand_against_three_limits(limit, verdict):
    assert harmful(60, 2000, limit).verdict == verdict


def test_without_a_limit_it_is_measured():
    found = check(audit(outcomes(tp=0, fp=60, fn=0, tn=1940)), HARM)
    assert (found.verdict, found.limit) == ("measured", None)


@pytest.mark.parametrize(
    ("op", "low", "high", "verdict"),
    [
        (">=", 0.5, 0.6, "pass"), (">=", 0.4, 0.6, "cannot_tell"), (">=", 0.4, 0.45, "fail"),
        (">", 0.5, 0.6, "cannot_tell"), ("<", 0.4, 0.49, "pass"), ("==", 0.4, 0.6, "cannot_tell"),
        ("==", 0.5, 0.5, "pass"), ("==", 0.6, 0.7, "fail"),
    ],
)  # fmt: skip
def test_every_operator(op, low, high, verdict):
    assert LimitInForce(op, 0.5).verdict(Interval(low, high)) == verdict


def test_rows_needed_are_the_first_that_tell():
    needed = rows_for_rate(0.03, 0.04, 200, 0.9)
    assert cp_interval(0.03 * needed, needed, 0.9).high <= 0.04 < cp_interval(0.03 * (needed - 1), needed - 1, 0.9).high


def test_a_rate_on_its_limit_is_never_told():
    assert rows_for_rate(0.04, 0.04, 200, 0.9) is None
    assert rows_by_width(0.04, Interval(0.03, 0.05), 200, 0.04) is None


def test_twice_the_width_needs_four_times_the_rows():
    assert rows_by_width(0.25, Interval(0.0, 0.5), 500, 0.375) == 2000


@given(st.integers(1, 400), st.integers(1, 400), st.floats(0.01, 0.99))
def test_a_verdict_that_cannot_tell_always_holds_its_limit(k, more, limit):
    found = judge(limits={"x.rate": {"op": "<=", "value": f"{limit:.4f}"}}).rate(
        "x.rate", "X", k, k + more, "rows", "err"
    )
    inside = found.low <= found.limit["value"] < found.high
    assert (found.verdict == "cannot_tell") is inside
    assert found.rows_needed is None or found.rows_needed > k + more


def test_nobody_to_ask_cannot_tell():
    found = judge().rate("x.rate", "X", 0, 0, "cases with the event", "are missed")
    assert (found.verdict, found.reason) == ("cannot_tell", "There are no cases with the event.")


def test_a_failed_check_is_a_finding_as_grave_as_the_suite_says():
    found = audit(outcomes(tp=10, fp=990, fn=990, tn=10) | {}, score="d")
    finding = next(item for item in found.findings if item.check == "performance.auc")
    assert (finding.severity, finding.id) == ("high", finding.to_dict()["id"])


def test_sentences_speak_in_whole_people():
    assert (
        harmful(180, 2000, "0.5").sentence
        == "Of 100 audited decisions, 9 (8 to 10) are wrong in the harmful direction."
    )


@pytest.mark.parametrize(
    ("figures", "scale", "text"),
    [
        ((0.09, 0.07, 0.11), "100", "9 (7 to 11)"),
        ((0.178, 0.1701, 0.1853), "100", "17.8 (17.0 to 18.5)"),
        ((0.003, 0.001, 0.006), "1,000", "3 (1 to 6)"),
        ((0.0, 0.0, 0.0004), "100,000", "0 (0 to 40)"),
    ],
)
def test_small_rates_are_told_on_a_larger_scale(figures, scale, text):
    assert words.of_hundred(*figures) == (scale, text)


def test_counts_agree_with_their_noun():
    assert [words.count(1, "row"), words.count(1204, "row")] == ["1 row", "1,204 rows"]
