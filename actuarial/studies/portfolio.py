"""The whole book in one year: its loss, who carries the worst years, and what reinsurance would take."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from actuarial.methods.portfolio import portfolio
from actuarial.methods.portfolio_told import told
from actuarial.methods.treaties import EVERY, treaties_read
from actuarial.registry import Choice, Json, StudyKind, asked_known
from core.errors import InputRefused, StateRefused
from core.money import currency_code, to_decimal
from policies.models import Policy
from policies.selectors import policies_in_force
from underwriting.models import Pricing
from underwriting.plan_records import plan_record

# Assumptions by kind of dependency: events a year at one key, and the chance that one event strikes one policy.
SHOCKS = {
    "foundation_model": {"theta": "0.02", "pi": "0.35"},
    "vendor": {"theta": "0.03", "pi": "0.35"},
    "dataset": {"theta": "0.01", "pi": "0.25"},
    "library": {"theta": "0.01", "pi": "0.10"},
    "other": {"theta": "0.01", "pi": "0.20"},
}
MOST_POLICIES = 5_000
WORK = 1_000_000_000  # policies times simulated years: some three minutes
CHOICES = (
    Choice("on", "Policies in force on", "day", None, "Empty is today."),
    Choice("currency", "Currency", "text", "USD", "One at a time."),
    Choice("level", "Level of co-TVaR", "share", "0.99", "0.5 to 0.999."),
    Choice("step", "Step of the lattice", "number", "2500", "Half the step takes twice the time and errs a quarter."),
    Choice("years", "Years simulated", "whole", 50_000, "1,000 to 500,000."),
    Choice("seed", "Seed", "whole", 20260101),
    Choice(
        "shocks", "Shared events by kind of dependency", "document", SHOCKS,
        "Assumptions: theta events a year at one dependency, each strikes a policy with chance pi. A kind that is not "
        "named stands at other.",
    ),
    Choice(
        "treaties", "Reinsurance", "document", [],
        'Such as [{"kind": "quota_share", "share": "0.3", "commission": "0.25"}, {"kind": "event_xl", "attachment": '
        '"5000000", "limit": "5000000", "premium": "150000", "reinstatements": ["1"]}]; see docs/actuarial.md.',
    ),
)  # fmt: skip


def ask(asked: Mapping[str, Any], at: datetime) -> Json:
    """What may be asked; raises InputRefused naming field, limit and remedy."""
    known = asked_known(asked, CHOICES)
    currency_code(str(known["currency"]))
    known["on"] = _day(known["on"] or at.date().isoformat())
    known["level"] = _within("level", known["level"], "0.5", "0.999")
    known["step"] = _within("step", known["step"], "100", "1000000")
    known["years"] = int(_within("years", known["years"], "1000", "500000"))
    known["seed"] = int(_within("seed", known["seed"], "0", "4294967295"))
    known["shocks"] = _shocks(known["shocks"])
    treaties_read(known["treaties"])
    return known


def gather(asked: Mapping[str, Any], at: datetime) -> Json:
    """Policies in force with the latest price of each model, and their dependencies. Raises StateRefused for none."""
    rows = policies_in_force(on=date.fromisoformat(asked["on"])).filter(currency=asked["currency"])
    policies = list(rows.select_related("quote"))
    if not policies:
        raise StateRefused(
            f"No policy in {asked['currency']} is in force on {asked['on']}.",
            field="on",
            remedy="Choose another day or currency.",
        )
    _not_too_many(len(policies), asked["years"])
    prices = _prices(policies, asked["currency"])
    plans = sorted({price["plan"] for price in prices.values()})
    filed = {plan: plan_record(plan).json["perils"]["lines"] for plan in plans}
    shocks = _keys(policies, asked["shocks"])
    _known_keys(asked["treaties"], shocks)
    return {
        "asked": dict(asked),
        "plans": plans,
        "premium": str(sum((policy.premium for policy in policies), Decimal(0))),
        "policies": [_policy(policy, prices[policy.pk], filed) for policy in policies],
        "shocks": shocks,
    }


def compute(inputs: Mapping[str, Any]) -> Json:
    """The year of the book, told."""
    try:
        found = portfolio(inputs)
    except ValueError as error:
        raise InputRefused(f"{error}.", field="step", remedy="Take a longer step.") from error
    return told(inputs, found)


STUDY = StudyKind(
    kind="portfolio",
    title="Portfolio",
    question="What may the whole book lose in a year, who carries it, and what would reinsurance take?",
    choices=CHOICES,
    ask=ask,
    gather=gather,
    compute=compute,
)


def _day(value: Any) -> str:
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise InputRefused(f"{value!r} is not a day.", field="on", remedy="Write it as 2026-10-01.") from None


def _within(name: str, value: Any, low: str, high: str) -> str:
    number = to_decimal(value, field=name)
    whole = name in ("years", "seed") and number != number.to_integral_value()
    if whole or not Decimal(low) <= number <= Decimal(high):
        kind = "a whole number, " if whole else ""
        raise InputRefused(f"{name} is {number}.", field=name, limit=f"{kind}{low} to {high}", remedy="Choose another.")
    return str(number)


def _shocks(stated: Any) -> Json:
    """theta and pi of every kind, the kinds not named as other."""
    if not isinstance(stated, Mapping):
        raise InputRefused("Shared events are stated by kind.", field="shocks", remedy="Send an object.")
    found = {}
    for kind, row in {"other": SHOCKS["other"], **stated}.items():
        if not isinstance(row, Mapping) or set(row) != {"theta", "pi"}:
            raise InputRefused(f"{kind} states theta and pi.", field=f"shocks.{kind}", remedy="State both, no more.")
        found[str(kind)[:40]] = {
            "theta": _within(f"shocks.{kind}.theta", row["theta"], "0", "10"),
            "pi": _within(f"shocks.{kind}.pi", row["pi"], "0", "1"),
        }
    return found


def _not_too_many(policies: int, years: int) -> None:
    if policies > MOST_POLICIES or policies * years > WORK:
        raise StateRefused(
            f"{policies:,} policies in {years:,} years are too much for one study.",
            field="years",
            limit=f"{MOST_POLICIES:,} policies, {WORK:,} policy-years",
            remedy="Simulate fewer years.",
        )


def _prices(policies: list[Policy], currency: str) -> dict[Any, Json]:
    """Of each policy the latest price of its model that has figures: id, plan, lines of frequency and severity."""
    models = {policy.model_id for policy in policies}
    rows = Pricing.objects.filter(order__version__model__in=models, currency=currency, premium__isnull=False)
    latest = {}
    for model, plan, pk, lines in rows.order_by("created_at", "id").values_list(
        "order__version__model", "plan_name", "id", "worksheet__figures__lines"
    ):
        latest[model] = {"pricing": str(pk), "plan": plan, "lines": lines}
    return {policy.pk: latest[policy.model_id] for policy in policies}


def _policy(policy: Policy, price: Mapping[str, Any], filed: Mapping[str, Any]) -> Json:
    """A policy's own cover, and for each peril its frequency and the curve its plan files."""
    perils = filed[price["plan"]]
    lines = [
        {"peril": line["peril"], "frequency": line["expected_claims"], "severity": perils[line["peril"]]["severity"]}
        for line in price["lines"]
    ]
    return {
        "id": str(policy.pk),
        "number": policy.number,
        "model": policy.model.name,
        "pricing": price["pricing"],
        "limit": str(policy.limit),
        "deductible": str(policy.deductible),
        "aggregate": str(policy.aggregate),
        "lines": lines,
    }


def _keys(policies: list[Policy], stated: Mapping[str, Mapping[str, str]]) -> list[Json]:
    """Every dependency with the places of the policies whose models name it; same kind, name and version are one."""
    members: dict[tuple[str, str], set[int]] = defaultdict(set)
    for place, policy in enumerate(policies):
        for one in policy.model.dependencies:
            name = " ".join(word for word in (one["name"], one["version"]) if word)
            members[(one["kind"], name)].add(place)
    return [
        {"key": f"{kind}: {name}", **stated.get(kind, stated["other"]), "members": sorted(places)}
        for (kind, name), places in sorted(members.items())
    ]


def _known_keys(treaties: Any, shocks: list[Json]) -> None:
    known = {shock["key"] for shock in shocks}
    for treaty in treaties_read(treaties):
        if treaty.kind == "event_xl" and treaty.key not in known | {EVERY}:
            raise InputRefused(
                f"{treaty.name} answers for {treaty.key!r}, on which no policy in force depends.",
                field="treaties",
                limit=", ".join(sorted(known)) or "no dependency is registered",
                remedy='Name one, or "*" for every dependency.',
            )
