"""What would lower the premium: priced by the same engine, nothing promised beyond the stated assumption."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from core.money import round_half_up
from underwriting.rating.arithmetic import add, divide, multiply, root, subtract
from underwriting.rating.evidence import MORE_ROWS, Evidence
from underwriting.rating.loss import Basis, basis
from underwriting.rating.plan import Plan
from underwriting.rating.relativity import Readings, at_reference, with_value
from underwriting.rating.risk import Risk
from underwriting.rating.worksheet import MedianCharge, Remedy, Untested

MOST = 6
NAMES = {
    "error": "harmful-error rate",
    "gap": "group gap",
    "ece": "calibration error",
    "robustness": "robustness flips",
    "label": "label disagreement",
    "drift": "drift of the error",
}


def untested_lines(readings: Readings, evidence: Evidence, rated: Basis) -> tuple[Untested, ...]:
    """One line for each applicable dimension that was not measured (rule 4): premium less premium at reference."""
    now = rated.premium_of(readings)
    return tuple(_untested(name, readings, evidence, rated, now) for name in untested_names(readings))


def untested_total(readings: Readings, rated: Basis) -> Decimal:
    """The price of all that was not tested together; not the sum of the lines, for they multiply."""
    names = frozenset(untested_names(readings))
    return subtract(rated.premium_of(readings), rated.premium_of(at_reference(readings, names)))


def untested_names(readings: Readings) -> tuple[str, ...]:
    return tuple(name for name, reading in readings.items() if not reading.tested)


def remedies(risk: Risk, evidence: Evidence, readings: Readings, rated: Basis) -> tuple[Remedy, ...]:
    """The changes that lower the premium, largest saving first, at most six."""
    now = rated.premium_of(readings)
    found = [
        *_tests(readings, rated),
        *_error_rows(readings, evidence, rated),
        *_gap_rows(readings, evidence, rated),
        *_gap_needed(readings, rated),
        *_deductibles(risk, readings, rated.plan),
    ]
    lower = [Remedy(what, premium, subtract(now, premium)) for what, premium in found if premium < now]
    return tuple(sorted(lower, key=lambda remedy: remedy.saves, reverse=True)[:MOST])


def class_median(code: str, rated: Basis) -> tuple[MedianCharge, ...]:
    """Pure premium of the class-median model over class, for this risk's mix of perils (rule 22)."""
    plan = rated.plan
    at_class = rated.pure_premium(dict.fromkeys(plan.perils, Decimal(1)))
    return tuple(
        MedianCharge(row.rows, round_half_up(divide(rated.pure_premium(row.relativities), at_class), 2))
        for row in plan.use_class(code).medians
    )


def _untested(name: str, readings: Readings, evidence: Evidence, rated: Basis, now: Decimal) -> Untested:
    then = at_reference(readings, frozenset({name}))
    reference = rated.premium_of(then)
    return Untested(
        dimension=name,
        state=readings[name].state,
        reason=evidence.dimensions[name].reason or "not run",
        premium_now=now,
        premium_at_reference=reference,
        price=subtract(now, reference),
        before_minimum=subtract(rated.gross_of(readings), rated.gross_of(then)),
    )


def _tests(readings: Readings, rated: Basis) -> Iterator[tuple[str, Decimal]]:
    for name in untested_names(readings):
        then = at_reference(readings, frozenset({name}))
        yield f"test the {NAMES[name]} and find it at the class's reference", rated.premium_of(then)


def _error_rows(readings: Readings, evidence: Evidence, rated: Basis) -> Iterator[tuple[str, Decimal]]:
    error = evidence.dimensions["error"]
    for multiple, bound in error.more_rows:
        rows = int(multiply(error.n or Decimal(0), Decimal(multiple)))
        then = with_value(readings, "error", bound)
        yield f"audit {rows:,} labelled rows and find the same error rate", rated.premium_of(then)


def _gap_rows(readings: Readings, evidence: Evidence, rated: Basis) -> Iterator[tuple[str, Decimal]]:
    gap = evidence.dimensions["gap"]
    if "gap" not in readings or gap.u is None or gap.point is None or not gap.measured:
        return
    half = subtract(gap.u, gap.point)
    for multiple in MORE_ROWS:
        then = with_value(readings, "gap", add(gap.point, divide(half, root(Decimal(multiple)))))
        yield f"audit {multiple} times the rows in each group and find the same gap", rated.premium_of(then)


def _gap_needed(readings: Readings, rated: Basis) -> Iterator[tuple[str, Decimal]]:
    gap = readings.get("gap")
    if gap is not None and gap.tested and gap.value > gap.reference:
        then = with_value(readings, "gap", gap.reference)
        yield f"bring the upper bound of the group gap from {gap.value} to {gap.reference}", rated.premium_of(then)


def _deductibles(risk: Risk, readings: Readings, plan: Plan) -> Iterator[tuple[str, Decimal]]:
    largest = multiply(risk.limit, plan.largest_deductible_share)
    higher = [amount for amount in plan.deductibles if risk.deductible < amount <= largest]
    for amount in higher[:1]:
        then = basis(replace(risk, deductible=amount), plan)
        yield f"take a deductible of {amount:,}", then.premium_of(readings)
