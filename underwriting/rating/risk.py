"""What is insured, as the underwriter knows it: frozen, exact, and written and read as plain JSON.

No field is a protected attribute of the insured's owners: each is a documented characteristic of the model's use
(DOMAIN 1.9, item 15).
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from core.errors import InputRefused
from core.money import currency_code
from underwriting.rating.arithmetic import multiply, total
from underwriting.rating.plan import Plan
from underwriting.rating.strict import Strict

FACTORS = ("autonomy", "criticality", "data_sensitivity", "validation_age", "third_party", "jurisdiction")


@dataclass(frozen=True)
class Oversight:
    """Share of decisions a person reviews, and the lower bound of the share of seeded errors they caught."""

    coverage: Decimal
    catch_lcb: Decimal


@dataclass(frozen=True)
class ScheduleItem:
    """One schedule credit (negative) or debit, as a share of premium, with why and on what evidence."""

    name: str
    pct: Decimal
    reason: str
    evidence: str


@dataclass(frozen=True)
class Removal:
    """A dimension an underwriter declared not applicable, with their name and reason (DOMAIN 1.0, rule 4)."""

    dimension: str
    by: str
    reason: str


@dataclass(frozen=True)
class Risk:
    """The insured model and the cover asked for. Money in `currency`; counts are ground-up, of the rated period."""

    use_class: str
    industry: str
    decisions: int
    limit: Decimal
    aggregate: Decimal
    deductible: Decimal
    factors: dict[str, str]
    claims_made_year: int
    oversight: Oversight | None = None
    prior_claims: int = 0
    expected_claims: Decimal = Decimal(0)
    schedule: tuple[ScheduleItem, ...] = ()
    tax_jurisdiction: str = "NONE"
    currency: str = "USD"
    removed: tuple[Removal, ...] = ()
    audits_on_time: bool = False  # quarterly audits kept: the validation-age factor is then 1.00 (rule 10)
    inception: date | None = None  # decides which taxes are in force; None means the plan's first day
    instalments: int = 4

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON; `from_dict` reads it back to an equal risk."""
        return {
            "use_class": self.use_class,
            "industry": self.industry,
            "decisions": self.decisions,
            "limit": str(self.limit),
            "aggregate": str(self.aggregate),
            "deductible": str(self.deductible),
            "factors": dict(sorted(self.factors.items())),
            "claims_made_year": self.claims_made_year,
            "oversight": _oversight_dict(self.oversight),
            "prior_claims": self.prior_claims,
            "expected_claims": str(self.expected_claims),
            "schedule": [
                {"name": item.name, "pct": str(item.pct), "reason": item.reason, "evidence": item.evidence}
                for item in self.schedule
            ],
            "tax_jurisdiction": self.tax_jurisdiction,
            "currency": self.currency,
            "removed": [{"dimension": gone.dimension, "by": gone.by, "reason": gone.reason} for gone in self.removed],
            "audits_on_time": self.audits_on_time,
            "inception": self.inception.isoformat() if self.inception else None,
            "instalments": self.instalments,
        }

    @classmethod
    def from_dict(cls, value: Any) -> "Risk":
        """The risk in a JSON object; InputRefused with the field's path for anything missing, unknown or inexact."""
        node = Strict(value, "risk")
        risk = cls(
            use_class=node.text("use_class"),
            industry=node.text("industry"),
            decisions=node.whole("decisions", low=1),
            limit=node.number("limit", low="1"),
            aggregate=node.number("aggregate", low="1"),
            deductible=node.number("deductible", low="0"),
            factors=_factors(node.node("factors")),
            claims_made_year=node.whole("claims_made_year", low=1, high=100),
            oversight=_oversight(node.optional("oversight")),
            prior_claims=node.whole_or("prior_claims", 0, high=10**6),
            expected_claims=node.number_or("expected_claims", "0", low="0", high="1000000"),
            schedule=tuple(_item(item) for item in node.nodes_or_none("schedule")),
            tax_jurisdiction=node.text_or("tax_jurisdiction", "NONE"),
            currency=currency_code(node.text_or("currency", "USD")),
            removed=tuple(_removal(item) for item in node.nodes_or_none("removed")),
            audits_on_time=node.flag("audits_on_time", False),
            inception=node.maybe_day("inception"),
            instalments=node.whole_or("instalments", 4, low=1, high=12),
        )
        node.done()
        return risk


