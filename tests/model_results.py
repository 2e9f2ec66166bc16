"""What an audit result gains when the model itself was run: the tables that pages and papers read, small and whole.

Contributions follow from the rows by one made-up rule, so that every table says the same of the same rows.
"""

from copy import deepcopy
from typing import Any

DIGEST = "sha256:" + "d" * 64
INPUTS = ("duration", "credit_amount", "age", "purpose")
WEIGHTS = {"duration": -0.9, "credit_amount": -0.4, "age": 0.25}
CATEGORIES = {"car": 0.1, "education": -0.3, "repairs": 0.2}
INTERFACE = {
    "inputs": [
        {"column": "duration", "as": "number"},
        {"column": "credit_amount", "as": "number"},
        {"column": "age", "as": "number", "missing": -1},
        {"column": "purpose", "as": "one_hot", "categories": list(CATEGORIES)},
    ],
    "output": {"column": "p_repaid", "means": "probability", "index": 1, "tolerance": "0.00001"},
}


def _table(columns: str, rows: list[list[Any]]) -> dict[str, Any]:
    return {"columns": columns.split(" | "), "rows": rows}


def _facts(**facts: Any) -> dict[str, Any]:
    return _table("what | value", [[name.replace("_", " "), value] for name, value in facts.items()])


def _bees() -> list[list[Any]]:
    rows: list[list[Any]] = []
    for name, weight in WEIGHTS.items():
        rows += [[name, str(place), place / 100, weight * (place - 50) / 50] for place in range(101)]
    rows += [["purpose", name, None, push] for name, push in CATEGORIES.items() for _ in range(30)]
    return [*rows, ["age", None, None, 0.05]]


def _importance() -> list[list[Any]]:
    made, total = [], sum(map(abs, WEIGHTS.values())) + 0.2
    sizes = {**{name: abs(weight) for name, weight in WEIGHTS.items()}, "purpose": 0.2}
    for rank, name in enumerate(sorted(sizes, key=lambda one: -sizes[one]), 1):
        size = sizes[name] / 2
        made.append([name, size, size * 0.9, size * 1.1, sizes[name] / total, rank, max(1, rank - 1), min(4, rank + 1)])
    return made


EXAMPLE_ROWS = [
    ["duration", 48, -0.812],
    ["purpose", "education", -0.3],
    ["age", 23, -0.071],
    ["all others", None, 0.02],
]

SECTIONS: dict[str, Any] = {
    "model": {
        "facts": _facts(
            artifact_digest=DIGEST, format="xgboost-json", runtime="xgboost 3.2.0", inputs=4, caged_rows=24_600
        ),
        "reproduction": _facts(compared=1_600, rows_beyond_tolerance=0, largest_difference=4e-08, decisions_changed=0),
        "determinism": _table(
            "question | rows | differing | largest difference",
            [["the same rows again", 500, 0, 0.0], ["the same rows in another order", 500, 0, 0.0]],
        ),
    },
    "attribution": {
        "method": _facts(
            algorithm="exact path-dependent",
            units="log-odds",
            explained_output="p_repaid",
            rows_explained=500,
            background_rows=0,
            background_digest=DIGEST,
            seed=11,
            additivity_largest_error=3.1e-9,
            budget=None,
        ),
        "importance": _table(
            "feature | mean absolute | low | high | share | rank | rank low | rank high", _importance()
        ),
        "stability": _table(
            "repeat | seed | rows | spearman", [[1, 12, 250, 1.0], [2, 13, 250, 0.8], [3, 14, 250, 1.0]]
        ),
        "direction": _table(
            "feature | spearman of value and contribution | n",
            [["duration", -0.98, 500], ["credit_amount", -0.95, 500], ["age", 0.91, 480]],
        ),
        "by region": _table(
            "feature | group | n | mean absolute | low | high | mean",
            [["duration", "north", 300, 0.46, 0.42, 0.5, -0.02], ["duration", "south", 200, 0.43, 0.38, 0.48, 0.03]],
        ),
        "beeswarm": _table("feature | value | position | contribution", _bees()),
        "examples": _table(
            "example | row | chosen because | base | answer | decision",
            [[1, 417, "closest to the threshold", 0.84, 0.42, "negative"]],
        ),
        "example 1": _table("feature | value | contribution", EXAMPLE_ROWS),
        "reasons": _table(
            "feature | unfavourable decisions | share",
            [["duration", 180, 0.9], ["credit_amount", 150, 0.75], ["purpose", 60, 0.3]],
        ),
    },
    "robustness": {
        "families": _table(
            "family | what is done | rows | flipped | rate | low | high | seed",
            [
                ["noise", "Numbers move by 1 % of their spread.", 1_000, 21, 0.021, 0.014, 0.031, 91],
                ["missing", "One cell of the row is emptied.", 1_000, 46, 0.046, 0.035, 0.06, 92],
            ],
        ),
        "columns": _table(
            "family | column | rows touched | flipped", [["missing", "duration", 240, 30], ["missing", "age", 260, 2]]
        ),
    },
}
MODEL: dict[str, Any] = {
    "digest": DIGEST,
    "format": "xgboost-json",
    "runtime": "xgboost 3.2.0",
    "interface": INTERFACE,
    "interface_digest": "sha256:" + "e" * 64,
    "caged_rows": 24_600,
    "caged_calls": 52,
}


