"""Titles that are facts, and the key facts under them."""

from collections.abc import Iterable
from typing import Any

from django.template.defaultfilters import capfirst

from core.pdf.figures import day
from policies.models import Policy
from portal.cover import on_risk
from underwriting.models import ModelVersion, RegisteredModel
from underwriting.rating import Plan

FACTORS = ("autonomy", "criticality", "data_sensitivity", "third_party", "jurisdiction", "validation_age")


def model_fact(model: RegisteredModel, *, live: ModelVersion | None, policies: Iterable[Policy]) -> str:
    """ "Retail credit, version 3, on risk until 31 Mar 2027"."""
    version = f", {version_words(live)}" if live else ", not deployed"
    return f"{model.name}{version}, {cover_words(on_risk(policies))}"


def version_words(version: ModelVersion) -> str:
    """ "version 3", unless the label says so itself."""
    label = version.label
    return label if label.lower().startswith(("version", "v")) else f"version {label}"


def cover_words(policy: Policy | None) -> str:
    """Whether and until when a model is on risk."""
    if policy is None:
        return "not on risk"
    if policy.state == Policy.State.BOUND:
        return f"on risk from {day(policy.inception)}"
    return f"on risk until {day(policy.expiry)}"


def model_factors(model: RegisteredModel, plan: Plan) -> list[tuple[str, str]]:
    """What the model is, in the plan's own titles: (name, value)."""
    use = plan.use_classes.get(model.use_class)
    industry = next((row.title for row in plan.industries if row.code == model.industry), model.industry)
    facts: list[tuple[str, str]] = [
        ("Use class", f"{model.use_class}: {use.title}" if use else model.use_class),
        ("Priced error", use.priced_error if use else "referred"),
        ("Industry", industry),
        ("Decisions a year", f"{model.decisions_per_year:,}"),
    ]
    facts += [(capfirst(name.replace("_", " ")), _level(plan, name, getattr(model, name))) for name in FACTORS]
    return [*facts, ("Human oversight", _oversight(model.oversight)), ("Built on", _dependencies(model.dependencies))]


def _level(plan: Plan, factor: str, key: str) -> str:
    level = plan.factors[factor].levels.get(key) if factor in plan.factors else None
    return level.title if level else key


def _oversight(measured: Any) -> str:
    if not measured:
        return "no measured catch rate"
    return f"{measured['coverage']} reviewed, catch rate at least {measured['catch_lcb']}"


def _dependencies(rows: list[dict[str, str]]) -> str:
    return ", ".join(f"{row['name']} {row.get('version', '')}".strip() for row in rows) or "nothing declared"
