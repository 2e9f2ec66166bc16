"""The back-test in words, tables and charts. What the intervals still allow is "not yet shown"."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from actuarial.methods.deviance import Fit
from actuarial.methods.lift import Bucket, lift_of
from actuarial.methods.lorenz import LEAST_EFFECTIVE, Lorenz
from actuarial.methods.parts import Json, curves, door, drawn, intervals, part, table
from actuarial.methods.poisson import EXACT, Ratio
from actuarial.methods.trend import MOST_NEEDED, POWER, Trend

YEAR = 365.25
MOST_POINTS = 200  # of a curve drawn
FAR_OFF = 100.0  # years beyond which no day is stated


@dataclass(frozen=True)
class Graded:
    """One grade: claims over those expected at class, and what the audited price expects over the same."""

    grade: str
    expected: float
    claims: int
    ratio: Ratio | None  # None where nothing was expected
    audited: float | None


@dataclass(frozen=True)
class Need:
    """How many claims would show one slope, and what that slope is."""

    what: str
    factor: float  # from one grade to the next
    claims: int | None


@dataclass(frozen=True)
class Gauge:
    """One ordered Lorenz curve and what its losses are."""

    of: str
    lorenz: Lorenz


@dataclass(frozen=True)
class BackTest:
    """All that was found; `yearly` is what the live book expects a year, None for a table that was sent."""

    grades: Sequence[Graded]
    trend: Trend | None
    needs: Sequence[Need]
    yearly: float | None
    valued: date
    buckets: Sequence[Bucket]
    fits: Sequence[Fit]
    gauges: Sequence[Gauge]

    @property
    def claims(self) -> int:
        return sum(row.claims for row in self.grades)

    @property
    def expected(self) -> float:
        return sum(row.expected for row in self.grades)

    @property
    def significant(self) -> list[Graded]:
        return [row for row in self.grades if row.ratio and row.ratio.excludes_one]


def lines(found: BackTest) -> list[str]:
    """The finding first, then what it would take."""
    if not found.grades:
        return [_gini_line(gauge) for gauge in found.gauges]
    told = [_verdict(found), *_power_lines(found)]
    return [*told, *(_gini_line(gauge) for gauge in found.gauges)]


def _verdict(found: BackTest) -> str:
    trend = found.trend
    if found.claims == 0:
        return (
            f"Not yet shown: no claim has come of {found.expected:.2f} expected at class, so nothing can be compared."
        )
    if trend is None:
        return "Not yet shown: policies with exposure stand in one grade alone, so there is nothing to compare it with."
    single = _single(found)
    way = "rise" if trend.factor >= 1 else "fall"
    slope = (
        f"claims {way} by a factor of {_factor(trend.factor)} a grade ({_factor(trend.low)} to {_factor(trend.high)})"
    )
    if trend.shown:
        return f"The trend is visible, {single}: {slope}, exact p = {trend.p_worse:.3f}."
    if trend.reversed:
        return f"Claims run against the grades, {single}: {slope}, exact p = {trend.p_better:.3f}."
    return f"Not yet shown: {slope}, exact p = {trend.p_worse:.3f}; {single}."


def _single(found: BackTest) -> str:
    grades = [row.grade for row in found.significant]
    if not grades:
        return "no single grade is significant"
    return (
        f"grade{'s' if len(grades) > 1 else ''} {', '.join(grades)} differ{'' if len(grades) > 1 else 's'} from class"
    )


def _factor(value: float) -> str:
    return "no bound" if value == float("inf") else f"{value:.2f}"


def _power_lines(found: BackTest) -> list[str]:
    if not found.needs:
        return []
    need = found.needs[0]
    if need.claims is None:
        return [f"More than {MOST_NEEDED:,} claims would be needed to show {need.what} with {POWER * 100:.0f} % power."]
    wanted = f"{need.claims:,} claims in all would show {need.what} with {POWER * 100:.0f} % power"
    told = f"{wanted}; there are {found.claims:,}"
    return [f"{told}. {_when(found, need)}"]


def _when(found: BackTest, need: Need) -> str:
    if need.claims is None:
        return "–"
    missing = need.claims - found.claims
    if missing <= 0:
        return "The book has them."
    if not found.yearly:
        return f"{missing:,} more are missing."
    years = missing / found.yearly
    if years > FAR_OFF:
        return f"At {found.yearly:.3g} expected a year this book has them in more than a hundred years."
    day = found.valued + timedelta(days=round(years * YEAR))
    return f"At {found.yearly:.3g} expected a year this book has them in {years:.1f} years, about {day:%B %Y}."


def _gini_line(gauge: Gauge) -> str:
    lorenz, interval = gauge.lorenz, gauge.lorenz.interval
    told = f"Gini of {gauge.of} is {lorenz.gini:.4f}"
    if interval is None:
        return (
            f"{told}; too few losses for an interval ({lorenz.effective:.1f} effective, {LEAST_EFFECTIVE:.0f} needed), "
            "so it is not yet shown."
        )
    low, high = interval
    doubt = ": the order finds losses that the price does not." if low > 0 else ", so it is not yet shown."
    return f"{told} ({low:.4f} to {high:.4f}, {EXACT * 100:.0f} %){doubt}"


def grades_part(found: BackTest) -> Json:
    """Actual over expected by grade."""
    said = [
        "Expected at class: the price with the audit's relativity taken out. If the audit predicts loss, actual over "
        "expected rises from A on. Exact Poisson intervals (Garwood), each at 95 % on its own.",
    ]
    rows = [_grade_row(row) for row in found.grades]
    names = ("Expected", "A/E", "Low", "High")
    columns = [("Grade", "text"), ("Claims", "count"), *((name, "number") for name in names),
               ("Audited price / class", "number"), ("On its own", "text")]  # fmt: skip
    chart = intervals(
        "Actual over expected at class, by grade at the bind",
        [_grade_drawn(row.grade, row.ratio) for row in found.grades if row.ratio],
        limit=(1.0, "as expected at class"),
    )
    return part("grades", "By grade", *said, chart=chart, table=table(columns, rows))


def _grade_drawn(grade: str, ratio: Ratio) -> tuple[str, float, float, float]:
    return f"Grade {grade}", drawn(ratio.value), drawn(ratio.low), drawn(ratio.high)


def _grade_row(row: Graded) -> list[object]:
    ratio = row.ratio
    figures = (ratio.value, ratio.low, ratio.high) if ratio else (None, None, None)
    word = "–" if ratio is None else "differs from class" if ratio.excludes_one else "may be 1"
    told = [None if value is None else door(value, 4) for value in (row.expected, *figures, row.audited)]
    return [row.grade, row.claims, *told, word]


def trend_part(found: BackTest) -> Json:
    """The exact test and its interval."""
    said = (
        "Given how many claims came, they fall on the grades as the expected ones do if grades do not matter: an exact "
        "test, by convolution of the multinomial law; nothing is simulated. T is the sum over the "
        "claims of their grade's place, the first 0."
    )
    trend = found.trend
    if trend is None:
        return part("trend", "The trend", said, "There is nothing to test yet.")
    rows = [
        ["Claims", str(trend.claims)],
        ["T", str(trend.statistic)],
        ["p, worse grades have more", door(trend.p_worse)],
        ["p, worse grades have fewer", door(trend.p_better)],
        ["Factor from grade to grade", _figure(trend.factor)],
        ["Factor, low end of its exact 90 % interval", _figure(trend.low)],
        ["Factor, high end", _figure(trend.high)],
    ]
    return part("trend", "The trend", said, table=table([("Figure", "text"), ("Value", "text")], rows))


def _figure(value: float) -> str:
    return "no bound" if value == float("inf") else door(value, 4)


def power_part(found: BackTest) -> Json:
    """How many claims would show a slope, and when the book has them."""
    said = f"With exposure by grade as it is, the exact test at 5 % has {POWER * 100:.0f} % power from then on."
    rows = [
        [
            need.what,
            door(need.factor, 4),
            f"over {MOST_NEEDED:,}" if need.claims is None else f"{need.claims:,}",
            _when(found, need),
        ]
        for need in found.needs
    ]
    columns = [("Slope", "text"), ("From grade to grade", "number"), ("Claims needed", "text"), ("When", "text")]
    return part("power", "What it would take", said, table=table(columns, rows))


def lift_part(found: BackTest) -> Json:
    """Lift and double lift, by score over price."""
    lift = lift_of(found.buckets)
    said = "Policies in order of audited over class price, in buckets of equal class price. "
    said += (
        "Lift is not told: the first bucket has no claim." if lift is None else f"Lift, last over first: {lift:.2f}."
    )
    nearer = sum(bucket.nearer == "audited" for bucket in found.buckets)
    of = len(found.buckets)
    double = f"Double lift: in {nearer} of {of} the audited price is nearer to what came than the class price."
    rows = [_bucket_row(place, bucket) for place, bucket in enumerate(found.buckets, 1)]
    columns = [("Bucket", "text"), ("Policies", "count"), ("Claims", "count"),
               *((name, "number") for name in ("At class", "A/E", "Low", "High", "Audited / class")),
               ("Nearer", "text")]  # fmt: skip
    chart = curves(
        "What came, and the audited price, over the class price",
        [
            ("what came", [(place, drawn(bucket.ratio.value)) for place, bucket in enumerate(found.buckets, 1)]),
            ("audited price", [(place, drawn(bucket.audited)) for place, bucket in enumerate(found.buckets, 1)]),
        ],
        x_name="Bucket, best score first",
        y_name="over class",
    )
    return part("lift", "Lift and double lift", said, double, chart=chart if len(rows) > 1 else None,
                table=table(columns, rows))  # fmt: skip


def _bucket_row(place: int, bucket: Bucket) -> list[object]:
    ratio = bucket.ratio
    figures = (ratio.expected, ratio.value, ratio.low, ratio.high, bucket.audited)
    name = f"{place}: {bucket.low:.2f} to {bucket.high:.2f}"
    return [name, bucket.policies, ratio.claims, *(door(value, 4) for value in figures), bucket.nearer]


def fit_part(found: BackTest) -> Json:
    """Class and audited price beside each other, policy by policy."""
    rows = [
        [fit.price, door(fit.expected, 4), None if fit.deviance is None else door(fit.deviance, 4), door(fit.pit, 4)]
        for fit in found.fits
    ]
    said = (
        "Poisson deviance with both brought to the total that came: the lower one spreads it better over the policies. "
        "PIT is where the total lies in the law of the price: near 0 the price is too high, near 1 too low."
    )
    columns = [("Price", "text"), *((name, "number") for name in ("Expected", "Deviance", "PIT of the total"))]
    return part("fit", "Fit", said, table=table(columns, rows))


def gini_part(gauge: Gauge, place: int) -> Json:
    """One ordered Lorenz curve beside what the price alone would give."""
    lorenz = gauge.lorenz
    said = (
        "Policies in order of score over price; below the straight line the order finds losses that the price does "
        "not. Gini is twice the area between (Frees, Meyers and Cummings 2011), its interval by their standard error."
    )
    low, high = lorenz.interval or (None, None)
    ends = [None if value is None else door(value, 4) for value in (low, high)]
    columns = [("Losses", "text"), *((name, "number") for name in ("Gini", "Low", "High", "Effective losses"))]
    grid = table(columns, [[gauge.of, door(lorenz.gini, 4), *ends, door(lorenz.effective, 1)]])
    shown = np.unique(np.linspace(0, len(lorenz.losses) - 1, MOST_POINTS).round().astype(int))
    points = [(round(float(lorenz.premiums[at]), 6), round(float(lorenz.losses[at]), 6)) for at in shown]
    chart = curves(
        f"Ordered Lorenz curve of {gauge.of}",
        [(gauge.of, points), ("the price alone", [(0.0, 0.0), (1.0, 1.0)])],
        x_name="Share of premium",
        y_name="Share of losses",
        x_unit="percent",
        y_unit="percent",
    )
    return part(f"gini-{place}", f"Ordered Lorenz curve of {gauge.of}", said, chart=chart, table=grid)


def figures(found: BackTest) -> Json:
    """The figures for machines."""
    trend = found.trend
    return {
        "claims": found.claims,
        "expected": door(found.expected),
        "grades": {row.grade: _grade_figures(row) for row in found.grades},
        "trend": None
        if trend is None
        else {
            "shown": trend.shown,
            "statistic": trend.statistic,
            **{name: door(getattr(trend, name)) for name in ("p_worse", "p_better")},
            **{name: _figure(getattr(trend, name)) for name in ("factor", "low", "high")},
        },
        "significant_grades": [row.grade for row in found.significant],
        "needed": [{"slope": need.what, "factor": door(need.factor), "claims": need.claims} for need in found.needs],
        "fit": {
            fit.price: {"deviance": None if fit.deviance is None else door(fit.deviance), "pit": door(fit.pit)}
            for fit in found.fits
        },
        "expected_a_year": None if found.yearly is None else door(found.yearly),
        "gini": {gauge.of: _gini_figures(gauge.lorenz) for gauge in found.gauges},
    }


def _grade_figures(row: Graded) -> Json:
    ratio = row.ratio
    told = {} if ratio is None else {name: door(getattr(ratio, name)) for name in ("value", "low", "high")}
    return {"claims": row.claims, "expected": door(row.expected), **told}


def _gini_figures(lorenz: Lorenz) -> Json:
    interval = lorenz.interval
    return {
        "value": door(lorenz.gini),
        "error": door(lorenz.error),
        "interval": None if interval is None else [door(value) for value in interval],
    }
