"""Whole pieces of work: reading a file in isolation, auditing it, pricing it, setting the report."""

import io
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pandas as pd
from sklearn.metrics import brier_score_loss, confusion_matrix, roc_auc_score

from audits.canonical import canonical_read, canonical_write
from audits.engine import AuditResult, Frame, run_suite, spec_parse
from audits.sandbox.runner import table_open
from audits.suites import suite_load
from benchmarks.measure import Case, Figures
from benchmarks.population import GROUPS, SEED, SPEC, Population, drawn
from reports.quarterly import render
from underwriting.rating import Risk, evidence_from_audit, plan_load, price
from underwriting.rating.counts import evidence_from_counts

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = json.loads((ROOT / "docs/worked-example.json").read_text())
FIRST_FEATURES = tuple(f"x{place}" for place in range(5))
DIGEST = "sha256:" + "0" * 64
COMPAS = (ROOT / "demo/data/compas_two_years.csv").read_bytes()
COMPAS_SPEC: dict[str, Any] = {
    "task": "binary",
    "label": "two_year_recid",
    "positive_label": "1",
    "decision": {"column": "decile_score", "op": ">=", "value": "5"},
    "score": "decile_score",
    "harmful_error": "false_positive",
    "favourable_decision": "negative",
    "gap_metric": "false_positive_rate",
    "attributes": [{"name": name, "column": name, "source": "recorded"} for name in ("race", "sex", "age_cat")],
    "intersections": [["race", "sex"]],
    "slices": [{"name": "charge degree", "column": "c_charge_degree"}],
}
COMPAS_RISK = {
    **EXAMPLE["risk"],
    "use_class": "JUSTICE-RISK",
    "industry": "92a",
    "decisions": 7_000,
    "oversight": None,
    "schedule": [],
}


def cases(rows: int, prices: int) -> Iterator[Case]:
    """Intake and audit at `rows` rows, COMPAS from its bytes, its report, and `prices` prices a run."""
    population = drawn(rows)
    yield _intake(population)
    yield _compas()
    yield _audit(population)
    yield _report()
    yield _price(prices)


def _intake(population: Population) -> Case:
    """Read to typed columns; ours in a child process without environment, under limits, checked on return."""
    data = _written(population)

    def ours() -> Figures:
        with _file(data) as raw, table_open(raw) as table:
            batches = list(table.batches())
        joined = [np.concatenate([batch[place].values for batch in batches]) for place in range(len(batches[0]))]
        return np.concatenate([column.astype(float) for column in joined])

    def peer() -> Figures:
        found = pd.read_csv(io.BytesIO(data), parse_dates=["at"])
        return np.concatenate([_plain(found[name]) for name in found])

    columns = data.partition(b"\n")[0].count(b",") + 1
    what = f"isolated CSV reader, {population.rows:,} rows x {columns} columns"
    return Case(what, ours, "pandas' cells", peer, "pandas", count=population.rows, unit="rows")


def _written(population: Population) -> bytes:
    """The population as a CSV file of its groups (text), decision, outcome, score, time and first five features."""
    kept = {name: values for name, values in population.arrays.items() if name[:1] != "x" or name in FIRST_FEATURES}
    texts = {name: population.texts(name) for name in GROUPS}
    return str(pd.DataFrame({**kept, **texts}).to_csv(index=False)).encode()


@contextmanager
def _file(data: bytes) -> Iterator[BinaryIO]:
    with tempfile.TemporaryFile() as raw:
        raw.write(data)
        raw.flush()
        yield raw


def _plain(column: Any) -> Figures:
    """A pandas column as the reader's numbers: times as microseconds, text as codes in sorted order."""
    if column.dtype.kind == "M":
        return np.asarray(column.to_numpy().astype("M8[us]").astype(float))
    if column.dtype.kind in "if":
        return np.asarray(column.to_numpy(dtype=float))
    return np.asarray(pd.factorize(column, sort=True)[0], dtype=float)


