"""P13: a book rated under a draft plan by columns, beside the engine one price at a time."""

from collections.abc import Iterator
from random import Random
from typing import Any

import numpy as np

from benchmarks.measure import Case, Figures
from benchmarks.population import SEED
from underwriting.rating import Evidence, Risk, plan_load, price
from underwriting.rating.columns import Book, rate
from underwriting.rating.plan import DIMENSIONS, Plan

ALONE = 300  # rows that the engine rates one at a time


def drawn(filed: Plan, rows: int) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """A book of random risks and evidence as pricings store them; every bound is its own."""
    draw = Random(SEED)  # noqa: S311 - a book to measure with, no secret
    uses = [code for code, one in filed.use_classes.items() if one.outcome is None]
    covers = [(high, low) for high in filed.limits for low in filed.deductibles
              if low <= high * filed.largest_deductible_share]  # fmt: skip
    return [_row(filed, draw, uses, covers) for _ in range(rows)]


def _row(filed: Plan, draw: Random, uses: list[str], covers: list[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    limit, deductible = draw.choice(covers)
    risk = {
        "use_class": draw.choice(uses),
        "industry": draw.choice(filed.industries).code,
        "decisions": draw.randint(10_000, 9_000_000),
        "limit": str(limit),
        "aggregate": str(limit),
        "deductible": str(deductible),
        "factors": {
            name: draw.choice([level.name for level in one.levels.values() if level.outcome is None])
            for name, one in filed.factors.items()
        },
        "claims_made_year": draw.randint(1, 8),
        "oversight": None,
        "prior_claims": draw.randint(0, 2),
        "expected_claims": f"0.{draw.randint(0, 99):02d}",
        "schedule": [],
        "tax_jurisdiction": "NONE",
        "currency": filed.currency,
        "removed": [],
        "audits_on_time": False,
        "inception": None,
        "instalments": 4,
    }
    dimensions = {name: _measure(name, draw) for name in DIMENSIONS}
    evidence = {
        "evidence_class": "E2", "rows": 3000, "dimensions": dimensions, "result_digest": None, "suite": None,
        "confidence": str(filed.relativity.confidence), "age_days": 0, "interval": "0.25", "late": "0",
        "rerate": False, "independent": True, "drift_withheld": False, "worst_slice": None, "gamed": [],
    }  # fmt: skip
    return risk, evidence


def _measure(name: str, draw: Random) -> dict[str, Any]:
    u = f"{draw.randint(1_000, 400_000) / 1e6:.6f}"
    return {"state": "measured", "u": u, "point": u, "n": None, "k": None, "reason": None, "subject": None}


def cases(rows: int) -> Iterator[Case]:
    """Columns against the engine on the same rows, to the cent; then the whole book, its loading apart."""
    filed = plan_load("MRL-2026.02")
    book = drawn(filed, rows)
    some, loaded = book[:ALONE], Book(book)
    part = Book(some)
    yield Case(
        f"P13 {ALONE} policies under a draft plan",
        lambda: rate(part, filed).premium.astype(float),
        "the engine one price at a time, to the cent",
        lambda: _engine(some, filed),
        tolerance=0.0,
        count=ALONE,
        unit="policies",
    )
    yield Case(
        f"P13 {rows:,} policies under a draft plan",
        lambda: rate(loaded, filed).premium.astype(float)[:ALONE],
        "the engine, to the cent",
        check=lambda: _engine(some, filed),
        tolerance=0.0,
        count=rows,
        unit="policies",
    )
    yield Case(
        f"P13 {rows:,} policies read into columns",
        lambda: Book(book).decisions[:ALONE],
        "the rows themselves",
        check=lambda: np.array([row[0]["decisions"] for row in some], dtype=float),
        tolerance=0.0,
        count=rows,
        unit="policies",
    )


def _engine(rows: list[tuple[dict[str, Any], dict[str, Any]]], filed: Plan) -> Figures:
    premiums = [price(Risk.from_dict(risk), Evidence.from_dict(found), filed).premium for risk, found in rows]
    return np.array([float(premium * 100) if premium is not None else -1.0 for premium in premiums])
