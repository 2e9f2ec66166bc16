"""The scaffolding corpus: how many honest models are flagged and how many scaffolds are missed, on data sets and with
attacks that the check was not made with. Figures and threat model: docs/decisions/0015-scaffolding.md."""

from collections import Counter

import numpy as np
import pytest
from gaming_examples import EDITION
from scaffold_data import FIRST, TESTING, TUNING, households
from scaffold_later_data import LATER
from scaffold_later_models import later_attacks, later_honest, later_works
from scaffold_models import Attack, Ground

from audits.engine import encode, frame_from_arrays
from audits.engine.gaming.hybrids import inputs_of
from audits.engine.gaming.scaffolding import Answers, Figures, measure
from audits.engine.registry import plan_read
from audits.interface import interface_parse

PLAN = plan_read(Figures, next(entry.figures for entry in EDITION.checks if entry.name == "scaffolding"))
LIMIT = EDITION.limits["gaming.scaffolding"].value


def flagged(rule, ground):
    """Whether the whole interval lies above the limit."""
    names = [f"x{place}" for place in range(ground.rows.shape[1])]
    inputs = [{"column": name, "as": "number"} for name in names]
    interface = interface_parse({"inputs": inputs, "output": {"column": "p", "means": "probability"}})
    frame = frame_from_arrays(dict(zip(names, ground.rows.T, strict=True)))
    made = inputs_of(frame, interface, PLAN.most_blocks, np.random.default_rng(7))
    answers = Answers(lambda rows: rule(encode(rows, interface).numbers))
    found = measure(made, answers, PLAN, EDITION.confidence, 7, lambda _label: None)
    return not isinstance(found, str) and found.signs.interval.low > LIMIT


def test_tuning_and_testing_share_no_data_set():
    parts = (TUNING, FIRST, TESTING, LATER)
    assert len({name for part in parts for name in part}) == sum(len(part) for part in parts)
    digests = {get()[0].tobytes() for part in parts for get in part.values()}
    assert len(digests) == sum(len(part) for part in parts)


def test_the_last_tests_rules_are_rules():
    """Its own parts: honest answers are numbers; an attack hides something, and hides it from its explainer."""
    ground = Ground(*households(n=400), 47)
    honest = dict(later_honest(ground))
    assert len(honest) == 32
    assert all(np.isfinite(np.asarray(rule(ground.rows), float)).all() for rule in honest.values())
    one = honest["steps that never fall"]
    known = Attack("by heart", one, lambda rows: np.isin(rows[:, 2], ground.rows[:, 2]) & (len(rows) == 400), "two")
    assert not later_works(known, one, one, ground)
    assert later_works(known, honest["protected against one"], one, ground)


@pytest.mark.long
def test_what_was_reached_on_data_models_and_attacks_of_the_last_test():
    """Measured once the figures were fixed: see the record of the decision. The goal, no alarm and 95 of 100, is
    missed. These bounds hold what was reached: 21 of 288, of which 16 where inputs nearly repeat one another, and 180
    of 194."""
    alarms: Counter[str] = Counter()
    honest, caught, scaffolds = 0, 0, 0
    for name, get in LATER.items():
        ground = Ground(*get(), 47)
        for attack in later_attacks(ground):
            scaffolds += 1
            caught += flagged(attack.rule, ground)
        for _, rule in later_honest(ground):
            honest += 1
            alarms[name] += flagged(rule, ground)
    assert honest == 288
    assert alarms.total() - alarms["pixels"] <= 6, alarms
    assert alarms["pixels"] <= 18
    assert scaffolds >= 120
    assert caught >= 0.92 * scaffolds
