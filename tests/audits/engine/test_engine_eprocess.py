"""The alarm's law: it rings falsely in at most alpha of years whatever one does, and soon when the rate rises."""

import math
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from engine_examples import BINARY, CALIFORNIA, SEED, check, frame_of, table
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from audits.engine import frame_from_arrays, run_suite, spec_parse
from audits.engine.bounds import cp_upper
from audits.engine.checks.alarm import Plan, _held
from audits.engine.eprocess import State, first_alarm, fixed_sample, follow
from audits.engine.registry import plan_read
from audits.suites import suite_load

EDITION = suite_load("PAS-2026.3")
FILED = next(one for one in EDITION.checks if one.name == "alarm")
ONLY = replace(EDITION, checks=(FILED,))
PLAN = plan_read(Plan, FILED.figures)
DAILY = replace(PLAN, block_days=1)
ALPHA = PLAN.alpha


def three_se(runs):
    return 3 * math.sqrt(ALPHA * (1 - ALPHA) / runs)


def by_hand(bets, blocks):
    """The e-value from its definition: every rate and every block a bet may start in, one by one."""
    total, laid = 0.0, [bets.laid(place) for place in range(1, len(blocks) + 1)]
    for rate, share in zip(bets.rates, bets.shares, strict=True):
        for start, stake in enumerate(laid):
            k, n = (sum(block[place] for block in blocks[start:]) for place in (0, 1))
            ratio = (rate / bets.null) ** k * ((1 - rate) / (1 - bets.null)) ** (n - k)
            total += share * stake * ratio
    return total + 1 - sum(laid)


BLOCKS = st.lists(
    st.integers(0, 12).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=1, max_size=9
)


@settings(max_examples=60, deadline=None)
@given(BLOCKS, st.floats(0.01, 0.6), st.integers(1, 12))
def test_the_e_value_is_its_definition(blocks, null, year):
    bets = replace(PLAN.bets(null), blocks=year)
    last = list(follow(bets, ALPHA, blocks))[-1]
    assert math.exp(last.log_value(bets)) == pytest.approx(by_hand(bets, blocks), rel=1e-9)
    assert (last.k, last.n) == tuple(np.sum(blocks, axis=0))


@pytest.mark.parametrize("rate", [0.02, 0.1, 0.2])
def test_it_never_grows_on_average_under_the_null(rate):
    """Over every possible run of three blocks, exactly: the mean e-value is at most 1, and 1 at the null's edge."""
    bets, sizes = replace(PLAN.bets(0.2), blocks=3), (2, 3, 4)
    mean = 0.0
    for errors in product(*(range(n + 1) for n in sizes)):
        chance = math.prod(stats.binom.pmf(k, n, rate) for k, n in zip(errors, sizes, strict=True))
        mean += chance * math.exp(list(follow(bets, ALPHA, zip(errors, sizes, strict=True)))[-1].log_value(bets))
    assert mean <= 1 + 1e-12
    assert (mean == pytest.approx(1)) == (rate == 0.2)


def false_alarms(null, labels, runs, rng, looks=365):
    bets = DAILY.bets(null)
    k = rng.binomial(labels, null, (runs, looks))
    return (first_alarm(bets, ALPHA, k, np.full_like(k, labels)) > 0).mean()


def test_false_alarms_over_a_year_of_daily_looks():
    assert false_alarms(0.05, 20, 4000, np.random.default_rng(1)) <= ALPHA + three_se(4000)


@pytest.mark.long
@pytest.mark.parametrize(("null", "labels"), [(0.002, 500), (0.01, 5), (0.05, 1), (0.05, 200), (0.2, 20), (0.4, 50)])
def test_false_alarms_at_the_edge_of_the_null_long(null, labels):
    found = false_alarms(null, labels, 40_000, np.random.default_rng(2))
    assert found <= ALPHA + three_se(40_000)


@pytest.mark.long
def test_false_alarms_when_the_rate_follows_what_came_before():
    """The null speaks of every outcome given the past: here the rate jumps to its edge after each bad day."""
    rng, runs, bets, labels = np.random.default_rng(3), 20_000, DAILY.bets(0.05), 20
    k = np.zeros((runs, 365), dtype=np.int64)
    rate = np.full(runs, 0.05)
    for day in range(365):
        k[:, day] = rng.binomial(labels, rate)
        rate = np.where(k[:, day] > 1, 0.05, 0.03)
    assert (first_alarm(bets, ALPHA, k, np.full_like(k, labels)) > 0).mean() <= ALPHA + three_se(runs)


