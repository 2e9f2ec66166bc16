"""The back-test: do the audit's grades and scores predict the claims that came after them?"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from actuarial.ledger import Earning
from actuarial.methods import backtest_told as told
from actuarial.methods.backtest_told import BackTest, Gauge, Graded, Need
from actuarial.methods.deviance import Fit, fit_of
from actuarial.methods.lift import Bucket, buckets_of
from actuarial.methods.lorenz import ordered_lorenz
from actuarial.methods.poisson import ratio_of
from actuarial.methods.trend import claims_needed, shares_of, slope_of, trend
from actuarial.observed import claims_observed, earned_terms
from actuarial.registry import Choice, Json, StudyKind, asked_known, day_valued
from core.errors import InputRefused, StateRefused
from core.money import currency_code, to_decimal
from underwriting.rating.arithmetic import divide, multiply, total

GRADES = "ABCDEF"
MOST_BUCKETS, MOST_PAIRS, MOST_GRADES = 20, 20_000, 26
LARGEST_SLOPE = Decimal(20)
CHOICES = (
    Choice("currency", "Currency", "text", "USD"),
    Choice("valued", "Valued on", "day", None, "Claims reported up to then; empty is today."),
    Choice("bound_before", "Policies bound before", "day", None, "Out of time: these alone, and claims from that day."),
    Choice("slope", "Slope to look for", "number", "1.5", "Claims of a grade over those of the grade before it."),
    Choice("buckets", "Buckets of the lift", "whole", 10, "At most; one for five claims."),
    Choice("table", "A table of your own", "document", None,
           'Instead of the book: {"grades", "expected", "claims", and "yearly" expected}.'),
    Choice("pairs", "Scores and losses of your own", "document", None,
           'For the Gini index: {"pred", "loss", and "premium" for each}.'),
)  # fmt: skip


def ask(asked: Mapping[str, Any], at: datetime) -> Json:
    """What may be asked; raises InputRefused."""
    known = asked_known(asked, CHOICES)
    currency_code(str(known["currency"]))
    known["valued"] = day_valued(known["valued"], at)
    if known["bound_before"] is not None:
        known["bound_before"] = _split(known["bound_before"], known["valued"], at)
    slope = to_decimal(str(known["slope"]), field="slope")
    if not 1 < slope <= LARGEST_SLOPE:
        raise InputRefused(f"A slope of {slope}.", field="slope", limit=f"above 1, up to {LARGEST_SLOPE}")
    if isinstance(known["buckets"], bool) or known["buckets"] not in range(2, MOST_BUCKETS + 1):
        raise InputRefused(f"{known['buckets']} buckets.", field="buckets", limit=f"2 to {MOST_BUCKETS}")
    if known["table"] is not None:
        _table(known["table"])
    if known["pairs"] is not None:
        ordered_lorenz(*_pairs(known["pairs"]))
    return {**known, "slope": str(slope)}


def gather(asked: Mapping[str, Any], at: datetime) -> Json:
    """Every policy with the price and grade of its bind and what is earned of it, and every claim reported since."""
    if asked["table"] is not None or asked["pairs"] is not None:
        return {"asked": dict(asked), "policies": None, "claims": None}
    valued = date.fromisoformat(asked["valued"])
    split = date.fromisoformat(asked["bound_before"]) if asked["bound_before"] else None
    since = split or date.min
    terms = earned_terms(currency=asked["currency"], since=since, valued=valued, bound_before=split)
    if not terms:
        raise StateRefused(
            f"No policy in {asked['currency']} has anything earned in that time.",
            field="bound_before" if split else "currency",
            remedy="Choose another currency or day, or send a table.",
        )
    claims = claims_observed(currency=asked["currency"], since=since, valued=valued)
    rows = [_policy(term, share, valued) for term, share in terms]
    return {"asked": dict(asked), "policies": rows, "claims": [claim.to_dict() for claim in claims]}


def compute(inputs: Mapping[str, Any]) -> Json:
    """By grade, the trend, what it would take, lift, Gini."""
    found = _found(inputs)
    parts = []
    if found.grades:
        parts += [told.grades_part(found), told.trend_part(found), told.power_part(found)]
    if found.buckets:
        parts += [told.lift_part(found), told.fit_part(found)]
    parts += [told.gini_part(gauge, place) for place, gauge in enumerate(found.gauges, 1)]
    return {
        "lines": told.lines(found),
        "assumptions": _assumptions(inputs),
        "figures": told.figures(found),
        "parts": parts,
    }


STUDY = StudyKind(
    kind="backtest",
    title="Back-test",
    question="Does the audit predict loss?",
    choices=CHOICES,
    ask=ask,
    gather=gather,
    compute=compute,
)


# what is asked and read


def _split(value: Any, valued: str, at: datetime) -> str:
    try:
        day = value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError:
        raise InputRefused(f"{value!r} is no day.", field="bound_before", limit="YYYY-MM-DD") from None
    if day.isoformat() > valued:
        raise InputRefused(
            f"{day} comes after the valuation.",
            field="bound_before",
            limit=f"up to {valued}",
            remedy="Choose an earlier day.",
        )
    return day.isoformat()


def _policy(term: Earning, share: Decimal, valued: date) -> Json:
    """One policy as it was bound: its grade, audited over class price, and both prices' expected claims as earned."""
    policy, pricing = term.policy, term.policy.quote.pricing
    figures = pricing.worksheet["figures"]
    lines = figures["lines"]
    at_class = total(divide(Decimal(line["expected_claims"]), Decimal(line["a"])) for line in lines)
    audited = total(Decimal(line["expected_claims"]) for line in lines)
    premium = total(Decimal(line["class_pure_premium"]) for line in lines)
    return {
        "number": policy.number,
        "grade": pricing.grade,
        "relativity": figures["standing"]["composite"],
        "at_class": str(multiply(at_class, share)),
        "audited": str(multiply(audited, share)),
        "premium": str(multiply(premium, share)),
        "yearly": str(at_class if term.start <= valued < term.end else Decimal(0)),
    }


