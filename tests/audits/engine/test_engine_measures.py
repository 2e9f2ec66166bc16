"""Further figures of performance against scikit-learn, statsmodels and arithmetic by hand."""

from dataclasses import replace

import numpy as np
import pytest
from engine_examples import BINARY, check, outcomes
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics
from statsmodels.stats.inter_rater import cohens_kappa

from audits.engine import classing, frame_from_arrays, run_suite, scoring, spec_parse
from audits.engine.bounds import Rate, cp_interval
from audits.engine.estimates import by_influence, f1_exact, mean_of_two, quantile_interval, quantile_rows
from audits.engine.ranking import average_precision
from audits.suites import suite_load

EDITION = suite_load("PAS-2026.3")
SHORT = replace(EDITION, checks=tuple(each for each in EDITION.checks if each.name in ("performance", "measures")))
CLASSES = {"task": "multiclass", "label": "y", "decision": {"column": "d"}}
NUMBERS = {"task": "regression", "label": "y", "decision": {"column": "d"}, "tolerance": "1", "direction": "either"}


def audit(arrays, spec=BINARY, suite=SHORT):
    return run_suite(frame_from_arrays(arrays), spec_parse(spec), suite, seed=5, dataset_digest="")


def scored(rows=1_500, seed=3):
    rng = np.random.default_rng(seed)
    chance = np.round(rng.beta(2, 4, rows), 2)
    return {"y": (rng.random(rows) < chance).astype(int), "p": chance, "d": (chance >= 0.4).astype(int)}


def three(rows=900, seed=4):
    rng = np.random.default_rng(seed)
    truth = rng.choice(3, rows, p=[0.5, 0.3, 0.2])
    called = np.where(rng.random(rows) < 0.7, truth, rng.choice(3, rows))
    return truth, called


def test_binary_figures_are_scikit_learns():
    arrays = scored()
    y, p, d = arrays["y"], arrays["p"], arrays["d"]
    found = audit(arrays, {**BINARY, "probability": "p"})
    skill = 1 - metrics.brier_score_loss(y, p) / metrics.brier_score_loss(y, np.full(len(y), y.mean()))
    for name, expected in {
        "f1": metrics.f1_score(y, d),
        "balanced_accuracy": metrics.balanced_accuracy_score(y, d),
        "mcc": metrics.matthews_corrcoef(y, d),
        "average_precision": metrics.average_precision_score(y, p),
        "log_loss": metrics.log_loss(y, np.clip(p, 1e-6, 1 - 1e-6)),
        "brier_skill": skill,
        "lift": metrics.precision_score(y, d) / y.mean(),
    }.items():
        told = check(found, f"performance.{name}")
        assert told.value == pytest.approx(expected, rel=1e-9), name
        assert told.low < told.value < told.high
        assert (told.verdict, told.confidence) == ("measured", 0.9)


def test_figures_over_classes_are_scikit_learns():
    truth, called = three()
    found = audit({"y": truth, "d": called}, CLASSES)
    for name, expected in {
        "micro_f1": metrics.f1_score(truth, called, average="micro"),
        "macro_f1": metrics.f1_score(truth, called, average="macro"),
        "weighted_f1": metrics.f1_score(truth, called, average="weighted"),
        "kappa": metrics.cohen_kappa_score(truth, called),
    }.items():
        assert check(found, f"performance.{name}").value == pytest.approx(expected, rel=1e-9), name
    by_class = metrics.f1_score(truth, called, average=None)
    for place in range(3):
        assert check(found, "performance.class_f1", str(place)).value == pytest.approx(by_class[place])


def test_kappas_spread_is_statsmodels():
    truth, called = three()
    counts = metrics.confusion_matrix(truth, called)
    theirs, ours = cohens_kappa(counts), classing.kappa(counts, 0.9)
    half = stats.norm.ppf(0.96) * theirs.std_kappa  # drawn for 92 %: a fifth of the error is kept back
    wide = half / (1 - theirs.kappa**2)
    assert ours.value == pytest.approx(theirs.kappa)
    # Theirs divides by n, ours by n - 1.
    assert np.arctanh(ours.interval.high) - np.arctanh(ours.value) == pytest.approx(wide, rel=2 / len(truth))


