"""Beliefs beside bounds, against scipy's distributions, draws from the Dirichlet and the vectors of DOMAIN D4."""

import numpy as np
import pytest
from engine_examples import outcomes
from label_examples import BINARY, MANY, classified, named, part_of, subject_of
from scipy import integrate, stats

from audits.engine.bounds import cp_interval, cp_upper
from audits.engine.posterior import D4, Belief, PosteriorPlan, measure

RACE = {"name": "race", "column": "race", "source": "recorded"}


def rows(part, table):
    found = part.tables[table]
    return [dict(zip(found.columns, row, strict=True)) for row in found.rows]


@pytest.mark.parametrize(("k", "n"), [(0, 1), (0, 300), (3, 40), (40, 40), (60, 2_000)])
def test_a_posterior_is_likelihood_times_prior(k, n):
    """Bayes' rule by numerical integration."""
    belief = Belief(k + 0.5, n - k + 0.5)
    weight = stats.beta(0.5, 0.5)

    def density(p):
        return np.exp(stats.binom.logpmf(k, n, p)) * weight.pdf(p)

    points = [0.001, 0.01, 0.05, 0.5, 0.9, 0.99, 0.999]
    whole = integrate.quad(density, 0, 1, points=points, limit=500)[0]
    mean = integrate.quad(lambda p: p * density(p), 0, 1, points=points, limit=500)[0] / whole
    above = integrate.quad(density, 0.05, 1, points=points[3:], limit=500)[0] / whole
    assert belief.mean == pytest.approx(mean, abs=1e-4)
    assert belief.above(0.05) == pytest.approx(above, abs=1e-4)
    around = belief.interval(0.9)
    assert (belief.above(around.low), belief.above(around.high)) == pytest.approx((0.95, 0.05))


def test_the_reason_why_beliefs_are_not_priced_is_what_the_figures_say():
    """DOMAIN D4: observed 8 % against Beta(20, 480), and Clopper-Pearson beside it, for 100, 500 and 2,000 rows."""
    for n, belief, bound in ((100, "058", "127"), (500, "070", "098"), (2_000, "079", "088")):
        k = n * 8 // 100
        assert f"{stats.beta.ppf(0.9, 20 + k, 480 + n - k):.3f}" == f"0.{belief}"
        assert f"{cp_upper(k, n, 0.9):.3f}" == f"0.{bound}"
        assert f".{belief}" in D4
        assert f".{bound}" in D4


def test_every_rate_stands_beside_its_exact_bounds():
    part = part_of("posterior", outcomes(tp=400, fp=30, fn=70, tn=500))
    table = {row["rate"]: row for row in rows(part, "posterior")}
    assert {name: (row["k"], row["n"]) for name, row in table.items()} == {
        "Harmful errors": (30, 1_000),
        "Accuracy": (900, 1_000),
        "False-positive rate": (30, 530),
        "False-negative rate": (70, 470),
        "Positive predictive value": (400, 430),
        "Negative predictive value": (500, 570),
    }
    for row in table.values():
        exact = cp_interval(row["k"], row["n"], 0.9)
        assert (row["bound low"], row["bound high"]) == (exact.low, exact.high)
        assert exact.low < row["low"] < row["mean"] < row["high"] < exact.high or row["rate"] == "Accuracy"
    check = named(part, "uncertainty.posterior")
    assert check.value == table["Harmful errors"]["mean"]
    assert check.verdict == "measured"
    assert "Never priced" in check.sentence
    assert "label" not in part.dimensions
    assert not part.dimensions


def test_the_limit_in_force_is_the_one_that_is_asked_for():
    limited = {**BINARY, "limits": {"performance.harmful_error": {"op": "<=", "value": "0.04"}}}
    row = rows(part_of("posterior", outcomes(400, 30, 70, 500), limited), "posterior")[0]
    assert row["over limit"] == pytest.approx(stats.beta.sf(0.04, 30.5, 970.5))


