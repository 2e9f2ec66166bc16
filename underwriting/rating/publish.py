"""What must hold of a plan before anyone may rate with it (DOMAIN 1.7 and 1.9)."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from itertools import pairwise

from underwriting.rating.arithmetic import ONE, ZERO, add, divide, multiply, subtract
from underwriting.rating.plan import DIMENSIONS, PERILS, Peril, Plan


def publish_check(plan: Plan) -> tuple[str, ...]:
    """The sentences that speak against publishing `plan`; empty means it may be published."""
    return tuple(problem for check in CHECKS for problem in check(plan))


def schedule_floor(plan: Plan) -> Decimal:
    """s_min (1 + ULAE) / (1 - V - Q): premium over pure premium under the deepest schedule credit; must be >= 1."""
    return divide(multiply(plan.schedule.minimum, add(ONE, plan.loading.ulae)), plan.net_share)


def marginals(table: Mapping[Decimal, Decimal]) -> list[Decimal]:
    """The increase of a filed table per unit of money, interval by interval, rising amounts."""
    return [divide(subtract(table[high], table[low]), subtract(high, low)) for low, high in pairwise(sorted(table))]


def _loads(plan: Plan) -> Iterator[str]:
    if plan.net_share <= ZERO:
        yield "variable expense and profit leave nothing of the premium for losses"
    elif schedule_floor(plan) < ONE:
        yield "the deepest schedule credit takes the premium below the pure premium"


def _tables(plan: Plan) -> Iterator[str]:
    for peril in plan.perils.values():
        yield from _peril_tables(peril, plan)


def _peril_tables(peril: Peril, plan: Plan) -> Iterator[str]:
    if peril.ilf.get(plan.basic_limit) != ONE:
        yield f"{peril.code}: the limit factor at the basic limit is not 1"
    if tuple(peril.ilf) != plan.limits or tuple(peril.ded) != plan.deductibles:
        yield f"{peril.code}: limits or deductibles differ from those of the other perils"
    whole = marginals({**peril.ded, **peril.ilf, ZERO: ZERO})
    if any(step <= ZERO for step in whole):
        yield f"{peril.code}: limit and deductible factors do not rise"
    if any(later > earlier for earlier, later in pairwise(whole)):
        yield f"{peril.code}: the marginal rate per unit of limit rises (Miccolis)"


def _relativities(plan: Plan) -> Iterator[str]:
    for factor in plan.factors.values():
        if any(level.relativity <= ZERO for level in factor.levels.values()):
            yield f"{factor.name}: a relativity is not above 0"
        if not set(factor.perils) <= set(PERILS):
            yield f"{factor.name}: names an unknown peril"
    for peril in plan.perils.values():
        if peril.f0 <= ZERO or peril.lev_basic <= ZERO or not set(peril.betas) <= set(DIMENSIONS):
            yield f"{peril.code}: base rate, severity or elasticities cannot be used"


def _clips(plan: Plan) -> Iterator[str]:
    bounds = plan.relativity
    if not (ZERO < bounds.m_low < ONE < bounds.m_high and ZERO < bounds.a_low < ONE < bounds.a_high):
        yield "the clips do not enclose 1"
    tops = [top for _, top in plan.grades[:-1] if top is not None]
    if plan.grades[-1][1] is not None or len(tops) != len(plan.grades) - 1 or tops != sorted(tops):
        yield "grades do not rise to an open last grade"


def _steps(plan: Plan) -> Iterator[str]:
    if list(plan.steps) != sorted(plan.steps) or plan.steps[-1] != ONE:
        yield "claims-made steps do not rise to 1"


def _classes(plan: Plan) -> Iterator[str]:
    for use in plan.use_classes.values():
        if use.outcome is None and (use.q0_error is None or use.q0_error <= ZERO):
            yield f"{use.code}: no reference error rate"
        if use.outcome is None and "gap" not in use.not_applicable and not use.q0_gap:
            yield f"{use.code}: no reference gap"


def _dates(plan: Plan) -> Iterator[str]:
    if plan.effective_to is not None and plan.effective_to <= plan.effective_from:
        yield "effective_to: the plan ends before it begins"


def _industries(plan: Plan) -> Iterator[str]:
    codes = [row.code for row in plan.industries]
    yield from (f"industries.rows[{code}]: filed twice" for code in sorted(set(codes)) if codes.count(code) > 1)


CHECKS: tuple[Callable[[Plan], Iterator[str]], ...] = (
    _loads,
    _tables,
    _relativities,
    _clips,
    _steps,
    _classes,
    _dates,
    _industries,
)
