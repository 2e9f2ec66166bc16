"""What must hold of any plan, tried on random cases of that very plan (DOMAIN 1.9): one counter-example refuses it.

Items 2 (layers add), 3 (currency) and 15 (no protected attribute of owners) hold by construction of the engine: LF is a
difference of two filed factors, amounts enter by filed tables alone, and a risk has no such field. They are not tried.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from core.canonical import canonical_json
from core.periods import year_from
from underwriting.rating.arithmetic import ONE, ZERO, add, multiply, subtract
from underwriting.rating.bounds import upper_bound
from underwriting.rating.evidence import Evidence, Measure
from underwriting.rating.experience import experience_mod
from underwriting.rating.loss import Basis, basis
from underwriting.rating.midterm import earned, short_rate_return, unearned
from underwriting.rating.plan import DIMENSIONS, Plan
from underwriting.rating.pricing import price, replay
from underwriting.rating.publish import publish_check
from underwriting.rating.relativity import Readings, readings, with_value
from underwriting.rating.risk import Risk
from underwriting.rating.score import grade, score
from underwriting.rating.worksheet import Worksheet

CASES = 1000
SEED = 20260101
CENT = Decimal("0.01")
WORST = {"drift": 1.5}  # the largest bound tried; 0.6 for shares


@dataclass(frozen=True)
class Property:
    """One item of DOMAIN 1.9 on one plan; `counterexample` says in words what broke it, with the case's figures."""

    number: int
    name: str
    cases: int
    counterexample: str | None

    @property
    def passed(self) -> bool:
        return self.counterexample is None


@dataclass(frozen=True)
class Case:
    """A random risk and audit of the plan, priced once."""

    risk: Risk
    evidence: Evidence
    plan: Plan
    rated: Basis
    bounds: Readings
    sheet: Worksheet
    draw: Random

    def premium(self, risk: Risk) -> Decimal:
        return basis(risk, self.plan).premium_of(self.bounds)

    @property
    def now(self) -> Decimal:
        return self.rated.premium_of(self.bounds)

    def told(self, what: str) -> str:
        """The case in words."""
        risk = self.risk
        bounds = ", ".join(f"{name} {one.value}" for name, one in self.bounds.items())
        levels = ", ".join(f"{name} {level}" for name, level in sorted(risk.factors.items()))
        return (
            f"{what}. Case: {risk.use_class}, industry {risk.industry}, {risk.decisions} decisions, "
            f"limit {risk.limit}, deductible {risk.deductible}, claims-made year {risk.claims_made_year}, "
            f"{risk.prior_claims} claims against {risk.expected_claims}; {levels}; bounds: {bounds}"
        )


Broken = str | None
Check = Callable[[Case], Broken]


def plan_properties(
    plan: Plan, *, cases: int = CASES, seed: int = SEED, say: Callable[[int], None] = lambda _done: None
) -> tuple[Property, ...]:
    """Every item on `cases` random cases drawn with `seed`; `say` hears how many are done. Some 20 s for a thousand."""
    problems = publish_check(plan)
    if problems:
        return (Property(1, "Filed tables, loads, clips and steps can be used", 1, "; ".join(problems)),)
    broken: dict[int, str] = {}
    for done in range(cases):
        case = _case(plan, Random(f"{seed}:{done}"))  # noqa: S311 - cases to try, no secret
        for number, (_, check) in CHECKS.items():
            if number not in broken and (found := check(case)):
                broken[number] = case.told(found)
        if done % 50 == 0:
            say(done)
    whole = Property(1, "Filed tables, loads, clips and steps can be used", 1, None)
    return (whole, *(Property(number, name, cases, broken.get(number)) for number, (name, _) in CHECKS.items()))


