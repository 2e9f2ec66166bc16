"""Dislocation: the live book rated under another plan, who gains and loses, whether our own rating is even-handed."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import numpy as np

from actuarial.methods.dislocation import (
    Group,
    Moved,
    band,
    bands_ordered,
    beyond,
    by_group,
    histogram_of,
    moved,
    share,
)
from actuarial.methods.parts import door, histogram, intervals, linked, part, table
from actuarial.registry import Choice, Json, StudyKind, asked_known
from core.canonical import canonical_json
from core.errors import InputRefused, NotFound, StateRefused
from core.money import currency_code
from policies.capacity import LIVE
from policies.models import Policy
from underwriting.plan_records import plan_current, plan_record
from underwriting.rating import plan_load
from underwriting.selectors import plan_drafts, plans_published
from underwriting.services.plans import plan_draft

MOST = 20_000  # policies whose inputs are kept with the study
LISTED = 10


def _plans() -> list[tuple[str, str]]:
    published = [record.name for record in plans_published()]
    drafts = [row.name for row in plan_drafts() if row.name not in published]
    return [*((name, f"{name}, draft") for name in drafts), *((name, name) for name in reversed(published))]


CHOICES = (
    Choice("plan", "Plan or draft", "choice", None, "What the book is rated under.", _plans),
    Choice("against", "Instead of", "choice", "", "Empty is the plan in force.",
           lambda: [("", "the plan in force"), *_plans()]),
    Choice("currency", "Currency", "text", "USD"),
)  # fmt: skip


def ask(asked: Mapping[str, Any], at: datetime) -> Json:
    """What may be asked; raises InputRefused."""
    known = asked_known(asked, CHOICES)
    currency_code(str(known["currency"]))
    known["against"] = known["against"] or plan_current(on=at.date()).id
    known["plan"] = known["plan"] or next(iter(_plans()))[0]
    for name in ("plan", "against"):
        _document(str(known[name]), name)
    return known


def gather(asked: Mapping[str, Any], at: datetime) -> Json:
    """Both plans whole, and risk and evidence of every policy bound or in force. Raises StateRefused for none."""
    rows = Policy.objects.filter(state__in=LIVE, currency=asked["currency"]).order_by("number")
    policies = list(rows.select_related("quote__pricing", "organisation", "model"))
    if not policies:
        raise StateRefused(
            f"No policy in {asked['currency']} is bound or in force.", field="currency", remedy="Choose another."
        )
    if len(policies) > MOST:
        raise InputRefused(
            f"{len(policies):,} policies are too many for one study.", field="currency", limit=f"{MOST:,}"
        )
    return {
        "asked": dict(asked),
        "plan": _document(asked["plan"], "plan"),
        "against": _document(asked["against"], "against"),
        "policies": [_policy(policy) for policy in policies],
    }


def compute(inputs: Mapping[str, Any]) -> Json:
    """The change of the whole book, its histogram, winners and losers, groups, and what could not be rated."""
    policies = inputs["policies"]
    now, then = (plan_load(canonical_json(inputs[name])) for name in ("against", "plan"))
    found = moved([(one["risk"], one["evidence"]) for one in policies], now, then)
    titles = {row.code: row.title for row in then.industries}
    industries = by_group(found, [titles.get(one["risk"]["industry"], one["risk"]["industry"]) for one in policies])
    sizes = bands_ordered(by_group(found, [band(one["risk"]["decisions"]) for one in policies]))
    grades = by_group(found, [one["grade"] for one in policies])
    names = (now.id, then.id)
    parts = [_summary(found, inputs, names)] if len(found.rows) else []
    if len(found.rows):
        parts += [
            _movers(found, policies, inputs["asked"]["currency"]),
            _groups("industry", "By industry", industries, inputs),
            _groups("size", "By size", sizes, inputs),
            _groups("grade", "By audit grade", grades, inputs),
        ]
    parts += _unrated(found, policies)
    return {
        "lines": _lines(found, names, inputs["asked"]["currency"], [*industries, *sizes]),
        "assumptions": [
            "Each policy is rated on the risk and the evidence it was bound on; nothing is aged, taxes are left out.",
            "The change is that of the annual premium at renewal if nothing but the plan changed.",
            "Both plans were rated by columns; the engine rated "
            f"{found.by_engine} of {len(policies)} policies itself, and is equal to the cent on the others by test.",
        ],
        "figures": _figures(found, policies, [*industries, *sizes, *grades]),
        "parts": parts,
    }


STUDY = StudyKind(
    kind="dislocation",
    title="Dislocation",
    question="What would another plan do to the book, and does it treat like policies alike?",
    choices=CHOICES,
    ask=ask,
    gather=gather,
    compute=compute,
)


def _document(name: str, field: str) -> Json:
    """A published plan or a draft as it stands."""
    try:
        found: Json = plan_record(name).json
        return found
    except NotFound:
        pass
    try:
        draft: Json = plan_draft(name).json
    except NotFound:
        raise InputRefused(f"{name!r} is neither a plan nor a draft.", field=field, remedy="Choose one.") from None
    return draft


def _policy(policy: Policy) -> Json:
    pricing = policy.quote.pricing
    return {
        "id": str(policy.pk),
        "number": policy.number,
        "model": policy.model.name,
        "insured": policy.organisation.name,
        "grade": pricing.grade,
        "risk": pricing.risk,
        "evidence": pricing.evidence,
    }


def _total(cents: Any) -> Decimal:
    return Decimal(int(cents.sum())) / 100


def _percent(value: Decimal | float) -> str:
    return f"{float(value):+.1%}"


def _lines(found: Moved, names: tuple[str, str], currency: str, groups: list[Group]) -> list[str]:
    if not len(found.rows):
        return [f"No policy can be rated under both {names[0]} and {names[1]}."]
    now, then = _total(found.now), _total(found.then)
    first = (
        f"Under {names[1]} {len(found.rows):,} policies would pay {currency} {then:,.2f} a year instead of "
        f"{now:,.2f}: {_percent(share(then, now))}, from {_percent(found.change.min())} to "
        f"{_percent(found.change.max())}, the median {_percent(float(np.median(found.change)))}."
    )
    told = [first]
    enough = [group for group in groups if not group.few]
    if enough:
        most = max(enough, key=lambda group: abs(group.change))
        told.append(f"The group that moves most: {most.name}, {_percent(most.change)} on {most.policies} policies.")
    else:
        told.append("No group has ten policies: nothing is said about industries and sizes.")
    if found.newly_capped.any():
        told.append(f"{int(found.newly_capped.sum())} would newly lie at a clip, which refers them.")
    if found.unrated:
        told.append(f"{len(found.unrated)} cannot be rated under both; they are named below.")
    return told


def _figures(found: Moved, policies: list[Json], groups: list[Group]) -> Json:
    rows = [
        {
            "policy": policies[row]["number"],
            "now": f"{Decimal(int(now)) / 100:.2f}",
            "then": f"{Decimal(int(then)) / 100:.2f}",
        }
        for row, now, then in zip(found.rows.tolist(), found.now, found.then, strict=True)
    ]
    return {
        "premium_now": f"{_total(found.now):.2f}",
        "premium_then": f"{_total(found.then):.2f}",
        "unrated": len(found.unrated),
        "policies": rows,
        "groups": [{"name": one.name, "policies": one.policies, "change": str(one.change)} for one in groups],
    }


def _summary(found: Moved, inputs: Mapping[str, Any], names: tuple[str, str]) -> Json:
    edges, counts = histogram_of(found)
    rows = [[f"Beyond {limit:.0%}", fall, rise] for limit, fall, rise in beyond(found)]
    chart = histogram("Policies by the change of their premium", edges, counts, x_name="change in percent")
    said = f"{names[1]} against {names[0]}: {len(found.rows):,} policies rated under both, to the cent."
    columns = [("Change", "text"), ("Fall", "count"), ("Rise", "count")]
    return part("change", "How the premiums change", said, chart=chart, table=table(columns, rows))


def _movers(found: Moved, policies: list[Json], currency: str) -> Json:
    order = np.argsort(found.change, kind="stable").tolist()
    chosen = order if len(order) <= 2 * LISTED else [*order[:LISTED], *order[-LISTED:]]
    columns = [("Policy", "text"), ("Model", "text"), (f"Now ({currency})", "money"), (f"Then ({currency})", "money"),
               ("Change", "share"), ("At a clip then", "text")]  # fmt: skip
    rows = [
        [
            linked(policies[found.rows[at]]["number"], f"/policies/{policies[found.rows[at]]['id']}"),
            f"{policies[found.rows[at]]['model']}, {policies[found.rows[at]]['insured']}",
            f"{Decimal(int(found.now[at])) / 100:.2f}",
            f"{Decimal(int(found.then[at])) / 100:.2f}",
            door(float(found.change[at]), 4),
            "yes" if found.newly_capped[at] else "",
        ]
        for at in chosen
    ]
    said = (
        "All of them." if len(chosen) == len(order) else f"The {LISTED} that fall most and the {LISTED} that rise most."
    )
    return part("movers", "Who gains and who loses", said, table=table(columns, rows))


def _groups(key: str, title: str, groups: list[Group], inputs: Mapping[str, Any]) -> Json:
    currency = inputs["asked"]["currency"]
    columns = [("Group", "text"), ("Policies", "count"), (f"Now ({currency})", "money"),
               (f"Then ({currency})", "money"), ("Change", "share"), ("Over its own cost", "share"),
               ("Few", "text")]  # fmt: skip
    rows = [
        [one.name, one.policies, f"{one.now:.2f}", f"{one.then:.2f}", str(one.change), str(one.over_cost),
         "too few to tell" if one.few else ""]
        for one in groups
    ]  # fmt: skip
    chart = intervals(
        "Change of premium, with the least and the most of a policy",
        [(one.name, float(one.change), float(one.least), float(one.most)) for one in groups],
        unit="percent",
        limit=(0.0, "no change"),
        signed=True,
    )
    said = (
        "Over its own cost: what the group pays then beyond losses and expenses at its bounds, because the minimum "
        "premium applies. Differences are the plan's own, from risk characteristics; nothing here is a test of a "
        "protected class."
    )
    return part(key, title, said, chart=chart, table=table(columns, rows))


def _unrated(found: Moved, policies: list[Json]) -> list[Json]:
    if not found.unrated:
        return []
    rows = [
        [linked(policies[row]["number"], f"/policies/{policies[row]['id']}"), policies[row]["model"], why]
        for row, why in list(found.unrated.items())[:200]
    ]
    columns = [("Policy", "text"), ("Model", "text"), ("Why", "text")]
    return [part("unrated", "Not rated under both", table=table(columns, rows))]
