"""Rates by chances: equal to known groups where chances are 0 or 1, sharp ends by linear programming, coverage."""

import numpy as np
import pytest
from engine_examples import BINARY, audit, outcomes
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from audits.engine import spec_parse
from audits.engine.bias.chances import bins_of, chance_of
from audits.engine.effective import Design
from core.errors import InputRefused

CONFIDENCE = 0.90
GAMMA = 0.95


def alone(rows):
    return Design(np.ones(rows), np.arange(rows), "")


def found(hit, base, chance, bins=None, design=None):
    bins = bins_of(chance, 20, 50) if bins is None else bins
    design = design or alone(len(hit))
    return chance_of(hit, base, chance, design, bins, gamma=GAMMA, confidence=CONFIDENCE)


def test_chances_of_nought_and_one_are_known_groups():
    rng = np.random.default_rng(1)
    inside, hit, base = (rng.random(2_000) < share for share in (0.3, 0.4, 0.8))
    told = found(hit, base, inside.astype(float))
    k, n = int((hit & base & inside).sum()), int((base & inside).sum())
    other_k, other_n = int((hit & base & ~inside).sum()), int((base & ~inside).sum())
    assert (told.value, told.others) == pytest.approx((k / n, other_k / other_n))
    assert told.gap == pytest.approx(k / n - other_k / other_n)
    assert (told.effective, told.rows) == (pytest.approx(n, rel=1e-3), n)
    assert (told.rate_ends.low, told.rate_ends.high) == pytest.approx((k / n, k / n))
    assert (told.gap_ends.low, told.gap_ends.high) == pytest.approx((told.gap, told.gap))


def extreme(sums, sign):
    """The largest (sign 1) or smallest rate that any dealing-out allows, by Charnes and Cooper's linear program:
    variables a, c, d of each bin and t; maximise sum a where sum (a + c) = 1, a + c + d = t P, each below t times its
    rows."""
    bins = len(sums)
    goal = np.zeros(3 * bins + 1)
    goal[:bins] = -sign
    equal = np.zeros((1 + bins, 3 * bins + 1))
    equal[0, : 2 * bins] = 1
    capped = np.hstack([np.eye(3 * bins), np.zeros((3 * bins, 1))])
    for i, (chances, hits, misses, outside) in enumerate(sums):
        equal[1 + i, [i, bins + i, 2 * bins + i, 3 * bins]] = (1, 1, 1, -chances)
        for part, rows in enumerate((hits, misses, outside)):
            capped[part * bins + i, -1] = -rows
    right = np.zeros(1 + bins)
    right[0] = 1
    solved = linprog(goal, A_ub=capped, b_ub=np.zeros(3 * bins), A_eq=equal, b_eq=right, method="highs")
    assert solved.success
    return -sign * solved.fun


@given(st.integers(0, 10**6), st.integers(1, 4))
def test_the_ends_of_a_rate_are_those_of_a_linear_program(seed, bins):
    rng = np.random.default_rng(seed)
    place = np.repeat(np.arange(bins), 40)
    rows = len(place)
    chance = rng.random(bins)[place] * rng.uniform(0.8, 1.0, rows)
    base, hit = rng.random(rows) < rng.random(bins)[place], rng.random(rows) < rng.random(bins)[place]
    told = found(hit, base, chance, place)
    if told is None or told.rate_ends is None:
        return
    parts = (chance, hit & base, ~hit & base, ~base)
    sums = [tuple(float(each[place == i].sum()) for each in parts) for i in range(bins)]
    assert told.rate_ends.low == pytest.approx(extreme(sums, -1), abs=1e-6)
    assert told.rate_ends.high == pytest.approx(extreme(sums, 1), abs=1e-6)


