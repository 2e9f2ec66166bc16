"""What was measured, as rating reads it: six dimensions with their stored bounds, and how the evidence was obtained.

Rating knows a dimension as measured or not. What applies but was not measured is priced at u = 1; what does not apply
is removed by the plan or by an underwriter, never by the auditor (DOMAIN 1.0, rule 4). Ageing recomputes bounds when an
audit is late (rule 10); that is the only place where this room turns counts into bounds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from core.errors import InputRefused
from core.money import round_half_up
from underwriting.rating.arithmetic import ONE, ZERO, add, divide, multiply, power, root, subtract
from underwriting.rating.bounds import BOUND_PLACES, upper_bound
from underwriting.rating.plan import DIMENSIONS
from underwriting.rating.strict import Strict

STATES = ("measured", "cannot_tell", "not_run", "not_applicable")
CLASSES = ("E1", "E2", "E3", "E4")
COUNTED = ("error", "robustness", "label")  # dimensions whose bound is Clopper-Pearson on counts
MORE_ROWS = (2, 4)
HALF_LIFE = Decimal("0.5")


@dataclass(frozen=True)
class Measure:
    """One dimension: bound `u` and point (drift: growth a year), counts k of n where there are any, n_eff when aged."""

    state: str
    u: Decimal | None = None
    point: Decimal | None = None
    k: Decimal | None = None
    n: Decimal | None = None
    half_width: Decimal | None = None
    reason: str | None = None
    subject: str | None = None
    more_rows: tuple[tuple[int, Decimal], ...] = ()  # (multiple, bound at that many rows and the same rate)

    @property
    def measured(self) -> bool:
        return self.state == "measured"

    def to_dict(self) -> dict[str, Any]:
        figures = {"u": self.u, "point": self.point, "k": self.k, "n": self.n, "half_width": self.half_width}
        return {
            "state": self.state,
            **{name: None if value is None else str(value) for name, value in figures.items()},
            "reason": self.reason,
            "subject": self.subject,
            "more_rows": [[multiple, str(bound)] for multiple, bound in self.more_rows],
        }


@dataclass(frozen=True)
class Slice:
    """The worst pre-registered slice: its name and the lower bound of its harmful-error rate."""

    name: str
    low: Decimal


@dataclass(frozen=True)
class Evidence:
    """All that rating knows of an audit. `interval` is T in years; the next audit is `late` years overdue."""

    evidence_class: str
    rows: int
    dimensions: dict[str, Measure]
    result_digest: str | None = None
    suite: str | None = None
    confidence: Decimal = Decimal("0.90")
    age_days: int = 0
    interval: Decimal = Decimal("0.25")
    late: Decimal = ZERO
    rerate: bool = False
    independent: bool = True
    drift_withheld: bool = False
    worst_slice: Slice | None = None
    gamed: tuple[str, ...] = ()  # titles of the checks that speak of a gamed evaluation and failed

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON; `from_dict` reads it back to equal evidence. Evidence without a sign of gaming is written as it
        was before there was such a check, so that its worksheets keep their digests."""
        gamed = {"gamed": list(self.gamed)} if self.gamed else {}
        return {**self._told(), **gamed}

    def _told(self) -> dict[str, Any]:
        worst = self.worst_slice
        return {
            "evidence_class": self.evidence_class,
            "rows": self.rows,
            "dimensions": {name: self.dimensions[name].to_dict() for name in DIMENSIONS},
            "result_digest": self.result_digest,
            "suite": self.suite,
            "confidence": str(self.confidence),
            "age_days": self.age_days,
            "interval": str(self.interval),
            "late": str(self.late),
            "rerate": self.rerate,
            "independent": self.independent,
            "drift_withheld": self.drift_withheld,
            "worst_slice": {"name": worst.name, "low": str(worst.low)} if worst else None,
        }

    @classmethod
    def from_dict(cls, value: Any) -> "Evidence":
        """The evidence in a JSON object; InputRefused with the path for anything missing, unknown or inexact."""
        node = Strict(value, "evidence")
        dimensions = node.node("dimensions")
        evidence = cls(
            evidence_class=evidence_class(node.text("evidence_class")),
            rows=node.whole("rows"),
            dimensions={name: _measure(name, dimensions.node(name)) for name in DIMENSIONS},
            result_digest=node.optional("result_digest"),
            suite=node.optional("suite"),
            confidence=node.number("confidence", low="0", high="1"),
            age_days=node.whole("age_days"),
            interval=node.number("interval", low="0.001", high="10"),
            late=node.number("late", low="0", high="10"),
            rerate=node.flag("rerate"),
            independent=node.flag("independent"),
            drift_withheld=node.flag("drift_withheld"),
            worst_slice=_slice(node.optional("worst_slice")),
            gamed=tuple(str(title) for title in node.optional("gamed") or ()),
        )
        dimensions.done()
        node.done()
        return evidence


