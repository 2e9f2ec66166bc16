"""Rows that the insurer holds: an honest model is as good on them, and knows nothing of what was planted."""

import numpy as np
import pytest
from engine_examples import check, rows_of
from gaming_examples import EDITION, flipped, fresh_people, gaming, titles
from hypothesis import given
from hypothesis import strategies as st
from model_examples import chance, model_of, people
from scipy import stats

from audits.engine.bounds import Rate
from audits.engine.gaming.challenges import planted_test
from audits.engine.gaming.comparing import difference

WORSE = "Performs worse where the customer could not prepare"
KNOWN = "The model knows labels that were planted"


def asked(challenge, arrays=None, model=None):
    return gaming("challenge", arrays or people(), model=model or model_of(), beside={"challenge": challenge})


def planted(count, seed=9):
    """Challenge rows, the last `count` planted with the outcome that the model does not decide."""
    rows = fresh_people(600 + count, seed)
    decided = chance_of(rows) >= 0.5
    canary = np.arange(600 + count) >= 600
    return {**rows, "y": np.where(canary, ~decided, rows["y"]).astype(int), "canary": canary.astype(int)}


def chance_of(rows):
    from audits.engine import encode, frame_from_arrays

    return chance(encode(frame_from_arrays(rows), model_of().interface))[:, 1]


def test_an_honest_model_does_as_well_on_the_insurers_rows():
    found = check(asked(fresh_people(900, 8)), "gaming.challenge_error")
    assert found.verdict in ("pass", "cannot_tell")
    assert found.low <= 0 <= found.high


def test_rows_that_flatter_the_model_are_found_by_rows_it_never_saw():
    mine = people()
    mine["y"] = (chance_of(mine) >= 0.5).astype(int)  # every outcome as the model decides
    result = asked(fresh_people(900, 8), mine)
    assert check(result, "gaming.challenge_error").verdict == "fail"
    assert WORSE in titles(result)
    told = rows_of(result.to_dict()["sections"]["gaming"]["challenge"], "rows")
    assert told["customer's rows"]["errors"] == 0
    assert told["insurer's rows"]["decided and labelled"] == 900


def test_an_honest_model_gives_planted_labels_as_seldom_as_it_errs():
    result = asked(planted(40))
    assert check(result, "gaming.canaries").verdict == "pass"
    assert check(result, "gaming.canaries").k == 0


def test_a_model_that_learnt_the_planted_labels_is_found():
    rows = planted(40)
    known = {(a, round(b, 2)) for a, b in zip(rows["age"][600:], rows["income"][600:], strict=True)}

    def learnt(encoded):
        found = chance(encoded)
        hit = np.array([(a, round(b, 2)) in known for a, b in encoded.numbers[:, :2]])
        return np.where(hit[:, None], found[:, ::-1], found)

    result = asked(rows, model=model_of(learnt))
    found = check(result, "gaming.canaries")
    assert (found.verdict, found.k, found.n) == ("fail", 40, 40)
    assert KNOWN in titles(result)


def test_planted_rows_do_not_count_among_ordinary_ones():
    told = rows_of(asked(planted(300)).to_dict()["sections"]["gaming"]["challenge"], "rows")
    assert told["insurer's rows"]["decided and labelled"] == 600
    assert told["planted rows"]["decided and labelled"] == 300


def test_too_few_planted_rows_cannot_tell_and_say_how_many_would():
    found = check(asked(planted(2)), "gaming.canaries")
    assert found.verdict == "cannot_tell"
    level = EDITION.limits["gaming.canaries"].value
    # So many rows, all given, would be beyond chance; one fewer would not.
    assert found.rows_needed > 2
    test = planted_test(Rate(0, found.rows_needed), (Rate(1, 2),), level, 0.95)
    assert 0 < test.least_p < 1


def test_no_planted_row_few_rows_and_no_model_are_said():
    few = asked(fresh_people(5, 3))
    assert check(few, "gaming.canaries").verdict == "not_run"
    assert check(few, "gaming.challenge_error").verdict == "cannot_tell"
    assert "insurer's rows" not in rows_of(few.to_dict()["sections"]["gaming"]["challenge"], "rows")
    alone = gaming("challenge", {**people(), "p": chance_of(people())}, beside={"challenge": people()})
    assert {item.verdict for item in alone.checks} == {"not_run"}


def test_planted_labels_that_no_model_can_give_cannot_tell():
    rows = planted(40)
    rows["y"] = ["purple" if mark else str(value) for value, mark in zip(rows["y"], rows["canary"], strict=True)]
    assert check(asked(rows), "gaming.canaries").verdict == "cannot_tell"


def test_challenge_rows_without_an_input_are_a_finding_and_no_exception():
    rows = fresh_people(50, 1)
    del rows["income"]
    result = asked(rows)
    assert check(result, "gaming.challenge_error").verdict == "cannot_tell"
    assert any("income" in item.text for item in result.findings)


def test_a_model_that_is_worse_everywhere_is_not_flagged_for_the_challenge():
    result = asked(flipped(fresh_people(900, 8), 0.3, 1), flipped(people(), 0.3, 2))
    assert WORSE not in titles(result)


@given(st.integers(0, 60), st.integers(1, 60), st.integers(0, 40), st.integers(1, 200))
def test_the_planted_test_is_scipys_one_sided_binomial_test_against_the_upper_bound(k, n, errors, more):
    k = min(k, n)
    test = planted_test(Rate(k, n), (Rate(errors, errors + more), Rate(0, 0)), 0.001, 0.95)
    expected = stats.binomtest(errors, errors + more, alternative="less").proportion_ci(0.95, "exact").high
    assert test.chance == pytest.approx(expected)
    assert test.p == pytest.approx(stats.binomtest(k, n, test.chance, alternative="greater").pvalue)


def test_no_error_rate_at_all_leaves_every_planted_label_to_chance():
    assert planted_test(Rate(9, 9), (Rate(0, 0),), 0.001, 0.95).p == 1.0


@pytest.mark.parametrize(("p", "q", "n", "m"), [(0.1, 0.1, 30, 40), (0.02, 0.3, 50, 20), (0.5, 0.9, 99, 12)])
def test_the_interval_of_a_difference_of_few_rows_covers_by_enumeration(p, q, n, m):
    covered = 0.0
    for a in range(n + 1):
        for b in range(m + 1):
            around = difference(Rate(a, n), Rate(b, m), 0.9).interval
            if around.low <= p - q <= around.high:
                covered += stats.binom.pmf(a, n, p) * stats.binom.pmf(b, m, q)
    assert covered >= 0.9


@pytest.mark.parametrize(("p", "q", "n", "m"), [(0.1, 0.1, 100, 1000), (0.06, 0.3, 300, 120), (0.5, 0.9, 150, 150)])
def test_the_interval_of_a_difference_of_many_rows_covers_in_2000_draws(p, q, n, m):
    rng = np.random.default_rng(5)
    pairs = zip(rng.binomial(n, p, 2000), rng.binomial(m, q, 2000), strict=True)
    around = [difference(Rate(int(a), n), Rate(int(b), m), 0.9).interval for a, b in pairs]
    assert np.mean([each.low <= p - q <= each.high for each in around]) >= 0.88
