"""The terms asked for, from JSON to the risk that rating prices. Cover and loss history come from the terms; what the
model is and does comes from its registration.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

from core.errors import InputRefused
from core.money import to_decimal
from core.periods import claims_made_year
from underwriting.models import RegisteredModel
from underwriting.rating import Plan, Risk
from underwriting.registration import FACTORS

# The contracted time between audits, years: audits are quarterly (DOMAIN 1.0 rule 10).
QUARTERLY = Decimal("0.25")
KEYS = (
    "limit",
    "aggregate",
    "deductible",
    "inception",
    "claims_made_year",
    "retro_date",
    "prior_claims",
    "expected_claims",
    "schedule",
    "tax_jurisdiction",
    "instalments",
    "audit_interval_years",
    "audits_on_time",
    "removed",
    "drift_withheld",
    "independent",
)


def terms_complete(*, terms: Mapping[str, Any], on: date) -> dict[str, Any]:
    """`terms` with every default written out; raises InputRefused for a missing or unknown key."""
    unknown = sorted(set(terms) - set(KEYS))
    if unknown:
        raise InputRefused(f"{unknown[0]} is not one of the terms.", field=unknown[0], limit=", ".join(KEYS))
    for name in ("limit", "deductible"):
        if terms.get(name) is None:
            raise InputRefused(f"{name} is missing.", field=name, remedy="Choose a filed amount: GET /plans/{name}.")
    inception = _day(terms, "inception") or on
    return {
        "limit": str(terms["limit"]),
        "aggregate": str(terms.get("aggregate") or terms["limit"]),
        "deductible": str(terms["deductible"]),
        "inception": inception.isoformat(),
        "retro_date": _iso(_day(terms, "retro_date")),
        "claims_made_year": _claims_made_year(terms, inception),
        "prior_claims": terms.get("prior_claims") or 0,
        "expected_claims": str(terms.get("expected_claims") or "0"),
        "schedule": list(terms.get("schedule") or []),
        "tax_jurisdiction": terms.get("tax_jurisdiction") or "NONE",
        "instalments": terms.get("instalments") or 4,
        "audit_interval_years": str(terms.get("audit_interval_years") or QUARTERLY),
        "audits_on_time": bool(terms.get("audits_on_time", False)),
        "removed": list(terms.get("removed") or []),
        "drift_withheld": bool(terms.get("drift_withheld", False)),
        "independent": bool(terms.get("independent", True)),
    }


def risk_of(
    *, model: RegisteredModel, terms: Mapping[str, Any], dimensions: Mapping[str, Mapping[str, Any]], plan: Plan
) -> Risk:
    """The risk of `model` under complete `terms` and what its audit measured (`dimensions` of the result); refusals
    name its fields as rating does (see refused_as_sent)."""
    document = {
        "use_class": model.use_class,
        "industry": model.industry,
        "decisions": model.decisions_per_year,
        "factors": {name: getattr(model, name) for name in FACTORS},
        "oversight": oversight_of(model.oversight, dimensions),
        "currency": model.currency,
        **{name: terms[name] for name in _RISK_TERMS},
    }
    plan.taxes.lines(terms["tax_jurisdiction"], date.fromisoformat(terms["inception"]))
    return Risk.from_dict(document)


def oversight_of(
    registered: Mapping[str, str] | None, dimensions: Mapping[str, Mapping[str, Any]]
) -> Mapping[str, str] | None:
    """Share reviewed as registered, and the lower bound of the catch rate that the audit measured. Without a measured
    one there is no credit (DOMAIN 1.3): else a test with a poor outcome would cost more than none (1.0 rule 4)."""
    measured = dimensions.get("oversight", {})
    if registered is None or measured.get("state") != "measured":
        return None
    return {"coverage": registered["coverage"], "catch_lcb": measured["l"]}


_RISK_TERMS = (
    "limit",
    "aggregate",
    "deductible",
    "claims_made_year",
    "prior_claims",
    "expected_claims",
    "schedule",
    "tax_jurisdiction",
    "removed",
    "audits_on_time",
    "inception",
    "instalments",
)


@contextmanager
def refused_as_sent() -> Iterator[None]:
    """Rating names risk.limit or risk.factors.autonomy; who sent terms or a registration knows limit and autonomy."""
    try:
        yield
    except InputRefused as refused:
        refused.field = (refused.field or "").removeprefix("risk.").removeprefix("factors.") or None
        raise


def interval_of(terms: Mapping[str, Any]) -> Decimal:
    """The contracted audit interval in years."""
    return to_decimal(terms["audit_interval_years"], field="audit_interval_years")


def _claims_made_year(terms: Mapping[str, Any], inception: date) -> int:
    """1 + whole years from the retroactive date to inception (DOMAIN 1.0 rule 16); the plan caps the step."""
    retro, stated = _day(terms, "retro_date"), terms.get("claims_made_year")
    if retro is None:
        return 1 if stated is None else int(stated)
    if retro > inception:
        raise InputRefused(
            "retro_date lies after inception.",
            field="retro_date",
            limit=f"up to {inception}",
            remedy="The retroactive date is inception or earlier.",
        )
    year = claims_made_year(retro, inception)
    if stated not in (None, year):
        raise InputRefused(
            f"claims_made_year is {stated}, but the dates make it {year}.",
            field="claims_made_year",
            limit=str(year),
            remedy="Send retro_date or claims_made_year, not both.",
        )
    return year


def _day(terms: Mapping[str, Any], name: str) -> date | None:
    value = terms.get(name)
    if value is None or isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise InputRefused(
            f"{name} is not a date.", field=name, limit="YYYY-MM-DD", remedy="Write 2026-10-01."
        ) from None


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
