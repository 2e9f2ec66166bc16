"""Parts of the Brier score, calibration line, bands and groups: against brute force, statsmodels and repeated draws."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from label_examples import MANY, SCORED, cells, classified, named, part_of, scored, subject_of
from scipy import stats
from sklearn.metrics import brier_score_loss

from audits.engine.brier import cox_line, parts, score_interval, spiegelhalter
from audits.engine.calibration import cells_of, mass_bins
from audits.engine.group_calibration import _told
from audits.engine.reliability import bands, enough

RACE = {"name": "race", "column": "race", "source": "recorded"}


def drawn(seed, n, digits=2, shift=0.0):
    arrays = scored(n, seed, shift, digits)
    return arrays["p"], arrays["y"] == 1


def by_hand(p, hit, bins):
    """The parts row by row, in the words of Stephenson et al. 2008."""
    _, place = np.unique(p, return_inverse=True)
    groups = mass_bins(np.bincount(place), bins)[place]
    base, n = hit.mean(), len(p)
    reliability = resolution = spread = together = fair = 0.0
    for group in np.unique(groups):
        inside = groups == group
        f, o = p[inside].mean(), hit[inside].mean()
        reliability += inside.sum() * (f - o) ** 2 / n
        resolution += inside.sum() * (o - base) ** 2 / n
        spread += sum((each - f) ** 2 for each in p[inside]) / n
        together += 2 * sum((each - f) * (one - o) for each, one in zip(p[inside], hit[inside], strict=True)) / n
        fair += inside.sum() / n * o * (1 - o) / max(inside.sum() - 1, 1)
    return reliability, resolution, base * (1 - base), spread, together, fair


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 200), st.sampled_from([1, 2, 16]), st.integers(1, 12))
def test_parts_are_those_by_hand_and_add_up_exactly(seed, n, digits, bins):
    p, hit = drawn(seed, n, digits)
    found = parts(cells_of(p, hit), bins)
    reliability, resolution, uncertainty, spread, together, small = by_hand(p, hit, bins)
    assert found.score == pytest.approx(((p - hit) ** 2).mean(), abs=1e-12)
    assert found.reliability == pytest.approx(reliability, abs=1e-12)
    assert found.resolution == pytest.approx(resolution, abs=1e-12)
    assert (found.spread, found.together) == pytest.approx((spread, together), abs=1e-12)
    whole = found.reliability - found.resolution + uncertainty + found.spread - found.together
    assert whole == pytest.approx(found.score, abs=1e-12)
    if found.fair is not None:
        assert found.fair[0] == pytest.approx(reliability - small, abs=1e-12)


def test_the_score_is_scikit_learn_s():
    p, hit = drawn(1, 3_000, 16)
    assert parts(cells_of(p, hit), 10).score == pytest.approx(brier_score_loss(hit, p))


def test_fair_parts_are_right_on_average():
    """Ferro and Fricker 2012: with few rows a bin the plain reliability is far too large, the fair one is not."""
    rng, plain, fair = np.random.default_rng(3), [], []
    p = np.repeat(np.arange(1, 11) / 11, 5)
    truth = np.clip(p + 0.1, 0, 1)
    for _ in range(4_000):
        found = parts(cells_of(p, rng.random(50) < truth), 10)
        plain.append([found.reliability, found.resolution, found.uncertainty])
        fair.append(found.fair)
    base = truth.mean()
    wanted = [((p - truth) ** 2).mean(), ((truth - base) ** 2).mean(), base * (1 - base)]
    error = np.std(fair, axis=0) / np.sqrt(4_000)
    # the uncertainty (and with it the resolution) is unbiased for rows drawn at large; rows fixed by score differ by
    # the variance between bins over n, so those two are held to that distance
    between = ((truth - base) ** 2).mean() / 49
    assert abs(np.mean(fair, axis=0)[0] - wanted[0]) < 4 * error[0]
    assert np.all(np.abs(np.mean(fair, axis=0) - wanted)[1:] < 4 * error[1:] + between)
    assert np.mean(plain, axis=0)[0] > 2 * wanted[0]


def test_a_bin_of_one_row_has_no_fair_parts():
    assert parts(cells_of(np.array([0.1, 0.9]), np.array([False, True])), 10).fair is None


@pytest.mark.parametrize("seed", range(4))
def test_line_is_that_of_statsmodels(seed):
    p, hit = drawn(seed, 400, 16, 0.05)
    logit = np.log(p / (1 - p))
    found = cox_line(cells_of(p, hit), 1e-6)
    free = sm.Logit(hit.astype(float), sm.add_constant(logit)).fit(disp=0)
    held = sm.GLM(hit.astype(float), np.ones(400), family=sm.families.Binomial(), offset=logit).fit()
    assert (found.slope, found.slope_error) == pytest.approx((free.params[1], free.bse[1]), rel=1e-6)
    assert (found.intercept, found.intercept_error) == pytest.approx((held.params[0], held.bse[0]), rel=1e-5)


@pytest.mark.parametrize(
    ("p", "hit"),
    [
        (np.repeat([0.2, 0.8], 60), np.repeat([False, True], 60)),
        (np.full(200, 0.3), np.arange(200) % 2 == 0),
        (np.linspace(0.1, 0.9, 150), np.ones(150, dtype=bool)),
    ],
)
def test_where_no_line_exists_none_is_told(p, hit):
    assert cox_line(cells_of(p, hit), 1e-6) is None


def test_spiegelhalter_by_hand_and_its_law():
    p, hit = drawn(5, 500, 2)
    by_rows = ((hit - p) * (1 - 2 * p)).sum() / np.sqrt(((1 - 2 * p) ** 2 * p * (1 - p)).sum())
    assert spiegelhalter(cells_of(p, hit)) == pytest.approx(by_rows)
    rng = np.random.default_rng(1)
    z = [spiegelhalter(cells_of(p, rng.random(500) < p)) for _ in range(2_000)]
    assert stats.kstest(z, "norm").pvalue > 0.001
    assert spiegelhalter(cells_of(np.full(10, 0.5), np.ones(10, dtype=bool))) is None


@pytest.mark.parametrize(("n", "low", "high"), [(100, 0.3, 0.7), (300, 0.01, 0.03)])
def test_line_intervals_hold_what_they_say(n, low, high):
    rng = np.random.default_rng(2)
    held, told = np.zeros(2), 0
    for _ in range(2_000):
        p = rng.uniform(low, high, n)
        truth = 1 / (1 + np.exp(-(0.3 + np.log(p / (1 - p)))))  # intercept 0.3 at slope 1
        found = cells_of(p, rng.random(n) < truth)
        line = cox_line(found, 1e-6) if enough(found) else None
        if line is not None:
            told += 1
            level, steep = line.intervals(0.9)
            held += level.low <= 0.3 <= level.high, steep.low <= 1 <= steep.high
    assert told > 1_500
    assert (held / told >= 0.88).all()


@pytest.mark.parametrize(("n", "high"), [(30, 0.9), (100, 0.05), (1_000, 0.01), (500, 1.0)])
def test_the_interval_of_the_score_holds_what_it_says_however_rare_the_outcome(n, high):
    rng = np.random.default_rng(7)
    p, held = rng.uniform(0, high, n), 0
    truth = np.clip(p + 0.002, 0, 1)
    expected = float((truth * (1 - p) ** 2 + (1 - truth) * p**2).mean())
    for _ in range(2_000):
        around = score_interval(cells_of(p, rng.random(n) < truth), 0.9)
        held += around.low <= expected <= around.high
    assert held / 2_000 >= 0.9


@pytest.mark.parametrize("n", [60, pytest.param(1_000, marks=pytest.mark.long)])
def test_all_bands_hold_at_once(n):
    judge, rng, held = subject_of(scored(n), SCORED).judge, np.random.default_rng(4), 0
    p = rng.beta(1, 3, n)
    for _ in range(2_000):
        _, off = bands(cells_of(p, rng.random(n) < p), judge)
        held += off == 0
    assert held / 2_000 >= 0.9


def test_the_check_tells_bands_line_score_and_neighbourhood():
    arrays = scored(5_000, shift=0.1)
    part = part_of("reliability", arrays, SCORED)
    assert named(part, "calibration.bands").k >= 8
    assert named(part, "calibration.intercept").low > 0.2
    near = np.abs(arrays["p"] - 0.5) <= 0.05  # the registered threshold, whatever rows lie next to it
    window = named(part, "calibration.threshold_window")
    assert (window.n, window.k) == (near.sum(), arrays["y"][near].sum())
    assert 0.05 < window.value < 0.15
    assert "100,000 decisions" in window.sentence
    assert [each.title for each in part.findings] == ["Stated probabilities are not kept"]
    told = cells(part, "brier")["Brier score"]
    assert told["low"] < ((arrays["p"] - arrays["y"]) ** 2).mean() < told["high"]


def test_kept_probabilities_make_no_finding():
    part = part_of("reliability", scored(5_000), SCORED)
    assert not part.findings
    slope = named(part, "calibration.slope")
    assert slope.low < 1 < slope.high


@pytest.mark.parametrize("n", [1, 2, 40])
def test_few_rows_cannot_tell_a_slope(n):
    part = part_of("reliability", scored(n), SCORED)
    assert named(part, "calibration.slope").verdict == "cannot_tell"
    assert named(part, "calibration.spiegelhalter").verdict == "cannot_tell"


def test_a_loss_is_told_where_it_is_registered():
    arrays = {**scored(500), "cost": np.full(500, 1234.5)}
    part = part_of("reliability", arrays, {**SCORED, "loss": "cost"})
    assert "1,234.5 on average" in named(part, "calibration.threshold_window").sentence


def test_many_classes_are_told_one_by_one():
    arrays = classified(4_000, noise=0.3)
    part = part_of("reliability", arrays, MANY)
    table = cells(part, "classwise")
    for name in "abc":
        hit = np.array(arrays["y"]) == name
        assert table[name]["k"] == hit.sum()
        assert table[name]["brier"] == pytest.approx(brier_score_loss(hit, arrays[f"p_{name}"]))
    assert named(part, "calibration.threshold_window").verdict == "not_run"
    assert named(part, "calibration.slope").value < 0.8  # labels that err make the top label too bold


def grouped(n=3_000, shift=0.15):
    rng = np.random.default_rng(6)
    arrays = scored(n, digits=2)
    race = rng.choice(["A", "B", "C"], n, p=[0.5, 0.45, 0.05])
    moved = np.where(race == "B", shift, 0)
    arrays["y"] = (rng.random(n) < np.clip(arrays["p"] + moved, 0, 1)).astype(int)
    return {**arrays, "race": [None if place % 50 == 0 else str(name) for place, name in enumerate(race)]}


def test_the_group_whose_probability_is_not_kept_is_named():
    arrays = grouped()
    part = part_of("group_calibration", arrays, {**SCORED, "attributes": [RACE]})
    check = named(part, "calibration.by_group")
    inside = np.array([name == "B" for name in arrays["race"]])
    assert (check.subject, check.n, check.k) == ("race = B", inside.sum(), arrays["y"][inside].sum())
    assert [each.about for each in part.findings] == ["race = B"]
    table = {row[1]: dict(zip(part.tables["groups"].columns, row, strict=True)) for row in part.tables["groups"].rows}
    assert set(table) == {"A", "B", "C", "not stated"}
    assert table["B"]["intercept low"] > 0 > table["A"]["intercept low"]
    assert table["not stated"]["note"] == "fewer than 100 rows"
    assert table["A"]["ece"] <= table["A"]["ece at most"]


@pytest.mark.long
def test_group_intervals_hold_at_once():
    rng, arrays, held = np.random.default_rng(8), grouped(), 0
    subject = subject_of(arrays, {**SCORED, "attributes": [RACE]})
    groups = subject.frame.columns["race"].groups
    for _ in range(2_000):
        hit = rng.random(3_000) < arrays["p"]
        told = [
            _told("race", "x", cells_of(arrays["p"][groups.codes == code], hit[groups.codes == code]), 1 - 0.1 / 4)
            for code in (-1, 0, 1, 2)
        ]
        held += all(each.sure == 0 for each in told)
    assert held / 2_000 >= 0.9


def test_no_group_large_enough_cannot_tell():
    part = part_of("group_calibration", grouped(90), {**SCORED, "attributes": [RACE]})
    assert named(part, "calibration.by_group").verdict == "cannot_tell"
