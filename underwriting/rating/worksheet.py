"""The worksheet: every input, every step and every reason of a price, as frozen values with a plain JSON form."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal
from typing import Any

from underwriting.rating.evidence import Evidence
from underwriting.rating.frequency import FactorLine
from underwriting.rating.relativity import Term
from underwriting.rating.risk import Risk

SCHEMA = "plimsoll.worksheet/1"


@dataclass(frozen=True)
class Named:
    """A document the price stands on: its id and hash."""

    id: str
    hash: str


@dataclass(frozen=True)
class PerilLine:
    """One peril from exposure to pure premium, as in the table of DOMAIN 1.8."""

    peril: str
    title: str
    exposure: Decimal
    f0: Decimal
    industry: Decimal
    factors: tuple[FactorLine, ...]
    k: Decimal
    at_class: Decimal  # E f0 I k
    terms: tuple[Term, ...]
    a: Decimal
    a_unclipped: Decimal
    expected_claims: Decimal  # lambda, not rounded
    lev: Decimal
    ilf: Decimal
    ded: Decimal
    lf: Decimal
    pure_premium: Decimal
    class_pure_premium: Decimal


@dataclass(frozen=True)
class TaxCharge:
    name: str
    rate: Decimal
    amount: Decimal


@dataclass(frozen=True)
class Money:
    """From pure premium to what is paid, in the order of DOMAIN 1.1. `loaded` = PP + ULAE + F."""

    aggregate_factor: Decimal
    pure_premium: Decimal
    ulae: Decimal
    fixed_expense: Decimal
    loaded: Decimal
    variable_share: Decimal
    profit_share: Decimal
    gross: Decimal
    minimum_premium: Decimal
    minimum_applied: bool
    premium: Decimal
    taxes: tuple[TaxCharge, ...]
    total: Decimal
    instalments: tuple[Decimal, ...]  # of the premium; taxes are due with the first


@dataclass(frozen=True)
class Standing:
    """Where the model stands: class price, composite, score and grade; the comparison score needs no policy."""

    class_pure_premium: Decimal
    class_premium: Decimal
    composite: Decimal
    score: Decimal
    grade: str
    comparison_score: Decimal


@dataclass(frozen=True)
class ParameterRisk:
    """What fewer rows cost: pure premium at bounds less at points, and the customer's line of it. Never mix the two."""

    point_relativities: Mapping[str, Decimal]
    point_pure_premium: Decimal
    load: Decimal
    customer_load: Decimal


@dataclass(frozen=True)
class Untested:
    """Premium less the premium with `dimension` at the class's reference: the price of not having tested it.

    `before_minimum` is the same difference before the minimum premium, which can hide the price of a small risk.
    """

    dimension: str
    state: str
    reason: str
    premium_now: Decimal
    premium_at_reference: Decimal
    price: Decimal
    before_minimum: Decimal


@dataclass(frozen=True)
class Remedy:
    """Something that would lower the premium, with the premium it would give."""

    what: str
    premium: Decimal
    saves: Decimal


@dataclass(frozen=True)
class MedianCharge:
    """What a model at the class's reference rates is charged, relative to class, at `rows` rows: prudence alone."""

    rows: int
    charge: Decimal


@dataclass(frozen=True)
class Figures:
    """Every number of the price."""

    experience_mod: Decimal
    step: Decimal
    schedule: Decimal
    off_balance: Decimal
    lines: tuple[PerilLine, ...]
    money: Money
    standing: Standing
    unclipped_pure_premium: Decimal
    parameter_risk: ParameterRisk
    untested: tuple[Untested, ...]
    untested_total: Decimal  # all untested dimensions at reference at once
    class_median: tuple[MedianCharge, ...]
    remedies: tuple[Remedy, ...]


@dataclass(frozen=True)
class Flag:
    """A reason not to quote by machine: `waivable` says whether an underwriter may accept it as it stands."""

    code: str
    reason: str
    resolves: str
    waivable: bool


@dataclass(frozen=True)
class Worksheet:
    """A price, whole. `figures` is None when there is no price (see the referrals and declines)."""

    plan: Named
    taxes: Named
    risk: Risk
    evidence: Evidence
    currency: str
    decision: str  # quote, refer or decline
    indication: bool
    figures: Figures | None
    referrals: tuple[Flag, ...]
    declines: tuple[Flag, ...]
    subjectivities: tuple[Flag, ...]
    not_applicable: tuple[str, ...]
    evidence_text: str
    joint_percentile: Decimal
    statements: tuple[str, ...]

    @property
    def premium(self) -> Decimal | None:
        return self.figures.money.premium if self.figures else None

    @property
    def total(self) -> Decimal | None:
        return self.figures.money.total if self.figures else None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON with every figure as exact text; the stored form that `replay` re-computes."""
        body = {item.name: plain_value(getattr(self, item.name)) for item in fields(self)}
        return {"schema": SCHEMA, **body}


def plain_value(value: Any) -> Any:
    """`value` as plain JSON: figures as text, dataclasses as objects."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, Risk | Evidence):
        return value.to_dict()
    if is_dataclass(value):
        return {item.name: plain_value(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain_value(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [plain_value(item) for item in value]
    return value
