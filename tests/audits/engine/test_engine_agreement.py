"""Agreement of annotators against published tables, statsmodels and scikit-learn."""

import numpy as np
import pytest
from label_examples import BINARY, cells, named, part_of
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import cohens_kappa, fleiss_kappa

from audits.engine.agreement import cohen, fleiss, krippendorff, label_counts

# Fleiss 1971 as tabled in textbooks: 14 readers, 10 rows, 5 classes; kappa 0.210.
FLEISS = [
    [0, 0, 0, 0, 14],
    [0, 2, 6, 4, 2],
    [0, 0, 3, 5, 6],
    [0, 3, 9, 2, 0],
    [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0],
    [3, 2, 6, 3, 0],
    [2, 5, 3, 2, 2],
    [6, 5, 2, 1, 0],
    [0, 2, 2, 3, 7],
]
# Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", example C: 4 observers, 12 units: 0.743.
KRIPPENDORFF = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
    [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
]


def test_fleiss_table():
    found = fleiss(np.array(FLEISS))
    assert round(found.value, 3) == 0.210
    assert found.value == pytest.approx(fleiss_kappa(np.array(FLEISS)))
    assert found.interval(0.9) is None


def test_krippendorff_table():
    found = krippendorff(label_counts(np.array(KRIPPENDORFF).T - 1, 5))
    assert (round(found.value, 3), found.n) == (0.743, 11)


def read(seed, n, prior, right, readers=3):
    """Codes int[n, readers] of readers who are right or else guess by the prior, and the true kappa."""
    rng, prior = np.random.default_rng(seed), np.array(prior)
    table = right * np.eye(len(prior)) + (1 - right) * prior
    truth = rng.choice(len(prior), n, p=prior)
    codes = (rng.random((n, readers))[:, :, None] > np.cumsum(table, axis=1)[truth][:, None, :-1]).sum(axis=2)
    agree, chance = float(prior @ (table**2).sum(axis=1)), float(prior @ prior)
    return codes, (agree - chance) / (1 - chance)


@pytest.mark.parametrize("seed", range(5))
def test_cohen_is_that_of_the_libraries(seed):
    codes, _ = read(seed, 150, [0.5, 0.3, 0.2], 0.7)
    first, second = codes[:, 0], codes[:, 1]
    found, table = cohen(first, second, 3), np.zeros((3, 3))
    np.add.at(table, (first, second), 1)
    peer = cohens_kappa(table)
    assert found.value == pytest.approx(peer.kappa)
    assert found.value == pytest.approx(cohen_kappa_score(first, second))
    assert found.error == pytest.approx(peer.std_kappa)


def test_alpha_without_gaps_is_close_to_fleiss_and_missing_labels_are_left_out():
    codes, _ = read(1, 2_000, [0.6, 0.4], 0.8)
    counts = label_counts(codes, 2)
    assert krippendorff(counts).value == pytest.approx(fleiss(counts).value, abs=2e-4)
    lonely = np.concatenate([counts, [[1, 0]] * 50])
    assert krippendorff(lonely) == krippendorff(counts)


@pytest.mark.parametrize("of", [lambda c: cohen(c[:, 0], c[:, 1], 2), lambda c: fleiss(label_counts(c, 2))])
def test_one_class_alone_has_no_coefficient(of):
    found = of(np.zeros((200, 2), dtype=int))
    assert (found.value, found.interval(0.9)) == (None, None)


CASES = [(100, [0.5, 0.5], 0.2), (100, [0.5, 0.5], 0.8), (125, [0.8, 0.2], 0.6), (150, [0.4, 0.3, 0.3], 0.5)]


@pytest.mark.parametrize(("n", "prior", "right"), CASES)
@pytest.mark.parametrize("kind", ["cohen", "fleiss", "krippendorff"])
def test_intervals_hold_what_they_say(n, prior, right, kind):
    """Nominal 90 %, at least 88 % over 2,000 draws, where every count expected is at least 5."""
    held = told = 0
    for seed in range(2_000):
        codes, true = read(seed, n, prior, right)
        found = {
            "cohen": lambda c: cohen(c[:, 0], c[:, 1], len(prior)),
            "fleiss": lambda c: fleiss(label_counts(c, len(prior))),
            "krippendorff": lambda c: krippendorff(label_counts(_with_gaps(c), len(prior))),
        }[kind](codes)
        interval = found.interval(0.9)
        if interval is not None:
            told += 1
            held += interval.low <= true <= interval.high
    assert told > 900
    assert held / told >= 0.88


def _with_gaps(codes):
    gaps = np.random.default_rng(int(codes.sum())).random(len(codes)) < 0.1
    return np.where(np.stack([np.zeros_like(gaps), np.zeros_like(gaps), gaps], axis=1), -1, codes)


def annotated(codes):
    columns = {f"r{place}": [None if c < 0 else f"class {c}" for c in column] for place, column in enumerate(codes.T)}
    return {"y": np.arange(len(codes)) % 2, "d": np.arange(len(codes)) % 2, **columns}


def test_the_check_tells_pairs_and_coefficients():
    codes, _ = read(3, 400, [0.5, 0.3, 0.2], 0.8)
    codes[:30, 2] = -1
    codes[30:40] = [[-1, 1, -1]]
    part = part_of("annotators", annotated(codes), {**BINARY, "annotators": ["r0", "r1", "r2"]})
    counts = label_counts(codes, 3)
    alpha = named(part, "labels.alpha")
    assert alpha.value == pytest.approx(krippendorff(counts).value)
    assert alpha.low < alpha.value < alpha.high
    agree = named(part, "labels.annotators_agree")
    assert (agree.n, agree.k) == (
        390,
        sum(len({c for c in row if c >= 0}) == 1 for row in codes if (row >= 0).sum() > 1),
    )
    assert cells(part, "agreement")["rows with one label only"]["rows"] == 10
    assert [row[:3] for row in part.tables["annotators"].rows] == [
        ("r0", "r1", 390),
        ("r0", "r2", 360),
        ("r1", "r2", 360),
    ]


@pytest.mark.parametrize("codes", [np.full((20, 2), -1), np.zeros((20, 2), dtype=int), np.array([[0, 1]])])
def test_where_nothing_can_be_told_that_is_said(codes):
    part = part_of("annotators", annotated(codes), {**BINARY, "annotators": ["r0", "r1"]})
    assert named(part, "labels.alpha").verdict == "cannot_tell"
