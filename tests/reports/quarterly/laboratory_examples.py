"""Audits in which the whole laboratory has something to measure: a lender that registered and sent everything it could.

Made once and kept: the tests of the report read the same result.
"""

from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np
from report_examples import RISK, report

from audits.engine import Encoded, Frame, encode, frame_from_arrays, run_suite, spec_parse
from audits.engine.suite import Suite
from audits.interface import Interface, interface_parse
from audits.suites import suite_load
from audits.trees import Trees
from core.canonical import plain
from underwriting.rating import Risk, evidence_from_audit, plan_load, price

EDITION = "PAS-2026.5"
DIGEST = "sha256:" + "0" * 64
PURPOSES = ["car", "home", "study", "other"]
INTERFACE: dict[str, Any] = {
    "inputs": [
        {"column": "age", "as": "number"},
        {"column": "income", "as": "number"},
        {"column": "debts", "as": "number"},
        {"column": "purpose", "as": "one_hot", "categories": PURPOSES},
    ],
    "output": {"column": "p", "means": "probability", "index": 1, "tolerance": "0.000001"},
}
SPEC: dict[str, Any] = {
    "task": "binary",
    "label": "repaid",
    "positive_label": "1",
    "decision": {"column": "p", "op": ">=", "value": "0.5"},
    "probability": "p",
    "harmful_error": "false_negative",
    "favourable_decision": "positive",
    "gap_metric": "selection_rate",
    "attributes": [
        {"name": "sex", "column": "sex", "source": "recorded"},
        {"name": "race", "column": "race", "source": "self-reported"},
    ],
    "intersections": [["sex", "race"]],
    "slices": [{"name": "channel", "column": "channel"}, {"name": "purpose", "column": "purpose"}],
    "drift": {
        "timestamp": "at",
        "period": "month",
        "reference": {"column": "part", "value": "reference"},
        "features": ["income", "debts"],
        "labelled_at": "known",
    },
    "loss": "lost",
    "legitimate": [{"name": "purpose", "column": "purpose"}],
    "annotators": ["first reader", "second reader", "third reader"],
    "human": "officer",
    "row_id": "id",
    "monotone": [{"column": "income", "way": "up"}, {"column": "debts", "way": "down"}],
    "units": [{"column": "income", "factor": "12"}],
    "ranges": [{"column": "age", "low": "18", "high": "100"}],
    "inferred": [
        {
            "name": "origin",
            "source": "BISG, Census 2010 surnames and 2020 tracts",
            "groups": [{"name": name, "column": f"chance {name}"} for name in ("Black", "Hispanic", "White")],
        }
    ],
    "scores_expected": True,
}


@dataclass
class Lender:
    """A model that is a function of encoded rows."""

    interface: Interface = field(default_factory=lambda: interface_parse(INTERFACE))
    trees: Trees | None = None
    digest: str = "sha256:" + "ab" * 32
    format: str = "onnx"
    runtime: str = "onnxruntime 1.23.2"

    def answers(self, frame: Frame) -> Any:
        return chance(encode(frame, self.interface))

    def again(self, frame: Frame) -> Any:
        return self.answers(frame)


def chance(rows: Encoded) -> Any:
    """What the model says: income helps, debts hurt, age matters a little."""
    age, income, debts, car, home, study, _ = np.nan_to_num(rows.numbers).T
    margin = 0.4 + 0.01 * (age - 40) + 0.0004 * (income - 3000) - 0.4 * debts + 0.4 * car - 0.3 * home + 0.1 * study
    yes = 1 / (1 + np.exp(-np.clip(margin, -30, 30)))
    return np.column_stack([1 - yes, yes])


def applicants(rows: int, seed: int, start: str = "2025-01-01", days: int = 540) -> dict[str, Any]:
    """People with an outcome that follows the model less and less as time goes by."""
    rng = np.random.default_rng(seed)
    race = rng.choice(["Black", "Hispanic", "White"], rows, p=[0.25, 0.15, 0.6])
    arrays: dict[str, Any] = {
        "id": np.arange(rows) + 1_000_000 * seed,
        "age": rng.integers(18, 80, rows),
        "income": np.round(rng.gamma(4, 800, rows) * (1 - 0.25 * (race == "Black")), 2),
        "debts": rng.integers(0, 5, rows),
        "purpose": rng.choice(PURPOSES, rows).tolist(),
        "sex": rng.choice(["f", "m"], rows).tolist(),
        "channel": rng.choice(["branch", "broker", "web"], rows).tolist(),
    }
    p = chance(encode(frame_from_arrays(arrays), interface_parse(INTERFACE)))[:, 1].astype(float)
    day = rng.integers(0, days, rows)
    shift = 0.25 * (day > 0.6 * days) + 0.15 * (np.array(arrays["channel"]) == "broker")
    repaid = (rng.random(rows) < np.clip(p + shift, 0, 1)).astype(int)
    at = np.datetime64(start, "us") + day * np.timedelta64(1, "D")
    stated: list[Any] = [None if hide else name for hide, name in zip(rng.random(rows) < 0.06, race, strict=True)]
    return {
        **arrays,
        "race": stated,
        **chances(rng, race),
        "p": p,
        "repaid": repaid,
        "at": at,
        "known": at + rng.integers(20, 60, rows) * np.timedelta64(1, "D"),
        "part": np.where(day < 0.4 * days, "reference", "later").tolist(),
        "lost": np.round(np.where(repaid == 1, 0.1, 0.6) * rng.gamma(1.2, 4_000, rows), 2),
        "officer": np.where(rng.random(rows) < 0.8, (p >= 0.5) * 1, repaid),
        **{
            f"{place} reader": np.where(rng.random(rows) < 0.93, repaid, 1 - repaid)
            for place in ("first", "second", "third")
        },
    }


