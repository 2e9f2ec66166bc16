"""Realistic disaster scenarios: what one event at an upstream dependency would cost the live book."""

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from actuarial.methods.curves import Curve, curve_of
from actuarial.methods.parts import curves as drawn_curves
from actuarial.methods.parts import door, linked, part, table
from actuarial.methods.scenarios import Cover, Loss, event_loss
from actuarial.registry import Choice, Json, StudyKind, asked_known
from core.errors import InputRefused, StateRefused
from core.money import currency_code, to_decimal
from policies.capacity import LIVE, capacities_standing, keys_of
from policies.models import Policy
from underwriting.plan_records import plan_record
from underwriting.rating.plan import PERILS
from underwriting.registration import DEPENDENCY_KINDS

LIBRARY = Path(__file__).resolve().parent.parent / "scenarios.json"
MOST = 5_000  # policies of one study
LISTED = 60
CHOICES = (
    Choice("currency", "Currency", "text", "USD"),
    Choice("severity", "Severity of all scenarios times", "number", "1", "2 doubles every claim."),
    Choice("own", "Scenarios of your own", "document", None,
           'Besides the library: [{"code", "title", "kinds", "peril", "pi", "multiple", "story"}].'),
)  # fmt: skip


@cache
def library() -> Json:
    """The insurer's own scenarios; every figure is an assumption."""
    found: Json = json.loads(LIBRARY.read_text("utf-8"))
    return found


def ask(asked: Mapping[str, Any], at: datetime) -> Json:
    """What may be asked; raises InputRefused."""
    known = asked_known(asked, CHOICES)
    currency_code(str(known["currency"]))
    known["severity"] = str(_within("severity", known["severity"], "0.1", "100"))
    if known["own"] is not None:
        if not isinstance(known["own"], list) or len(known["own"]) > 20:
            raise InputRefused("own is no list of scenarios.", field="own", limit="up to 20")
        known["own"] = [_scenario(one) for one in known["own"]]
    return known


def gather(asked: Mapping[str, Any], at: datetime) -> Json:
    """Live policies with their cover, curves and dependencies, and the capacities. Raises StateRefused for none."""
    rows = Policy.objects.filter(state__in=LIVE, currency=asked["currency"]).order_by("number")
    policies = list(rows.select_related("model", "quote__pricing"))
    if not policies:
        raise StateRefused(f"No policy in {asked['currency']} is bound or in force.", field="currency")
    if len(policies) > MOST:
        raise InputRefused(f"{len(policies):,} policies are too many.", field="currency", limit=f"{MOST:,}")
    plans = sorted({policy.quote.pricing.plan_name for policy in policies})
    filed = {name: plan_record(name).json["perils"]["lines"] for name in plans}
    standing = capacities_standing(asked["currency"])
    return {
        "asked": dict(asked),
        "scenarios": [*library()["scenarios"], *(asked["own"] or [])],
        "note": library()["note"],
        "severity": {name: {peril: line["severity"] for peril, line in lines.items()} for name, lines in filed.items()},
        "policies": [
            {
                "id": str(policy.pk),
                "number": policy.number,
                "model": policy.model.name,
                "plan": policy.quote.pricing.plan_name,
                "limit": str(policy.limit),
                "deductible": str(policy.deductible),
                "keys": [list(key) for key in sorted(keys_of(policy.model.dependencies))],
            }
            for policy in policies
        ],
        "capacities": [[*key, str(row.amount)] for key, row in sorted(standing.items())],
    }


def compute(inputs: Mapping[str, Any]) -> Json:
    """Every scenario at every dependency it can strike, worst first by its 99 % loss."""
    struck = _struck(inputs)
    struck.sort(key=lambda one: (-one["loss"].q99, one["scenario"]["code"], one["key"]))
    return {
        "lines": _lines(struck, inputs),
        "assumptions": [
            inputs["note"],
            "Given the event, policies are hit independently of each other, each by one claim; a policy's aggregate is "
            "at least its limit, so it never ends the claim.",
            "A claim is the peril's severity of the plan the policy was priced on, times the scenario's multiple.",
            "How often such an event happens is not said here: the study of the book's year does.",
        ],
        "figures": {
            "scenarios": [
                {
                    "code": one["scenario"]["code"], "key": one["key"], "policies": len(one["policies"]),
                    "mean": door(one["loss"].mean, 2), "q90": door(one["loss"].q90, 2),
                    "q99": door(one["loss"].q99, 2), "most": door(one["loss"].most, 2),
                }
                for one in struck
            ]
        },
        "parts": [*([_ranking(struck, inputs), _worst(struck[0], inputs)] if struck else []), _told(inputs)],
    }  # fmt: skip


