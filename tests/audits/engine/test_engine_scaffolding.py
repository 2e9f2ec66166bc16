"""Scaffolds (Slack et al. 2020) are found, honest models are not, and what cannot be told is said.

Here the parts and a small form; the corpus with its counts is in test_engine_scaffold_corpus.py.
"""

import numpy as np
import pytest
from engine_examples import check
from gaming_examples import EDITION, gaming, titles
from model_examples import SPEC, Told, chance, model_of, people
from scaffold_data import households
from scaffold_models import (
    Attack,
    Ground,
    _hand_made,
    _later_hidden,
    _later_innocent,
    _pairs_by_heart,
    _rounded_by_heart,
    _scaffold,
    _scaled,
    _share,
    _taught,
    perturbed,
    works,
)
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from audits.engine import frame_from_arrays
from audits.engine.gaming import scaffolding
from audits.engine.gaming.hybrids import KINDS, inputs_of
from audits.engine.gaming.scaffolding import Answers, Chosen, Figures, rows_most
from audits.engine.registry import plan_read
from audits.engine.streams import stream
from audits.interface import interface_parse
from core.errors import InputRefused

FINDING = "The model answers rows that never were by another rule"
PLAN = plan_read(Figures, next(entry.figures for entry in EDITION.checks if entry.name == "scaffolding"))


def interface(width, means="probability", **output):
    inputs = [{"column": f"x{place}", "as": "number"} for place in range(width)]
    return interface_parse({"inputs": inputs, "output": {"column": "p", "means": means, **output}})


def columns(rows):
    return {f"x{place}": rows[:, place] for place in range(rows.shape[1])}


def asked(rule, rows, seed=5, **more):
    """The audit of a rule of float64[n, d] rows, with outcomes that no rule knows."""
    model = Told(lambda encoded: rule(encoded.numbers).astype(float)[:, None], interface(rows.shape[1]), **more)
    outcome = np.random.default_rng(0).integers(0, 2, len(rows))
    spec = {**SPEC, "attributes": []}
    return gaming("scaffolding", {**columns(rows), "y": outcome}, spec=spec, model=model, seed=seed)


def verdict(result):
    return check(result, "gaming.scaffolding").verdict


GROUND = Ground(*households(n=500), 3)
RULES = dict(_hand_made(GROUND))
HONEST = ("shallow tree", "nearest fifteen", "protected openly", "rules by equality", "constant", "difference")


def honest(name):
    """A rule by name; fitted where it is a model."""
    fitted = {"shallow tree": DecisionTreeClassifier(max_depth=4), "nearest fifteen": KNeighborsClassifier(15)}
    return RULES[name] if name in RULES else _share(_scaled(fitted[name]).fit(GROUND.rows, GROUND.outcome))


def scaffolds():
    """Three detectors with one hidden and one innocent rule."""
    secret, shown = _later_hidden(GROUND)[1][1], _later_innocent(GROUND)[3][1]
    for name, aims, real in (
        ("rounded cells by heart", "two", _rounded_by_heart(GROUND.rows, GROUND.scale)),
        ("pairs by heart", "many", _pairs_by_heart(GROUND.rows)),
        ("one deep tree", "noise", _taught(DecisionTreeClassifier(random_state=0), GROUND, "noise")),
    ):
        yield _scaffold(name, real, secret, shown, aims)


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_model_is_not_flagged(name):
    result = asked(honest(name), GROUND.rows)
    assert verdict(result) == "pass"
    assert FINDING not in titles(result)


@pytest.mark.parametrize("attack", tuple(scaffolds()), ids=lambda attack: attack.name)
def test_a_scaffold_is_flagged_as_a_reason_to_refer(attack):
    assert works(attack, GROUND)
    result = asked(attack.rule, GROUND.rows)
    assert verdict(result) == "fail"
    finding = next(item for item in result.findings if item.title == FINDING)
    assert finding.severity == "medium"
    assert "a reason to refer, never proof of fraud" in finding.text


