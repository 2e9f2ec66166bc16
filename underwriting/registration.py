"""What a registration must say, checked against the plan's own data: every refusal lists what is allowed."""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from core.errors import InputRefused
from core.money import to_decimal
from underwriting.rating import Plan
from underwriting.specification import spec_build

FACTORS = ("autonomy", "criticality", "data_sensitivity", "third_party", "jurisdiction", "validation_age")
TEXTS = ("name", "purpose", "population", "harm_text")
OPTIONAL_TEXTS = frozenset({"population", "harm_text"})
FIELDS = (
    *TEXTS,
    "use_class",
    "industry",
    "decisions_per_year",
    *FACTORS,
    "oversight",
    "dependencies",
    "currency",
    "schema",
)
DEPENDENCY_KINDS = ("foundation_model", "vendor", "dataset", "library")
MOST_DECISIONS = 10**12
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def registration_check(*, fields: Mapping[str, Any], plan: Plan) -> dict[str, Any]:
    """`fields` (all of FIELDS) as they will be stored; raises InputRefused with field, limit and remedy."""
    _refuse_unknown(fields)
    checked: dict[str, Any] = {name: _text(fields, name) for name in TEXTS}
    checked["use_class"] = one_of("use_class", fields.get("use_class"), plan.use_classes)
    checked["harm_text"] = checked["harm_text"] or plan.use_class(checked["use_class"]).harm_text
    checked["industry"] = _industry(fields.get("industry"), plan)
    checked["decisions_per_year"] = decisions_check(fields.get("decisions_per_year"))
    for name in FACTORS:
        checked[name] = one_of(name, fields.get(name), plan.factors[name].levels)
    checked["oversight"] = _oversight(fields.get("oversight"))
    checked["dependencies"] = [_dependency(row, place) for place, row in enumerate(fields.get("dependencies") or [])]
    checked["currency"] = one_of("currency", fields.get("currency") or plan.currency, [plan.currency])
    checked["schema"] = dict(fields.get("schema") or {})
    spec_build(use_class=checked["use_class"], schema=checked["schema"], plan=plan)
    return checked


def decisions_check(value: Any) -> int:
    """A whole number of automated consequential decisions a year."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_DECISIONS:
        raise InputRefused(
            "decisions_per_year must be a whole number.",
            field="decisions_per_year",
            limit=f"1 to {MOST_DECISIONS}",
            remedy="Send the number of automated consequential decisions you expect in the policy year.",
        )
    return value


def digest_check(value: str) -> str:
    """The SHA-256 of the artifact, as sha256:<64 hex digits>."""
    if not DIGEST.fullmatch(value):
        raise InputRefused(
            "digest is not a SHA-256.",
            field="digest",
            limit="sha256: and 64 hexadecimal digits in lower case",
            remedy="Send the output of sha256sum over the model's file with sha256: before it.",
        )
    return value


def one_of(field: str, value: Any, allowed: Iterable[str]) -> str:
    """`value` if it is allowed; the refusal lists what is."""
    options = list(allowed)
    if value not in options:
        what = f"{value!r} is not a known {field}." if value else f"{field} is missing."
        raise InputRefused(what, field=field, limit=", ".join(options), remedy="Choose one of the listed values.")
    return str(value)


def _refuse_unknown(fields: Mapping[str, Any]) -> None:
    unknown = sorted(set(fields) - set(FIELDS))
    if unknown:
        raise InputRefused(f"{unknown[0]} is not a field of a registration.", field=unknown[0], limit=", ".join(FIELDS))


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = str(fields.get(name) or "").strip()
    if not value and name not in OPTIONAL_TEXTS:
        raise InputRefused(f"{name} is missing.", field=name, limit="text", remedy="Say it in a few plain words.")
    return value


def _industry(value: Any, plan: Plan) -> str:
    """The sector's own code, whether the code or one of its NAICS codes was sent."""
    for row in plan.industries:
        if value and (value == row.code or value in row.naics):
            return row.code
    return one_of("industry", value, [row.code for row in plan.industries])


def _oversight(value: Any) -> dict[str, str] | None:
    """Share of decisions reviewed and lower confidence bound of the catch rate, from a seeded-error test."""
    if value is None:
        return None
    if not isinstance(value, Mapping) or set(value) != {"coverage", "catch_lcb"}:
        raise InputRefused(
            "oversight needs coverage and catch_lcb.",
            field="oversight",
            limit="both between 0 and 1, or null",
            remedy="Credit is given only for a measured catch rate; send null without one.",
        )
    return {name: str(_share(f"oversight.{name}", value[name])) for name in ("coverage", "catch_lcb")}


def _share(field: str, value: Any) -> Decimal:
    number = to_decimal(value, field=field)
    if not 0 <= number <= 1:
        raise InputRefused(f"{field} is {number}.", field=field, limit="0 to 1", remedy='Send a share such as "0.20".')
    return number


def _dependency(row: Any, place: int) -> dict[str, str]:
    where = f"dependencies.{place}"
    if not isinstance(row, Mapping) or not set(row) <= {"kind", "name", "version"}:
        raise InputRefused(f"{where} is not a dependency.", field=where, limit="kind, name, version")
    name = str(row.get("name") or "").strip()
    if not name:
        raise InputRefused(f"{where}.name is missing.", field=f"{where}.name", limit="text", remedy="Name it.")
    kind = one_of(f"{where}.kind", row.get("kind"), DEPENDENCY_KINDS)
    return {"kind": kind, "name": name, "version": str(row.get("version") or "").strip()}