# what follows


def _found(inputs: Mapping[str, Any]) -> BackTest:
    asked = inputs["asked"]
    return _sent(asked) if inputs["policies"] is None else _own(asked, inputs["policies"], inputs["claims"])


def _sent(asked: Mapping[str, Any]) -> BackTest:
    grades, yearly = _table(asked["table"]) if asked["table"] is not None else ([], None)
    gauges = [Gauge("the losses sent", ordered_lorenz(*_pairs(asked["pairs"])))] if asked["pairs"] is not None else []
    return _tested(asked, grades, yearly=yearly, gauges=gauges)


def _own(asked: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], claims: Sequence[Mapping[str, Any]]) -> BackTest:
    counted, incurred = _claims(rows, claims)
    ranks, at_class, audited = ([float(row[name]) for row in rows] for name in ("relativity", "at_class", "audited"))
    return _tested(
        asked,
        _grades(rows, counted),
        yearly=sum(float(row["yearly"]) for row in rows),
        buckets=buckets_of(ranks, at_class, audited, counted, asked["buckets"]),
        fits=[fit_of("class", counted, at_class), fit_of("audited", counted, audited)],
        gauges=_gauges(rows, counted, incurred),
    )


def _tested(
    asked: Mapping[str, Any],
    grades: list[Graded],
    *,
    yearly: float | None,
    buckets: Sequence[Bucket] = (),
    fits: Sequence[Fit] = (),
    gauges: Sequence[Gauge] = (),
) -> BackTest:
    found = trend([row.expected for row in grades], [row.claims for row in grades]) if grades else None
    needs = _needs(float(asked["slope"]), grades) if grades else []
    return BackTest(grades, found, needs, yearly, date.fromisoformat(asked["valued"]), buckets, fits, gauges)


def _claims(rows: Sequence[Mapping[str, Any]], claims: Sequence[Mapping[str, Any]]) -> tuple[list[int], list[float]]:
    """Claims and incurred amount by policy, in the order of `rows`."""
    place = {row["number"]: at for at, row in enumerate(rows)}
    counted, incurred = [0] * len(rows), [0.0] * len(rows)
    for claim in claims:
        if claim["policy"] in place:
            counted[place[claim["policy"]]] += 1
            incurred[place[claim["policy"]]] += float(claim["incurred"])
    return counted, incurred


def _grades(rows: Sequence[Mapping[str, Any]], counted: Sequence[int]) -> list[Graded]:
    """Every grade from A to the worst with exposure; one without any between keeps its place."""
    worst = max(GRADES.index(row["grade"]) for row in rows)
    found = []
    for grade in GRADES[: worst + 1]:
        own = [(row, count) for row, count in zip(rows, counted, strict=True) if row["grade"] == grade]
        expected = sum(float(row["at_class"]) for row, _ in own)
        audited = sum(float(row["audited"]) for row, _ in own)
        found.append(_graded(grade, expected, sum(count for _, count in own), audited))
    return found


def _graded(grade: str, expected: float, claims: int, audited: float | None) -> Graded:
    ratio = ratio_of(claims, expected) if expected > 0 else None
    return Graded(grade, expected, claims, ratio, audited / expected if audited is not None and expected > 0 else None)


def _gauges(rows: Sequence[Mapping[str, Any]], counted: Sequence[int], incurred: Sequence[float]) -> list[Gauge]:
    """Claims against the class price's claims, amounts against its pure premium; those that have a loss to order."""
    ranks = [float(row["relativity"]) for row in rows]
    wanted = (("claims", "at_class", [float(count) for count in counted]), ("incurred amounts", "premium", incurred))
    return [
        Gauge(name, ordered_lorenz(ranks, [float(row[base]) for row in rows], losses))
        for name, base, losses in wanted
        if len(rows) > 1 and min(losses) >= 0 and sum(losses) > 0
    ]


