"""The blind re-labelling sample: its draw, its size, and what a second reader's labels say."""

import numpy as np
import pytest
from engine_examples import SEED
from label_examples import BINARY, cells, named, part_of
from scipy import stats

from audits.engine import frame_from_arrays, run_suite, spec_parse
from audits.engine.bounds import cp_upper, six
from audits.engine.relabelling import draw_relabelling, relabelling_size
from audits.engine.streams import stream
from audits.suites import suite_load
from core.errors import InputRefused

SPEC = {**BINARY, "row_id": "id"}
N = 2_000


def rows(n=N, errors=0.1):
    rng = stream(1, "rows")
    y = rng.integers(0, 2, n)
    return {"id": [f"case {place}" for place in range(n)], "y": y, "d": np.where(rng.random(n) < errors, 1 - y, y)}


def second(arrays, size=500, disputed=20, seed=SEED):
    """A second reader's labels on the drawn rows, `disputed` of them other ones."""
    drawn = draw_relabelling(arrays["id"], seed, size)
    y = [int(arrays["y"][place]) for place in drawn]
    return {"id": [arrays["id"][place] for place in drawn], "y": [1 - y for y in y[:disputed]] + y[disputed:]}


def test_the_draw_is_the_seed_s_whatever_the_order_and_grows_by_adding():
    ids = [f"case {place}" for place in range(N)]
    drawn = [ids[place] for place in draw_relabelling(ids, 7, 300)]
    assert drawn == [ids[::-1][place] for place in draw_relabelling(ids[::-1], 7, 300)]
    assert drawn[:100] == [ids[place] for place in draw_relabelling(ids, 7, 100)]
    assert len(set(drawn)) == 300
    assert set(drawn) != {ids[place] for place in draw_relabelling(ids, 8, 300)}
    assert sorted(draw_relabelling(20, 3, 50)) == list(range(20))


def test_every_row_is_drawn_as_often_as_any_other():
    counts = np.zeros(30)
    for seed in range(3_000):
        counts[draw_relabelling(30, seed, 10)] += 1
    assert counts.sum() == 30_000
    # without replacement a place varies by 2/3 of a binomial's variance: the statistic is chi-square times 2/3 * 30/29
    statistic = ((counts - 1_000) ** 2 / 1_000).sum() * 3 / 2 * 29 / 30
    assert stats.chi2.sf(statistic, 29) > 0.001


@pytest.mark.parametrize(("ids", "size"), [(["a", "a"], 1), (["a", ""], 1), (["a"], 0)])
def test_a_draw_that_cannot_be_is_refused(ids, size):
    with pytest.raises(InputRefused):
        draw_relabelling(ids, 1, size)


@pytest.mark.parametrize(("bound", "expected"), [(0.01, 0.0), (0.06, 0.04), (0.05, 0.01), (0.3, 0.2)])
def test_the_size_is_the_first_that_shows_the_bound(bound, expected):
    size = relabelling_size(bound, expected, 0.9)
    assert cp_upper(np.ceil(expected * size - 1e-9), size, 0.9) <= bound
    assert cp_upper(np.ceil(expected * (size - 1) - 1e-9), size - 1, 0.9) > bound
    assert expected > 0 or size == 230  # the rule of three of DOMAIN 2.2


def test_no_size_shows_less_than_what_is_expected():
    with pytest.raises(InputRefused, match="expected"):
        relabelling_size(0.04, 0.04, 0.9)


def test_the_label_dimension_has_the_shape_that_rating_reads():
    arrays = rows()
    part = part_of("relabelled", arrays, SPEC, relabelled=second(arrays))
    dimension = part.dimensions["label"]
    assert dimension.to_dict() == {
        "state": "measured",
        "reason": None,
        "k": 20,
        "n": 500,
        "point": "0.040000",
        "u": six(cp_upper(20, 500, 0.9)),
        "gamma": "0.90",
    }
    check = named(part, "labels.disagreement")
    assert (check.k, check.n, check.low < 0.04 < check.high) == (20, 500, True)


def test_the_sum_bound_and_the_symmetric_point_are_printed():
    arrays = rows()
    part = part_of("relabelled", arrays, SPEC, relabelled=second(arrays))
    told = {name: row["value"] for name, row in cells(part, "relabelled").items()}
    false = int(((arrays["d"] == 1) & (arrays["y"] == 0)).sum())
    bound = next(value for name, value in told.items() if name.startswith("sum of both"))
    assert bound == pytest.approx(cp_upper(false, N, 0.9) + cp_upper(20, 500, 0.9))
    wrong = float((arrays["d"] != arrays["y"]).mean())
    symmetric = told["error rate against the truth if labels err alike on both sides"]
    assert symmetric == pytest.approx((wrong - 0.04) / 0.92)


