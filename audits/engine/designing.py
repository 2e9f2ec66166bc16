"""Parts of an audit told anew where the rows are weighted or come in clusters (DOMAIN 1.0 rule 11).

Registered weights and clusters reach every priced dimension: the error rate, the confusion rates and the gaps by the
linearised law of their ratio; what is not linearised (calibration, flips, second labels, drift) as if all rows of a
cluster said the same, which is never in the customer's favour. From PAS-2026.4 on exact copies are clusters too.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from audits.engine import words
from audits.engine.bounds import cp_upper, six, six_apart
from audits.engine.cases import Cases
from audits.engine.clustering import design_of
from audits.engine.copies import with_copies
from audits.engine.effective import Design, Worth, dependent_share, worth_of
from audits.engine.frame import Mask
from audits.engine.registry import Registered, Subject
from audits.engine.result import Check, Dimension, Finding, Part, Table
from audits.engine.spec import AuditSpec
from audits.engine.verdicts import Judge

COUNTED = ("robustness", "label")  # k of n with an exact bound
COLUMNS = ("rate", "rows", "clusters", "weighted rows (Kish)", "design effect", "effective rows", "how")
THIN = "Fewer than two clusters of the registered columns carry weight, so no bound can be made."


def designed(part: Part, check: Registered, subject: Subject) -> Part:
    """The part as weights, clusters and copies have it; the same part where there are none. The gap knows of them."""
    priced = {name for name, found in part.dimensions.items() if found.state == "measured"} - {"gap"}
    if not priced and check.name != "performance":
        return part
    design = with_copies(subject, design_of(subject.frame, subject.judge.spec))
    if design is None:
        return part
    if check.name == "performance":
        return _performance(part, subject, design)
    share = dependent_share(subject.cases.audited, design)
    told = {name: _widened(name, part.dimensions[name], share, subject.judge) for name in priced}
    return replace(part, dimensions={**part.dimensions, **told})


def _performance(part: Part, subject: Subject, design: Design) -> Part:
    judge, cases = subject.judge, subject.cases
    masks = _masks(cases, judge.spec)
    found = {name: worth_of(hit & base, base, design, judge.suite.gamma) for name, (hit, base) in masks.items()}
    checks = tuple(_check(each, found, masks, judge) for each in part.checks)
    rows = tuple(_row(each.title, worth) for each in checks if (worth := found.get(each.id)) is not None)
    tables = {**part.tables, "rates": _rates(part.tables["rates"], checks), "effective rows": Table(COLUMNS, rows)}
    error = part.dimensions["error"]
    if error.state == "measured":
        error = _error(error, found["performance.harmful_error"], judge)
    findings = (*judge.findings(checks), _finding(design), *_lowered(cases, found["performance.harmful_error"], judge))
    return Part(checks, tables, findings, {"error": error})


def _masks(cases: Cases, spec: AuditSpec) -> Mapping[str, tuple[Mask, Mask]]:
    """What is counted and among which rows, by check."""
    every = cases.audited
    found = {"harmful_error": (cases.harm, every), "accuracy": (~cases.wrong, every)}
    if spec.decides:
        event, none, yes, no = (every & mask for mask in (cases.event, ~cases.event, cases.positive, ~cases.positive))
        found |= {
            "false_positive_rate": (yes, none),
            "false_negative_rate": (no, event),
            "true_positive_rate": (yes, event),
            "true_negative_rate": (no, none),
            "positive_predictive_value": (event, yes),
            "negative_predictive_value": (none, no),
            "positive_share": (yes, every),
            "event_share": (event, every),
        }
    return {f"performance.{name}": masks for name, masks in found.items()}


def _check(old: Check, found: Mapping[str, Worth | None], masks: Mapping[str, Any], judge: Judge) -> Check:
    """The check with the weighted rate and its approximate interval; a check without a figure stays as it is."""
    if old.id not in found or old.value is None:
        return old
    worth, n = found[old.id], int(masks[old.id][1].sum())
    if worth is None:
        return judge.silent(old.id, old.title, "cannot_tell", THIN, n=n, k=old.k)
    around = worth.interval(judge.suite.confidence)
    low, high = words.percent(around.low, 2), words.percent(around.high, 2)
    sentence = (
        f"{old.title}: {words.percent(worth.rate, 2)} ({low} to {high}), approximate: {n:,} rows are worth "
        f"{worth.n_eff:,.0f} independent ones."
    )
    method = f"approximate: Korn-Graubard, {worth.n_eff:.1f} effective of {n:,} rows, design effect {worth.effect:.2f}"
    confidence = judge.suite.confidence
    return judge.check(
        old.id, old.title, worth.rate, around, sentence, n, k=old.k, confidence=confidence, method=method
    )


def _rates(old: Table, checks: tuple[Check, ...]) -> Table:
    shown = [each for each in checks if each.value is not None]
    return Table(old.columns, tuple((c.title, c.subject, c.k, c.n, c.value, c.low, c.high) for c in shown))


def _row(title: str, worth: Worth) -> tuple[Any, ...]:
    how = "rows of a cluster taken to say the same" if worth.dependent else "linearised between clusters"
    return (title, worth.n, worth.clusters, worth.kish, worth.effect, worth.n_eff, how)


def _error(old: Dimension, worth: Worth | None, judge: Judge) -> Dimension:
    if worth is None:
        return Dimension("cannot_tell", THIN, {"k": old.figures["k"], "n": old.figures["n"]})
    told = {
        "point": six(worth.rate),
        "u": six(worth.upper(judge.suite.gamma)),
        "k_eff": six(worth.as_rate.k),
        "n_eff": six(worth.n_eff),
        "design_effect": six(worth.effect),
        "approximate": True,
    }
    return Dimension("measured", None, {**old.figures, **told})


def _widened(name: str, old: Dimension, share: float, judge: Judge) -> Dimension:
    """A dimension that is not linearised, as if the rows of a cluster said the same; `share` of the rows then count."""
    tell: Callable[[Mapping[str, Any], float, Judge], Mapping[str, Any]] = _fewer if name in COUNTED else _wider
    if share <= 0:
        return Dimension("cannot_tell", THIN)
    return replace(old, figures={**old.figures, **tell(old.figures, share, judge), "approximate": True})


def _fewer(old: Mapping[str, Any], share: float, judge: Judge) -> Mapping[str, Any]:
    k, n = old["k"] * share, old["n"] * share
    return {"u": six(max(float(old["u"]), cp_upper(k, n, judge.suite.gamma))), "k_eff": six(k), "n_eff": six(n)}


def _wider(old: Mapping[str, Any], share: float, judge: Judge) -> Mapping[str, Any]:
    """Half-widths grow as they do when data age: by the root of the rows that are lost (DOMAIN 1.0 rule 10)."""
    if "g" in old:
        error = float(old["se"]) / math.sqrt(share)
        return {"se": six(error), "u": six(max(0.0, float(old["g"]) + judge.suite.z * error))}
    point = float(old["point"])
    upper = min(1.0, point + (float(old["u"]) - point) / math.sqrt(share))
    return {"u": six(upper), "half_width": six_apart(upper, point), "n_eff": six(old["n"] * share)}


def _finding(design: Design) -> Finding:
    text = (
        f"Rows are weighted or clustered by {design.told}, for the error rate, the confusion rates and the priced gap; "
        "their bounds are approximate. Calibration, flips, second labels and drift are unweighted, their bounds "
        "widened as if all rows of a cluster said the same. Intervals elsewhere in this audit take rows as "
        "independent and equal, and may be too narrow."
    )
    return Finding("low", "Rows are weighted or come in clusters", text, "performance.harmful_error", "design")


def _lowered(cases: Cases, worth: Worth | None, judge: Judge) -> tuple[Finding, ...]:
    """Weights come with the rows, after their outcomes are known: those that hide errors are told."""
    unweighted = cases.k / cases.n
    if worth is None or unweighted <= worth.upper(judge.suite.gamma):
        return ()
    text = (
        f"Of the rows as they were sent {words.percent(unweighted, 2)} are harmful errors; with the weights "
        f"{words.percent(worth.rate, 2)}, and the bound lies below the unweighted rate. Ask whence they come."
    )
    return (Finding("high", "Weights lower the error rate", text, "performance.harmful_error", "weights"),)