def test_an_attack_that_no_explainer_falls_for_is_none():
    """The corpus counts only attacks that hide something from the explainer they aim at."""
    rule = honest("constant")
    assert not works(Attack("takes all for real", rule, lambda rows: np.ones(len(rows), bool), "two"), GROUND)
    assert not works(Attack("takes none for real", rule, lambda rows: np.zeros(len(rows), bool), "two"), GROUND)


def test_the_same_seed_gives_the_same_bytes_and_the_figures_are_told():
    rule = honest("difference")
    first, second = (asked(rule, GROUND.rows) for _ in range(2))
    assert first.to_bytes() == second.to_bytes()
    found = check(first, "gaming.scaffolding")
    assert found.seed == 5
    assert found.n > 0
    assert "chance 5 %" in found.method
    table = first.sections["gaming"]["scaffolding"]
    assert [row[-1] for row in table.rows] == ["search"] * 3 + ["confirmed"]


# --- its parts -----------------------------------------------------------------------------------------------------


def probe(rows, rule, kind="exchanged", plan=PLAN):
    inputs = inputs_of(frame_from_arrays(columns(rows)), interface(rows.shape[1]), 40, np.random.default_rng(0))

    def ask(frame):
        return rule(np.column_stack([frame.columns[name].values for name in inputs.whole.columns]))

    return scaffolding.Probe(inputs, Answers(ask), kind, plan, 0.9, stream(1, "test"))


def question(made, kept):
    """These blocks kept, the others dealt out in their order."""
    others = [place for place in range(len(made.inputs.blocks)) if place not in kept]
    return Chosen(made.kind, kept, (tuple(others[::2]), tuple(others[1::2])))


def test_what_is_left_is_the_total_sobol_index_where_it_is_known():
    """Linear in independent inputs: the share of the variance of those that are drawn anew."""
    rows = np.random.default_rng(2).standard_normal((3_000, 5))
    weights = np.array([3.0, 2.0, 1.0, 0.5, 0.0])
    made = probe(rows, lambda x: x @ weights)
    signs = made.signs(np.arange(3_000), question(made, (0, 1)))
    share = (1 + 0.25) / (9 + 4 + 1 + 0.25)
    assert signs.near == pytest.approx(share, abs=0.02)
    assert signs.off == pytest.approx(share, abs=0.02)
    assert signs.agreement == pytest.approx(0, abs=0.1)


def test_the_known_index_of_ishigamis_function():
    """Saltelli et al. 2008: a = 7, b = 0.1 on (-pi, pi): total index of the third input .2437, of the second .4424."""
    rows = np.random.default_rng(3).uniform(-np.pi, np.pi, (4_000, 4))

    def ishigami(x):
        return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])

    for kept, total in (((0, 1, 3), 0.2437), ((0, 2, 3), 0.4424)):
        made = probe(rows, ishigami)
        detours = Chosen("exchanged", kept, (tuple({0, 1, 2, 3} - {*kept}), ()))
        assert made.signs(np.arange(4_000), detours).off == pytest.approx(total, abs=0.04)


def test_a_perfect_scaffold_leaves_nothing_off_and_all_its_detours_agree():
    rows = np.random.default_rng(2).standard_normal((600, 6))
    known = {row.tobytes() for row in rows}

    def scaffold(x):
        real = np.array([row.tobytes() in known for row in np.ascontiguousarray(x)])
        return np.where(real, x[:, 0] > 0, x[:, 1] > 0).astype(float)

    made = probe(rows, scaffold)
    signs = made.signs(np.arange(600), question(made, (0, 1)))
    assert signs.off == 0
    assert signs.agreement == 1
    assert signs.value == pytest.approx(1, abs=0.15)


