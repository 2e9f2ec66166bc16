"""Figures, dates, verdicts and charts as the house writes them."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from portal.audit_story import families_of, not_tested, opinion
from portal.charts import table_rows, waterfall
from portal.progress import duration
from portal.templatetags import plimsoll as tags
from portal.words import VERDICTS, state_look
from portal.worksheet_story import steps_of
from tests.portal.results import RESULT

HARD = "\u00a0"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (date(2026, 11, 23), "23 Nov 2026"),
        ("2026-11-23", "23 Nov 2026"),
        (datetime(2026, 11, 23, 14, 5, tzinfo=UTC), "23 Nov 2026"),
        ("", "–"),
        (None, "–"),
        ("soon", "–"),
    ],
)
def test_dates_are_written_with_the_months_name(value, shown):
    assert tags.day(value) == shown.replace(" ", HARD)


def test_a_moment_names_its_zone():
    assert tags.moment(datetime(2026, 11, 23, 14, 5, tzinfo=UTC)).replace(HARD, " ") == "23 Nov 2026, 14:05 UTC"


@pytest.mark.parametrize(("amount", "shown"), [("19319.56", "USD 19,319.56"), (Decimal("5"), "USD 5.00"), (None, "–")])
def test_money_has_its_currency_and_two_decimals(amount, shown):
    assert shown.replace(" ", HARD) in tags.money(amount, "USD")


def test_customer_text_in_a_digest_is_escaped():
    assert "<b>" not in tags.digest("sha256:<b>")


@pytest.mark.parametrize(("value", "shown"), [("0.1777", "17.8\u202f%"), (None, "–"), ("x", "–")])
def test_shares_are_percent(value, shown):
    assert tags.percent(value) == shown


def test_every_verdict_has_a_word_and_a_shape_of_its_own():
    looks = [VERDICTS[name] for name in ("fail", "cannot_tell", "pass", "measured", "not_run")]
    assert len({look.shape for look in looks}) == len(looks)
    assert all(look.word for look in looks)


def test_what_was_not_tested_is_grey_and_a_failure_is_not():
    assert VERDICTS["not_run"].tone == ""
    assert VERDICTS["fail"].tone == state_look("failed").tone == "is-fail"
    assert state_look("a state of tomorrow").word == "a state of tomorrow"


def test_the_load_line_and_its_strip_say_the_same_words():
    shown = {"score": 64.8, "grade": "C", "low": 58.0, "high": 71.0, "rows": 2000}
    words = "rade C, 64.8 (58 to 71), 2,000 rows"
    assert words in tags.strip(shown)
    assert words in tags.load_line(shown)
    assert "no score" in tags.strip(None)


@pytest.mark.parametrize(("seconds", "words"), [(0, "0 s"), (89, "89 s"), (150, "2 min"), (5400, "1 h 30 min")])
def test_durations_are_in_words(seconds, words):
    assert duration(seconds) == words


def test_families_stand_worst_first_and_untested_ones_apart():
    families = families_of(RESULT)
    assert [family.name for family in families][:2] == ["fairness", "calibration"]
    assert [row["id"] for row in not_tested(RESULT)] == ["drift.outcome_slope"]
    assert "drift" not in [family.name for family in families]


def test_the_opinion_counts_every_check():
    assert "Of 5 checks 1 outside the limit, 1 cannot be told, 1 inside, 1 not tested" in " ".join(opinion(RESULT))


def test_charts_are_drawn_from_the_rows_of_their_tables():
    fairness = next(family for family in families_of(RESULT) if family.name == "fairness")
    drawn = {row["label"]: row["value"] for row in fairness.charts[0]["rows"]}
    assert drawn == {row["group"]: row["selection rate"] for row in table_rows(RESULT["sections"]["fairness"]["sex"])}


def test_a_waterfall_adds_up_to_its_totals(policy):
    steps = waterfall("x", steps_of(policy.quote.pricing.worksheet))["steps"]
    level = 0.0
    for step in steps:
        if step["total"]:
            assert level == pytest.approx(step["value"])
        else:
            level += step["value"]
    assert steps[-1]["value"] == float(policy.total)