@given(st.integers(0, 10**6))
def test_no_way_of_dealing_groups_out_lies_beyond_the_ends_of_the_gap(seed):
    """Groups drawn by anything whatever within bins, as many as the chances say: their gap lies within the ends."""
    rng = np.random.default_rng(seed)
    place = np.repeat(np.arange(3), 60)
    rows = len(place)
    base, hit = rng.random(rows) < 0.7, rng.random(rows) < rng.random(3)[place]
    many = rng.integers(1, 60, 3)
    told = found(hit, base, (many / 60)[place], place)
    for steer in (-5.0, -1.0, 0.0, 1.0, 5.0):
        wish = steer * (hit & base) + rng.choice([-2, 0, 2]) * base + rng.gumbel(size=rows)
        inside = np.zeros(rows, dtype=bool)
        for i in range(3):
            here = np.flatnonzero(place == i)
            inside[here[np.argsort(-wish[here])[: many[i]]]] = True
        sides = [float(hit[base & side].mean()) if (base & side).any() else None for side in (inside, ~inside)]
        if None not in sides and told.gap_ends is not None:
            assert told.gap_ends.low - 1e-9 <= sides[0] - sides[1] <= told.gap_ends.high + 1e-9
            assert told.rate_ends.low - 1e-9 <= sides[0] <= told.rate_ends.high + 1e-9


def drawn(rng, rows, tied):
    """Chances, groups drawn by them, and outcomes that depend on the chance and, where `tied`, on the group too."""
    chance = rng.beta(0.6, 1.2, rows)
    inside = rng.random(rows) < chance
    hit = rng.random(rows) < 0.15 + 0.3 * chance + tied * inside
    return chance, inside, hit


def test_the_interval_holds_where_outcomes_do_not_depend_on_the_group():
    """2,000 draws; the truth is that of the population: shares weighted by the beta density."""
    rng, rows, held = np.random.default_rng(2), 600, np.zeros(2)
    grid = rng.beta(0.6, 1.2, 2_000_000)
    rates = 0.15 + 0.3 * grid
    truth = float(grid @ rates / grid.sum())
    gap = truth - float((1 - grid) @ rates / (1 - grid).sum())
    for _ in range(2_000):
        chance, _, hit = drawn(rng, rows, 0.0)
        told = found(hit, np.ones(rows, dtype=bool), chance)
        held += (
            told.around.low <= truth <= told.around.high,
            told.gap_around.low <= gap <= told.gap_around.high,
        )
    assert (held / 2_000 >= 0.88).all()


def test_the_range_holds_where_outcomes_do_depend_on_the_group_and_the_interval_does_not():
    rng, rows, inside_range, inside_interval = np.random.default_rng(3), 1_500, 0, 0
    grid = rng.beta(0.6, 1.2, 2_000_000)
    first, other = 0.15 + 0.3 * grid + 0.3, 0.15 + 0.3 * grid
    gap = float(grid @ first / grid.sum()) - float((1 - grid) @ other / (1 - grid).sum())
    for _ in range(400):
        chance, _, hit = drawn(rng, rows, 0.3)
        told = found(hit, np.ones(rows, dtype=bool), chance)
        outer = told.gap_ends.outer(CONFIDENCE)
        inside_range += outer.low <= gap <= outer.high
        inside_interval += told.gap_around.low <= gap <= told.gap_around.high
    assert inside_range >= 352  # 88 of 100
    assert inside_interval < 200


