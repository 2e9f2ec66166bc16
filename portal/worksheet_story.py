"""A worksheet as a person asks for it: from class price to premium, peril by peril, what would lower it."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from portal.charts import waterfall

DIMENSIONS = {
    "error": "harmful errors",
    "gap": "gap between groups",
    "ece": "calibration",
    "robustness": "robustness",
    "label": "label quality",
    "drift": "drift",
}


def steps_of(worksheet: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """From each peril's pure premium to what is paid: (label, amount, tone)."""
    figures = worksheet["figures"]
    money = figures["money"]
    steps = [(line["title"], line["pure_premium"], "plain") for line in figures["lines"]]
    pure = sum(Decimal(line["pure_premium"]) for line in figures["lines"])
    steps += _unless_nothing("Aggregate limit", Decimal(money["pure_premium"]) - pure)
    steps += [
        ("Claims handling", money["ulae"], "plain"),
        ("Fixed expense", money["fixed_expense"], "plain"),
        ("Expense and profit shares", str(Decimal(money["gross"]) - Decimal(money["loaded"])), "plain"),
    ]
    steps += _unless_nothing("Up to the minimum premium", Decimal(money["premium"]) - Decimal(money["gross"]))
    steps.append(("Premium", money["premium"], "total"))
    steps += [(tax["name"], tax["amount"], "plain") for tax in money["taxes"]]
    return [*steps, ("To pay", money["total"], "total")]


def steps_compared(now: Mapping[str, Any], then: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The steps of two worksheets of one model beside each other, in their order; a step that one lacks is nothing."""
    old, new = ({label: Decimal(amount) for label, amount, _ in steps_of(sheet)} for sheet in (now, then))
    totals = {label for label, _, tone in steps_of(now) if tone == "total"}
    labels = [label for label, _, _ in steps_of(then)]
    labels = [*(label for label in old if label not in new), *labels] if set(old) - set(new) else labels
    return [
        {
            "label": label,
            "now": old.get(label, Decimal(0)),
            "then": new.get(label, Decimal(0)),
            "more": new.get(label, Decimal(0)) - old.get(label, Decimal(0)),
            "total": label in totals,
        }
        for label in labels
    ]


def _unless_nothing(label: str, amount: Decimal) -> list[tuple[str, str, str]]:
    return [(label, str(amount), "plain")] if amount else []


def fall_of(worksheet: Mapping[str, Any]) -> dict[str, Any]:
    """The waterfall chart of steps_of."""
    return waterfall("From pure premium to what is paid", steps_of(worksheet))


def terms_of(worksheet: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Each priced dimension: its bound against the class's reference, its state, its relativity in each peril."""
    lines = worksheet["figures"]["lines"]
    for name, title in DIMENSIONS.items():
        used = [(line["peril"], term) for line in lines for term in line["terms"] if term["dimension"] == name]
        if used:
            yield {
                "title": title,
                "term": used[0][1],
                "measure": worksheet["evidence"]["dimensions"][name],
                "used": used,
            }
