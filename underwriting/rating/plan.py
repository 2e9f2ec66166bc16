"""A rate plan as frozen values. Immutable once read; its hash is SHA-256 over the canonical JSON of its file."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core.errors import InputRefused

PERILS = ("ERR", "DISC", "SEC")
# Dimensions priced by a rate against a reference; drift is priced by its own growth ratio.
RATE_DIMENSIONS = ("error", "gap", "ece", "robustness", "label")
DIMENSIONS = (*RATE_DIMENSIONS, "drift")


@dataclass(frozen=True)
class Peril:
    """One peril: claims per exposure unit, mean loss to the basic limit, filed tables and elasticities."""

    code: str
    title: str
    f0: Decimal
    lev_basic: Decimal
    severity: Mapping[str, str]
    ilf: Mapping[Decimal, Decimal]
    ded: Mapping[Decimal, Decimal]
    betas: Mapping[str, Decimal]
    drift: bool

    def uses(self, dimension: str) -> bool:
        return self.drift if dimension == "drift" else dimension in self.betas


@dataclass(frozen=True)
class Level:
    name: str
    title: str
    relativity: Decimal
    outcome: str | None  # "refer" or "decline"


@dataclass(frozen=True)
class Factor:
    name: str
    title: str
    perils: tuple[str, ...]
    levels: Mapping[str, Level]

    def level(self, name: str) -> Level:
        if name not in self.levels:
            raise InputRefused(
                f"{name!r} is not a filed level of {self.name}",
                field=f"risk.factors.{self.name}",
                limit=", ".join(self.levels),
                remedy="choose one of the filed levels",
            )
        return self.levels[name]


@dataclass(frozen=True)
class Median:
    """What a model at the class's reference rates measures at `rows` labelled rows: A by peril, from prudence alone."""

    rows: int
    relativities: Mapping[str, Decimal]


@dataclass(frozen=True)
class UseClass:
    code: str
    title: str
    priced_error: str
    q0_error: Decimal | None
    gap_metric: str
    gap_text: str
    q0_gap: Decimal | None
    not_applicable: frozenset[str]
    harm_text: str
    outcome: str | None
    medians: tuple[Median, ...]


@dataclass(frozen=True)
class Industry:
    """A sector: n incidents, x with a legal consequence, credibility z, relativity with 90 % interval, prior I."""

    code: str
    title: str
    naics: tuple[str, ...]
    n: int
    x: int
    z: Decimal
    rel: Decimal
    interval: tuple[Decimal, Decimal]
    i: Decimal
    leading_harms: tuple[str, ...]
    note: str | None


@dataclass(frozen=True)
class Loading:
    ulae: Decimal
    fixed_expense: Decimal
    variable_expense: Decimal
    profit_and_risk: Decimal
    minimum_premium: Decimal
    off_balance: Decimal


@dataclass(frozen=True)
class Relativity:
    """Clips, references and the filed answer for drift that could not be measured."""

    confidence: Decimal
    m_low: Decimal
    m_high: Decimal
    a_low: Decimal
    a_high: Decimal
    q0: Mapping[str, Decimal]
    g0: Decimal
    t0: Decimal
    unmeasured_g: Decimal
    half_life: Decimal
    removable: tuple[str, ...]


@dataclass(frozen=True)
class Schedule:
    minimum: Decimal
    maximum: Decimal
    item_maximum: Decimal
    item_maximum_by_name: Mapping[str, Decimal]
    second_underwriter_above: Decimal
    excluded: tuple[str, ...]
    suggested: tuple[str, ...]


@dataclass(frozen=True)
class AggregateRow:
    ratio_from: Decimal
    expected_up_to: Decimal | None
    factor: Decimal


@dataclass(frozen=True)
class AuditRules:
    minimum_rows: int
    maximum_age_days: int
    slice_multiple: Decimal
    e4_subjectivity_days: int