STUDY = StudyKind(
    kind="scenarios",
    title="Disaster scenarios",
    question="What would one event at something that many models lean on cost the book?",
    choices=CHOICES,
    ask=ask,
    gather=gather,
    compute=compute,
)


def _struck(inputs: Mapping[str, Any]) -> list[dict[str, Any]]:
    kinds, curves = _curves(inputs["severity"])
    keys = sorted({tuple(key) for policy in inputs["policies"] for key in policy["keys"]})
    found = []
    for scenario in inputs["scenarios"]:
        for kind, name in keys:
            if kind not in scenario["kinds"]:
                continue
            hit = [policy for policy in inputs["policies"] if [kind, name] in policy["keys"]]
            covers = [
                Cover(float(one["limit"]), float(one["deductible"]), kinds[one["plan"], scenario["peril"]])
                for one in hit
            ]
            multiple = float(scenario["multiple"]) * float(inputs["asked"]["severity"])
            loss = event_loss(covers, curves, pi=float(scenario["pi"]), multiple=multiple)
            found.append(
                {"scenario": scenario, "key": f"{kind}: {name}", "at": [kind, name], "policies": hit, "loss": loss}
            )
    return found


def _curves(severity: Mapping[str, Mapping[str, Any]]) -> tuple[dict[tuple[str, str], int], list[Curve]]:
    places: dict[tuple[str, str], int] = {}
    made: list[Curve] = []
    for plan, perils in severity.items():
        for peril, filed in perils.items():
            places[plan, peril] = len(made)
            made.append(curve_of(filed))
    return places, made


def _capacity(inputs: Mapping[str, Any], at: list[str]) -> str | None:
    return next((amount for kind, name, amount in inputs["capacities"] if [kind, name] == at), None)


def _beyond(one: Mapping[str, Any], inputs: Mapping[str, Any]) -> bool:
    capacity = _capacity(inputs, one["at"])
    return capacity is not None and one["loss"].q99 > float(capacity)


def _lines(struck: list[dict[str, Any]], inputs: Mapping[str, Any]) -> list[str]:
    if not struck:
        return ["No live policy registers a dependency that a scenario strikes; nothing can be said of what is shared."]
    worst, currency = struck[0], inputs["asked"]["currency"]
    loss: Loss = worst["loss"]
    told = [
        f"The worst: {worst['scenario']['title'][0].lower()}{worst['scenario']['title'][1:]}, at {worst['key']}. In "
        f"one event of a hundred the book loses more than {currency} {loss.q99:,.0f}; on average "
        f"{loss.mean:,.0f}, at most {loss.most:,.0f} on {len(worst['policies'])} policies."
    ]
    beyond = [one for one in struck if _beyond(one, inputs)]
    if beyond:
        told.append(
            f"The 99 % loss of {len(beyond)} events lies above the capacity of its dependency, the first of them "
            f"{beyond[0]['scenario']['code']} at {beyond[0]['key']}."
        )
    open_keys = {one["key"] for one in struck if _capacity(inputs, one["at"]) is None}
    if open_keys:
        told.append(f"{len(open_keys)} of the dependencies struck have no capacity: an actuary may set one.")
    return told