@pytest.mark.parametrize("weighted", [False, True])
def test_the_slopes_of_averaged_f1_are_those_of_differences(weighted):
    counts = np.array([[50, 7, 9], [8, 40, 6], [5, 9, 30]])

    def figure(table):
        truth, called = np.divmod(np.repeat(np.arange(9), table.ravel()), 3)
        return metrics.f1_score(truth, called, average="weighted" if weighted else "macro")

    big, step = counts * 2_000, 200
    influence = np.empty(9)
    for cell in range(9):
        bump = np.zeros(9, dtype=np.int64)
        bump[cell] = step
        slope = (figure(big.ravel() + bump) - figure(big.ravel() - bump)) / (2 * step)
        influence[cell] = slope * big.sum()
    rows = np.repeat(influence, counts.ravel())
    expected = by_influence(figure(counts.ravel()), rows - rows.mean(), 0.9, "logit")
    ours = classing.average_f1(counts, 0.9, weighted=weighted)
    assert ours.interval.low == pytest.approx(expected.interval.low, abs=1e-5)
    assert ours.interval.high == pytest.approx(expected.interval.high, abs=1e-5)


@pytest.mark.parametrize("m", [1, 7, 40])
def test_f1_covers_by_enumeration(m):
    """Given tp + fp + fn = m, tp is binomial: the chance of a wrong interval, added up over every outcome."""
    outcomes_ = [f1_exact(k, m - k, 0, 0.9).interval for k in range(m + 1)]
    for share in np.linspace(0.01, 0.99, 99):
        true = 2 * share / (1 + share)
        chances = stats.binom.pmf(np.arange(m + 1), m, share)
        covered = [each.low - 1e-12 <= true <= each.high + 1e-12 for each in outcomes_]
        assert chances[covered].sum() >= 0.9


@pytest.mark.parametrize(("n", "share"), [(12, 0.5), (50, 0.2), (400, 0.99), (30, 0.9)])
def test_order_statistics_cover_a_quantile_by_enumeration(n, share):
    """Rows below the quantile are binomial: both sides miss with at most half of the error each."""
    found = quantile_interval(np.arange(1.0, n + 1), share, 0.9)
    if found is None:
        assert n < quantile_rows(share, 0.9)
        return
    below = stats.binom(n, share)
    low, high = int(found.low), int(found.high)
    assert below.cdf(low - 1) <= 0.05  # X_(low) above the quantile: fewer than `low` rows below it
    assert below.sf(high - 1) <= 0.05  # X_(high) below it: at least `high` rows below it
    assert below.cdf(low) > 0.05  # and no narrower
    assert below.sf(high - 2) > 0.05


def test_the_fewest_rows_for_a_quantile_are_the_fewest():
    for share in (0.5, 0.05, 0.95, 0.99):
        n = quantile_rows(share, 0.9)
        assert quantile_interval(np.arange(float(n)), share, 0.9) is not None
        assert quantile_interval(np.arange(float(n - 1)), share, 0.9) is None


def test_regression_figures_are_scikit_learns():
    rng = np.random.default_rng(6)
    y = rng.gamma(3, 40, 1_200)
    d = y + rng.normal(0, 12, 1_200)
    found = audit({"y": y, "d": d}, NUMBERS)
    for name, expected in {
        "mae": metrics.mean_absolute_error(y, d),
        "rmse": metrics.root_mean_squared_error(y, d),
        "r2": metrics.r2_score(y, d),
        "median_absolute_error": metrics.median_absolute_error(y, d),
    }.items():
        told = check(found, f"performance.{name}")
        assert told.value == pytest.approx(expected, rel=1e-9), name
        assert told.low < told.value < told.high
    assert scoring.percentage_error(y, d - y, 0.9).value == pytest.approx(metrics.mean_absolute_percentage_error(y, d))


def test_an_outcome_of_zero_leaves_percentage_error_undefined():
    told = check(audit({"y": [0.0, 1.0, 2.0] * 50, "d": [1.0, 1.5, 2.5] * 50}, NUMBERS), "performance.mape")
    assert (told.verdict, "50 outcomes are zero" in told.reason) == ("cannot_tell", True)


def test_a_few_rows_that_carry_a_figure_refuse_it_and_say_how_many_would_do():
    error = np.r_[np.random.default_rng(1).normal(size=499), 400.0]
    told = scoring.root_mean_square(error, 0.9)
    assert told.interval is None
    assert told.rows_needed > 500
    assert scoring.root_mean_square(error[:499], 0.9).interval is not None


def test_a_share_in_a_zero_cell_gets_exact_bounds_or_none():
    found = audit(outcomes(60, 0, 20, 120))
    assert check(found, "performance.mcc").verdict == "cannot_tell"
    assert check(found, "performance.mcc").value is None
    exact = [cp_interval(60, 80, 0.95), cp_interval(120, 120, 0.95)]
    told = check(found, "performance.balanced_accuracy")
    assert told.low == pytest.approx((exact[0].low + exact[1].low) / 2)
    assert "Clopper-Pearson, shared" in told.method
    lift = check(found, "performance.lift")
    assert lift.low == pytest.approx(cp_interval(60, 60, 0.95).low / cp_interval(80, 200, 0.95).high)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))
