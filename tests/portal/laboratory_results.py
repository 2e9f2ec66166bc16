"""The told part of a laboratory audit: families of the third edition, some hundred checks, tables long and short."""

from typing import Any

from tests.model_results import with_model
from tests.portal.results import RESULT, check

CHANGES = "difference", "low", "high"
PAIR = ["metric", "grouping", "higher group", "lower group", "higher value", "lower value"]
MANY = 5_000  # rows of the longest table


def _table(columns: list[str], *rows: list[Any]) -> dict[str, Any]:
    return {"columns": columns, "rows": list(rows)}


def _rate(name: str, value: float) -> list[Any]:
    return [name, 400, round(400 * value), value, value - 0.02, value + 0.02]


SECTIONS: dict[str, Any] = {
    "bias": {
        "groups": _table(
            ["grouping", "group", "metric", "n", "value", "low", "high"],
            ["race", "b", "Selection rate", 400, 0.46, 0.42, 0.5],
            ["race", "c", "Selection rate", 400, 0.38, 0.34, 0.42],
        ),
        "worst pairs": _table(PAIR, ["Selection rate", "race", "b", "c", 0.46, 0.38]),
        "small groups": _table(["grouping", "group", "rows"]),
    },
    "drift": {
        "periods": RESULT["sections"]["drift"]["periods"],
        "alarm": _table(
            ["year", "block", "from", "n", "k", "harmful error", "low", "high", "e-value", "alarm"],
            [1, 1, "2026-01-01", 50, 9, 0.18, 0.1, 0.29, 3.5, ""],
            [1, 2, "2026-01-08", 50, 25, 0.5, 0.38, 0.62, 1e300, "rings"],
            [1, 3, "2026-01-15", 50, 2, 0.04, 0.0, 0.12, 1e-9, "rings"],
        ),
        "baseline": _table(["what", "value"], ["reference rows", 1500], ["rings at an e-value of", 20]),
    },
    "calibration": {
        **RESULT["sections"]["calibration"],
        "bands": _table(
            ["bin", "n", "mean score", "k", "observed", "low", "high"], [1, 700, 0.1, 80, 0.11, 0.06, 0.16]
        ),
    },
    "uncertainty": {
        "selective": _table(
            ["share kept", "rows", "rate", "low", "high"], [1.0, 400, 0.15, 0.12, 0.18], [0.5, 200, 0.1, 0.07, 0.14]
        ),
        "conformal": _table(
            ["attribute", "group", "should hold", "held by one line for all", "low", "high"],
            ["all rows", "", 0.9, 0.893, 0.87, 0.91],
            ["race", "a", 0.9, 0.85, 0.8, 0.89],
        ),
    },
    "oversight": {
        "reviewers": _table(
            ["reviewer", "seeded", "caught", "catch rate", "low", "high"], ["ann", 35, 26, 0.74, 0.6, 0.86]
        )
    },
    "versions": {
        "by group": _table(
            ["grouping", "group", "n", *(f"harmful errors: {name}" for name in CHANGES)],
            ["race", "a", 400, 0.03, 0.01, 0.05],
            ["race", "b", 400, -0.02, -0.04, 0.0],
        )
    },
    "labels": {
        "suspects": _table(["row", "label", "more probable class"], ["case 9", "0", "1"]),
        "telling": _table(
            ["column", "share", "low", "high", "n"], *([f"x{i}", 0.5 + i / 100, 0.4, 0.7, 90] for i in range(30))
        ),
    },
    "gaming": {
        "challenge": _table(
            ["rows", "decided and labelled", "errors", "rate", "low", "high"],
            _rate("customer's rows", 0.15),
            _rate("insurer's rows", 0.22),
        )
    },
    "slices": {
        "purpose": RESULT["sections"]["slices"]["purpose"],
        "small_slices": _table(
            ["columns", "rows", "share of rows"], *([f"slice {i}", i, i / MANY] for i in range(MANY))
        ),
    },
}
FAMILIES = ("labels", "oversight", "versions", "uncertainty", "gaming", "slices", "drift", "calibration")
TOLD = [
    check("canaries", "gaming", "fail", limit={"op": ">=", "value": 0.001}),
    check("worst_pair", "fairness", "fail", subject="Selection rate", limit={"op": "<=", "value": 0.05}),
    check("alarm", "drift", "fail", limit={"op": "<", "value": 20.0}),
    *(check(f"measure_{place}", family, "measured") for family in FAMILIES for place in range(12)),
    *(check(f"doubt_{place}", "fairness", "cannot_tell", rows_needed=900) for place in range(30)),
    *(check(f"picture_{place}", "saliency", "not_run", reason="No images.", n=0) for place in range(4)),
    check("tomorrow", "a_new_family", "measured"),
]
FINDINGS = [
    {"id": f"F-{place}", "severity": severity, "title": f"Finding {place}", "text": f"Said {place}.", "check": name}
    for place, (severity, name) in enumerate(
        [
            ("low", "data.odd_columns"),
            ("high", "gaming.canaries"),
            ("medium", "fairness.worst_pair"),
            ("medium", "drift.alarm"),
        ]
        + [("low", "saliency.additivity")] * 9
    )
]


def laboratory() -> dict[str, Any]:
    """A result with every family that is drawn, findings of each severity, and one table of thousands of rows."""
    run = with_model(RESULT)
    checks = [row for row in run["checks"] if row["id"] != "drift.outcome_slope"]
    spec = {**run["spec"], "row_id": "case"}
    sections = {**run["sections"], **SECTIONS}
    return {**run, "checks": [*checks, *TOLD], "sections": sections, "findings": FINDINGS, "spec": spec}