def evidence_from_audit(
    result: Mapping[str, Any],
    *,
    evidence_class: str,
    age_days: int = 0,
    interval_years: Decimal = Decimal("0.25"),
    late_years: Decimal = ZERO,
    rerate: bool = False,
    independent: bool = True,
    drift_withheld: bool = False,
    result_digest: str | None = None,
) -> Evidence:
    """Evidence from an audit result (contract B), aged when the next audit is `late_years` overdue.

    `age_days` counts from the audit's completion to the quote; over 100 days refers a new quote, not a mid-term
    `rerate`. `interval_years` is the contracted time between audits. `drift_withheld` says that dated history is known
    to be held and was not sent. Raises InputRefused when the result is not one.
    """
    dimensions = _dimensions(result)
    evidence = Evidence.from_dict(
        {
            "evidence_class": evidence_class,
            "rows": _rows(result),
            "dimensions": dimensions,
            "result_digest": result_digest,
            "suite": _suite(result),
            "confidence": _confidence(result),
            "age_days": age_days,
            "interval": str(interval_years),
            "late": str(late_years),
            "rerate": rerate,
            "independent": independent,
            "drift_withheld": drift_withheld,
            "worst_slice": _worst_slice(result),
            "gamed": _gamed(result),
        }
    )
    return _with_more_rows(aged(evidence))


def aged(evidence: Evidence) -> Evidence:
    """`evidence` after `late` years without the next audit: fewer effective rows, wider bounds, longer interval.

    n_eff = n 0.5^(late/half-life) and k likewise for counted dimensions; the half-widths of gap and ECE grow by
    sqrt(n/n_eff); drift keeps its slope over the longer interval (DOMAIN 1.0, rule 10).
    """
    if evidence.late == ZERO:
        return evidence
    kept = power(HALF_LIFE, divide(evidence.late, HALF_LIFE))
    dimensions = {name: _aged(name, one, kept, evidence.confidence) for name, one in evidence.dimensions.items()}
    return replace(evidence, dimensions=dimensions, interval=add(evidence.interval, evidence.late))


def evidence_class(code: str) -> str:
    if code not in CLASSES:
        raise InputRefused(
            f"{code!r} is not an evidence class",
            field="evidence.evidence_class",
            limit=", ".join(CLASSES),
            remedy="choose one of them",
        )
    return code


def _aged(name: str, measure: Measure, kept: Decimal, confidence: Decimal) -> Measure:
    if not measure.measured or name == "drift":
        return measure
    if name in COUNTED:
        k, n = _counts(name, measure)
        k, n = multiply(k, kept), multiply(n, kept)
        return replace(measure, k=k, n=n, u=upper_bound(k, n, confidence))
    point, half = _spread(name, measure)
    wider = divide(half, root(kept))
    return replace(measure, half_width=_micro(wider), u=_micro(add(point, wider)))


def _counts(name: str, measure: Measure) -> tuple[Decimal, Decimal]:
    if measure.k is None or measure.n is None:
        raise InputRefused(
            f"{name} is stored without its counts, so it cannot be aged",
            field=f"evidence.{name}",
            remedy="send k and n, or a new audit",
        )
    return measure.k, measure.n


def _spread(name: str, measure: Measure) -> tuple[Decimal, Decimal]:
    if measure.u is None or measure.point is None:
        raise InputRefused(
            f"{name} is stored without its point, so it cannot be aged",
            field=f"evidence.{name}",
            remedy="send the point and the bound, or a new audit",
        )
    return measure.point, subtract(measure.u, measure.point)


def _with_more_rows(evidence: Evidence) -> Evidence:
    """Bounds the error rate would have with 2 and 4 times the rows: the worksheet's "what would lower it"."""
    error = evidence.dimensions["error"]
    if not error.measured or error.k is None or error.n is None:
        return evidence
    k, n = error.k, error.n
    times = ((by, Decimal(by)) for by in MORE_ROWS)
    more = tuple((by, upper_bound(multiply(k, x), multiply(n, x), evidence.confidence)) for by, x in times)
    return replace(evidence, dimensions={**evidence.dimensions, "error": replace(error, more_rows=more)})


def _measure(name: str, node: Strict) -> Measure:
    state = node.text("state")
    if state not in STATES:
        raise InputRefused(
            f"{name} has the unknown state {state!r}",
            field=node.where("state"),
            limit=", ".join(STATES),
            remedy="use one of them",
        )
    measure = Measure(
        state=state,
        u=node.maybe_number("u"),
        point=node.maybe_number("point"),
        k=node.maybe_number("k"),
        n=node.maybe_number("n"),
        half_width=node.maybe_number("half_width"),
        reason=node.optional("reason"),
        subject=node.optional("subject"),
        more_rows=_more_rows(node.optional("more_rows", [])),
    )
    node.done()
    _refuse_measure(name, measure)
    return measure


