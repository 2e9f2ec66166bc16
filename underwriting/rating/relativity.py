"""The audit relativity: measured bounds against the class's reference rates, by peril (DOMAIN 1.4; 1.0, 3 to 6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from underwriting.rating.arithmetic import ONE, ZERO, clip, divide, exp, four, multiply, power, subtract
from underwriting.rating.evidence import Evidence
from underwriting.rating.plan import DIMENSIONS, Plan, UseClass
from underwriting.rating.risk import Risk

# Growth over the interval beyond this exponent is held: it lies far above every clip and keeps the figure printable.
LARGEST_GROWTH = Decimal(20)


@dataclass(frozen=True)
class Reading:
    """The value a dimension is priced at: a stored bound, or the filed answer for what was not measured."""

    dimension: str
    state: str  # measured, cannot_tell, not_run, removed
    value: Decimal
    reference: Decimal
    interval: Decimal  # T in years for drift, else 0

    @property
    def tested(self) -> bool:
        return self.state == "measured"

    def ratio(self, plan: Plan) -> Decimal:
        """Value over reference; for drift the growth over T against the class's growth over T0."""
        if self.dimension == "drift":
            return divide(growth(self.value, self.interval), growth(self.reference, plan.relativity.t0))
        return divide(self.value, self.reference)


@dataclass(frozen=True)
class Term:
    """One multiplicand m_pj, before (`raw`) and after the clip; `beta` None for drift, whose ratio enters exactly."""

    dimension: str
    state: str
    value: Decimal
    reference: Decimal
    beta: Decimal | None
    raw: Decimal
    m: Decimal
    at_cap: bool

    @property
    def open(self) -> Decimal:
        """The multiplicand without the clip where something was measured; what was not tested is priced at its clip."""
        return self.raw if self.state == "measured" else self.m


@dataclass(frozen=True)
class Relativity:
    """A_p with its terms; `unclipped` drops the clips of what was measured and of A (rule 5)."""

    terms: tuple[Term, ...]
    a: Decimal
    unclipped: Decimal
    at_cap: bool


Readings = Mapping[str, Reading]


def growth(rate: Decimal, years: Decimal) -> Decimal:
    """D(g, T) = (e^(gT) - 1) / (gT): the mean error over T years against that at its start; 1 when nothing grows."""
    exponent = min(multiply(rate, years), LARGEST_GROWTH)
    if exponent == ZERO:
        return ONE
    return divide(subtract(exp(exponent), ONE), exponent)


def not_applicable(risk: Risk, evidence: Evidence, use: UseClass) -> frozenset[str]:
    """Dimensions out of the price: by use class, or by an underwriter where nothing was measured (rule 4)."""
    by_hand = {gone.dimension for gone in risk.removed if not evidence.dimensions[gone.dimension].measured}
    return use.not_applicable | by_hand


def readings(risk: Risk, evidence: Evidence, plan: Plan) -> dict[str, Reading]:
    """What each applicable dimension is priced at, from the stored upper bounds."""
    use = plan.use_class(risk.use_class)
    gone = not_applicable(risk, evidence, use)
    return {name: _reading(name, evidence, use, plan) for name in DIMENSIONS if name not in gone}


def at_points(bounds: Readings, evidence: Evidence) -> dict[str, Reading]:
    """The same readings at the point estimates; what was not measured, or has no point, keeps its value (rule 15)."""
    return {name: _at(one, evidence.dimensions[name].point) for name, one in bounds.items()}


def at_reference(bounds: Readings, names: frozenset[str]) -> dict[str, Reading]:
    """The same readings with `names` measured at the class's reference; drift at g0 over the interval it has."""
    return {name: _at(one, one.reference, tested=True) if name in names else one for name, one in bounds.items()}


def with_value(bounds: Readings, name: str, value: Decimal) -> dict[str, Reading]:
    """The same readings with `name` measured at `value`."""
    return {**bounds, name: _at(bounds[name], value, tested=True)}


def relativity(peril: str, bounds: Readings, plan: Plan) -> Relativity:
    """A_p: each term clipped, multiplied, clipped again, then rounded once to 4 dp (rule 6c)."""
    rules = plan.relativity
    terms = tuple(_term(peril, one, plan) for name, one in bounds.items() if plan.perils[peril].uses(name))
    product = multiply(*(term.m for term in terms))
    return Relativity(
        terms=terms,
        a=four(clip(product, rules.a_low, rules.a_high)),
        unclipped=four(multiply(*(term.open for term in terms))),
        at_cap=product >= rules.a_high,
    )


def _term(peril: str, reading: Reading, plan: Plan) -> Term:
    rules = plan.relativity
    beta = None if reading.dimension == "drift" else plan.perils[peril].betas[reading.dimension]
    ratio = reading.ratio(plan)
    raw = ratio if beta is None else power(ratio, beta)
    m = clip(raw, rules.m_low, rules.m_high)
    return Term(
        reading.dimension,
        reading.state,
        reading.value,
        reading.reference,
        beta,
        raw,
        m,
        at_cap=reading.tested and raw >= rules.m_high,
    )


def _reading(name: str, evidence: Evidence, use: UseClass, plan: Plan) -> Reading:
    measure = evidence.dimensions[name]
    state = "not_run" if measure.state == "not_applicable" else measure.state
    if name == "drift":
        unmeasured, reference, interval = plan.relativity.unmeasured_g, plan.relativity.g0, evidence.interval
    else:
        unmeasured, reference, interval = ONE, _q0(name, use, plan), ZERO
    value = measure.u if measure.measured and measure.u is not None else unmeasured
    return Reading(name, state, value, reference, interval)


def _q0(name: str, use: UseClass, plan: Plan) -> Decimal:
    by_class = {"error": use.q0_error, "gap": use.q0_gap}
    value = by_class[name] if name in by_class else plan.relativity.q0[name]
    if value is None:
        raise ValueError(f"{use.code} has no reference rate for {name}")
    return value


def _at(reading: Reading, value: Decimal | None, *, tested: bool = False) -> Reading:
    if value is None or not (reading.tested or tested):
        return reading
    return Reading(reading.dimension, "measured", max(ZERO, value), reading.reference, reading.interval)
