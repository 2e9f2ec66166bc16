"""Reads an audit specification (contract A) and refuses what cannot be measured, naming field, limit and remedy."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal, InvalidOperation
from typing import Any, cast, get_args

from audits.engine.spec import (
    Attribute,
    AuditSpec,
    ChanceOf,
    ClassProbability,
    Decision,
    Direction,
    DriftPlan,
    GapMetric,
    Harm,
    Inferred,
    Limit,
    Monotone,
    NominalInterval,
    Operator,
    Reference,
    Side,
    Slice,
    Task,
    UnitSlip,
    ValidRange,
    Way,
)
from core.errors import InputRefused

SOURCES = ("recorded", "self-reported", "proxied")
PERIODS = ("month", "quarter")
MOST_INFERRED = 20  # groups of an attribute that is known by its chances


def spec_parse(mapping: Mapping[str, Any]) -> AuditSpec:
    """The specification of `mapping`; raises InputRefused for an unknown key, a missing or an impossible value."""
    reader = _Reader(mapping, "spec", tuple(item.name for item in fields(AuditSpec)))
    task = cast(Task, reader.choice("task", get_args(Task)))
    spec = AuditSpec(
        task=task,
        label=reader.text("label"),
        decision=_decision(reader.part("decision", ("column", "op", "value")), task),
        positive_label=reader.optional("positive_label"),
        probability=reader.optional("probability"),
        score=reader.optional("score"),
        harmful_error=cast(Harm, reader.choice("harmful_error", get_args(Harm), default="either")),
        favourable_decision=cast(Side | None, reader.optional_choice("favourable_decision", get_args(Side))),
        gap_metric=cast(GapMetric, reader.choice("gap_metric", get_args(GapMetric), default="none")),
        harm_matrix=_harm_matrix(reader),
        tolerance=reader.optional("tolerance"),
        direction=cast(Direction | None, reader.optional_choice("direction", get_args(Direction))),
        interval=_interval(reader),
        attributes=tuple(_attribute(part) for part in reader.parts("attributes", ("name", "column", "source"))),
        intersections=tuple(_pair(item) for item in reader.items("intersections")),
        slices=tuple(Slice(p.text("name"), p.text("column")) for p in reader.parts("slices", ("name", "column"))),
        drift=_drift(reader),
        scores_expected=reader.flag("scores_expected", default=True),
        limits=_limits(reader),
        loss=reader.optional("loss"),
        probabilities=tuple(
            ClassProbability(p.text("name"), p.text("column"))
            for p in reader.parts("probabilities", ("name", "column"))
        ),
        legitimate=tuple(
            Slice(p.text("name"), p.text("column")) for p in reader.parts("legitimate", ("name", "column"))
        ),
        annotators=reader.texts("annotators"),
        human=reader.optional("human"),
        row_id=reader.optional("row_id"),
        monotone=tuple(_monotone(part) for part in reader.parts("monotone", ("column", "way"), key="column")),
        units=tuple(_unit_slip(part) for part in reader.parts("units", ("column", "factor"), key="column")),
        ranges=tuple(_range(part) for part in reader.parts("ranges", ("column", "low", "high"), key="column")),
        weight=reader.optional("weight"),
        cluster=reader.optional("cluster"),
        inferred=tuple(_inferred(part) for part in reader.parts("inferred", ("name", "source", "groups"))),
    )
    _agree(spec)
    return spec


@dataclass(frozen=True)
class _Reader:
    """One JSON object of the specification, its path for messages, and the keys it may have."""

    mapping: Mapping[str, Any]
    path: str
    keys: tuple[str, ...]

    def __post_init__(self) -> None:
        if not isinstance(self.mapping, Mapping):
            raise _refused(self.path, "is not an object", "an object", "Send a JSON object.")
        unknown = sorted(set(self.mapping) - set(self.keys))
        if unknown:
            raise _refused(f"{self.path}.{unknown[0]}", "is not a known key", ", ".join(self.keys), "Remove it.")

    def where(self, key: str) -> str:
        return f"{self.path}.{key}"

    def optional(self, key: str) -> str | None:
        value = self.mapping.get(key)
        if value is None:
            return None
        if not isinstance(value, str | int | float) or not str(value).strip():
            raise _refused(self.where(key), "is not text", "text", "Send a non-empty string.")
        return str(value)

    def text(self, key: str) -> str:
        value = self.optional(key)
        if value is None:
            raise _refused(self.where(key), "is missing", "required", "Add it.")
        return value

    def optional_choice(self, key: str, options: tuple[str, ...]) -> str | None:
        value = self.optional(key)
        if value is not None and value not in options:
            raise _refused(self.where(key), f"is {value!r}", "one of " + ", ".join(options), "Choose one of these.")
        return value

    def choice(self, key: str, options: tuple[str, ...], default: str | None = None) -> str:
        value = self.optional_choice(key, options) or default
        if value is None:
            raise _refused(self.where(key), "is missing", "one of " + ", ".join(options), "Choose one of these.")
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        value = self.mapping.get(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise _refused(self.where(key), "is not true or false", "true or false", "Send a JSON boolean.")
        return value

    def items(self, key: str) -> list[Any]:
        value = self.mapping.get(key) or []
        if not isinstance(value, list | tuple):
            raise _refused(self.where(key), "is not a list", "a list", "Send a JSON array.")
        return list(value)

    def part(self, key: str, keys: tuple[str, ...]) -> "_Reader":
        return _Reader(self.mapping.get(key, {}), self.where(key), keys)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of different texts."""
        found = tuple(str(item) for item in self.items(key))
        if len(set(found)) != len(found) or not all(text.strip() for text in found):
            raise _refused(self.where(key), "holds a text twice or an empty one", "different texts", "Remove it.")
        return found

    def parts(self, named: str, keys: tuple[str, ...], *, key: str = "name") -> Iterator["_Reader"]:
        """The objects of a list; no two of them may have the same `key`."""
        seen: set[str] = set()
        for index, item in enumerate(self.items(named)):
            part = _Reader(item, f"{self.where(named)}[{index}]", keys)
            if part.text(key) in seen:
                raise _refused(part.where(key), "is used twice", f"unique {key}s", "Rename one of them.")
            seen.add(part.text(key))
            yield part


