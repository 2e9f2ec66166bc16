"""Every bad input of the list through the whole edition: a typed finding or "cannot tell", and the rest goes on."""

from dataclasses import replace

import numpy as np
import pytest
from engine_examples import RACE, SEED, check
from model_examples import INTERFACE, SPEC, chance, model_of, people

from audits.engine import emptiness, frame_from_arrays, run_suite, spec_parse
from audits.suites import suite_load
from core.errors import InputRefused

EDITION = suite_load("PAS-2026.3")
QUICK = replace(EDITION, model=replace(EDITION.model, sampled_cells=60_000))
EVERY = {
    **SPEC,
    "slices": [{"name": "purpose", "column": "purpose"}],
    "favourable_decision": "negative",
    "gap_metric": "selection_rate",
}


class Broken(InputRefused):
    verdict = "model_fault"


class Slow(InputRefused):
    verdict = "resource_limit"


def rows(**changes):
    arrays = people(600)
    truth = np.clip(np.random.default_rng(1).beta(2, 2, 600), 0.01, 0.99)
    return {**arrays, "p": np.round(truth, 4), **changes}


def audit(arrays, spec=EVERY, model=None, **more):
    return run_suite(
        frame_from_arrays(arrays), spec_parse(spec), QUICK, seed=SEED, dataset_digest="", model=model, **more
    )


def open_or_found(found, words):
    """Checks that cannot tell, and findings, that speak of it."""
    said = [item.reason or item.sentence for item in found.checks if item.verdict in ("cannot_tell", "fail")]
    said += [f"{item.title} {item.text}" for item in found.findings]
    return any(words in one for one in said)


OTHERS = {**EVERY, "attributes": [], "gap_metric": "none"}
DATA = {
    "constant features": (rows(age=np.full(600, 4), purpose=["car"] * 600), OTHERS, "same in every row", "measured"),
    "one class": (rows(y=np.zeros(600, dtype=int)), EVERY, "one outcome", "measured"),
    "the other class alone": (rows(y=np.ones(600, dtype=int)), EVERY, "No labelled row has the outcome", "cannot_tell"),
    "an empty group": (rows(race=["a"] * 600), EVERY, "Fewer than two groups of race", "measured"),
    "a group of one": (rows(race=["a"] * 599 + ["b"]), EVERY, "Fewer than two groups of race", "measured"),
    "an attribute that is all missing": (rows(race=[None] * 600), EVERY, "Columns without any value: race", "measured"),
    "a slice that is all missing": (rows(purpose=[None] * 600), EVERY, "Columns without any value", "measured"),
    "many categories": (rows(race=[str(number) for number in range(600)]), EVERY, "different values", "measured"),
    "many slices": (rows(purpose=[str(number) for number in range(600)]), EVERY, "different values", "measured"),
    "one row": ({key: values[:1] for key, values in rows().items()}, EVERY, "an indication", "cannot_tell"),
    "ten rows": ({key: values[:10] for key, values in rows().items()}, EVERY, "an indication", "measured"),
    "labels that are mostly missing": (rows(y=[1, None, None, None, 0, None] * 100), EVERY, "no label", "cannot_tell"),
    "every score the same": (rows(p=np.full(600, 0.5)), EVERY, "same in every row: p", "measured"),
    "a score of NaN": (rows(p=np.r_[rows()["p"][:599], np.nan]), EVERY, "no finite numbers", "measured"),
    "a score of infinity": (rows(p=np.r_[rows()["p"][:599], np.inf]), EVERY, "no finite numbers", "measured"),
    "a score beyond one": (rows(p=np.r_[rows()["p"][:599], 1.5]), EVERY, "no finite numbers", "measured"),
    "a score of words": (rows(p=[*map(str, rows()["p"][:590]), *["high"] * 10]), EVERY, "(10 cells)", "measured"),
}