def _ranking(struck: list[dict[str, Any]], inputs: Mapping[str, Any]) -> Json:
    columns = [("Scenario", "text"), ("At", "text"), ("Policies", "count"), ("Mean", "money"), ("90 %", "money"),
               ("99 %", "money"), ("Most", "money"), ("Capacity", "money")]  # fmt: skip
    rows = [
        [
            one["scenario"]["title"],
            one["key"],
            len(one["policies"]),
            *(door(amount, 2) for amount in (one["loss"].mean, one["loss"].q90, one["loss"].q99, one["loss"].most)),
            _capacity(inputs, one["at"]),
        ]
        for one in struck[:LISTED]
    ]
    step = max(one["loss"].step for one in struck)
    said = (
        f"Loss given the event, in {inputs['asked']['currency']}, the worst first by its 99 % quantile; on a lattice "
        f"of {step:,.0f} at most, which keeps the means and errs on the high side."
    )
    return part("ranking", "What each would cost", said, table=table(columns, rows))


def _worst(one: dict[str, Any], inputs: Mapping[str, Any]) -> Json:
    loss: Loss = one["loss"]
    amounts = np.linspace(0.0, loss.most, 200)
    points = [(float(x), float(y)) for x, y in zip(amounts, loss.beyond(amounts), strict=True) if y > 1e-6]
    chart = drawn_curves(
        "Chance that the event costs more",
        [(one["scenario"]["code"], points or [(0.0, 0.0)])],
        x_name=f"loss ({inputs['asked']['currency']})",
        y_name="chance given the event",
        x_unit="money",
        y_unit="percent",
    )
    columns = [("Policy", "text"), ("Model", "text"), ("Limit", "money"), ("Deductible", "money")]
    rows = [
        [linked(policy["number"], f"/policies/{policy['id']}"), policy["model"], policy["limit"], policy["deductible"]]
        for policy in one["policies"][:LISTED]
    ]
    said = (
        f"{one['scenario']['story']} Each of {len(one['policies'])} policies is hit with chance "
        f"{one['scenario']['pi']}; a hit one has a claim {one['scenario']['multiple']} times the severity of peril "
        f"{one['scenario']['peril']}."
    )
    return part("worst", f"{one['scenario']['title']}, at {one['key']}", said, chart=chart, table=table(columns, rows))


def _told(inputs: Mapping[str, Any]) -> Json:
    columns = [("Scenario", "text"), ("Strikes", "text"), ("Peril", "text"), ("Chance of a hit", "share"),
               ("Severity times", "number"), ("What happens", "text")]  # fmt: skip
    rows = [
        [one["title"], ", ".join(kind.replace("_", " ") for kind in one["kinds"]), one["peril"], one["pi"],
         one["multiple"], one["story"]]
        for one in inputs["scenarios"]
    ]  # fmt: skip
    return part("library", "The scenarios, each an assumption", inputs["note"], table=table(columns, rows))


def _within(field: str, value: Any, low: str, high: str) -> Decimal:
    number = to_decimal(str(value), field=field)
    if not Decimal(low) <= number <= Decimal(high):
        raise InputRefused(f"{field} is {number}.", field=field, limit=f"{low} to {high}", remedy="Choose another.")
    return number


def _scenario(one: Any) -> Json:
    """A scenario that was sent, with its figures as exact text."""
    wanted = {"code", "title", "kinds", "peril", "pi", "multiple", "story"}
    if not isinstance(one, Mapping) or set(one) != wanted or not isinstance(one["kinds"], list) or not one["title"]:
        raise InputRefused("A scenario is not as it should be.", field="own", limit=", ".join(sorted(wanted)))
    if one["peril"] not in PERILS:
        raise InputRefused(f"{one['peril']!r} is no peril.", field="own.peril", limit=", ".join(PERILS))
    if not one["kinds"] or set(map(str, one["kinds"])) - set(DEPENDENCY_KINDS):
        raise InputRefused("It strikes no kind of dependency.", field="own.kinds", limit=", ".join(DEPENDENCY_KINDS))
    if str(one["code"]) in {known["code"] for known in library()["scenarios"]}:
        raise InputRefused(f"{one['code']} is a scenario of the library.", field="own.code", remedy="Name it apart.")
    return {
        **{name: str(one[name])[:500] for name in ("code", "title", "peril", "story")},
        "kinds": sorted(set(map(str, one["kinds"]))),
        "pi": str(_within("own.pi", one["pi"], "0.0001", "1")),
        "multiple": str(_within("own.multiple", one["multiple"], "0.1", "100")),
    }