def _decision(reader: _Reader, task: Task) -> Decision:
    if task not in ("binary", "ranking"):
        return Decision(reader.text("column"))
    op = cast(Operator, reader.choice("op", get_args(Operator)))
    value = reader.text("value")
    if op != "==":
        _decimal(reader.where("value"), value)
    return Decision(reader.text("column"), op, value)


def _harm_matrix(reader: _Reader) -> dict[str, tuple[str, ...]] | None:
    matrix = reader.mapping.get("harm_matrix")
    if matrix is None:
        return None
    if not isinstance(matrix, Mapping) or not all(isinstance(row, list | tuple) for row in matrix.values()):
        raise _refused("spec.harm_matrix", "is not an object of lists", '{"true": ["predicted"]}', "Send that form.")
    if not any(str(name) != str(true) for true, row in matrix.items() for name in row):
        remedy = "Name the wrong classes that harm, or leave the matrix out: then every wrong class does."
        raise _refused("spec.harm_matrix", "names no harmful error", "at least one wrong class", remedy)
    return {str(true): tuple(str(name) for name in row) for true, row in matrix.items()}


def _interval(reader: _Reader) -> NominalInterval | None:
    if reader.mapping.get("interval") is None:
        return None
    part = reader.part("interval", ("low", "high", "nominal"))
    nominal = _decimal(part.where("nominal"), part.text("nominal"))
    if not 0 < nominal < 1:
        raise _refused(part.where("nominal"), f"is {nominal}", "between 0 and 1", "Send 0.9 for ninety per cent.")
    return NominalInterval(part.text("low"), part.text("high"), part.text("nominal"))


def _attribute(part: _Reader) -> Attribute:
    return Attribute(part.text("name"), part.text("column"), part.choice("source", SOURCES, default="recorded"))


def _inferred(part: _Reader) -> Inferred:
    groups = tuple(ChanceOf(p.text("name"), p.text("column")) for p in part.parts("groups", ("name", "column")))
    if not 2 <= len(groups) <= MOST_INFERRED or len({group.column for group in groups}) != len(groups):
        limit = f"2 to {MOST_INFERRED} groups, each with a column of its own"
        raise _refused(part.where("groups"), f"holds {len(groups)} groups", limit, "Name every group's column once.")
    return Inferred(part.text("name"), part.text("source"), groups)