def _compas() -> Case:
    """From the bytes of the file to the audit's result; the same counts by pandas and scikit-learn."""

    def ours() -> Figures:
        return _told(compas_audit())

    def check() -> Figures:
        found = pd.read_csv(io.BytesIO(COMPAS))
        flagged = found["decile_score"] >= 5
        fp = confusion_matrix(found["two_year_recid"], flagged)[0, 1]
        return np.array([fp, len(found), roc_auc_score(found["two_year_recid"], found["decile_score"])])

    what = "COMPAS, 7,214 rows: CSV read in isolation, canonical form, whole audit"
    return Case(what, ours, "sklearn's counts and AUC", check=check)


def compas_audit() -> AuditResult:
    """The audit of ProPublica's two-year file, through intake."""
    with _file(COMPAS) as raw, table_open(raw) as table, tempfile.TemporaryFile() as file:
        canonical_write(table, file)
        frame = canonical_read(file, [column.name for column in table.header.columns])
    return _run(frame, COMPAS_SPEC)


def _audit(population: Population) -> Case:
    """Every family of checks: rates, ranking, calibration, groups single and crossed, slices, drift."""
    arrays = population.arrays

    def ours() -> Figures:
        found = _run(population.frame(), SPEC)
        brier = next(check.value for check in found.checks if check.id == "performance.brier")
        return np.append(_told(found), float(brier or 0))

    def check() -> Figures:
        event, score = arrays["event"], arrays["score"]
        fn = confusion_matrix(event, arrays["decided"])[1, 0]
        return np.array([fn, len(event), roc_auc_score(event, score), brier_score_loss(event, score)])

    what = f"whole audit, {population.rows:,} synthetic rows"
    return Case(what, ours, "sklearn's counts, AUC, Brier", check=check, count=population.rows, unit="rows")


def _run(frame: Frame, spec: dict[str, Any]) -> AuditResult:
    return run_suite(frame, spec_parse(spec), suite_load(), seed=SEED, dataset_digest=DIGEST)


def _told(found: AuditResult) -> Figures:
    """Harmful errors, audited rows and AUC of a result."""
    error = found.dimensions["error"].figures
    area = next(check.value for check in found.checks if check.id == "performance.auc")
    return np.array([error["k"], error["n"], area], dtype=float)


def _report() -> Case:
    """The quarterly report's PDF from the COMPAS audit and its price; made twice, byte for byte the same."""
    audit = compas_audit().to_dict()
    worksheet = price(
        Risk.from_dict(COMPAS_RISK), evidence_from_audit(audit, evidence_class="E4"), plan_load("MRL-2026.02")
    ).to_dict()
    period = {"start": "2026-07-01", "end": "2026-09-30", "label": "third quarter 2026"}
    document = {
        "schema": "plimsoll.quarterly-report/1",
        "report": {"id": "benchmark", "version": 1, "status": "final", "made_on": "2026-10-12", "period": period},
        "insured": {"name": "Broward Pretrial Services"},
        "model": {"id": "1", "name": "COMPAS recidivism score"},
        "version": {"label": "2013", "digest": DIGEST},
        "audit": {**audit, "evidence_class": "E4", "historic": True},
        "worksheet": worksheet,
    }

    def ours() -> Figures:
        return np.frombuffer(render(document), np.uint8).astype(float)

    return Case(
        "quarterly report, PDF of the COMPAS audit", ours, "itself, made again", tolerance=0, count=1, unit="reports"
    )


def _price(times: int) -> Case:
    """The worked example, worksheet and all; to the cent what docs/rating.md prints."""
    risk, plan = Risk.from_dict(EXAMPLE["risk"]), plan_load(EXAMPLE["plan"])
    stated = dict(EXAMPLE["evidence"])
    evidence = evidence_from_counts(stated, evidence_class=stated.pop("evidence_class"))

    def ours() -> Figures:
        return np.array([float(price(risk, evidence, plan).premium or 0) for _ in range(times)])

    def check() -> Figures:
        return np.full(times, 19_319.56)

    what = f"price() with its whole worksheet, {times} times"
    return Case(what, ours, "the published premium", check=check, tolerance=0, count=times, unit="prices")
