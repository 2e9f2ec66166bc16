"""Two rates of one model on two kinds of rows: how far apart, with an interval that holds where rows are few."""

from typing import NamedTuple

from scipy import stats

from audits.engine import words
from audits.engine.bounds import Interval, Rate, cp_interval, difference_interval
from audits.engine.result import Finding
from audits.engine.verdicts import Judge

LEAST_ROWS, LEAST_EXPECTED = 100, 5  # of each side, for an approximate interval


class Difference(NamedTuple):
    value: float
    interval: Interval
    method: str


def difference(first: Rate, second: Rate, confidence: float) -> Difference:
    """first - second with a two-sided interval; both sides need rows.

    Where a side has fewer than 100 rows or a pooled expected count is below 5, the exact bounds of both rates are
    taken, each at half of what may be missed: that covers at least as often as stated, and is wide.
    """
    value = first.value - second.value
    if _plenty(first, second):
        z = float(stats.norm.ppf(1 - (1 - confidence) / 2))
        interval = difference_interval(first, second, z)
        return Difference(value, interval, f"wider of Wald and Newcombe 1998, two-sided {words.percent(confidence)}")
    each = 1 - (1 - confidence) / 2
    one, two = cp_interval(first.k, first.n, each), cp_interval(second.k, second.n, each)
    method = f"Clopper-Pearson of both rates, together {words.percent(confidence)}"
    return Difference(value, Interval(one.low - two.high, one.high - two.low), method)


def _plenty(first: Rate, second: Rate) -> bool:
    pooled = (first.k + second.k) / (first.n + second.n)
    expected = [share * rate.n for share in (pooled, 1 - pooled) for rate in (first, second)]
    return min(first.n, second.n) >= LEAST_ROWS and min(expected) >= LEAST_EXPECTED


def rate_row(
    name: str, rate: Rate, confidence: float
) -> tuple[str, int, int, float | None, float | None, float | None]:
    """A line (name, k, n, rate, low, high) of a table; without rows there is no rate."""
    if rate.n == 0:
        return name, 0, 0, None, None, None
    around = cp_interval(rate.k, rate.n, confidence)
    return name, int(rate.k), int(rate.n), rate.value, around.low, around.high


RATE_COLUMNS = ("rows", "errors", "decided and labelled", "rate", "low", "high")


def of(rate: Rate, confidence: float) -> str:
    """ "100 rows, 9 (7 to 11)", for a sentence."""
    around = cp_interval(rate.k, rate.n, confidence)
    scale, figure = words.of_hundred(rate.value, around.low, around.high)
    return f"{scale} rows, {figure}"


def flagged(judge: Judge, check_id: str, title: str, text: str) -> Finding:
    """A finding as grave as the edition says of the check."""
    filed = judge.suite.limits.get(check_id)
    return Finding(filed.severity if filed else "medium", title, text, check_id)