def _pair(item: Any) -> tuple[str, str]:
    if not isinstance(item, list | tuple) or len(item) != 2 or item[0] == item[1]:
        raise _refused("spec.intersections", f"holds {item!r}", "pairs of two attributes", "Name two attributes.")
    return str(item[0]), str(item[1])


def _monotone(part: _Reader) -> Monotone:
    return Monotone(part.text("column"), cast(Way, part.choice("way", get_args(Way))))


def _unit_slip(part: _Reader) -> UnitSlip:
    factor = part.text("factor")
    if _decimal(part.where("factor"), factor) in (0, 1):
        raise _refused(part.where("factor"), f"is {factor}", "neither 0 nor 1", "Send the factor between the units.")
    return UnitSlip(part.text("column"), factor)


def _range(part: _Reader) -> ValidRange:
    low, high = part.optional("low"), part.optional("high")
    ends = [_decimal(part.where(name), end) for name, end in (("low", low), ("high", high)) if end is not None]
    if not ends or ends != sorted(ends):
        raise _refused(part.path, "has no end, or ends the wrong way round", "low <= high", "Send one end or both.")
    return ValidRange(part.text("column"), low, high)


def _drift(reader: _Reader) -> DriftPlan | None:
    if reader.mapping.get("drift") is None:
        return None
    part = reader.part("drift", ("timestamp", "period", "reference", "features", "labelled_at"))
    reference = None
    if part.mapping.get("reference") is not None:
        named = part.part("reference", ("column", "value"))
        reference = Reference(named.text("column"), named.text("value"))
    period = cast(Any, part.choice("period", PERIODS, default="month"))
    features = tuple(str(name) for name in part.items("features"))
    return DriftPlan(part.text("timestamp"), period, reference, features, part.optional("labelled_at"))


def _limits(reader: _Reader) -> dict[str, Limit]:
    given = reader.mapping.get("limits") or {}
    if not isinstance(given, Mapping):
        raise _refused("spec.limits", "is not an object", "an object by check id", "Send a JSON object.")
    return {str(check): _limit(_Reader(item, f"spec.limits.{check}", ("op", "value"))) for check, item in given.items()}


def _limit(part: _Reader) -> Limit:
    _decimal(part.where("value"), part.text("value"))
    return Limit(cast(Operator, part.choice("op", get_args(Operator))), part.text("value"))


def _agree(spec: AuditSpec) -> None:
    """Refuses specifications whose parts do not fit together."""
    if spec.decides and spec.positive_label is None:
        raise _refused("spec.positive_label", "is missing", f"required for {spec.task}", "Name the event's value.")
    if spec.gap_metric == "selection_rate" and spec.favourable_decision is None:
        remedy = "Say which decision is favourable."
        raise _refused("spec.favourable_decision", "is missing", "required for a selection-rate gap", remedy)
    if spec.task == "regression":
        _agree_regression(spec)
    if spec.probabilities and spec.task != "multiclass":
        raise _refused("spec.probabilities", f"does not go with {spec.task}", "multiclass", "Send probability instead.")
    known = {attribute.name for attribute in spec.attributes}
    for item in spec.inferred:
        if item.name in known:
            raise _refused("spec.inferred", f"names {item.name!r} again", "a name of its own", "Rename one of them.")
    for pair in spec.intersections:
        if not known.issuperset(pair):
            raise _refused("spec.intersections", f"names {pair}", "registered attributes", "Register both first.")


def _agree_regression(spec: AuditSpec) -> None:
    """A numeric forecast is judged only against a tolerance and a direction fixed beforehand (DOMAIN 1.0 rule 2)."""
    for name in ("tolerance", "direction"):
        if getattr(spec, name) is None:
            remedy = "Register tolerance and direction before the data is seen."
            raise _refused(f"spec.{name}", "is missing", "required for regression", remedy)
    if _decimal("spec.tolerance", str(spec.tolerance)) < 0:
        raise _refused("spec.tolerance", "is negative", "at least 0", "Send the largest error that does no harm.")


def _decimal(where: str, text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise _refused(where, f"is {text!r}", "a number", "Send a decimal number as text.") from None
    if not number.is_finite():
        raise _refused(where, f"is {text!r}", "a finite number", "Send a decimal number as text.")
    return number


def _refused(where: str, what: str, limit: str, remedy: str) -> InputRefused:
    return InputRefused(f"{where} {what}.", field=where, limit=limit, remedy=remedy)