def _check(name: str, title: str, verdict: str, sentence: str, **more: Any) -> dict[str, Any]:
    shared = {"subject": None, "value": None, "low": None, "high": None, "n": 500, "k": None, "limit": None}
    rest = {"method": "", "confidence": None, "rows_needed": None, "reason": None}
    base = {"id": name, "family": name.partition(".")[0], "title": title, "verdict": verdict, "sentence": sentence}
    return {**shared, **rest, **base, **more}


def _flips(subject: str, k: int, low: float, high: float) -> dict[str, Any]:
    sentence = f"Of 1,000 decisions {k} turn over when the inputs are disturbed ({subject})."
    figures = {"subject": subject, "value": k / 1000, "low": low, "high": high, "n": 1_000, "k": k}
    return _check("robustness.flip_rate", "Decisions that turn over", "measured", sentence, **figures)


CHECKS = [
    _check(
        "model.reproduces",
        "Recorded predictions are the model's own",
        "pass",
        "All of 1,600 recorded predictions are reproduced within 0.00001.",
    ),
    _check("model.deterministic", "Same rows, same answers", "pass", "Asked again, the model gave the same answers."),
    _check(
        "attribution.additivity",
        "Parts add up to the answer",
        "pass",
        "Base and contributions add up to each answer within 0.000000003.",
    ),
    _check(
        "attribution.rank_stability",
        "Ranks hold on other rows",
        "measured",
        "On other rows the order of the inputs is nearly the same (rank correlation at least 0.80).",
        value=0.8,
    ),
    _flips("noise", 21, 0.014, 0.031),
    _flips("missing", 46, 0.035, 0.06),
]
ROBUSTNESS = {
    "state": "measured",
    "k": 46,
    "n": 1_000,
    "point": "0.046000",
    "u": "0.055691",
    "gamma": "0.90",
    "family": "missing",
}


def with_model(result: dict[str, Any]) -> dict[str, Any]:
    """`result` as it would be had the model itself been run on the same rows."""
    families = ("model", "attribution", "robustness")
    kept = [check for check in result["checks"] if check["family"] not in families]
    made = {**deepcopy(result), "model": deepcopy(MODEL), "checks": kept + deepcopy(CHECKS)}
    made["sections"] = {**made["sections"], **deepcopy(SECTIONS)}
    if "dimensions" in made:
        made["dimensions"] = {**made["dimensions"], "robustness": ROBUSTNESS}
    return made
