"""Plan review: what prudence alone charges a model that sits exactly at its class's reference rates (rule 22).

A plan-making tool. Its results are filed in the plan (`class_median`), and rating reads the filed figures.
"""

from decimal import Decimal

from audits.engine.bounds import Rate, gap_interval, six
from core.money import round_half_up
from underwriting.rating.arithmetic import ONE, ZERO, multiply, subtract
from underwriting.rating.bounds import upper_bound
from underwriting.rating.plan import DIMENSIONS, PERILS, Plan, UseClass
from underwriting.rating.relativity import Reading, relativity


def median_relativities(use: UseClass, rows: int, plan: Plan) -> dict[str, Decimal]:
    """A by peril of the class-median model at `rows` labelled rows, on the plan's filed panel of sample sizes.

    Error, robustness and label carry their bounds at the panel's shares of `rows`; the gap its interval between two
    groups; ECE stays at its reference (a bootstrap has no closed form); drift grows at the class's rate, audited
    quarterly.
    """
    bounds = {name: _reading(name, use, rows, plan) for name in DIMENSIONS if name not in use.not_applicable}
    return {peril: relativity(peril, bounds, plan).a for peril in PERILS}


def _reading(name: str, use: UseClass, rows: int, plan: Plan) -> Reading:
    rules = plan.relativity
    if name == "drift":
        return Reading(name, "measured", rules.g0, rules.g0, plan.panel["drift_interval_years"])
    q0 = {"error": use.q0_error, "gap": use.q0_gap, **rules.q0}[name]
    if q0 is None:
        raise ValueError(f"{use.code} has no reference rate for {name}")
    value = {"gap": _gap, "ece": _unmoved}.get(name, _counted)(name, q0, rows, plan)
    return Reading(name, "measured", value, q0, ZERO)


def _counted(name: str, q0: Decimal, rows: int, plan: Plan) -> Decimal:
    n = multiply(plan.panel[f"{name}_rows_share"], Decimal(rows))
    return upper_bound(multiply(q0, n), n, plan.relativity.confidence)


def _gap(name: str, q0: Decimal, rows: int, plan: Plan) -> Decimal:
    reference = plan.panel["gap_reference_rate"]
    rates = (reference, subtract(reference, q0))
    counts = (_rows(plan, "gap_reference_rows_share", rows), _rows(plan, "gap_group_rows_share", rows))
    first, second = (Rate(float(rate * n), float(n)) for rate, n in zip(rates, counts, strict=True))
    return Decimal(six(gap_interval(first, second).high))


def _unmoved(name: str, q0: Decimal, rows: int, plan: Plan) -> Decimal:
    return q0


def _rows(plan: Plan, share: str, rows: int) -> Decimal:
    return max(ONE, round_half_up(multiply(plan.panel[share], Decimal(rows)), 0))