def refuse_unrateable(risk: Risk, plan: Plan) -> None:
    """InputRefused, with the remedy, for anything the plan has no filed answer to."""
    plan.use_class(risk.use_class)
    plan.industry(risk.industry)
    _refuse_cover(risk, plan)
    for name in sorted(plan.factors):
        if name not in risk.factors:
            raise InputRefused(
                f"the factor {name} has no level",
                field=f"risk.factors.{name}",
                limit=", ".join(plan.factors[name].levels),
                remedy="choose one of the filed levels",
            )
        plan.factors[name].level(risk.factors[name])
    _refuse_schedule(risk, plan)
    _refuse_removals(risk, plan)


def schedule_sum(risk: Risk) -> Decimal:
    return total(item.pct for item in risk.schedule)


def _refuse_cover(risk: Risk, plan: Plan) -> None:
    if risk.currency != plan.currency:
        _refuse(f"plan {plan.id} rates in {plan.currency}", "currency", plan.currency, f"ask for {plan.currency}")
    if risk.limit not in plan.limits:
        _refuse(f"limit {risk.limit} is not filed", "limit", _list(plan.limits), "choose a filed limit")
    if risk.deductible not in plan.deductibles:
        _refuse(
            f"deductible {risk.deductible} is not filed",
            "deductible",
            _list(plan.deductibles),
            "choose a filed deductible",
        )
    largest = multiply(risk.limit, plan.largest_deductible_share)
    if risk.deductible > largest:
        _refuse(
            f"deductible {risk.deductible} is over a tenth of the limit {risk.limit}",
            "deductible",
            f"{largest:f}",
            "choose a lower deductible or a higher limit",
        )
    if risk.aggregate < risk.limit:
        _refuse("the aggregate is below the limit", "aggregate", f"at least {risk.limit}", "raise the aggregate")


def _refuse_schedule(risk: Risk, plan: Plan) -> None:
    rules = plan.schedule
    for item in risk.schedule:
        if item.name.lower() in rules.excluded:
            _refuse(
                f"{item.name} is already rated by the audit",
                "schedule",
                ", ".join(rules.excluded),
                "remove the item: nothing is credited twice",
            )
        most = rules.item_maximum_by_name.get(item.name, rules.item_maximum)
        if abs(item.pct) > most:
            _refuse(f"schedule item {item.name} is {item.pct}", "schedule", f"{most} either way", "lower it")
    if not rules.minimum <= 1 + schedule_sum(risk) <= rules.maximum:
        _refuse(
            f"the schedule items sum to {schedule_sum(risk)}",
            "schedule",
            f"{rules.minimum - 1} to +{rules.maximum - 1}",
            "lower or remove items",
        )
    if len({item.name for item in risk.schedule}) < len(risk.schedule):
        _refuse("a schedule item is listed twice", "schedule", "one line an item", "merge the lines")


def _refuse_removals(risk: Risk, plan: Plan) -> None:
    for gone in risk.removed:
        if gone.dimension not in plan.relativity.removable:
            _refuse(
                f"{gone.dimension} applies to every model and cannot be removed",
                "removed",
                ", ".join(plan.relativity.removable),
                "measure it, or leave it as not tested",
            )


def _refuse(message: str, name: str, limit: str, remedy: str) -> None:
    raise InputRefused(message, field=f"risk.{name}", limit=limit, remedy=remedy)


def _list(values: tuple[Decimal, ...]) -> str:
    return ", ".join(f"{value:f}" for value in values)


def _factors(node: Strict) -> dict[str, str]:
    levels = {name: node.text(name) for name in FACTORS}
    node.done()
    return levels


def _oversight(value: Any) -> Oversight | None:
    if value is None:
        return None
    node = Strict(value, "risk.oversight")
    oversight = Oversight(node.number("coverage", low="0", high="1"), node.number("catch_lcb", low="0", high="1"))
    node.done()
    return oversight


def _oversight_dict(oversight: Oversight | None) -> dict[str, str] | None:
    if oversight is None:
        return None
    return {"coverage": str(oversight.coverage), "catch_lcb": str(oversight.catch_lcb)}


def _item(node: Strict) -> ScheduleItem:
    item = ScheduleItem(node.text("name"), node.number("pct"), node.text("reason"), node.text("evidence"))
    node.done()
    return item


def _removal(node: Strict) -> Removal:
    removal = Removal(node.text("dimension"), node.text("by"), node.text("reason"))
    node.done()
    return removal
