"""Reserves: triangles of the claim ledger, or of a triangle that is sent, by several methods beside each other."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np

from actuarial.ledger import BASES, MEASURES, earnings, first_day, moves_of
from actuarial.methods import reserving_told as told
from actuarial.methods.parts import door
from actuarial.methods.reserving import pattern_checked, reserves
from actuarial.methods.triangle import Floats, Move, Triangle, Years, triangle_accumulated, triangle_read
from actuarial.registry import Choice, Json, StudyKind, asked_known, day_valued
from core.errors import InputRefused, StateRefused
from core.money import currency_code, to_decimal
from underwriting.rating.plan import PERILS

# Shares of an origin year known at 12, 24 ... months: the plan's claims-made steps, for want of own payments.
PATTERN = ["0.4292", "0.8365", "0.9531", "0.9866", "1"]
ALL = "all"
MOST_YEARS = 40


CHOICES = (
    Choice("basis", "Origin of a claim", "choice", "report", "Report year fits claims-made cover.",
           lambda: [("report", "the year it was reported"), ("accident", "the year of the harm")]),
    Choice("measure", "What is developed", "choice", "incurred", "Incurred is paid and set aside.",
           lambda: [("incurred", "paid and set aside"), ("paid", "paid")]),
    Choice("peril", "Peril", "choice", ALL, "", lambda: [(ALL, "all"), *((name, name) for name in PERILS)]),
    Choice("currency", "Currency", "text", "USD"),
    Choice("valued", "Valued on", "day", None, "Origin years end on this day of the year; empty is today."),
    Choice("pattern", "Assumed share known at 12, 24 ... months", "document", PATTERN,
           "Stands in where the triangle tells no development factor."),
    Choice("triangle", "A triangle of your own", "document", None,
           'Instead of the ledger: {"origins", "ages", "values", and "premium" and "apriori" by origin}.'),
)  # fmt: skip


def ask(asked: Mapping[str, Any], at: datetime) -> Json:
    """What may be asked; raises InputRefused."""
    known = asked_known(asked, CHOICES)
    _one_of("basis", known["basis"], BASES)
    _one_of("measure", known["measure"], MEASURES)
    _one_of("peril", known["peril"], (ALL, *PERILS))
    currency_code(str(known["currency"]))
    known["valued"] = day_valued(known["valued"], at)
    if not isinstance(known["pattern"], list):
        raise InputRefused("pattern is no list.", field="pattern", limit="a list of shares", remedy="Send shares.")
    shares = [to_decimal(share, field="pattern") for share in known["pattern"]]
    pattern_checked([float(share) for share in shares], 1)
    if known["triangle"] is not None:
        _sent_checked(known["triangle"])
    return known


def gather(asked: Mapping[str, Any], at: datetime) -> Json:
    """The ledger's moves and the book's earned and expected amounts by origin year; a triangle sent stands as it is."""
    if asked["triangle"] is not None:
        return {"asked": dict(asked), "sent": asked["triangle"]}
    valued = date.fromisoformat(asked["valued"])
    peril = None if asked["peril"] == ALL else asked["peril"]
    begun = first_day(currency=asked["currency"])
    if begun is None or begun > valued:
        raise StateRefused(
            f"No policy in {asked['currency']} has begun by {valued}, so there is nothing to reserve.",
            field="currency",
            remedy="Choose another currency or day, or send a triangle.",
        )
    years = _years(begun, valued)
    terms = [(term.start, term.end, term) for term in earnings(currency=asked["currency"])]
    rows = []
    for place in range(years.count):
        period = years.period(place)
        shares = [(term, term.earned(period.start, period.end)) for _, _, term in terms]
        pure = sum((share * _pure(term.pure, peril) for term, share in shares), Decimal(0))
        premium = sum((share * term.premium for term, share in shares), Decimal(0))
        rows.append({"premium": door(float(premium), 2), "apriori": door(float(pure), 2)})
    moves = moves_of(
        basis=asked["basis"], measure=asked["measure"], currency=asked["currency"], peril=peril, until=valued
    )
    return {"asked": dict(asked), "years": years.count, "moves": moves, "book": rows}


def compute(inputs: Mapping[str, Any]) -> Json:
    """Triangle, factors, every method with its error, which is selected and why."""
    asked = inputs["asked"]
    triangle, premium, apriori = _sent(inputs["sent"]) if "sent" in inputs else _own(inputs)
    found = reserves(triangle, apriori=apriori, premium=premium, pattern=[float(share) for share in asked["pattern"]])
    unit = "" if "sent" in inputs else f"{asked['currency']} "
    return {
        "lines": told.lines(found, triangle, unit),
        "assumptions": told.assumptions(found, asked, "sent" in inputs),
        "figures": told.figures(found, triangle),
        "parts": [
            told.methods_part(found, triangle),
            told.triangle_part(triangle, found.ladder),
            told.factors_part(found, triangle),
            *([told.errors_part(found, found.ladder, triangle)] if found.ladder else []),
            told.expected_part(triangle, premium, apriori),
        ],
    }


STUDY = StudyKind(
    kind="reserving",
    title="Reserves",
    question="What will the claims already reported or incurred still cost?",
    choices=CHOICES,
    ask=ask,
    gather=gather,
    compute=compute,
)


# what is asked and read


def _one_of(name: str, value: Any, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise InputRefused(f"{value!r} is no {name}.", field=name, limit=", ".join(allowed), remedy="Choose one.")


def _years(begun: date, valued: date) -> Years:
    count = 1
    while Years(valued, count).place(begun) is None and count < MOST_YEARS:
        count += 1
    return Years(valued, max(2, count))


def _pure(pure: Mapping[str, Decimal], peril: str | None) -> Decimal:
    return pure.get(peril, Decimal(0)) if peril else sum(pure.values(), Decimal(0))


def _own(inputs: Mapping[str, Any]) -> tuple[Triangle, Floats, Floats]:
    years = Years(date.fromisoformat(inputs["asked"]["valued"]), inputs["years"])
    moves = [
        Move(date.fromisoformat(row["origin"]), date.fromisoformat(row["booked"]), Decimal(row["amount"]))
        for row in inputs["moves"]
    ]
    book = inputs["book"]
    premium, apriori = (np.array([float(row[name]) for row in book]) for name in ("premium", "apriori"))
    return triangle_accumulated(moves, years), premium, apriori


def _sent_checked(sent: Any) -> None:
    if not isinstance(sent, Mapping):
        raise InputRefused(
            "triangle is no object.", field="triangle", limit="origins, ages, values", remedy="Send one."
        )
    unknown = sorted(set(sent) - {"origins", "ages", "values", "premium", "apriori"})
    if unknown:
        raise InputRefused(f"{unknown[0]} is nothing of a triangle.", field=f"triangle.{unknown[0]}")
    _sent(sent)


def _sent(sent: Mapping[str, Any]) -> tuple[Triangle, Floats, Floats]:
    triangle = triangle_read(sent)
    return triangle, _by_origin(sent, "premium", triangle), _by_origin(sent, "apriori", triangle)


def _by_origin(sent: Mapping[str, Any], name: str, triangle: Triangle) -> Floats:
    """Amounts by origin; none sent is nought."""
    values = sent.get(name)
    if values is None:
        return np.zeros(len(triangle.origins))
    if not isinstance(values, list) or len(values) != len(triangle.origins):
        raise InputRefused(
            f"{name} does not fit the origins.", field=f"triangle.{name}", limit=f"{len(triangle.origins)} amounts"
        )
    return np.array([float(to_decimal(str(value), field=f"triangle.{name}")) for value in values])