def test_clusters_make_the_interval_wider():
    rng = np.random.default_rng(4)
    chance, _, hit = drawn(rng, 500, 0.0)
    whole = np.ones(2_000, dtype=bool)
    chance, hit = np.repeat(chance, 4), np.repeat(hit, 4)
    plain, tied = (
        found(hit, whole, chance, design=Design(np.ones(2_000), c, ""))
        for c in (np.arange(2_000), np.arange(2_000) // 4)
    )
    assert tied.effective == pytest.approx(plain.effective / 4, rel=0.05)
    assert tied.gap_around.high - tied.gap_around.low > 1.8 * (plain.gap_around.high - plain.gap_around.low)


@given(st.lists(st.sampled_from([0.0, 0.1, 0.25, 0.9, 1.0]), min_size=1, max_size=300), st.integers(1, 30))
def test_bins_hold_enough_rows_and_part_no_equal_chances(chances, least):
    chance = np.array(chances)
    bins = bins_of(chance, 20, least)
    assert set(bins.tolist()) == set(range(int(bins.max()) + 1))
    for value in set(chances):
        assert len(set(bins[chance == value].tolist())) == 1
    sizes = np.bincount(bins)
    assert len(sizes) == 1 or sizes.min() >= min(least, len(chance))


SPEC = {
    **BINARY,
    "inferred": [
        {
            "name": "race",
            "source": "BIFSG, Census 2010 surnames and 2020 block groups",
            "groups": [{"name": "a", "column": "p_a"}, {"name": "b", "column": "p_b"}],
        }
    ],
}


def people(seed=6):
    rows = outcomes(400, 60, 90, 450)
    rng = np.random.default_rng(seed)
    p = np.round(rng.beta(0.5, 0.5, len(rows["y"])), 3)
    return {**rows, "p_a": p, "p_b": np.round(1 - p, 3)}


def checks_of(result, check_id):
    return [each for each in result.checks if each.id == check_id]


def test_an_audit_tells_gaps_range_and_source():
    result = audit(people(), SPEC)
    told = checks_of(result, "fairness.inferred")
    assert len(told) == 6
    assert all(each.verdict == "measured" and each.n > 0 and each.low <= each.value <= each.high for each in told)
    assert all("BIFSG, Census 2010" in each.sentence and "without that" in each.sentence for each in told)
    table = result.sections["bias"]["inferred groups"]
    assert len(table.rows) == 12
    assert {row[-1] for row in table.rows} == {SPEC["inferred"][0]["source"]}
    (finding,) = [each for each in result.findings if each.check == "fairness.inferred_unstated"]
    assert "BIFSG" in finding.text


def test_rows_without_chances_are_counted_and_stand_in_no_figure():
    rows = people()
    for name in ("p_a", "p_b"):
        rows[name] = [None] * 100 + rows[name][100:].tolist()
    result = audit(rows, SPEC)
    (silent,) = checks_of(result, "fairness.inferred_unstated")
    assert (silent.k, silent.n) == (100, 1_000)
    assert max(each.n for each in checks_of(result, "fairness.inferred")) <= 900


def test_few_rows_cannot_tell():
    rows = {name: values[:120] for name, values in people().items()}
    told = checks_of(audit(rows, SPEC), "fairness.inferred")
    assert {each.verdict for each in told} == {"cannot_tell"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda p: (p * 0.8, 1 - p), "add up to 1"),
        (lambda p: (p + 1, -p), "below 0 or above 1"),
        (lambda p: ([None, *p[1:].tolist()], 1 - p), "some groups and not of others"),
        (lambda p: (np.full(len(p), "x"), 1 - p), "not"),
    ],
)
def test_what_is_no_chance_is_a_finding_and_the_other_checks_go_on(change, words):
    rows = people()
    rows["p_a"], rows["p_b"] = change(rows["p_a"])
    result = audit(rows, SPEC)
    assert not [each for each in checks_of(result, "fairness.inferred") if each.value is not None]
    assert words in " ".join(each.text for each in result.findings)
    assert any(each.id == "performance.accuracy" and each.value is not None for each in result.checks)


@pytest.mark.parametrize(
    ("groups", "field"),
    [
        ([{"name": "a", "column": "p"}], "spec.inferred[0].groups"),
        ([{"name": "a", "column": "p"}, {"name": "b", "column": "p"}], "spec.inferred[0].groups"),
        ([{"name": "a", "column": "p"}, {"name": "a", "column": "q"}], "spec.inferred[0].groups[1].name"),
        ([{"name": f"g{i}", "column": f"c{i}"} for i in range(10**4)], "spec.inferred[0].groups"),
        ([{"name": "a"}, {"name": "b", "column": "q"}], "spec.inferred[0].groups[0].column"),
    ],
)
def test_a_registration_that_cannot_be_is_refused(groups, field):
    with pytest.raises(InputRefused) as refused:
        spec_parse({**SPEC, "inferred": [{"name": "race", "source": "BISG", "groups": groups}]})
    assert refused.value.field == field


def test_without_the_key_a_specification_is_written_as_before():
    assert "inferred" not in spec_parse(BINARY).to_dict()
    assert spec_parse(spec_parse(SPEC).to_dict()) == spec_parse(SPEC)