@pytest.mark.parametrize("name", DATA)
def test_bad_data_leave_the_audit_standing(name):
    arrays, spec, said, error = DATA[name]
    found = audit(arrays, spec)
    assert open_or_found(found, said), name
    assert found.dimensions["error"].state == error
    assert {item.verdict for item in found.checks} <= {"pass", "fail", "cannot_tell", "not_run", "measured"}
    assert all(item.sentence for item in found.checks)
    found.to_bytes()


def test_a_hundred_thousand_categories_are_counted_and_named():
    count = 100_000
    arrays = {
        "y": np.arange(count) % 2,
        "p": np.linspace(0, 1, count),
        "race": [f"g{number}" for number in range(count)],
        "purpose": [f"p{number % 7}" for number in range(count)],
    }
    found = audit(arrays)
    assert found.dimensions["gap"].state == "cannot_tell"
    assert found.dimensions["error"].state == "measured"
    assert open_or_found(found, "100,000 different values")
    searched = {row[0]: row[1] for row in found.sections["slices"]["searched_columns"].rows}
    assert searched["race"].startswith("not searched")


def test_cells_that_are_left_out_are_counted_and_count_as_undecided():
    found = audit(rows(p=np.r_[rows()["p"][:597], np.nan, np.inf, -3]))
    assert found.rows["undecided"] == 3
    table = {row[0]: row for row in found.sections["data"]["columns"].rows}
    assert (table["p"][4], table["p"][5]) == (3, "no numbers")
    first = {key: values[:597] for key, values in rows().items()}
    assert found.dimensions["error"] == audit(first).dimensions["error"]


def test_the_first_editions_still_refuse_such_cells():
    arrays = rows(p=np.r_[rows()["p"][:599], np.nan])
    with pytest.raises(InputRefused, match="not finite"):
        run_suite(frame_from_arrays(arrays), spec_parse(EVERY), suite_load("PAS-2026.2"), seed=1, dataset_digest="")


def raising(error):
    def answers(_rows):
        raise error

    return answers


MODELS = {
    "the wrong shape": (lambda r: chance(r)[:-1], "model_fault"),
    "one dimension": (lambda r: chance(r)[:, 0], "model_fault"),
    "no columns": (lambda r: chance(r)[:, :0], "model_fault"),
    "NaN": (lambda r: chance(r) * np.nan, "model_fault"),
    "NaN in one row": (lambda r: np.where(np.arange(r.rows)[:, None] == 5, np.nan, chance(r)), "model_fault"),
    "infinity": (lambda r: chance(r) * np.inf, "model_fault"),
    "is slow": (raising(Slow("The model takes too long.", field="model")), "resource_limit"),
    "dies": (raising(Broken("The model made its runtime fail.", field="model", remedy="Try it.")), "model_fault"),
}


@pytest.mark.parametrize("name", MODELS)
def test_a_model_that_fails_at_the_rows_leaves_the_recorded_answers_measured(name):
    function, verdict = MODELS[name]
    found = audit(rows(), model=model_of(function))
    told = check(found, "model.answers")
    assert (told.verdict, told.k, told.n) == ("fail", 600, 600)
    finding = next(item for item in found.findings if item.check == "model.answers")
    assert finding.severity == "high"
    assert finding.title.startswith("The model failed: ")
    assert f"({verdict})" in finding.text
    assert "The answers that were recorded are measured instead" in finding.text
    assert found.model["failed"]["verdict"] == verdict
    assert found.dimensions["error"].state == "measured"
    assert found.dimensions["robustness"].state == "cannot_tell"
    needing = [item for item in found.checks if item.id.startswith(("model.d", "model.r", "robustness", "attribution"))]
    assert {item.verdict for item in needing} == {"cannot_tell"}
    assert all(item.reason.startswith("The model failed: ") for item in needing)
    assert dict(found.sections["model"]["facts"].rows)["format"] == "told"
    same = audit(rows())
    for dimension in ("error", "gap", "ece"):
        assert found.dimensions[dimension] == same.dimensions[dimension]


