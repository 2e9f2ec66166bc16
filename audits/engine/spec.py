"""What is to be measured: the audit specification as frozen dataclasses (contract A).

It is written by underwriting from the registered model before data is seen; the engine only reads it.
"""

from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

Task = Literal["binary", "multiclass", "regression", "ranking"]
Operator = Literal[">=", ">", "<=", "<", "=="]
Harm = Literal["false_positive", "false_negative", "either"]
Side = Literal["positive", "negative"]
GapMetric = Literal["selection_rate", "false_positive_rate", "miss_rate", "none"]
Direction = Literal["over", "under", "either"]
Way = Literal["up", "down"]


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
class ChanceOf:
    """The column with the chance (0 to 1) that a row is of group `name`."""

    name: str
    column: str


@dataclass(frozen=True)
class Inferred:
    """A protected attribute of which only the chances of its groups are known; `source` says how they were made, in
    the registrant's words, and is printed wherever they are used."""

    name: str
    source: str
    groups: tuple[ChanceOf, ...]


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
    """`labelled_at` is the column with the time at which a row's outcome became known, where that is not at once."""

    timestamp: str
    period: Literal["month", "quarter"]
    reference: Reference | None
    features: tuple[str, ...]
    labelled_at: str | None = None


@dataclass(frozen=True)
class ClassProbability:
    """The column with the stated probability of class `name` (multiclass)."""

    name: str
    column: str


@dataclass(frozen=True)
class Monotone:
    """An input that must never move the answer the other way: "up" means more of it never lowers the answer."""

    column: str
    way: Way


@dataclass(frozen=True)
class UnitSlip:
    """A number that is plausibly sent in another unit: the cell times `factor` (1000 for grams for kilograms)."""

    column: str
    factor: str


@dataclass(frozen=True)
class ValidRange:
    """The range in which an input's values are valid; None leaves a side open."""

    column: str
    low: str | None
    high: str | None


@dataclass(frozen=True)
class Limit:
    op: Operator
    value: str


@dataclass(frozen=True)
class AuditSpec:
    """Contract A, checked. `limits` replaces a suite's limit per check id (a class's own q0, for instance).

    Beyond what every audit reads, a customer may register:
    loss            column with what a wrong decision costs, in money or any other unit (not negative)
    probabilities   multiclass: the column of each class's stated probability
    legitimate      factors within whose values a gap between groups is looked at again (conditional disparity)
    annotators      columns with the labels of single annotators
    human           column with the decision a person took beside the model's
    row_id          column that names each row, so that samples drawn from it come back to it
    monotone, units, ranges   what is known of single inputs
    inferred        attributes of which only the chances of the groups are known (BIFSG and the like)
    weight, cluster   column with the weight of each row; column with the person or household it belongs to
    """

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
    loss: str | None = None
    probabilities: tuple[ClassProbability, ...] = ()
    legitimate: tuple[Slice, ...] = ()
    annotators: tuple[str, ...] = ()
    human: str | None = None
    row_id: str | None = None
    monotone: tuple[Monotone, ...] = ()
    units: tuple[UnitSlip, ...] = ()
    ranges: tuple[ValidRange, ...] = ()
    weight: str | None = None
    cluster: str | None = None
    inferred: tuple[Inferred, ...] = ()

    @property
    def decides(self) -> bool:
        """True when every row is a yes/no decision (binary, or ranking at the deployed cut-off)."""
        return self.task in ("binary", "ranking")

    @property
    def score_column(self) -> str | None:
        """The column that ranks cases: the score, else the probability."""
        return self.score or self.probability

    def to_dict(self) -> dict[str, Any]:
        """The specification as JSON-ready contract A with every default written out, except those of LATER keys: an
        audit that does not use them has the digest it had before they were there."""
        written = asdict(self)
        if not self.decides:
            written["decision"] = {"column": self.decision.column}
        if self.drift is not None and self.drift.labelled_at is None:
            del written["drift"]["labelled_at"]
        defaults = {item.name: item.default for item in fields(self) if item.name in LATER}
        return {key: value for key, value in written.items() if key not in LATER or value != defaults[key]}


# Keys that came with PAS-2026.3, weight, cluster and inferred after it.
LATER = frozenset(
    (
        "loss",
        "probabilities",
        "legitimate",
        "annotators",
        "human",
        "row_id",
        "monotone",
        "units",
        "ranges",
        "weight",
        "cluster",
        "inferred",
    )
)
