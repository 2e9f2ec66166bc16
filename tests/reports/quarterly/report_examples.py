"""A whole quarterly report's input from a synthetic audit, and a bare one in which nothing could be told."""

from copy import deepcopy
from functools import cache
from io import BytesIO
from typing import Any

import numpy as np
from pypdf import PdfReader

from audits.engine import frame_from_arrays, run_suite, spec_parse
from audits.suites import suite_load
from core.canonical import plain
from tests.model_results import with_model
from underwriting.rating import Risk, evidence_from_audit, plan_load, price

DIGEST = "sha256:" + "0" * 64
SPEC = {
    "task": "binary",
    "label": "repaid",
    "positive_label": "1",
    "decision": {"column": "p", "op": ">=", "value": "0.5"},
    "probability": "p",
    "harmful_error": "false_negative",
    "favourable_decision": "positive",
    "gap_metric": "selection_rate",
    "attributes": [{"name": "region", "column": "region", "source": "recorded"}],
    "slices": [{"name": "channel", "column": "channel"}],
    "drift": {"timestamp": "at", "period": "quarter", "features": ["income"]},
    "scores_expected": True,
}
RISK = {
    "use_class": "CREDIT-RETAIL",
    "industry": "52",
    "decisions": 400_000,
    "limit": "2000000",
    "aggregate": "2000000",
    "deductible": "25000",
    "claims_made_year": 2,
    "tax_jurisdiction": "US-NY",
    "expected_claims": "0.30",
    "factors": {
        "autonomy": "on_the_loop",
        "criticality": "high_risk",
        "data_sensitivity": "financial",
        "validation_age": "under_6m",
        "third_party": "fine_tuned_vendor",
        "jurisdiction": "us_states_or_eu",
    },
}


@cache
def _audit() -> dict[str, Any]:
    rng = np.random.default_rng(7)
    n = 1_600
    p = rng.beta(3, 2, n).round(3)
    columns = {
        "p": p,
        "repaid": (rng.random(n) < p).astype(int),
        "income": rng.normal(40, 9, n),
        "region": rng.choice(["Κρήτη", "Łódź", "Gdańsk"], n, p=[0.5, 0.35, 0.15]).tolist(),
        "channel": rng.choice(["branch", "web"], n).tolist(),
        "at": [f"2025-{month:02d}-15T00:00:00" for month in rng.integers(1, 13, n)],
    }
    result = run_suite(frame_from_arrays(columns), spec_parse(SPEC), suite_load(), seed=11, dataset_digest=DIGEST)
    return result.to_dict()


@cache
def _worksheet(evidence_class: str = "E4") -> dict[str, Any]:
    audit = _audit() if evidence_class == "E4" else with_model(_audit())
    evidence = evidence_from_audit(audit, evidence_class=evidence_class)
    return price(Risk.from_dict(RISK), evidence, plan_load("MRL-2026.02")).to_dict()


def report(**changes: Any) -> dict[str, Any]:
    """The whole input; `changes` replace its blocks, or single values at dotted__paths."""
    made = {**deepcopy(plain(_blocks())), "audit": _audit_block(), "worksheet": deepcopy(plain(_worksheet()))}
    for path, value in changes.items():
        place, *steps = path.split("__")
        if not steps:
            made[place] = value
        else:
            made[place] = {**made[place], steps[0]: value}
    return made


def run_report(evidence_class: str = "E2", **changes: Any) -> dict[str, Any]:
    """The same of an audit in which the insurer ran the model itself."""
    made = report(worksheet=deepcopy(plain(_worksheet(evidence_class))))
    made["audit"] = {**with_model(made["audit"]), "evidence_class": evidence_class}
    if evidence_class == "E1":
        made["dataset"] |= {"custody": "insurer", "sampling": "drawn and held by the insurer"}
    return {**made, **changes}


def bare() -> dict[str, Any]:
    """No policy, no price, no claims, no groups: every dimension cannot be told."""
    audit = _audit_block()
    unknown = {"state": "cannot_tell", "reason": "too few rows"}
    audit |= {"dimensions": dict.fromkeys(audit["dimensions"], unknown), "checks": [], "findings": [], "sections": {}}
    return {"report": {"id": "R-1"}, "model": {"name": "M"}, "audit": audit, "policy": None, "previous": None}


def _audit_block() -> dict[str, Any]:
    more = {"run_id": "RUN-1", "completed_at": "2026-10-10T09:00:00Z", "evidence_class": "E4", "historic": True}
    return {**deepcopy(_audit()), **more}


def _blocks() -> dict[str, Any]:
    return {
        "schema": "plimsoll.quarterly-report/1",
        "report": {
            "id": "QAR-7",
            "version": 2,
            "status": "final",
            "verification_code": "7F3A-91CC",
            "made_on": "2026-10-12",
            "period": {"start": "2026-07-01", "end": "2026-09-30", "label": "third quarter 2026"},
            "page_size": "A4",
            "preparer": "A. Kowalska",
            "reviewer": "N. Παπαδόπουλος",
            "distribution": ["Insured: owner"],
        },
        "insured": {"name": "Zażółć Gęślą Sp. z o.o.", "address": "Łódź"},
        "insurer": {"name": "Plimsoll Mutual"},
        "model": {
            "id": "M-1",
            "name": "Retail credit",
            "purpose": "Grant loans",
            "harm_text": "denied and would have repaid",
        },
        "version": {"label": "3", "digest": DIGEST, "frozen_at": "2026-06-30", "live_from": "2026-07-01"},
        "policy": {"number": "P-12", "currency": "USD", "premium": "19319.56"},
        "previous": {"score": "66.0", "grade": "C", "completed_at": "2026-07-09", "findings": []},
        "claims": {
            "incidents": [
                {"id": "INC-1", "occurred_on": "2026-08-03", "state": "triaged", "summary": "Wrongly denied"}
            ],
            "claims": [{"number": "CLM-1", "state": "reserved", "reserved": "80000.00"}],
            "paid": "0.00",
            "reserved": "80000.00",
        },
        "dataset": {"digest": DIGEST, "columns": 6, "source": "synthetic", "window": "2025", "sampling": "all rows"},
        "conditions": {
            "next_due": "2027-01-30",
            "status": "on time",
            "items": [{"text": "Report", "due": "2027-01-30"}],
        },
        "change_log": [{"at": "2026-10-12", "what": "issued", "who": "A. Kowalska", "why": "quarter end"}],
        "plan": {"id": "MRL-2026.02", "hash": DIGEST},
        "reproduce": "POST /api/v1/pricings/1/replay",
        "provenance": {"code_version": "0.1.0", "artifacts": {"result": DIGEST}},
    }


def text_of(pdf: bytes) -> str:
    """All text of all pages, blanks made single."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())


def squeezed(pdf: bytes) -> str:
    """All text without any blank, so that a broken line hides nothing."""
    return "".join(text_of(pdf).split())