def test_a_model_that_fails_and_nothing_recorded_is_refused_as_before():
    arrays = {key: values for key, values in rows().items() if key != "p"}
    with pytest.raises(Broken):
        audit(arrays, model=model_of(raising(Broken("It died.", field="model"))))
    with pytest.raises(Broken):
        audit({**arrays, "p": [None] * 600}, model=model_of(raising(Broken("It died.", field="model"))))


def test_rows_that_cannot_be_put_to_the_model_are_told_apart_from_a_model_that_fails():
    arrays = rows(income=["much"] * 599 + ["little"])
    found = audit(arrays, model=model_of())
    assert found.model["failed"]["verdict"] == "rows_refused"
    assert "income" in found.model["failed"]["message"]
    hidden = audit(arrays, model=model_of(), show_rows=False)
    assert "income" not in hidden.model["failed"]["message"]


def test_how_far_a_model_came_is_counted():
    class Late:
        calls = 0

        def __call__(self, encoded):
            self.calls += 1
            if self.calls > 1:
                raise Broken("It died.", field="model")
            return chance(encoded)

    model = model_of(Late())
    model.interface = replace(model.interface, inputs=model.interface.inputs)
    found = audit(rows(), model=model)
    # Every row is answered in the first call; what asks again is left open, and the rest is measured.
    assert check(found, "model.answers").verdict == "pass"
    assert check(found, "model.deterministic").verdict == "cannot_tell"
    assert check(found, "performance.harmful_error").value is not None
    assert found.dimensions["robustness"].state == "cannot_tell"


def test_a_model_that_answers_otherwise_each_time_is_a_finding():
    rng = np.random.default_rng(3)
    found = audit(rows(), model=model_of(lambda r: np.clip(chance(r) + rng.normal(0, 0.01, (r.rows, 1)), 0, 1)))
    assert check(found, "model.deterministic").verdict == "fail"
    assert any(item.severity == "high" and item.check == "model.deterministic" for item in found.findings)
    assert found.dimensions["error"].state == "measured"


@pytest.mark.parametrize(
    "changes",
    [
        {"age": np.full(600, 40), "income": np.full(600, 1.0), "purpose": ["car"] * 600},
        {"age": [None] * 600},
        {"income": [None] * 600, "purpose": [None] * 600, "age": [None] * 600},
        {"purpose": [f"c{number}" for number in range(600)]},
        {"y": np.zeros(600, dtype=int)},
        {"race": [None] * 600},
    ],
    ids=["constant", "one empty", "all empty", "many categories", "one class", "no group"],
)
def test_bad_inputs_of_a_model_leave_its_checks_standing(changes):
    found = audit(rows(**changes), model=model_of())
    assert check(found, "model.answers").verdict == "pass"
    assert found.dimensions["error"].state == "measured"
    assert found.dimensions["robustness"].state in ("measured", "cannot_tell", "not_run")
    assert check(found, "robustness.adversarial").verdict in ("measured", "not_run")


def test_the_first_editions_still_fail_with_the_model():
    with pytest.raises(Broken):
        run_suite(
            frame_from_arrays(rows()), spec_parse(EVERY), suite_load("PAS-2026.2"), seed=1, dataset_digest="",
            model=model_of(raising(Broken("It died.", field="model"))),
        )  # fmt: skip


def test_recorded_answers_alone_say_that_no_model_was_asked():
    told = check(audit(rows()), "model.answers")
    assert told.verdict == "not_run"
    assert RACE in EVERY["attributes"]
    assert INTERFACE["output"]["column"] == "p"


def test_pictures_are_counted_whole():
    shades = np.arange(5 * 12, dtype=np.uint8).reshape(5, 12)
    column = frame_from_arrays({"photo": np.concatenate([shades, shades[:2]])}).columns["photo"]
    assert emptiness._different(column) == 5
