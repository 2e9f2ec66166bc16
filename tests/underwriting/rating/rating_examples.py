"""The worked example of DOMAIN 1.8 as stated inputs, and small ways to vary it."""

from dataclasses import replace
from decimal import Decimal
from functools import cache

from underwriting.rating import Evidence, Plan, Risk, Worksheet, plan_load, price
from underwriting.rating.counts import evidence_from_counts

FACTORS = {
    "autonomy": "on_the_loop",
    "criticality": "high_risk",
    "data_sensitivity": "financial",
    "validation_age": "under_6m",
    "third_party": "fine_tuned_vendor",
    "jurisdiction": "us_states_or_eu",
}
RISK = {
    "use_class": "CREDIT-PRIME",
    "industry": "52",
    "decisions": 400_000,
    "limit": "2000000",
    "aggregate": "2000000",
    "deductible": "25000",
    "factors": FACTORS,
    "oversight": {"coverage": "0.20", "catch_lcb": "0.50"},
    "claims_made_year": 2,
    "prior_claims": 0,
    "expected_claims": "0.30",
    "tax_jurisdiction": "US-NY",
    "schedule": [{"name": "governance", "pct": "-0.05", "reason": "ISO 42001", "evidence": "certificate 2026-02"}],
}
STATED = {
    "error": {"k": 60, "n": 2000},
    "robustness": {"k": 46, "n": 1000},
    "label": {"k": 20, "n": 500},
    "gap": {"reference": {"k": 1620, "n": 3000}, "group": {"k": 570, "n": 1200}},
    "ece": {"u": "0.024", "point": "0.020"},
    "drift": {"u": "0.20", "point": "0.10"},
}


@cache
def plan(name: str = "MRL-2026.01") -> Plan:
    return plan_load(name)


def risk(**changes: object) -> Risk:
    """The risk of 1.8 with some JSON fields changed; a factor's name changes its level."""
    levels = {name: changes.pop(name) for name in FACTORS if name in changes}
    return Risk.from_dict({**RISK, **changes, "factors": {**FACTORS, **levels}})


def evidence(*, stated: dict | None = None, without: tuple[str, ...] = (), **circumstances: object) -> Evidence:
    """The evidence of 1.8 with some figures changed or dimensions left out."""
    figures = {name: value for name, value in {**STATED, **(stated or {})}.items() if name not in without}
    return evidence_from_counts(figures, **{"evidence_class": "E2", **circumstances})


def rate(
    *,
    stated: dict | None = None,
    without: tuple[str, ...] = (),
    under: str = "MRL-2026.01",
    circumstances: dict | None = None,
    **changes: object,
) -> Worksheet:
    found = evidence(stated=stated, without=without, **(circumstances or {}))
    return price(risk(**changes), found, plan(under))


def with_bounds(bounds: dict[str, str], base: Evidence | None = None) -> Evidence:
    """The evidence of 1.8 with stored bounds replaced, as if an audit had found them."""
    found = base or evidence()
    measures = {name: replace(found.dimensions[name], u=Decimal(u), state="measured") for name, u in bounds.items()}
    return replace(found, dimensions={**found.dimensions, **measures})


def money(worksheet: Worksheet) -> str:
    return f"{worksheet.premium:,.2f}"


def codes(worksheet: Worksheet) -> set[str]:
    return {flag.code for flag in (*worksheet.referrals, *worksheet.declines)}