@dataclass(frozen=True)
class Midterm:
    """Short rate as a share of the pro-rata return; the least of the deposit that a premium audit keeps."""

    short_rate: Decimal
    minimum_deposit_share: Decimal


@dataclass(frozen=True)
class IndustryBasis:
    """The constants that made the sector table: base rate, K, damping, step; and the own-claims prior."""

    base_rate: Decimal
    k: Decimal
    damping: Decimal
    step: Decimal
    alpha: Decimal
    movement_cap: Decimal
    assumption: str


@dataclass(frozen=True)
class TaxLine:
    name: str
    rate: Decimal
    start: date
    end: date | None

    def in_force(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day < self.end)


@dataclass(frozen=True)
class TaxTable:
    """Premium taxes by jurisdiction, effective-dated, kept apart from the plan and with a hash of its own."""

    id: str
    hash: str
    source: str
    jurisdictions: Mapping[str, tuple[TaxLine, ...]]

    def lines(self, jurisdiction: str, day: date) -> tuple[TaxLine, ...]:
        if jurisdiction not in self.jurisdictions:
            raise InputRefused(
                f"{jurisdiction!r} has no tax line",
                field="risk.tax_jurisdiction",
                limit=", ".join(self.jurisdictions),
                remedy="choose one of the listed jurisdictions",
            )
        return tuple(line for line in self.jurisdictions[jurisdiction] if line.in_force(day))


@dataclass(frozen=True)
class Plan:
    """A whole rate plan; see underwriting/plans for the data and DOMAIN 1.1 to 1.8 for what each part means."""

    id: str
    hash: str
    title: str
    assumption: str
    currency: str
    effective_from: date
    effective_to: date | None
    exposure_unit: Decimal
    exposure_refer_above: Decimal
    basic_limit: Decimal
    largest_deductible_share: Decimal
    perils: Mapping[str, Peril]
    loading: Loading
    relativity: Relativity
    grades: tuple[tuple[str, Decimal | None], ...]
    comparison_mix: Mapping[str, Decimal]
    factors: Mapping[str, Factor]
    oversight_perils: tuple[str, ...]
    oversight_floor: Decimal
    use_classes: Mapping[str, UseClass]
    industries: tuple[Industry, ...]
    industry_basis: IndustryBasis
    experience_a: Decimal
    mean_report_lag: Decimal
    steps: tuple[Decimal, ...]
    schedule: Schedule
    aggregate: tuple[AggregateRow, ...]
    midterm: Midterm
    audit_rules: AuditRules
    evidence_classes: Mapping[str, str]
    joint_percentile: Decimal
    panel: Mapping[str, Decimal]
    taxes: TaxTable

    @property
    def limits(self) -> tuple[Decimal, ...]:
        return tuple(self.perils["ERR"].ilf)

    @property
    def deductibles(self) -> tuple[Decimal, ...]:
        return tuple(self.perils["ERR"].ded)

    @property
    def net_share(self) -> Decimal:
        """1 - V - Q: what is left of a premium for losses and fixed expense."""
        return 1 - self.loading.variable_expense - self.loading.profit_and_risk

    def use_class(self, code: str) -> UseClass:
        if code not in self.use_classes:
            raise InputRefused(
                f"plan {self.id} has no use class {code!r}",
                field="risk.use_class",
                limit=", ".join(self.use_classes),
                remedy="choose a filed use class",
            )
        return self.use_classes[code]

    def industry(self, code: str) -> Industry:
        """The sector row whose code or NAICS list holds `code`."""
        for row in self.industries:
            if code == row.code or code in row.naics:
                return row
        raise InputRefused(
            f"{code!r} is not in the industry table",
            field="risk.industry",
            limit=", ".join(row.code for row in self.industries),
            remedy="choose the closest listed sector",
        )

    def in_force(self, day: date) -> bool:
        return self.effective_from <= day and (self.effective_to is None or day < self.effective_to)