def test_additive_rules_have_detours_that_disagree_however_correlated_their_inputs():
    rng = np.random.default_rng(4)
    rows = rng.standard_normal((2_000, 1)) + 0.05 * rng.standard_normal((2_000, 6))
    made = probe(rows, lambda x: x @ [5, -5, 4, -4, 1, 0.0])
    signs = made.signs(np.arange(2_000), question(made, (0, 1)))
    assert signs.value < 0.1


@pytest.mark.parametrize("kind", KINDS)
def test_unreal_rows_keep_each_columns_kind_and_empty_cells(kind):
    arrays = {
        "a": [1.0, None, 3.0, 8.0] * 50,
        "b": ["u", "v", None, "v"] * 50,
        "c": [True, False] * 100,
        "d": [5] * 200,
    }
    inputs = [
        {"column": "a", "as": "number"},
        {"column": "b", "as": "one_hot", "categories": ["u", "v"]},
        {"column": "c", "as": "number", "nominal": True},
        {"column": "d", "as": "number"},
    ]
    parsed = interface_parse({"inputs": inputs, "output": {"column": "p", "means": "value"}})
    made = inputs_of(frame_from_arrays(arrays), parsed, 40, np.random.default_rng(0))
    drawn = KINDS[kind](made, np.random.default_rng(1), 500)
    assert drawn.rows == 500
    assert 0.05 < drawn.columns["a"].null.mean() < 0.4
    assert set(drawn.columns["b"].groups.names) <= {"u", "v"}
    assert set(np.unique(drawn.columns["c"].values)) <= {0, 1}
    assert np.isfinite(drawn.columns["a"].values).all()
    assert np.unique(drawn.columns["d"].values).tolist() == [5.0]


def test_noise_has_the_columns_deviation_on_top_of_it():
    rows = np.random.default_rng(2).standard_normal((2_000, 4)) * [1, 10, 100, 1000]
    made = probe(rows, lambda x: x[:, 0]).inputs
    drawn = KINDS["noise"](made, np.random.default_rng(1), 20_000)
    for place in range(4):
        assert drawn.columns[f"x{place}"].values.std() == pytest.approx(np.sqrt(2) * rows[:, place].std(), rel=0.03)


def test_one_gate_at_one_input_leaves_nothing_once_that_input_is_kept_too():
    """Were it not kept, the gate alone would look like a scaffold."""
    rng = np.random.default_rng(4)
    rows = np.column_stack([rng.integers(0, 2, 900), rng.standard_normal((900, 6))])

    def gated(x):
        return np.where(np.isin(x[:, 0], (0, 1)), x[:, 3] > 0, x[:, 1] > 0).astype(float)

    made = probe(rows, gated, "noise")
    asked = made._question((1, 2), [0, 3, 1, 2, 4, 5, 6])
    assert asked.wider.kept == (0, 1, 2)
    assert made.signs(np.arange(900), asked._replace(wider=None)).gap > 0.7
    assert made.signs(np.arange(900), asked).value < 0.1


SHARES = [(0.8, 0.3, 0.5), (0.5, 0.1, 0.4), (0.9, 0.1, 0.9)]


@pytest.mark.parametrize(("near", "off", "same"), SHARES)
def test_the_interval_covers_in_2000_draws(near, off, same):
    """Shares of changed answers among 100 rows; the figure is the lesser of near - off and of the agreement."""
    rng, made = np.random.default_rng(6), probe(np.zeros((4, 4)), lambda x: x[:, 0])
    n, hits, real = 100, 0, np.arange(100.0)
    moved = 0.6
    for _ in range(2_000):
        whole = [rng.random(n) < moved for _ in range(2)]
        kept = [each & (rng.random(n) < share) for each, share in zip(whole, (near, off), strict=True)]
        both = rng.binomial(2, 0.5, n)
        apart = both * (rng.random(n) < 1 - same)
        squares = [kept[0], whole[0], kept[1], whole[1], apart, both]
        found = made._signs([[np.asarray(each, float) for each in squares]], real).interval
        hits += found.low <= min(near - off, same) <= found.high
    assert hits >= 0.88 * 2_000


