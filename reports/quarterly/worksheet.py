"""Questions to a stored rating worksheet (contract C). Figures are read, not made: paper and price cannot differ.

The one derived figure is the score at the point estimates, made by underwriting.rating's own function on the same plan.
"""

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

from core.errors import PlimsollError
from core.pdf.figures import decimal, money, words
from core.pdf.loadline import BANDS
from reports.quarterly.reading import Source, look, number, records, rows
from underwriting.rating.plan import Plan
from underwriting.rating.plan_reader import plan_load
from underwriting.rating.score import score as score_of

BAND_MEANING = "from the score at the prudent bounds (which is priced) up to the score at the point estimates"
DECISIONS = {
    "quote": "The plan quotes it.",
    "refer": "The plan refers it to an underwriter.",
    "decline": "The plan declines it.",
}


def figures(report: Source) -> Source:
    """All figures of the price; empty when there is none."""
    found: Source = look(report, "worksheet.figures", {})
    return found


def amount(report: Source, path: str) -> str:
    """A sum of money of the worksheet with its currency."""
    value = look(figures(report), path)
    return "–" if value is None else money(value, currency(report))


def currency(report: Source) -> str:
    """The worksheet's currency."""
    return words(look(report, "worksheet.currency", look(report, "policy.currency", "")), 8)


def score(report: Source) -> str | None:
    """The policy score as stored, or None."""
    found = look(figures(report), "standing.score")
    return None if found is None else str(found)


def grade(report: Source) -> str | None:
    """The grade as stored, or None."""
    found = look(figures(report), "standing.grade")
    return None if found is None else words(found, 4)


def composite(report: Source) -> str | None:
    """The composite relativity at four decimals, as the grade reads it."""
    found = decimal(look(figures(report), "standing.composite"))
    return None if found is None else f"{found:.4f}"


@lru_cache(maxsize=8)
def _plan(name: str) -> Plan | None:
    try:
        return plan_load(name)
    except PlimsollError:
        return None


def plan_of(report: Source) -> Plan | None:
    """The plan the worksheet stands on, when it is on file with the same hash."""
    plan = _plan(str(look(report, "worksheet.plan.id", "")))
    return plan if plan is not None and plan.hash == look(report, "worksheet.plan.hash") else None


def class_harm(report: Source) -> str:
    """What the plan files as the use class's harm, with what its label does not show; "" without a plan on file."""
    plan, code = plan_of(report), look(report, "worksheet.risk.use_class")
    return plan.use_class(str(code)).harm_text if plan is not None and code else ""


def score_interval(report: Source) -> tuple[float | None, float | None]:
    """(score at the bounds, score at the points); none without a plan on file or without a price."""
    plan = plan_of(report)
    point = decimal(look(figures(report), "parameter_risk.point_pure_premium"))
    base = decimal(look(figures(report), "standing.class_pure_premium"))
    low = number(score(report))
    if plan is None or point is None or not base or low is None:
        return None, None
    return low, float(score_of(point / base, plan))


def bands(report: Source) -> Sequence[tuple[str, float]]:
    """The grades of the worksheet's plan with their lower score, best first."""
    plan = plan_of(report)
    if plan is None:
        return BANDS
    return [(name, float(score_of(ceiling, plan)) if ceiling is not None else 0.0) for name, ceiling in plan.grades]


def decision(report: Source) -> str:
    """What the plan does with the risk, in words."""
    return DECISIONS.get(str(look(report, "worksheet.decision")), "There is no decision of the plan.")


def flags(report: Source) -> list[tuple[str, Source]]:
    """Declines, referrals and subjectivities, in that order of gravity."""
    kinds = (("declines", "declines"), ("referrals", "refers"), ("subjectivities", "subject to"))
    return [(said, item) for kind, said in kinds for item in records(report, f"worksheet.{kind}")]


def verdict_sentence(report: Source) -> str:
    """Grade, score, composite and rows, or that there is no price and why."""
    if score(report) is None:
        why = flags(report)
        return "No price and no grade: " + (words(why[0][1].get("reason"), 300) if why else "no worksheet was made.")
    indication = " as an indication" if look(report, "worksheet.indication") else ""
    return (
        f"Grade {grade(report)}, score {score(report)}{indication} (composite relativity {composite(report)}; 1 is the "
        f"class's reference) on {rows(report) or 0:,} labelled rows."
    )


def untested(report: Source) -> list[Source]:
    """Lines of the price of what was not tested, the dearest first."""
    found = records(figures(report), "untested")
    return sorted(found, key=lambda line: -(number(line.get("price")) or 0.0))


def untested_sentence(report: Source) -> str:
    """What all gaps cost together."""
    if not figures(report):
        return "There is no price, so the gaps have no price either."
    if not untested(report):
        return "Nothing that the plan prices was left untested."
    total = amount(report, "untested_total")
    return (
        f"Together the untested dimensions cost {total} of premium a year; they multiply, so the lines do not add up."
    )


def untested_cost(report: Source, name: str, state: str) -> str:
    """What one untested dimension costs."""
    if name in [str(item) for item in look(report, "worksheet.not_applicable", [])] or state == "not_applicable":
        return "nothing: it does not apply to this use"
    line = next((item for item in untested(report) if item.get("dimension") == name), None)
    if line is None:
        return "not priced" if not figures(report) else "nothing: the plan does not price it here"
    return f"{money(line.get('price'), currency(report))} a year"


def sum_of_money(value: Any) -> Decimal:
    """A stored sum as a Decimal; nought where there is none."""
    return decimal(value) or Decimal(0)