@pytest.mark.parametrize("many", [False, True])
def test_the_matrix_is_that_of_draws_from_the_dirichlet(many):
    arrays, spec = (classified(500, noise=0.3), MANY) if many else (outcomes(40, 30, 7, 50), BINARY)
    found = rows(part_of("posterior", arrays, spec), "matrix")
    size = 3 if many else 2
    counts = np.array([row["k"] for row in found])
    drawn = np.random.default_rng(1).dirichlet(counts + 0.5, 100_000)
    within = (drawn.reshape(-1, size, size) / drawn.reshape(-1, size, size).sum(axis=2, keepdims=True)).reshape(
        len(drawn), -1
    )
    for place, row in enumerate(found):
        told = (row["share"], row["low"], row["high"])
        assert told == pytest.approx((drawn[:, place].mean(), *np.quantile(drawn[:, place], (0.05, 0.95))), abs=0.004)
        told = (row["of them"], row["of them low"], row["of them high"])
        assert told == pytest.approx((within[:, place].mean(), *np.quantile(within[:, place], (0.05, 0.95))), abs=0.004)


def test_a_gap_is_believed_as_the_difference_of_two_rates():
    arrays = outcomes(400, 30, 70, 500)
    race = np.where(np.arange(1_000) % 3 == 0, "A", "B")
    arrays["d"] = np.where((race == "A") & (np.arange(1_000) % 2 == 0), 1, arrays["d"])
    spec = {**BINARY, "attributes": [RACE], "gap_metric": "selection_rate", "favourable_decision": "positive"}
    found = {row["subject"]: row for row in rows(part_of("posterior", {**arrays, "race": race}, spec), "posterior")}
    gap = found["race = B"]
    means = [(arrays["d"][race == name].sum() + 0.5) / ((race == name).sum() + 1) for name in "AB"]
    assert gap["mean"] == pytest.approx(means[0] - means[1], abs=0.003)
    assert gap["low"] < gap["mean"] < gap["high"]
    assert found["race = A"]["mean"] == pytest.approx(-gap["mean"], abs=0.003)
    assert 0 < gap["over limit"] <= 1


def test_central_intervals_hold_what_they_say_on_average_over_the_prior():
    """A belief is calibrated where the truth is drawn from the prior; 90 % of 4,000."""
    rng = np.random.default_rng(2)
    p = rng.beta(0.5, 0.5, 4_000)
    k = rng.binomial(50, p)
    low, high = (stats.beta.ppf(side, k + 0.5, 50.5 - k) for side in (0.05, 0.95))
    assert ((low <= p) & (p <= high)).mean() == pytest.approx(0.9, abs=0.015)
    one = Belief(k[0] + 0.5, 50.5 - k[0]).interval(0.9)
    assert (one.low, one.high) == pytest.approx((low[0], high[0]))


def test_a_filed_prior_stands_beside_jeffreys_and_moves_no_price():
    subject = subject_of(outcomes(400, 80, 70, 450))
    part = measure(subject, PosteriorPlan(20, 500, 100), np.random.default_rng(1))
    own, filed = rows(part, "posterior")[:2]
    assert (own["prior"], filed["prior"]) == ("Beta(0.5, 0.5)", "Beta(20, 480)")
    assert filed["mean"] == pytest.approx(100 / 1_500)
    assert (own["bound low"], own["bound high"]) == (filed["bound low"], filed["bound high"])
    assert not part.dimensions


@pytest.mark.parametrize("task", ["regression", "ranking"])
def test_other_tasks_have_a_belief_of_their_harmful_errors(task):
    if task == "regression":
        arrays = {"y": np.arange(200.0), "d": np.arange(200.0) + np.where(np.arange(200) < 9, 2.0, 0.0)}
        spec = {"task": task, "label": "y", "decision": {"column": "d"}, "tolerance": "1", "direction": "over"}
    else:
        arrays, spec = outcomes(80, 9, 11, 100), {**BINARY, "task": task}
    part = part_of("posterior", arrays, spec)
    assert named(part, "uncertainty.posterior").k == 9
    assert ("matrix" in part.tables) == (task == "ranking")


def test_the_joint_percentile_says_what_needs_independence():
    table = rows(part_of("posterior", outcomes(10, 10, 10, 10)), "joint")
    assert table[3]["all hold at least at"] == pytest.approx(0.6)
    assert table[3]["all hold at, were they independent"] == pytest.approx(0.6561)


@pytest.mark.parametrize("arrays", [outcomes(1, 0, 0, 0), outcomes(1, 0, 0, 1), outcomes(0, 5, 0, 0)])
def test_one_row_or_one_class_is_told_or_said(arrays):
    check = named(part_of("posterior", arrays), "uncertainty.posterior")
    assert check.verdict in ("measured", "cannot_tell")
    assert (check.verdict == "cannot_tell") == (arrays["y"].min() == 1)
