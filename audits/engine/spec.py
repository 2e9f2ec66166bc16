"""What is to be measured: the audit specification as frozen dataclasses (contract A).

It is written by underwriting from the registered model before data is seen; the engine only reads it.
"""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Task = Literal["binary", "multiclass", "regression", "ranking"]
Operator = Literal[">=", ">", "<=", "<", "=="]
Harm = Literal["false_positive", "false_negative", "either"]
Side = Literal["positive", "negative"]
GapMetric = Literal["selection_rate", "false_positive_rate", "miss_rate", "none"]
Direction = Literal["over", "under", "either"]


@dataclass(frozen=True)
class Decision:
    """The column that decides; `op` and `value` say which cells are the positive decision (binary, ranking)."""

    column: str
    op: Operator | None = None
    value: str | None = None


@dataclass(frozen=True)
class NominalInterval:
    """Columns of a prediction interval and the coverage it claims."""

    low: str
    high: str
    nominal: str


@dataclass(frozen=True)
class Attribute:
    """A pre-registered protected attribute; `source` says who stated it (recorded, self-reported, proxied)."""

    name: str
    column: str
    source: str


@dataclass(frozen=True)
class Slice:
    name: str
    column: str


@dataclass(frozen=True)
class Reference:
    """Rows whose `column` equals `value` are the reference part for drift."""

    column: str
    value: str


@dataclass(frozen=True)
class DriftPlan:
    timestamp: str
    period: Literal["month", "quarter"]
    reference: Reference | None
    features: tuple[str, ...]


@dataclass(frozen=True)
class Limit:
    op: Operator
    value: str


@dataclass(frozen=True)
class AuditSpec:
    """Contract A, checked. `limits` replaces a suite's limit per check id (a class's own q0, for instance)."""

    task: Task
    label: str
    decision: Decision
    positive_label: str | None = None
    probability: str | None = None
    score: str | None = None
    harmful_error: Harm = "either"
    favourable_decision: Side | None = None
    gap_metric: GapMetric = "none"
    harm_matrix: dict[str, tuple[str, ...]] | None = None
    tolerance: str | None = None
    direction: Direction | None = None
    interval: NominalInterval | None = None
    attributes: tuple[Attribute, ...] = ()
    intersections: tuple[tuple[str, str], ...] = ()
    slices: tuple[Slice, ...] = ()
    drift: DriftPlan | None = None
    scores_expected: bool = True
    limits: dict[str, Limit] = field(default_factory=dict)

    @property
    def decides(self) -> bool:
        """True when every row is a yes/no decision (binary, or ranking at the deployed cut-off)."""
        return self.task in ("binary", "ranking")

    @property
    def score_column(self) -> str | None:
        """The column that ranks cases: the score, else the probability."""
        return self.score or self.probability

    def to_dict(self) -> dict[str, Any]:
        """The specification as JSON-ready contract A with every default written out."""
        written = asdict(self)
        if not self.decides:
            written["decision"] = {"column": self.decision.column}
        return written