# --- what cannot be told -------------------------------------------------------------------------------------------


def test_predictions_alone_are_not_run():
    assert verdict(gaming("scaffolding", {**people(), "p": np.full(800, 0.2)})) == "not_run"


def test_few_rows_cannot_tell_and_say_how_many_would():
    found = check(asked(lambda x: x[:, 0], GROUND.rows[:199]), "gaming.scaffolding")
    assert (found.verdict, found.rows_needed) == ("cannot_tell", 200)


def test_few_inputs_are_not_run():
    assert verdict(gaming("scaffolding", people(), model=model_of(chance))) == "not_run"


def test_a_model_with_one_answer_to_everything_unreal_cannot_tell():
    known = {row.tobytes() for row in np.ascontiguousarray(GROUND.rows)}

    def silent(x):
        real = np.array([row.tobytes() in known for row in np.ascontiguousarray(x)])
        return np.where(real, x[:, 0] > 0.5, 0.0)

    found = check(asked(silent, GROUND.rows), "gaming.scaffolding")
    assert found.verdict == "cannot_tell"
    assert "nearly one answer" in found.reason


def test_a_model_that_fails_at_unreal_rows_is_a_finding_and_no_exception():
    known = {row.tobytes() for row in np.ascontiguousarray(GROUND.rows)}

    def refusing(x):
        if not all(row.tobytes() in known for row in np.ascontiguousarray(x)):
            raise InputRefused("The model died.", field="model", limit="answers", remedy="Mend it.")
        return x[:, 0]

    result = asked(lambda x: refusing(x), GROUND.rows, fresh=lambda encoded: encoded.numbers[:, :1])
    assert verdict(result) == "cannot_tell"
    assert any("died" in item.text for item in result.findings)


def test_classes_forecasts_and_constant_columns_are_measured():
    rows = np.column_stack([GROUND.rows[:, :6], np.ones(len(GROUND.rows))])
    outcome = np.random.default_rng(0).integers(0, 3, len(rows))

    def scores(encoded):
        x = (encoded.numbers - rows.mean(0)) / (rows.std(0) + 1)
        return np.column_stack([x[:, 1], x[:, 2], x[:, 4]])

    names = ["a", "b", "c"]
    spec = {"task": "multiclass", "label": "y", "decision": {"column": "p"}, "probability": None}
    spec = {key: value for key, value in spec.items() if value is not None}
    model = Told(scores, interface(7, "class", classes=names))
    result = gaming("scaffolding", {**columns(rows), "y": [names[each] for each in outcome]}, spec=spec, model=model)
    assert verdict(result) == "pass"
    forecast = {"task": "regression", "label": "y", "decision": {"column": "p"}, "tolerance": "1", "direction": "over"}
    result = gaming(
        "scaffolding",
        {**columns(rows), "y": outcome.astype(float)},
        spec=forecast,
        model=Told(scores, interface(7, "value")),
    )
    assert verdict(result) == "pass"


def test_very_many_inputs_are_drawn_anew_in_groups_within_the_stated_cost():
    rows = np.random.default_rng(2).standard_normal((300, 95))
    made = inputs_of(frame_from_arrays(columns(rows)), interface(95), PLAN.most_blocks, np.random.default_rng(0))
    assert len(made.blocks) == PLAN.most_blocks
    assert sorted(made.columns(range(40))) == sorted(f"x{place}" for place in range(95))
    put = []

    def ask(frame):
        put.append(frame.rows)
        return frame.columns["x0"].values

    scaffolding.measure(made, Answers(ask), PLAN, 0.9, 1, lambda _label: None)
    assert sum(put) <= rows_most(PLAN, PLAN.most_blocks)


def test_perturbed_rows_of_the_corpus_are_of_four_kinds():
    rng = np.random.default_rng(1)
    for how in ("two", "many", "mean", "noise"):
        assert perturbed(GROUND.rows, rng, 50, how).shape == (50, GROUND.rows.shape[1])