def test_no_table_of_counts_breaks_a_figure(tp, fp, fn, tn):
    if tp + fp + fn + tn == 0:
        return
    found = audit(outcomes(tp, fp, fn, tn))
    for told in found.checks:
        if told.value is not None and told.low is not None:
            assert told.low <= told.value + 1e-9, told.id
            assert told.value <= told.high + 1e-9, told.id
        elif told.verdict == "cannot_tell":
            assert told.reason


def test_a_shared_macro_f1_is_the_mean_of_the_classes_own():
    counts = np.array([[30, 0, 1], [0, 40, 2], [1, 2, 3]])
    told = classing.average_f1(counts, 0.9, weighted=False)
    ends = [f1_exact(int(counts[i, i]), int(counts[:, i].sum() - counts[i, i]), int(counts[i].sum() - counts[i, i]),
                     1 - 0.1 / 3).interval for i in range(3)]  # fmt: skip
    assert told.interval.low == pytest.approx(np.mean([end.low for end in ends]))
    assert told.method == "Clopper-Pearson by class, shared"


def test_the_true_class_among_the_likeliest_is_counted_with_ties_against_the_model():
    rng = np.random.default_rng(8)
    stated = np.round(rng.dirichlet(np.ones(5), 400), 2)
    truth = rng.choice(5, 400)
    arrays = {"y": truth, "d": stated.argmax(axis=1), **{f"p{place}": stated[:, place] for place in range(5)}}
    spec = {**CLASSES, "probabilities": [{"name": str(place), "column": f"p{place}"} for place in range(5)]}
    told = check(audit(arrays, spec), "performance.top_k")
    expected = sum((row >= row[true]).sum() <= 3 for row, true in zip(stated, truth, strict=True))
    assert (told.k, told.n) == (expected, 400)
    loss = check(audit(arrays, spec), "performance.log_loss")
    assert (loss.verdict, "nearly none was" in loss.reason) == ("cannot_tell", True)


def test_harm_pairs_name_what_is_taken_for_what():
    truth, called = three()
    spec = {**CLASSES, "harm_matrix": {"2": ["0", "1"]}}
    rows = audit({"y": truth, "d": called}, spec).sections["performance"]["harm_pairs"].rows
    assert {(row[0], row[1]) for row in rows} == {("2", "0"), ("2", "1")}
    for row in rows:
        assert row[2] == int(((truth == int(row[0])) & (called == int(row[1]))).sum())


def test_average_precision_influence_is_that_of_taking_rows_out():
    """The jackknife: leaving a row out moves the figure by its influence over n - 1."""
    from audits.engine.ranking import _influence

    rng = np.random.default_rng(2)
    event = rng.random(300) < 0.3
    score = np.round(rng.normal(size=300) + event, 1)
    _, where = np.unique(-score, return_inverse=True)
    gained, called = np.bincount(where, weights=event), np.cumsum(np.bincount(where)).astype(float)
    value = average_precision(score, event, 0.9).value
    ours = _influence(where, event, gained, called, np.cumsum(gained) / called, value)
    left = [metrics.average_precision_score(np.delete(event, i), np.delete(score, i)) for i in range(300)]
    theirs = 299 * (value - np.array(left))
    assert ours.mean() == pytest.approx(0, abs=1e-9)
    assert np.corrcoef(ours, theirs)[0, 1] > 0.995
    assert ours.std() == pytest.approx(theirs.std(), rel=0.05)


def test_a_mean_of_two_rates_shrinks_to_one_of_them():
    told = mean_of_two(Rate(50, 100), Rate(50, 100), 0.9)
    assert told.value == 0.5
    assert told.interval.low == pytest.approx(1 - told.interval.high)


def test_ranking_has_its_precision_at_the_cut_off():
    spec = {**BINARY, "task": "ranking", "decision": {"column": "p", "op": ">=", "value": "0.4"}, "score": "p"}
    arrays = scored()
    told = check(audit(arrays, spec), "performance.precision_at_cutoff")
    assert (told.k, told.n) == (int((arrays["y"] & arrays["d"]).sum()), int(arrays["d"].sum()))


def test_the_order_of_rows_leaves_no_trace():
    arrays, order = scored(), np.random.default_rng(1).permutation(1_500)
    again = {name: values[order] for name, values in arrays.items()}
    spec = {**BINARY, "probability": "p"}
    assert audit(arrays, spec).to_bytes() == audit(again, spec).to_bytes()