def _refuse_measure(name: str, measure: Measure) -> None:
    field = f"evidence.dimensions.{name}"
    if measure.measured and measure.u is None:
        raise InputRefused(f"{name} is measured but has no bound", field=field, remedy="send u")
    top = Decimal(1000) if name == "drift" else Decimal(2) if name == "gap" else ONE
    if measure.u is not None and not ZERO <= measure.u <= top:
        raise InputRefused(f"the bound of {name} is {measure.u}", field=field, limit=f"0 to {top}", remedy="check it")
    if measure.k is not None and measure.n is not None and not ZERO <= measure.k <= measure.n:
        raise InputRefused(f"{name}: {measure.k} failures of {measure.n}", field=field, remedy="send k of n rows")


def _more_rows(value: Any) -> tuple[tuple[int, Decimal], ...]:
    return tuple((int(multiple), Decimal(bound)) for multiple, bound in value)


def _slice(value: Any) -> Slice | None:
    if value is None:
        return None
    node = Strict(value, "evidence.worst_slice")
    worst = Slice(node.text("name"), node.number("low", low="0", high="1"))
    node.done()
    return worst


def _dimensions(result: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    found = result.get("dimensions")
    if not isinstance(found, Mapping) or not set(DIMENSIONS) <= set(found):
        raise InputRefused(
            "the audit result lacks dimensions",
            field="dimensions",
            limit=", ".join(DIMENSIONS),
            remedy="send a complete audit result",
        )
    return {name: _dimension(name, found[name]) for name in DIMENSIONS}


def _dimension(name: str, stored: Mapping[str, Any]) -> dict[str, Any]:
    point = stored.get("g" if name == "drift" else "point")
    subject = ": ".join(str(stored[key]) for key in ("attribute", "group") if stored.get(key) is not None)
    return {
        "state": stored.get("state", ""),
        "u": stored.get("u"),
        "point": point,
        "k": stored.get("k_eff", stored.get("k")),  # of weighted or clustered rows: what they are worth
        "n": stored.get("n_eff", stored.get("n")),
        "half_width": stored.get("half_width"),
        "reason": stored.get("reason"),
        "subject": subject or None,
    }


def _rows(result: Mapping[str, Any]) -> int:
    """Labelled decisions behind the error rate; the whole labelled count where the error was not measured."""
    error, rows = result["dimensions"]["error"], result.get("rows", {})
    if error.get("state") == "measured" and error.get("n") is not None:
        return int(Decimal(str(error.get("n_eff", error["n"]))))
    return int(rows.get("labelled", 0))


def _suite(result: Mapping[str, Any]) -> str | None:
    suite = result.get("suite", {})
    return suite.get("id") if isinstance(suite, Mapping) else None


def _confidence(result: Mapping[str, Any]) -> str:
    return str(result["dimensions"]["error"].get("gamma") or "0.90")


# Checks whose failure is a reason to ask the customer, never proof of fraud: another rule away from the data, worse on
# rows the insurer holds, planted labels given back.
SIGNS_OF_GAMING = ("gaming.scaffolding", "gaming.challenge_error", "gaming.canaries")


def _gamed(result: Mapping[str, Any]) -> list[str]:
    """The titles of these checks that failed, in their order."""
    failed = {check.get("id"): check for check in result.get("checks", ()) if check.get("verdict") == "fail"}
    return [str(failed[name]["title"]) for name in SIGNS_OF_GAMING if name in failed]


def _worst_slice(result: Mapping[str, Any]) -> dict[str, str] | None:
    """The confirmed slice with the highest lower bound (rule 13): from the audit's table of confirmed slices, whose
    bounds share out the confidence; from its slice checks where it has no such table."""
    table = result.get("sections", {}).get("slices", {}).get("worst")
    if table is not None:
        confirmed = [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]
        worst = max(confirmed, key=lambda row: Decimal(row["lower"]), default=None)
        return worst and {"name": f"{worst['slice']}: {worst['value']}", "low": worst["lower"]}
    lows = [
        (Decimal(repr(check["low"])), str(check.get("subject") or check.get("title")))
        for check in result.get("checks", ())
        if check.get("family") == "slices" and check.get("low") is not None
    ]
    if not lows:
        return None
    low, name = max(lows)
    return {"name": name, "low": str(_micro(low))}


def _micro(value: Decimal) -> Decimal:
    return round_half_up(value, BOUND_PLACES)