def _case(plan: Plan, draw: Random) -> Case:
    use = draw.choice([code for code, one in plan.use_classes.items() if one.outcome is None])
    limit, deductible = draw.choice(
        [(high, low) for high in plan.limits for low in plan.deductibles
         if low <= multiply(high, plan.largest_deductible_share)]
    )  # fmt: skip
    risk = Risk(
        use_class=use,
        industry=draw.choice(plan.industries).code,
        decisions=draw.randint(10_000, 9_000_000),
        limit=limit,
        aggregate=limit,
        deductible=deductible,
        factors={
            name: draw.choice([level.name for level in factor.levels.values() if level.outcome is None])
            for name, factor in plan.factors.items()
        },
        claims_made_year=draw.randint(1, 8),
        prior_claims=draw.randint(0, 3),
        expected_claims=Decimal(draw.randint(0, 300)) / 100,
        currency=plan.currency,
    )
    measures = {name: _measure(name, draw) for name in DIMENSIONS}
    evidence = Evidence("E2", draw.randint(300, 9000), measures, confidence=plan.relativity.confidence)
    bounds = readings(risk, evidence, plan)
    return Case(risk, evidence, plan, basis(risk, plan), bounds, price(risk, evidence, plan), draw)


def _measure(name: str, draw: Random) -> Measure:
    if name != "error" and draw.random() < 0.25:
        return Measure("not_run", reason="not drawn")
    u = Decimal(draw.randint(1, int(1e6 * WORST.get(name, 0.6)))) / 10**6
    return Measure("measured", u=u, point=u)


# the items


def _scaled(case: Case) -> Broken:
    """4: the pure premium is homogeneous of degree 1 in exposure, up to the rounding of three perils."""
    once = case.rated.pure_premium(_relativities(case))
    thrice = basis(replace(case.risk, decisions=3 * case.risk.decisions), case.plan)
    if case.rated.aggregate_factor == thrice.aggregate_factor:
        off = abs(subtract(thrice.pure_premium(_relativities(case)), multiply(Decimal(3), once)))
        if off > 12 * CENT:
            return f"three times the exposure is {off} off three times the pure premium"
    return None


def _monotone(case: Case) -> Broken:
    """5: dearer with exposure, limit, relativities, claims and each failure; cheaper with the deductible."""
    return next((told for what, dearer in _dearer(case) if (told := _rose(what, case.now, dearer))), None)


def _dearer(case: Case) -> Iterator[tuple[str, Decimal]]:
    risk, plan = case.risk, case.plan
    yield "twice the decisions", case.premium(replace(risk, decisions=2 * risk.decisions))
    yield "one claim more", case.premium(replace(risk, prior_claims=risk.prior_claims + 1))
    higher = [one for one in plan.limits if one > risk.limit]
    if higher:
        yield f"limit {higher[0]}", case.premium(replace(risk, limit=higher[0], aggregate=higher[0]))
    lower = [one for one in plan.deductibles if one < risk.deductible]
    if lower:
        yield f"deductible {lower[-1]}", case.premium(replace(risk, deductible=lower[-1]))
    name = case.draw.choice(sorted(plan.factors))
    now = plan.factors[name].level(risk.factors[name]).relativity
    for level in plan.factors[name].levels.values():
        if level.outcome is None and level.relativity >= now:
            yield f"{name} {level.name}", case.premium(replace(risk, factors={**risk.factors, name: level.name}))
    for name, one in case.bounds.items():
        worse = with_value(case.bounds, name, min(multiply(one.value, Decimal("1.2")), max(ONE, one.value)))
        yield f"a worse {name}", case.rated.premium_of(worse)


def _rose(what: str, now: Decimal, then: Decimal) -> Broken:
    return f"{what} lowers the premium from {now} to {then}" if then < now else None


def _bounded(case: Case) -> Broken:
    """6: the bound covers the rate; a failing row raises it, a passing row and more rows at the same rate lower it."""
    n = case.draw.randint(2, 5000)
    k = case.draw.randint(0, n - 1)
    confidence = case.plan.relativity.confidence

    def u(failures: int, rows: int) -> Decimal:
        return upper_bound(Decimal(failures), Decimal(rows), confidence)

    if u(k, n) < Decimal(k) / Decimal(n) - Decimal("5e-7"):
        return f"the bound of {k} of {n} lies below the rate"
    if u(k + 1, n + 1) < u(k, n) or u(k, n + 1) > u(k, n) or u(3 * k, 3 * n) > u(k, n):
        return f"rows move the bound of {k} of {n} the wrong way"
    return None


