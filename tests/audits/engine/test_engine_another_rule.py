"""The fifth form of the scaffolding check: how signs become the figure, what is flagged, and what cannot be told.

Its count on fresh data is in test_engine_scaffold_fifth.py.
"""

from dataclasses import replace

import numpy as np
import pytest
from engine_examples import check
from gaming_examples import titles
from model_examples import SPEC, Told
from test_engine_scaffolding import FINDING, GROUND, HONEST, columns, honest, interface, scaffolds, verdict

from audits.engine import frame_from_arrays, run_suite, spec_parse
from audits.engine.bounds import Interval
from audits.engine.gaming import another_rule
from audits.engine.gaming.another_rule import Twice, effective, rows_most
from audits.engine.gaming.hybrids import inputs_of
from audits.engine.gaming.scaffolding import Answers, Chosen, Signs
from audits.engine.registry import plan_read
from audits.suites import suite_load
from core.errors import InputRefused

EDITION = suite_load("PAS-2026.5")
PLAN = plan_read(Twice, next(entry.figures for entry in EDITION.checks if entry.name == "another_rule"))


def asked(rule, rows, seed=5, **more):
    """The audit of a rule of float64[n, d] rows by this check alone."""
    model = Told(lambda encoded: rule(encoded.numbers).astype(float)[:, None], interface(rows.shape[1]), **more)
    outcome = np.random.default_rng(0).integers(0, 2, len(rows))
    suite = replace(EDITION, checks=tuple(e for e in EDITION.checks if e.name in ("model", "another_rule")))
    frame = frame_from_arrays({**columns(rows), "y": outcome})
    spec = spec_parse({**SPEC, "attributes": []})
    return run_suite(frame, spec, suite, seed=seed, dataset_digest="sha256:00", model=model)


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_model_is_not_flagged(name):
    result = asked(honest(name), GROUND.rows)
    assert verdict(result) == "pass"
    assert FINDING not in titles(result)


@pytest.mark.parametrize("attack", tuple(scaffolds()), ids=lambda attack: attack.name)
def test_a_scaffold_is_flagged_as_a_reason_to_refer(attack):
    result = asked(attack.rule, GROUND.rows)
    assert verdict(result) == "fail"
    finding = next(item for item in result.findings if item.title == FINDING)
    assert "a reason to refer, never proof of fraud" in finding.text
    table = result.sections["gaming"]["scaffolding"]
    assert {row[0] for row in table.rows} == {1, 2}


def test_the_same_seed_gives_the_same_bytes_and_another_one_other_figures():
    rule = honest("nearest fifteen")
    first, again, other = (asked(rule, GROUND.rows, seed) for seed in (5, 5, 6))
    assert first.to_bytes() == again.to_bytes()
    assert check(first, "gaming.scaffolding").value != check(other, "gaming.scaffolding").value


def signs(low, agreement, value=None):
    value = low if value is None else value
    return Signs(0, 0, 0, agreement, value, Interval(low, value + 0.1), 50, 1.0, 100)


QUESTION = Chosen("exchanged", (0, 1), ((2,), (3,)))


def figure(**kinds):
    found = {kind: (QUESTION, each) for kind, each in kinds.items()}
    return another_rule._figure(found, PLAN, lambda each: each.interval.low)


def test_signs_are_put_together_as_filed():
    """Worked by hand: .3 + .2 (.9 - .5) = .38; .5 + .2 (.4 - .5) - .1 = .38; the second adds a quarter."""
    assert figure(exchanged=signs(0.3, 0.9)) == pytest.approx(0.38)
    assert figure(noise=signs(0.5, 0.4)) == pytest.approx(0.38)
    assert figure(exchanged=signs(0.3, 0.9), noise=signs(0.5, 0.4)) == pytest.approx(0.38 * 1.25)
    assert figure(exchanged=signs(0.3, 0.9), centred=signs(-0.4, 0.5)) == pytest.approx(0.38)
    assert figure(exchanged=signs(0.3, 1.7)) == pytest.approx(0.4)  # agreement counts up to 1


def test_the_figure_is_the_mean_of_the_measurements(monkeypatch):
    found = iter([{"exchanged": (QUESTION, signs(0.2, 0.5, 0.3))}, {"exchanged": (QUESTION, signs(0.4, 0.5, 0.5))}])
    monkeypatch.setattr(another_rule, "_once", lambda *_given: next(found))
    told = another_rule.measure(None, None, PLAN, 0.9, 1, lambda _label: None)
    assert (told.value, told.interval.low, told.interval.high) == pytest.approx((0.4, 0.3, 0.5))
    assert told.rows == 100


def test_inputs_that_repeat_one_another_never_pass():
    rng = np.random.default_rng(3)
    base = rng.standard_normal((400, 1))
    rows = base + 0.05 * rng.standard_normal((400, 6))
    inputs = inputs_of(frame_from_arrays(columns(rows)), interface(6), 40, rng)
    assert effective(inputs) < PLAN.least_effective
    found = check(asked(lambda x: (x[:, 0] > 0) * 1.0, rows), "gaming.scaffolding")
    assert found.verdict == "cannot_tell"
    assert "independent things" in found.reason


def test_columns_of_few_values_are_centred_on_one_of_them():
    rng = np.random.default_rng(4)
    rows = np.column_stack([rng.integers(0, 2, 300), rng.choice([1.0, 4.0, 9.0], 300), rng.normal(0, 1, (300, 3))])
    inputs = inputs_of(frame_from_arrays(columns(rows)), interface(5), 40, rng)
    probe = another_rule._Kept(inputs, Answers(lambda _: np.zeros(1)), "centred", PLAN, 0.9, rng)
    made = probe._fresh(500)
    assert set(made.columns["x0"].values.tolist()) <= {0.0, 1.0}
    assert set(made.columns["x1"].values.tolist()) <= {1.0, 4.0, 9.0}
    assert (made.columns["x2"].values == rows[:, 2].mean()).mean() == pytest.approx(0.5, abs=0.1)


def test_very_many_inputs_stay_within_the_stated_cost():
    rows = np.random.default_rng(2).standard_normal((300, 95))
    made = inputs_of(frame_from_arrays(columns(rows)), interface(95), PLAN.most_blocks, np.random.default_rng(0))
    put = []

    def ask(frame):
        put.append(frame.rows)
        return frame.columns["x0"].values

    another_rule.measure(made, Answers(ask), PLAN, 0.9, 1, lambda _label: None)
    assert sum(put) <= rows_most(PLAN, PLAN.most_blocks)


def test_a_model_with_one_answer_away_from_the_data_cannot_tell():
    known = {row.tobytes() for row in np.ascontiguousarray(GROUND.rows)}

    def silent(x):
        real = np.array([row.tobytes() in known for row in np.ascontiguousarray(x)])
        return np.where(real, x[:, 0] > 0.5, 0.0)

    assert verdict(asked(silent, GROUND.rows)) == "cannot_tell"


def test_a_model_that_fails_at_unreal_rows_is_a_finding_and_no_exception():
    known = {row.tobytes() for row in np.ascontiguousarray(GROUND.rows)}

    def refusing(x):
        if not all(row.tobytes() in known for row in np.ascontiguousarray(x)):
            raise InputRefused("The model died.", field="model", limit="answers", remedy="Mend it.")
        return x[:, 0]

    result = asked(refusing, GROUND.rows, fresh=lambda encoded: encoded.numbers[:, :1])
    assert verdict(result) == "cannot_tell"
    assert any("died" in item.text for item in result.findings)
