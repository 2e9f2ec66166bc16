"""The seeded-error test: its prudent bound covers exactly, is rounded against the insured, and counts what is odd."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from engine_examples import BINARY, SEED, check, outcomes, rows_of
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from audits.engine import frame_from_arrays, run_suite, spec_parse
from audits.engine.bounds import cp_lower
from audits.engine.reviewing import six_down
from audits.suites import suite_load

EDITION = suite_load("PAS-2026.3")
ONLY = replace(EDITION, checks=tuple(one for one in EDITION.checks if one.name == "oversight"))


def reviewed(reviews, **more):
    whole = frame_from_arrays(outcomes(5, 5, 5, 5))
    roles = {} if reviews is None else {"reviews": frame_from_arrays(reviews)}
    return run_suite(whole, spec_parse(BINARY), ONLY, seed=SEED, dataset_digest="", beside=roles, **more)


def reviews_of(seeded=200, caught=124, sound=300, false=12, reviewers=("ann", "bob")):
    rows = seeded + sound
    return {
        "case": np.arange(rows),
        "reviewer": [reviewers[place % len(reviewers)] for place in range(rows)],
        "seeded": (np.arange(rows) < seeded).astype(int),
        "caught": np.concatenate([np.arange(seeded) < caught, np.arange(sound) < false]).astype(int),
    }


def test_the_dimension_holds_the_counts_and_the_lower_bound():
    found = reviewed(reviews_of())
    figures = found.dimensions["oversight"].figures
    low = proportion_confint(124, 200, alpha=0.2, method="beta")[0]  # one-sided .90
    assert (figures["k"], figures["n"], figures["point"], figures["gamma"]) == (124, 200, "0.620000", "0.90")
    assert 0 <= low - float(figures["l"]) < 1e-6
    catch = check(found, "oversight.catch_rate")
    assert (catch.k, catch.n, catch.value) == (124, 200, 0.62)
    assert "seeded errors" in catch.sentence
    assert (check(found, "oversight.false_alarms").k, check(found, "oversight.false_alarms").n) == (12, 300)
    rows = rows_of(vars(found.sections["oversight"]["reviewers"]), "reviewer")
    assert sum(row["caught"] for row in rows.values()) == 124
    assert rows["ann"]["lower bound"] == pytest.approx(cp_lower(rows["ann"]["caught"], rows["ann"]["seeded"], 0.9))


@given(st.floats(0, 1))
def test_a_figure_that_lowers_a_price_is_never_rounded_up(value):
    told = Decimal(six_down(value))
    assert 0 <= Decimal(repr(value)) - told < Decimal("0.000001")
    assert -told.as_tuple().exponent == 6


@pytest.mark.parametrize("n", [30, 61, 150])
def test_the_lower_bound_covers_by_enumeration(n):
    bounds = np.array([cp_lower(k, n, 0.9) for k in range(n + 1)])
    for rate in np.linspace(0.01, 0.99, 99):
        assert stats.binom.pmf(np.arange(n + 1), n, rate)[bounds <= rate].sum() >= 0.9 - 1e-9


def test_too_few_seeded_cases_cannot_tell_and_say_how_many_would():
    found = reviewed(reviews_of(seeded=29, caught=29))
    assert found.dimensions["oversight"].state == "cannot_tell"
    assert (check(found, "oversight.catch_rate").verdict, check(found, "oversight.catch_rate").rows_needed) == (
        "cannot_tell",
        30,
    )


def test_without_a_test_it_is_not_run():
    assert reviewed(None).dimensions["oversight"].state == "not_run"


def test_repeated_unanswered_and_unreadable_reviews_are_read_against_the_insured():
    reviews = {
        "case": [*range(40), 0, 1, None, None, 50, 51],
        "reviewer": ["ann"] * 46,
        "seeded": [1] * 40 + [1, 1, 1, 1, 0, 2],
        "caught": [1] * 39 + [None, 0, 1, 1, 0, None, 1],
    }
    found = reviewed(reviews)
    figures = found.dimensions["oversight"].figures
    # Forty named cases, one of them contradicted and one unanswered, and two without a name.
    assert (figures["k"], figures["n"]) == (39, 42)
    counts = dict(found.sections["oversight"]["reviews"].rows)
    assert counts["rows of the same case and reviewer, taken as one review"] == 2
    assert counts["rows left out: seeded or caught is neither 0 nor 1"] == 2
    assert counts["seeded errors without an answer, taken as not caught"] == 1
    assert {one.title for one in found.findings} == {"Reviews are listed more than once", "Reviews without an answer"}


@pytest.mark.parametrize("column", ["case", "reviewer", "seeded", "caught"])
def test_a_missing_column_is_a_typed_finding(column):
    reviews = {name: cells for name, cells in reviews_of().items() if name != column}
    found = reviewed(reviews)
    assert found.dimensions["oversight"].state == "cannot_tell"
    assert f"no column '{column}'" in found.findings[0].text


def test_very_many_reviewers_are_told_as_some_and_the_rest():
    found = reviewed(reviews_of(seeded=2000, caught=100, sound=1000, reviewers=[f"r{place}" for place in range(900)]))
    rows = found.sections["oversight"]["reviewers"].rows
    assert len(rows) <= EDITION.most_groups + 1
    assert sum(row[1] for row in rows) == 2000


def test_few_cases_of_a_reviewer_are_not_told_where_rows_are_not_shown():
    reviews = reviews_of(reviewers=["ann"] * 20 + ["bob"])
    reviews["reviewer"] = ["cy" if place < 3 else name for place, name in enumerate(reviews["reviewer"])]
    rows = rows_of(vars(reviewed(reviews, show_rows=False).sections["oversight"]["reviewers"]), "reviewer")
    assert "cy" not in rows
    assert sum(row["seeded"] for row in rows.values()) == 200


def test_nobody_caught_and_nothing_sound_have_exact_ends():
    found = reviewed(reviews_of(seeded=50, caught=0, sound=0, false=0))
    assert found.dimensions["oversight"].figures["l"] == "0.000000"
    assert check(found, "oversight.false_alarms").verdict == "cannot_tell"