def _balanced(case: Case) -> Broken:
    """7: G (1 - V - Q) - F = PP (1 + ULAE) within a cent; the premium is at least the minimum."""
    figures, loading = case.sheet.figures, case.plan.loading
    if figures is None:
        return None
    money = figures.money
    kept = subtract(multiply(money.gross, case.plan.net_share), loading.fixed_expense)
    off = abs(subtract(kept, multiply(money.pure_premium, add(ONE, loading.ulae))))
    if off > CENT or money.premium < loading.minimum_premium:
        return f"the premium {money.premium} does not carry its losses and expenses ({off} off)"
    return None


def _capped(case: Case) -> Broken:
    """8: what would be quoted by machine carries the loss without any clip (rule 5)."""
    figures, loading = case.sheet.figures, case.plan.loading
    if figures is None or case.sheet.decision != "quote":
        return None
    carried = multiply(figures.money.premium, case.plan.net_share)
    needed = add(multiply(figures.unclipped_pure_premium, add(ONE, loading.ulae)), loading.fixed_expense)
    return None if carried >= needed - CENT else f"a quote of {figures.money.premium} is below the unclipped loss"


def _self_balancing(case: Case) -> Broken:
    """9: X = 1 when claims are as expected, and rises with claims."""
    expected, a = case.draw.randint(0, 9), case.plan.experience_a
    at, above = (experience_mod(expected + more, Decimal(expected), a) for more in (0, 1))
    return None if at == ONE < above else f"{expected} claims as expected give an experience mod of {at}"


def _steps(case: Case) -> Broken:
    """10: claims-made years rise to 1."""
    year = case.risk.claims_made_year
    later = case.premium(replace(case.risk, claims_made_year=year + 1))
    return _rose(f"claims-made year {year + 1}", case.now, later)


def _ordered(case: Case) -> Broken:
    """11: the score falls as the composite grows, and the grade never improves."""
    low = Decimal(case.draw.randint(5_000, 39_000)) / 10_000
    high = low + Decimal(case.draw.randint(100, 5_000)) / 10_000
    grades = [name for name, _ in case.plan.grades]
    worse = grades.index(grade(high, case.plan)) < grades.index(grade(low, case.plan))
    if worse or score(high, case.plan) > score(low, case.plan):
        return f"a composite of {high} stands above one of {low}"
    return None


def _earned(case: Case) -> Broken:
    """12: earned and unearned make the premium on any day; the short rate returns no more than the days' share."""
    term = year_from(date(2026, 1, 1) + timedelta(days=case.draw.randint(0, 1460)))
    day = term.start + timedelta(days=case.draw.randint(0, term.days))
    share = case.plan.midterm.short_rate
    back = unearned(case.now, term, day)
    if add(earned(case.now, term, day), back) != case.now or short_rate_return(case.now, term, day, share) > back:
        return f"on {day} earned and returned premium do not make {case.now}"
    return None


def _replayed(case: Case) -> Broken:
    """13: the worksheet is computed again byte for byte."""
    again = replay(case.sheet.to_dict(), case.plan)
    same = canonical_json(again.to_dict()) == canonical_json(case.sheet.to_dict())
    return None if same else "the worksheet replays to other bytes"


def _aggregate(case: Case) -> Broken:
    """14: an aggregate takes from the expected loss and adds nothing: its factor lies in (0, 1], rising with it."""
    now = case.rated.aggregate_factor
    more = basis(replace(case.risk, aggregate=multiply(Decimal(2), case.risk.aggregate)), case.plan).aggregate_factor
    return None if ZERO < now <= more <= ONE else f"aggregate factors of {now} and, for twice the aggregate, {more}"


def _relativities(case: Case) -> dict[str, Decimal]:
    figures = case.sheet.figures
    return {} if figures is None else {line.peril: line.a for line in figures.lines}


CHECKS: dict[int, tuple[str, Check]] = {
    4: ("The pure premium is proportional to exposure", _scaled),
    5: ("The premium moves the right way with every figure", _monotone),
    6: ("Bounds cover the rate and move the right way with rows", _bounded),
    7: ("The premium carries losses and expenses", _balanced),
    8: ("What a machine quotes carries the unclipped loss", _capped),
    9: ("Experience balances itself", _self_balancing),
    10: ("Claims-made years rise", _steps),
    11: ("Score and grade fall as the composite grows", _ordered),
    12: ("Earned and returned premium add up", _earned),
    13: ("A worksheet is computed again byte for byte", _replayed),
    14: ("Aggregate factors take and never add", _aggregate),
}