def median_delay(plan, null, quiet, runs, seed):
    """Labels from the rise to the alarm, as multiples of the fixed sample; the rate before it is the null's edge."""
    rng, bets = np.random.default_rng(seed), plan.bets(null)
    fixed = fixed_sample(null, 1.5 * null, 0.05, 0.8)
    labels = max(fixed // 40, 1)
    rate = np.where(np.arange(plan.blocks) < quiet, null, 1.5 * null)
    k = rng.binomial(labels, rate, (runs, plan.blocks))
    rang = first_alarm(bets, ALPHA, k, np.full_like(k, labels))
    risen = (rang > quiet) | (rang == 0)
    return float(np.median(np.where(rang == 0, 10**9, rang - quiet)[risen])) * labels / fixed


@pytest.mark.parametrize("quiet", [0, 180])
def test_a_rise_by_half_is_found_within_twice_the_fixed_sample(quiet):
    """The fixed sample is that of the one-sided exact binomial test at .05 with power 80 %."""
    assert median_delay(DAILY, 0.05, quiet, 1000, 4) <= 2


@pytest.mark.long
@pytest.mark.parametrize("null", [0.01, 0.05, 0.2, 0.4])
@pytest.mark.parametrize("quiet", [0, 90, 180, 270])
def test_a_rise_by_half_is_found_within_twice_the_fixed_sample_long(null, quiet):
    assert median_delay(DAILY, null, quiet, 10_000, 5) <= 2


@pytest.mark.parametrize(("null", "rate"), [(0.05, 0.075), (0.2, 0.3), (0.4, 0.6)])
def test_the_fixed_sample_has_its_power_and_one_less_has_not(null, rate):
    n = fixed_sample(null, rate, 0.05, 0.8)

    def power(rows):
        least = next(k for k in range(rows + 2) if stats.binom.sf(k - 1, rows, null) <= 0.05)
        return stats.binom.sf(least - 1, rows, rate)

    assert min(power(rows) for rows in range(n, n + 60)) >= 0.8
    assert power(n - 1) < 0.8


def test_many_runs_at_once_ring_where_one_does():
    rng, bets = np.random.default_rng(6), replace(PLAN.bets(0.1), blocks=20)
    k = rng.binomial(30, 0.16, (50, 20))
    many = first_alarm(bets, ALPHA, k, np.full_like(k, 30))
    one = [list(follow(bets, ALPHA, ((int(x), 30) for x in row)))[-1].rang or 0 for row in k]
    assert many.tolist() == one
    assert 0 < (many > 0).sum() < 50


def test_an_alarm_stays_and_can_be_gone_on_with():
    bets = PLAN.bets(0.1)
    blocks = [(1, 20), (19, 20), *[(0, 200)] * 5]
    states = list(follow(bets, ALPHA, blocks))
    assert states[-1].rang == 2
    assert states[-1].log_value(bets) < math.log(20)
    assert list(follow(bets, ALPHA, blocks[3:], states[2]))[-1] == states[-1]
    assert State().log_value(bets) == 0


@pytest.mark.parametrize(
    "wrong", [{"null": 0.0}, {"null": 1.0}, {"multiples": (0.9, 1.5, 2)}, {"shares": (0.5, 0.5, 0.5)}, {"at_once": 0.0}]
)
def test_bets_that_are_none_are_refused(wrong):
    with pytest.raises(ValueError, match="bets positive shares"):
        replace(PLAN.bets(0.1), **wrong)


def decided(labels, k_first, k_later, **more):
    """`labels` decisions a day over 60 days; k of each day's are false positives in the first 30 days and after."""
    day = np.repeat(np.arange(60), labels)
    k = np.where(np.arange(60) < 30, k_first, k_later)
    harm = np.concatenate([np.arange(labels) < count for count in k]).astype(int)
    times = (np.datetime64("2025-03-01", "us") + day * np.timedelta64(1, "D")).astype("datetime64[us]")
    return {
        "t": times,
        "y": np.zeros(len(day), int),
        "d": harm,
        "part": np.where(day < 30, "old", "new").tolist(),
        **more,
    }


def alarm(arrays, show_rows=True, **drift):
    plan = {"timestamp": "t", "period": "month", "reference": {"column": "part", "value": "old"}, **drift}
    spec = spec_parse({**BINARY, "drift": plan})
    return run_suite(frame_from_arrays(arrays), spec, ONLY, seed=SEED, dataset_digest="", show_rows=show_rows)


def test_a_risen_error_rings_and_names_the_block():
    found = alarm(decided(50, 2, 4))
    rows = found.sections["drift"]["alarm"].rows
    bets = PLAN.bets(cp_upper(60, 1500, 0.9))
    values = [by_hand(bets, [(row[4], row[3]) for row in rows[:seen]]) for seen in range(1, len(rows) + 1)]
    assert [row[8] for row in rows] == pytest.approx(values)
    rang = next(place for place, value in enumerate(values) if value >= 20)
    assert rang > 0
    assert [row[9] for row in rows] == [""] * rang + ["rang"] + ["since"] * (len(rows) - rang - 1)
    told = check(found, "drift.alarm")
    assert (told.verdict, told.limit) == ("fail", {"op": "<", "value": 20.0})
    finding = next(one for one in found.findings if one.title.startswith("Alarm"))
    for words in (rows[rang][2], "Ville 1939", "whatever came before"):
        assert words in finding.text


def test_a_steady_error_is_no_alarm_and_no_proof():
    found = check(alarm(decided(50, 2, 2)), "drift.alarm")
    assert found.verdict == "measured"
    assert "No alarm" in found.sentence
    assert "labels to see a rise" in found.sentence


def test_labels_count_when_they_arrive():
    arrays = decided(50, 2, 2)
    late = arrays["t"] + np.timedelta64(400, "D")
    found = alarm({**arrays, "known": late.astype("datetime64[us]")}, labelled_at="known")
    assert found.sections["drift"]["alarm"].rows[0][2] == "2026-05-05"
    never = np.where(
        np.arange(len(late)) == len(late) - 1, np.datetime64("NaT", "us"), arrays["t"] - np.timedelta64(1, "D")
    )
    found = alarm({**arrays, "known": never}, labelled_at="known")
    assert {one.title for one in found.findings} == {
        "Labels are older than their decisions",
        "Labels without the time they arrived",
    }


def test_each_year_lays_its_stake_anew_and_rings_for_itself():
    arrays = decided(50, 2, 6)
    later = np.array(arrays["part"]) == "new"
    more = {name: np.concatenate([np.asarray(cells), np.asarray(cells)[later]]) for name, cells in arrays.items()}
    more["t"] = np.concatenate([arrays["t"], arrays["t"][later] + np.timedelta64(52 * 7, "D")])
    more["part"] = [*arrays["part"], *["new"] * int(later.sum())]
    found = alarm(more)
    assert [one.about for one in found.findings if one.title.startswith("Alarm")] == [
        "year from 2025-03-31",
        "year from 2026-03-30",
    ]


def test_where_rows_are_not_shown_blocks_wait_for_ten_labels():
    k, n = _held(np.array([1, 0, 2, 0, 1]), np.array([4, 3, 5, 12, 2]), 10)
    assert (k.tolist(), n.tolist()) == ([0, 0, 3, 0, 0], [0, 0, 12, 12, 0])
    found = alarm(decided(1, 0, 1), show_rows=False)
    assert min(row[3] for row in found.sections["drift"]["alarm"].rows) >= 10


@pytest.mark.parametrize(
    ("arrays", "said"),
    [(decided(50, 50, 2), "No harmless"), ({**decided(5, 1, 1), "part": ["old"] * 300}, "No dated label")],
)
def test_without_a_baseline_or_later_labels_it_cannot_tell(arrays, said):
    found = check(alarm(arrays), "drift.alarm")
    assert found.verdict == "cannot_tell"
    assert said in found.reason


def test_times_ten_thousand_years_apart_are_a_typed_finding():
    arrays = decided(5, 1, 1)
    arrays["t"][-1] = np.datetime64("9999-01-01", "us")
    found = alarm(arrays)
    assert check(found, "drift.alarm").verdict == "cannot_tell"
    assert "Correct the times" in found.findings[0].text


def test_the_california_alarm_says_that_errors_cluster():
    found = run_suite(
        frame_of(table("california_housing_predictions.csv.gz")),
        spec_parse(CALIFORNIA),
        ONLY,
        seed=SEED,
        dataset_digest="",
    )
    titles = {one.title for one in found.findings}
    assert titles == {
        "Alarm: harmful errors are above the baseline",
        "Harmful errors of the reference rows come in clusters",
    }
