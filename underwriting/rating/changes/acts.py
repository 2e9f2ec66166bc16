"""What can be changed, each as a function from (risk, evidence) to what they would be.

Only what an insured can do and may do: nothing here treats groups differently (a threshold of its own for a protected
group is disparate treatment: 42 USC 2000e-2(l); 12 CFR 1002.4(a)), leaves out rows, or lowers a price by measuring less
(DOMAIN 1.0, rule 4).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from scipy.stats import betabinom

from core.money import round_half_up
from underwriting.rating.arithmetic import add, divide, multiply, root
from underwriting.rating.bounds import upper_bound
from underwriting.rating.evidence import COUNTED, Evidence, Measure
from underwriting.rating.plan import Factor, Plan
from underwriting.rating.relativity import Readings
from underwriting.rating.remedies import NAMES
from underwriting.rating.risk import Oversight, Risk

Case = tuple[Risk, Evidence]
Apply = Callable[[Risk, Evidence], Case]

REVIEWED = (Decimal("0.20"), Decimal("0.50"))  # shares of decisions that people might review
CATCH = Decimal("0.50")  # assumed lower bound of a catch rate nobody has measured, said in the line
BETTER = Decimal("0.75")  # where a bound is at the reference or better: three quarters of it
MORE_ROWS = (3_000, 10_000)
RANGE = (0.10, 0.90)  # of the posterior predictive: an 80 % range
CHANGEABLE = ("autonomy", "validation_age", "third_party")  # what an insured decides itself
LAWFUL = "by better data, features or one threshold for all, never by a threshold of its own for a group"


@dataclass(frozen=True)
class Act:
    """One change. `ends` are the same change at the ends of its range, best first; `law` says where the range is from.

    kind     measure, improve, rows, oversight, use, exposure or term
    touches  the figure that it moves: of two acts on one figure only one can be done
    """

    kind: str
    touches: str
    what: str
    apply: Apply
    ends: tuple[Apply, Apply] | None = None
    law: str = ""


def acts(risk: Risk, evidence: Evidence, readings: Readings, plan: Plan) -> Iterator[Act]:
    """Every change there is for this case, in a fixed order."""
    for name, reading in readings.items():
        measure = evidence.dimensions[name]
        if not reading.tested:
            yield _measured(name, reading.reference)
            continue
        yield _improved(name, measure, reading.value, reading.reference)
        if name in COUNTED and measure.k is not None and measure.n is not None:
            yield from (_more_rows(name, measure, rows, plan) for rows in MORE_ROWS)
        if name == "gap" and measure.point is not None:
            yield _more_gap_rows(measure)
    yield from _reviewed(risk)
    for name in CHANGEABLE:
        yield from _levels(plan.factors[name], risk)
    yield from (_decisions(risk, share) for share in (Decimal("0.9"), Decimal("1.1")))
    yield from _covers(risk, plan)


def with_measure(name: str, u: Decimal, **more: Any) -> Apply:
    """Dimension `name` measured at the bound `u`."""

    def apply(risk: Risk, evidence: Evidence) -> Case:
        old = evidence.dimensions[name]
        new = replace(old, state="measured", u=u, reason=None, **more)
        return risk, replace(evidence, dimensions={**evidence.dimensions, name: new})

    return apply


def with_risk(**fields: Any) -> Apply:
    """The risk with other terms or facts."""
    return lambda risk, evidence: (replace(risk, **fields), evidence)


def _measured(name: str, reference: Decimal) -> Act:
    said = f"Test the {NAMES[name]}, if it is found at the class's reference of {reference:f}"
    return Act("measure", name, said, with_measure(name, reference))


def _improved(name: str, measure: Measure, value: Decimal, reference: Decimal) -> Act:
    target = reference if value > reference else round_half_up(multiply(value, BETTER), 6)
    point = None if measure.point is None else min(measure.point, target)
    where = "the growth of the error a year" if name == "drift" else f"the upper bound of the {NAMES[name]}"
    said = f"Bring {where} from {value:f} to {target:f}"
    if name == "gap":
        said = f"Close the gap of {measure.subject or 'the worst group'}: {said[:1].lower()}{said[1:]}, {LAWFUL}"
    return Act("improve", name, said, with_measure(name, target, point=point))


def _more_rows(name: str, measure: Measure, rows: int, plan: Plan) -> Act:
    """`rows` more at today's observed rate, and the 80 % range of what they may show.

    K' ~ BetaBinomial(rows, k + 1/2, n - k + 1/2), the posterior predictive under Jeffreys' prior. The bound, hence the
    premium, rises with K', so the quantiles of K' give those of the premium.
    """
    k, n = measure.k or Decimal(0), measure.n or Decimal(0)
    law = betabinom(rows, float(k) + 0.5, float(n - k) + 0.5)
    expected = divide(multiply(Decimal(rows), k), n)
    low, high = (Decimal(int(law.ppf(share))) for share in RANGE)

    def found(failures: Decimal) -> Apply:
        u = upper_bound(add(k, failures), add(n, Decimal(rows)), plan.relativity.confidence)
        bound = with_measure(name, u, k=add(k, failures), n=add(n, Decimal(rows)))
        return bound if name != "error" else _then(bound, _counted_in(rows))

    return Act(
        "rows",
        name,
        f"Measure the {NAMES[name]} on {rows:,} more rows, if they fail at today's observed rate",
        found(expected),
        (found(low), found(high)),
        "80 % range of the posterior predictive (beta-binomial, Jeffreys' prior)",
    )


def _counted_in(rows: int) -> Apply:
    return lambda risk, evidence: (risk, replace(evidence, rows=evidence.rows + rows))


def _more_gap_rows(measure: Measure) -> Act:
    """Four times the rows in each group halve the half width of the bound; no range is known for it."""
    point, u = measure.point or Decimal(0), measure.u or Decimal(0)
    half = divide(u - point, root(Decimal(4)))
    said = "Have four times the rows in each group audited, if the same gap is found"
    return Act(
        "rows", "gap", said, with_measure("gap", round_half_up(add(point, half), 6)), law="approximate, no range"
    )


def _reviewed(risk: Risk) -> Iterator[Act]:
    now = risk.oversight
    for share in REVIEWED:
        if now is not None and share > now.coverage:
            said = f"Have people review {share:.0%} of the decisions at the measured catch rate of {now.catch_lcb:f}"
            yield Act("oversight", "oversight", said, with_risk(oversight=Oversight(share, now.catch_lcb)))
        if now is None:
            said = (
                f"Have people review {share:.0%} of the decisions, if a seeded-error test shows that they catch at "
                f"least {CATCH:.0%} (assumed: nobody has measured it)"
            )
            yield Act("oversight", "oversight", said, with_risk(oversight=Oversight(share, CATCH)))


def _levels(factor: Factor, risk: Risk) -> Iterator[Act]:
    now = factor.level(risk.factors[factor.name])
    for level in factor.levels.values():
        if level.outcome is None and level.relativity < now.relativity:
            levels = {**risk.factors, factor.name: level.name}
            yield Act("use", factor.name, f"{factor.title}: {level.title}", with_risk(factors=levels))


def _decisions(risk: Risk, share: Decimal) -> Act:
    decisions = max(1, int(multiply(Decimal(risk.decisions), share)))
    word = "fewer" if share < 1 else "more"
    return Act("exposure", "decisions", f"Decide 10 % {word}: {decisions:,} a year", with_risk(decisions=decisions))


def _covers(risk: Risk, plan: Plan) -> Iterator[Act]:
    times = divide(risk.aggregate, risk.limit)
    for limit in plan.limits:
        if limit != risk.limit and risk.deductible <= multiply(limit, plan.largest_deductible_share):
            said = f"Take a limit of {limit:,f}"
            yield Act("term", "limit", said, with_risk(limit=limit, aggregate=multiply(limit, times)))
    for deductible in plan.deductibles:
        if deductible != risk.deductible and deductible <= multiply(risk.limit, plan.largest_deductible_share):
            yield Act("term", "deductible", f"Take a deductible of {deductible:,f}", with_risk(deductible=deductible))


def _then(first: Apply, second: Apply) -> Apply:
    return lambda risk, evidence: second(*first(risk, evidence))


def together(chosen: list[Act]) -> Apply:
    """All of them, one after another."""

    def apply(risk: Risk, evidence: Evidence) -> Case:
        for act in chosen:
            risk, evidence = act.apply(risk, evidence)
        return risk, evidence

    return apply
