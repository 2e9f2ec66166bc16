"""Evidence from counts that somebody states, without an audit: for indications, plan work and rating examples.

The bounds are made as an audit makes them (Clopper-Pearson; the wider of Wald and Newcombe for a gap), once, at 6
decimals; after that nothing distinguishes stated from audited evidence but its class, which is for the caller to set.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from audits.engine.bounds import Rate, gap_interval, six
from core.errors import InputRefused
from underwriting.rating.bounds import upper_bound
from underwriting.rating.evidence import COUNTED, Evidence, evidence_from_audit
from underwriting.rating.plan import DIMENSIONS
from underwriting.rating.strict import Strict

CONFIDENCE = Decimal("0.90")


def evidence_from_counts(stated: Mapping[str, Any], *, evidence_class: str, **circumstances: Any) -> Evidence:
    """Evidence from {dimension: figures}; a dimension left out is one that was not run.

    error, robustness, label: {"k", "n"}. gap: {"u", "point"} or {"reference": {"k", "n"}, "group": {"k", "n"}}, where
    the gap is the reference's rate less the group's. ece and drift: {"u", "point"} (drift: growth a year). The
    `circumstances` are the keywords of evidence_from_audit.
    """
    unknown = sorted(set(stated) - set(DIMENSIONS))
    if unknown:
        raise InputRefused(
            f"unknown dimensions: {', '.join(unknown)}",
            field="evidence",
            limit=", ".join(DIMENSIONS),
            remedy="correct their names",
        )
    dimensions = {name: _dimension(name, stated.get(name)) for name in DIMENSIONS}
    rows = int(dimensions["error"].get("n") or 0)
    result = {"dimensions": dimensions, "rows": {"labelled": rows, "undecided": 0}}
    return evidence_from_audit(result, evidence_class=evidence_class, **circumstances)


def _dimension(name: str, stated: Any) -> dict[str, Any]:
    if stated is None:
        return {"state": "not_run", "reason": "no figures were stated"}
    node = Strict(stated, f"evidence.{name}")
    if name in COUNTED:
        figures = _counted(node)
    elif name == "gap" and node.has("reference"):
        figures = _gap(node)
    else:
        figures = {"u": str(node.number("u", low="0")), "g" if name == "drift" else "point": node.optional("point")}
    node.done()
    return {"state": "measured", "reason": None, **figures}


def _counted(node: Strict) -> dict[str, Any]:
    k, n = _rate(node)
    bound = upper_bound(Decimal(k), Decimal(n), CONFIDENCE)
    return {"k": k, "n": n, "u": str(bound), "point": six(k / n), "gamma": str(CONFIDENCE)}


def _gap(node: Strict) -> dict[str, Any]:
    reference, group = (Rate(*_rate_node(node.node(side))) for side in ("reference", "group"))
    point = six(reference.value - group.value)
    bound = six(gap_interval(reference, group).high)
    half = Decimal(bound) - Decimal(point)
    return {"u": bound, "point": point, "half_width": str(half), "n": int(reference.n + group.n)}


def _rate_node(node: Strict) -> tuple[int, int]:
    k, n = _rate(node)
    node.done()
    return k, n


def _rate(node: Strict) -> tuple[int, int]:
    n = node.whole("n", low=1)
    k = node.whole("k")
    if k > n:
        raise InputRefused(f"{node.path}: {k} of {n}", field=node.path, limit=str(n), remedy="send k of n rows")
    return k, n
