"""The told part of an audit result (contract B), small but with every verdict and every drawn table."""

from typing import Any


def check(name: str, family: str, verdict: str, **more: Any) -> dict[str, Any]:
    """One check with the keys a page reads."""
    base = {"title": name.capitalize(), "subject": None, "value": 0.1, "low": 0.08, "high": 0.12, "n": 7000}
    rest = {"k": 700, "method": "Clopper-Pearson", "limit": None, "rows_needed": None, "reason": None}
    said = {"sentence": f"Of 100 decisions, 10 (8 to 12): {name}."}
    return {"id": f"{family}.{name}", "family": family, "verdict": verdict, **base, **rest, **said, **more}


def rate(name: str) -> tuple[Any, ...]:
    return (name, None, 700, 7000, 0.1, 0.08, 0.12)


RESULT: dict[str, Any] = {
    "suite": {"id": "PAS-2026.1", "digest": "sha256:" + "a" * 64},
    "dataset_digest": "sha256:" + "b" * 64,
    "spec_digest": "sha256:" + "c" * 64,
    "seed": 20261001,
    "libraries": {"numpy": "2", "scipy": "1"},
    "spec": {"task": "binary", "label": "repaid", "decision": {"column": "approved"}, "gap_metric": "selection_rate"},
    "checks": [
        check("harmful_error", "performance", "pass", limit={"op": "<=", "value": 0.12}),
        check("gap", "fairness", "fail", subject="sex: f", limit={"op": "<=", "value": 0.05}),
        check("ece", "calibration", "cannot_tell", rows_needed=9000),
        check("outcome_slope", "drift", "not_run", reason="No timestamp was registered."),
        check("worst", "slices", "measured"),
    ],
    "sections": {
        "performance": {
            "rates": {
                "columns": ["rate", "subject", "k", "n", "value", "low", "high"],
                "rows": [rate("Harmful errors"), rate("Accuracy")],
            }
        },
        "calibration": {
            "reliability": {
                "columns": ["bin", "n", "mean score", "k", "observed", "low", "high"],
                "rows": [[1, 700, 0.1, 80, 0.11, 0.08, 0.14], [2, 700, 0.9, 630, 0.9, 0.88, 0.92]],
            }
        },
        "fairness": {
            "sex": {
                "columns": ["group", "n", "eligible", "selection rate", "selection low", "selection high", "z"],
                "rows": [["f", 3000, "yes", 0.7, 0.68, 0.72, 3.1], ["m", 4000, "yes", 0.8, 0.79, 0.81, None]],
            },
            "sex: gaps": {"columns": ["rate", "group", "gap"], "rows": [["Selection rate", "f", 0.1]]},
        },
        "slices": {
            "purpose": {
                "columns": ["value", "n", "k", "harmful error", "low", "high"],
                "rows": [["car", 3000, 300, 0.1, 0.09, 0.11]],
            }
        },
        "drift": {
            "periods": {
                "columns": ["period", "n", "k", "harmful error", "low", "high"],
                "rows": [["2026-08", 900, 90, 0.1, 0.08, 0.12], ["2026-09", 900, 99, 0.11, 0.09, 0.13]],
            }
        },
        "data": {},
    },
    "findings": [
        {"id": "F-1", "severity": "high", "title": "f fares worse", "text": "By 10 points.", "check": "fairness.gap"}
    ],
}