def test_the_symmetric_point_finds_the_truth():
    rng = stream(5, "symmetric")
    truth = rng.integers(0, 2, 400_000)
    label = np.where(rng.random(400_000) < 0.05, 1 - truth, truth)
    decision = np.where(rng.random(400_000) < 0.1, 1 - truth, truth)
    assert ((decision != label).mean() - 0.05) / 0.9 == pytest.approx(0.1, abs=0.003)


def test_rows_drawn_and_not_answered_count_as_disputed():
    arrays = rows()
    reader = second(arrays, disputed=0)
    reader["y"] = [None, None, *reader["y"][2:]]
    shorter = {name: column[:490] for name, column in reader.items()}
    part = part_of("relabelled", arrays, SPEC, relabelled=shorter)
    assert part.dimensions["label"].to_dict()["k"] == 12
    assert cells(part, "relabelled")["drawn and not labelled again, counted as disputed"]["value"] == 12


@pytest.mark.parametrize("change", ["other seed", "chosen rows", "unknown id"])
def test_rows_that_were_not_drawn_cannot_tell(change):
    arrays = rows()
    reader = second(arrays, disputed=0, seed=SEED + (change == "other seed"))
    if change == "chosen rows":
        reader = {"id": arrays["id"][:500], "y": list(arrays["y"][:500])}
    if change == "unknown id":
        reader["id"][0] = "nobody"
    part = part_of("relabelled", arrays, SPEC, relabelled=reader)
    assert part.dimensions["label"].state == "cannot_tell"
    assert "not among" in named(part, "labels.disagreement").reason


def test_a_larger_sample_of_the_same_queue_is_taken_whole():
    arrays = rows()
    part = part_of("relabelled", arrays, SPEC, relabelled=second(arrays, size=800, disputed=30))
    assert part.dimensions["label"].to_dict()["n"] == 800


def test_fewer_labelled_rows_than_the_sample_asks_are_all_drawn_and_unlabelled_ones_never():
    arrays = rows(300)
    arrays["y"] = [None if place < 50 else int(y) for place, y in enumerate(arrays["y"])]
    kept = {"id": arrays["id"][50:], "y": arrays["y"][50:]}
    part = part_of("relabelled", arrays, SPEC, relabelled=kept)
    assert (part.dimensions["label"].to_dict()["k"], part.dimensions["label"].to_dict()["n"]) == (0, 250)


def test_no_second_label_at_all_cannot_tell():
    arrays = rows()
    reader = {**second(arrays), "y": [None] * 500}
    assert part_of("relabelled", arrays, SPEC, relabelled=reader).dimensions["label"].state == "cannot_tell"


def test_numbers_within_the_tolerance_are_one_reading():
    arrays = {"id": list(range(600)), "y": np.arange(600) / 10, "d": np.arange(600) / 10}
    spec = {"task": "regression", "label": "y", "decision": {"column": "d"}, "tolerance": "1", "direction": "over"}
    drawn = draw_relabelling([str(place) for place in range(600)], SEED, 500)
    near = arrays["y"][drawn] + np.where(np.arange(500) < 7, 1.5, 0.5)
    part = part_of("relabelled", arrays, {**spec, "row_id": "id"}, relabelled={"id": drawn, "y": near})
    assert part.dimensions["label"].to_dict()["k"] == 7


def test_without_the_sample_the_dimension_is_not_run_and_an_id_twice_cannot_tell():
    arrays = rows(400)
    edition = suite_load("PAS-2026.3")
    whole = run_suite(frame_from_arrays(arrays), spec_parse(SPEC), edition, seed=SEED, dataset_digest="")
    assert whole.dimensions["label"].state == "not_run"
    arrays["id"][1] = arrays["id"][0]
    beside = {"relabelled": frame_from_arrays({"id": ["x"], "y": [1]})}
    whole = run_suite(frame_from_arrays(arrays), spec_parse(SPEC), edition, seed=SEED, dataset_digest="", beside=beside)
    assert whole.dimensions["label"].state == "cannot_tell"


def test_the_sum_bound_holds_in_repeated_audits():
    """The true error stays below the printed sum at least as often as both bounds promise together."""
    rng = np.random.default_rng(9)
    held = 0
    for _ in range(2_000):
        truth = rng.random(400) < 0.5
        label, decision = truth ^ (rng.random(400) < 0.05), truth ^ (rng.random(400) < 0.1)
        again = rng.permutation(400)[:150]
        error, dispute = int((decision != label).sum()), int((truth[again] != label[again]).sum())
        held += cp_upper(error, 400, 0.9) + cp_upper(dispute, 150, 0.9) >= 0.1
    assert held / 2_000 >= 0.9