def _needs(slope: float, grades: Sequence[Graded]) -> list[Need]:
    """The slope asked for between neighbours, the same from the first to the last grade, and the price's own."""
    expected = [row.expected for row in grades]
    shares = shares_of(expected, [0] * len(grades))
    with_some = [place for place, row in enumerate(grades) if row.expected > 0]
    first, last = with_some[0], with_some[-1]
    wanted = [(f"a factor of {slope:g} from each grade to the next", slope)]
    if last - first > 1:
        ends = f"from {grades[first].grade} to {grades[last].grade}"
        wanted.append((f"a factor of {slope:g} {ends}", slope ** (1 / (last - first))))
    if all(row.audited is not None or not row.expected for row in grades):
        own = slope_of(expected, [row.expected * (row.audited or 0.0) for row in grades])
        wanted += [("what the audited price charges", own)] if own is not None and own > 1 else []
    return [Need(what, factor, claims_needed(shares, factor)) for what, factor in wanted if (shares > 0).sum() > 1]


def _assumptions(inputs: Mapping[str, Any]) -> list[str]:
    shared = "Claims are taken as independent: shared events make them cluster, and every interval here too narrow."
    tested = "The direction, worse grades have more claims, and the level, 5 % one-sided, were set beforehand."
    asked = inputs["asked"]
    if inputs["policies"] is None:
        return [shared, tested]
    split = asked["bound_before"]
    time = (
        f"Out of time: policies bound before {split}, exposure and claims from that day on."
        if split
        else "A grade is of the audit at the bind, so every claim comes after it; no rate was fitted to these claims."
    )
    return [
        time,
        "Expected claims are of the price at the bind, earned by days, the audit's relativity taken out for the class.",
        "The class price rests on f0, I and k, which are judgement; the trend does not depend on their level.",
        "A claim is one incident on one policy, ground-up; below the deductible it is seldom seen, in any grade.",
        shared,
        tested,
    ]


# what is sent


def _table(sent: Any) -> tuple[list[Graded], float | None]:
    """Grades best first with their claims over expected, and what is expected a year; raises InputRefused."""
    _object(sent, "table", {"grades", "expected", "claims"}, {"yearly"})
    names, expected, claims = (_list(sent, "table", name, MOST_GRADES) for name in ("grades", "expected", "claims"))
    if not len(names) == len(expected) == len(claims):
        raise InputRefused("grades, expected and claims differ in length.", field="table", limit="one of each a grade")
    if any(isinstance(count, bool) or not isinstance(count, int) for count in claims):
        raise InputRefused("claims holds what is no whole number.", field="table.claims", limit="whole numbers")
    figures = [_figure(value, "table.expected") for value in expected]
    shares_of(figures, claims)
    yearly = None if sent.get("yearly") is None else _figure(sent["yearly"], "table.yearly")
    rows = zip(names, figures, claims, strict=True)
    return [_graded(str(name)[:20], value, count, None) for name, value, count in rows], yearly


def _pairs(sent: Any) -> tuple[list[float], list[float], list[float]]:
    """(score over price, premium, loss) by policy; without premiums all weigh alike. Raises InputRefused."""
    _object(sent, "pairs", {"pred", "loss"}, {"premium"})
    pred, loss = (
        [_figure(value, f"pairs.{name}") for value in _list(sent, "pairs", name, MOST_PAIRS)]
        for name in ("pred", "loss")
    )
    if sent.get("premium") is None:
        return pred, [1.0] * len(pred), loss
    premium = _figures(sent, "premium")
    if len(premium) != len(pred) or min(premium) <= 0:
        raise InputRefused("premium does not fit pred.", field="pairs.premium", limit="one above 0 for each")
    return [score / price for score, price in zip(pred, premium, strict=True)], premium, loss


def _figures(sent: Mapping[str, Any], name: str) -> list[float]:
    return [_figure(value, f"pairs.{name}") for value in _list(sent, "pairs", name, MOST_PAIRS)]


def _object(sent: Any, name: str, needed: set[str], allowed: set[str]) -> None:
    if not isinstance(sent, Mapping) or not needed <= set(sent) or set(sent) - needed - allowed:
        raise InputRefused(f"{name} is not of its form.", field=name, limit=", ".join(sorted(needed | allowed)))


def _list(sent: Mapping[str, Any], name: str, key: str, most: int) -> list[Any]:
    values = sent[key]
    if not isinstance(values, list) or not 1 <= len(values) <= most:
        raise InputRefused(f"{key} is no list of that length.", field=f"{name}.{key}", limit=f"1 to {most:,} values")
    return values


def _figure(value: Any, field: str) -> float:
    return float(to_decimal(str(value), field=field))
