"""What a price must say about itself (DOMAIN 1.0, rules 15 and 22)."""

from collections.abc import Mapping

from underwriting.rating.arithmetic import ONE, add
from underwriting.rating.evidence import Evidence
from underwriting.rating.plan import Plan
from underwriting.rating.worksheet import Figures


def statements(plan: Plan, evidence: Evidence, figures: Figures | None, gone: Mapping[str, str]) -> tuple[str, ...]:
    """The honesty lines of a worksheet in plain words; `gone` maps each removed dimension to who did it and why."""
    return (
        plan.assumption,
        plan.industry_basis.assumption,
        _joint(plan),
        *_medians(figures),
        *_protected(evidence, gone),
        *_labels(evidence),
        *(f"{name} is not applicable: {why}." for name, why in gone.items()),
        *_late(evidence),
    )


def _joint(plan: Plan) -> str:
    return (
        f"The price stands on the {plan.relativity.confidence * 100:.0f} % upper bound of each measured metric; "
        f"together, in the plan's worked example, about the {plan.joint_percentile}th percentile, if the metrics are "
        "independent."
    )


def _medians(figures: Figures | None) -> tuple[str, ...]:
    if figures is None or not figures.class_median:
        return ()
    told = " and ".join(f"x{row.charge} at {row.rows:,} rows" for row in figures.class_median)
    return (
        f"Prudence: a model exactly at the class's rates, audited quarterly, pays {told} of the class's pure premium.",
    )


def _protected(evidence: Evidence, gone: Mapping[str, str]) -> tuple[str, ...]:
    if "gap" in gone:
        return ()
    if evidence.dimensions["gap"].measured:
        return ("Protected attributes may be self-reported or proxied; proxies usually shrink gaps.",)
    return ("Group fairness was not measured. Missing is never fair.",)


def _labels(evidence: Evidence) -> tuple[str, ...]:
    """The sum bound of DOMAIN 2.3: a wrong label hides at most as many wrong decisions as there are wrong labels."""
    error, label = evidence.dimensions["error"], evidence.dimensions["label"]
    if error.u is None or label.u is None:
        return ("The error is measured against the labels; how often those are wrong was not measured.",)
    most = min(ONE, add(error.u, label.u))
    return (f"Against the truth, not the labels, the harmful-error rate is at most {most:f}, the sum of two bounds.",)


def _late(evidence: Evidence) -> tuple[str, ...]:
    if not evidence.late:
        return ()
    late, interval = evidence.late, evidence.interval
    return (f"The next audit is {late:f} years overdue: the data has aged and the interval is {interval:f} years.",)
