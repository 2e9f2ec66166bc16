"""Rows that the insurer holds: no table of single rows, and no cell of one, in what an audit of them says."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from engine_examples import RACE, SEED
from model_examples import Told, chance, people

from audits.engine import Encoded, frame_from_arrays, run_suite, spec_parse
from audits.engine.rowtables import SINGLE_ROWS, is_of_single_rows, without_rows
from audits.interface import interface_parse
from audits.suites import suite_load

ROWS = 400
WORD, NAME, LOSS, INCOME = "zqcanary", "case-zq-7", 71839.5246, 93817.4625
CANARIES = (WORD, NAME, "71839.5", "93817.4")
INTERFACE = {
    "inputs": [
        {"column": "age", "as": "number"},
        {"column": "income", "as": "number"},
        {"column": "purpose", "as": "one_hot", "categories": ["car", "home", "study"]},
        {"column": "notes", "as": "text"},
    ],
    "output": {"column": "p", "means": "probability", "index": 1, "tolerance": "0.000001"},
}
SPEC: dict[str, Any] = {
    "task": "binary",
    "label": "y",
    "positive_label": "1",
    "decision": {"column": "p", "op": ">=", "value": "0.5"},
    "probability": "p",
    "harmful_error": "false_positive",
    "favourable_decision": "negative",
    "attributes": [RACE],
    "slices": [{"name": "purpose", "column": "purpose"}],
    "row_id": "case",
    "loss": "loss",
    "monotone": [{"column": "age", "way": "up"}, {"column": "income", "way": "up"}],
    "ranges": [{"column": "age", "low": "18", "high": "100"}],
}
# Left out: what only repeats others' tables at the cost of many questions to the model.
COSTLY = ("adversarial", "scaffolding", "interactions", "explanation_stability", "faithfulness", "bias_carriers")


def listening(rows: Encoded) -> np.ndarray:
    """The smooth model, less sure of who pays late."""
    late = np.array(["late" in str(text) for text in rows.texts[0]])
    yes = np.clip(chance(rows)[:, 1] - 0.2 * late, 0, 1)
    return np.column_stack([1 - yes, yes])


def held(seed: int, mark: str) -> dict[str, Any]:
    """People of whom one is known by his words, his name, his loss and his income."""
    draw = np.random.default_rng(seed)
    made = people(ROWS, seed)
    made |= {
        "case": [f"case-{place}" for place in range(ROWS)],
        "loss": np.round(draw.gamma(2, 500, ROWS), 2),
        "notes": [" ".join(draw.choice(["paid", "late", "shop", "loan"], 4)) for _ in range(ROWS)],
    }
    made["notes"][7], made["case"][7] = f"{mark}{WORD} late", f"{mark}{NAME}"
    made["loss"][7], made["income"][7], made["y"][7] = LOSS, INCOME, 1
    return made


@cache
def told(*, show_rows: bool) -> dict[str, Any]:
    """The whole edition but its costliest checks, over rows and challenge rows."""
    suite = suite_load("PAS-2026.3")
    quick = replace(suite.model, sampled_cells=20_000)
    suite = replace(suite, checks=tuple(one for one in suite.checks if one.name not in COSTLY), model=quick)
    rows = held(4, "")
    rows["income"][9] = 120_000.0  # so that the marked income is not the largest
    beside = {
        "challenge": held(5, "challenge-"),
        "audited_before": held(6, "earlier-"),
        "training": held(7, "trained-"),
    }
    return run_suite(
        frame_from_arrays(rows),
        spec_parse(SPEC),
        suite,
        seed=SEED,
        dataset_digest="sha256:00",
        model=Told(listening, interface_parse(INTERFACE)),
        beside={role: frame_from_arrays(arrays) for role, arrays in beside.items()},
        show_rows=show_rows,
    ).to_dict()


def names(result: dict[str, Any]) -> set[tuple[str, str]]:
    return {(section, name) for section, tables in result["sections"].items() for name in tables}


def text_of(result: dict[str, Any]) -> str:
    return str([result["sections"], result["checks"], result["findings"], result["dimensions"], result["model"]])


def test_what_an_audit_of_held_rows_leaves_out_is_named_as_of_single_rows():
    shown, kept = told(show_rows=True), told(show_rows=False)
    assert {pair for pair in names(shown) if is_of_single_rows(*pair)} >= {
        *(("attribution", name) for name in ("beeswarm", "examples", "example 1", "text examples")),
        ("labels", "suspects"),
    }
    assert {pair for pair in names(shown) - names(kept) if not is_of_single_rows(*pair)} == set()
    assert {pair for pair in names(kept) if is_of_single_rows(*pair)} == set()


def test_a_page_without_rows_has_the_same_tables_as_an_audit_without_them():
    assert names(without_rows(told(show_rows=True))) == {
        pair for pair in names(told(show_rows=True)) if not is_of_single_rows(*pair)
    }


@pytest.mark.parametrize("canary", CANARIES)
def test_no_cell_of_a_held_row_stands_in_the_result(canary):
    assert canary not in text_of(told(show_rows=False))


@pytest.mark.parametrize("beside", ["challenge-", "earlier-", "trained-"])
def test_no_name_or_word_of_a_row_beside_stands_in_any_result(beside):
    for show_rows in (True, False):
        assert f"{beside}{WORD}" not in text_of(told(show_rows=show_rows))
        assert f"{beside}{NAME}" not in text_of(told(show_rows=show_rows))


def test_canaries_are_found_where_rows_may_be_shown():
    assert "71839.5" in text_of(told(show_rows=True))


def test_every_pattern_is_of_a_section_that_there_is():
    assert set(SINGLE_ROWS) <= {"attribution", "labels", "saliency"}
    assert is_of_single_rows("saliency", "parts 12")
    assert not is_of_single_rows("saliency", "mean map")