def chances(rng: np.random.Generator, race: Any) -> dict[str, Any]:
    """What a surname and a place might tell of each person's group."""
    known = np.array([[0.7, 0.1, 0.2], [0.1, 0.6, 0.3], [0.1, 0.1, 0.8]])
    names = ("Black", "Hispanic", "White")
    drawn = rng.dirichlet([1, 1, 1], len(race)) * 0.3 + known[[names.index(name) for name in race]] * 0.7
    return {f"chance {name}": drawn[:, place] for place, name in enumerate(names)}


def companions(audited: dict[str, Any]) -> dict[str, Frame]:
    """What may be sent beside the audited rows: training data, second readings, reviews, an earlier version, ours."""
    rng = np.random.default_rng(6)
    rows = len(audited["id"])
    chosen = np.sort(rng.choice(rows, 300, replace=False))
    again = np.where(rng.random(300) < 0.95, audited["repaid"][chosen], 1 - audited["repaid"][chosen])
    training = applicants(1_200, 8)
    training = {
        name: [*list(column[:-40]), *list(audited[name][:40])] if isinstance(column, list) else column
        for name, column in training.items()
    }
    seeded = rng.random(600) < 0.2
    challenge = applicants(400, 9)
    challenge["repaid"] = (rng.random(400) < np.clip(challenge["p"] - 0.25, 0, 1)).astype(int)
    noisy = np.clip(audited["p"] + rng.normal(0, 0.05, rows), 0, 1)
    before = {name: list(column)[:400] for name, column in audited.items()}
    return {
        "training": frame_from_arrays(training),
        "relabelled": frame_from_arrays({"id": audited["id"][chosen], "repaid": again}),
        "reviews": frame_from_arrays(
            {
                "case": np.arange(600),
                "reviewer": rng.choice(["A", "B", "C"], 600).tolist(),
                "seeded": seeded.astype(int),
                "caught": (seeded & (rng.random(600) < 0.7)).astype(int),
            }
        ),
        "earlier": frame_from_arrays({"id": audited["id"], "p": noisy}),
        "challenge": frame_from_arrays({**challenge, "canary": (rng.random(400) < 0.1).astype(int)}),
        "audited_before": frame_from_arrays(
            {name: np.array(column, dtype=object).tolist() for name, column in before.items()}
        ),
    }


def edition(cells: int) -> Suite:
    """The edition with less to sample."""
    suite = suite_load(EDITION)
    return replace(suite, model=replace(suite.model, sampled_cells=cells))


@cache
def laboratory(rows: int = 1_200, cells: int = 40_000) -> dict[str, Any]:
    """The result of the whole suite over the lender's rows, with everything registered and sent."""
    audited = applicants(rows, 7)
    found = run_suite(
        frame_from_arrays(audited),
        spec_parse(SPEC),
        edition(cells),
        seed=11,
        dataset_digest=DIGEST,
        model=Lender(),
        beside=companions(audited),
    )
    return found.to_dict()


def report_of(audit: dict[str, Any], evidence_class: str = "E2", **changes: Any) -> dict[str, Any]:
    """A quarterly report's input of this audit, priced as the examples' lender is."""
    evidence = evidence_from_audit(audit, evidence_class=evidence_class)
    sheet = price(Risk.from_dict(RISK), evidence, plan_load("MRL-2026.02")).to_dict()
    more = {"run_id": "RUN-1", "completed_at": "2026-10-10T09:00:00Z", "evidence_class": evidence_class}
    return report(audit={**audit, **more}, worksheet=plain(sheet), **changes)


def laboratory_report(**changes: Any) -> dict[str, Any]:
    """The whole input of the laboratory's report."""
    return report_of(laboratory(), **changes)
