"""From a value with its interval to a verdict: the whole interval inside the limit passes, the whole outside fails,
anything else cannot tell and says how many rows would (ARCHITECTURE, "verdicts")."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from audits.engine import words
from audits.engine.auc import Auc, apart
from audits.engine.bounds import Z_90_TWO_SIDED, Interval, cp_interval
from audits.engine.result import Check, Finding, Verdict
from audits.engine.spec import AuditSpec
from audits.engine.suite import Suite

LEAST_TOLD = 10  # rows of a group, where single rows are not shown
MOST_ROWS = 1_000_000_000  # beyond this no honest plan exists: the rate sits on the limit


@dataclass(frozen=True)
class LimitInForce:
    op: str
    value: float

    def to_dict(self) -> dict[str, Any]:
        return {"op": self.op, "value": self.value}

    def holds(self, value: float) -> bool:
        compare: dict[str, bool] = {
            "<=": value <= self.value,
            "<": value < self.value,
            ">=": value >= self.value,
            ">": value > self.value,
            "==": value == self.value,
        }
        return compare[self.op]

    def verdict(self, interval: Interval) -> Verdict:
        ends = [self.holds(interval.low), self.holds(interval.high)]
        if self.op == "==" and interval.low < self.value < interval.high:
            return "cannot_tell"
        return "pass" if all(ends) else "cannot_tell" if any(ends) else "fail"


@dataclass(frozen=True)
class Judge:
    """Makes the checks of one audit: knows the suite's limits, the specification's own, and the seed.

    `least_told` is the fewest rows of which a table by group may tell: more than one where single rows are not shown.
    """

    suite: Suite
    spec: AuditSpec
    seed: int
    least_told: int = 1

    def limit(self, check_id: str) -> LimitInForce | None:
        own = self.spec.limits.get(check_id)
        if own is not None:
            return LimitInForce(own.op, float(own.value))
        filed = self.suite.limits.get(check_id)
        return None if filed is None else LimitInForce(filed.op, filed.value)

    def check(
        self,
        check_id: str,
        title: str,
        value: float,
        interval: Interval | None,
        sentence: str,
        n: int,
        *,
        rows_needed: Callable[[float], int | None] | None = None,
        **more: Any,
    ) -> Check:
        """A measured check; without an interval the value itself is judged (it is a count of what was sent)."""
        limit = self.limit(check_id)
        around = interval or Interval(value, value)
        verdict: Verdict = "measured" if limit is None else limit.verdict(around)
        needed = None
        if limit is not None and verdict == "cannot_tell":
            estimate = rows_needed or (lambda line: rows_by_width(value, around, n, line))
            needed = estimate(limit.value)
        return Check(
            id=check_id,
            family=check_id.partition(".")[0],
            title=title,
            verdict=verdict,
            value=value,
            n=n,
            low=interval.low if interval else None,
            high=interval.high if interval else None,
            sentence=_judged(sentence, verdict, needed),
            limit=limit.to_dict() if limit else None,
            rows_needed=needed,
            seed=self.seed,
            **more,
        )

    def rate(self, check_id: str, title: str, k: int, n: int, who: str, what: str, **more: Any) -> Check:
        """A check of k of n with its exact interval; `who` and `what` complete "Of 100 <who>, 9 (7 to 11) <what>."."""
        confidence = self.suite.confidence
        if n == 0:
            return self.silent(check_id, title, "cannot_tell", f"There are no {who}.", **more)
        interval = cp_interval(k, n, confidence)
        scale, figure = words.of_hundred(k / n, interval.low, interval.high)
        return self.check(
            check_id,
            title,
            k / n,
            interval,
            f"Of {scale} {who}, {figure} {what}.",
            n,
            k=k,
            confidence=confidence,
            method=f"Clopper-Pearson two-sided {words.percent(confidence)}",
            rows_needed=lambda line: rows_for_rate(k / n, line, n, confidence),
            **more,
        )

    def silent(self, check_id: str, title: str, verdict: Verdict, reason: str, **more: Any) -> Check:
        """A check without a figure: not run, or unable to tell."""
        limit = self.limit(check_id)
        return Check(
            id=check_id,
            family=check_id.partition(".")[0],
            title=title,
            verdict=verdict,
            reason=reason,
            limit=limit.to_dict() if limit else None,
            seed=self.seed,
            sentence=reason,
            **more,
        )

    def auc_interval(self, area: Auc) -> Interval:
        """The two-sided interval of an AUC, as this edition takes it."""
        prudent = self.suite.auc_interval == "prudent"
        return area.prudent(self.suite.confidence) if prudent else area.interval(self.suite.confidence)

    def auc_change(self, first: Auc, second: Auc) -> Interval:
        """The two-sided 90 % interval of first - second, of two independent samples."""
        if self.suite.auc_interval == "prudent":
            return apart(first, second, 0.90)
        change, half = first.value - second.value, Z_90_TWO_SIDED * math.sqrt(first.variance + second.variance)
        return Interval(change - half, change + half)

    def auc_method(self, normal: str) -> str:
        """The method's name; `normal` in the editions that take the plain normal interval."""
        if self.suite.auc_interval != "prudent":
            return normal
        side = words.percent(self.suite.confidence)
        return f"wider of DeLong (log odds, Student) and Newcombe's score interval, two-sided {side}"

    def findings(self, checks: tuple[Check, ...], *, but: tuple[str, ...] = ()) -> tuple[Finding, ...]:
        """One finding for every failed check, as grave as the suite's limit says; ids in `but` are told elsewhere."""
        return tuple(self._finding(check) for check in checks if check.verdict == "fail" and check.id not in but)

    def _finding(self, check: Check) -> Finding:
        filed = self.suite.limits.get(check.id)
        about = check.subject or ""
        title = f"{check.title} is outside its limit" + (f": {about}" if about else "")
        return Finding(filed.severity if filed else "medium", title, check.sentence, check.id, about)


def _judged(sentence: str, verdict: Verdict, needed: int | None) -> str:
    if verdict != "cannot_tell":
        return sentence
    if needed is None:
        return f"{sentence} The rows sent cannot tell on which side of the limit it lies."
    return f"{sentence} About {needed:,} rows would tell on which side of the limit it lies."


def rows_by_width(value: float, interval: Interval, n: int, line: float) -> int | None:
    """Rows at which an interval that shrinks with the square root of n would no longer hold the limit."""
    distance = abs(value - line)
    half = max(interval.high - value, value - interval.low)
    if distance == 0 or n == 0:
        return None
    needed = n * (half / distance) ** 2
    return math.ceil(needed) if needed < MOST_ROWS else None


def rows_for_rate(value: float, line: float, n: int, confidence: float) -> int | None:
    """The least number of rows at which the exact interval of the same rate lies on one side of the limit."""
    if value == line:
        return None
    clear, short = n, n
    while not _clears(value, line, clear, confidence):
        short, clear = clear, clear * 2
        if clear > MOST_ROWS:
            return None
    while clear - short > 1:
        middle = (clear + short) // 2
        short, clear = (short, middle) if _clears(value, line, middle, confidence) else (middle, clear)
    return clear


def _clears(value: float, line: float, n: int, confidence: float) -> bool:
    interval = cp_interval(value * n, n, confidence)
    return interval.high <= line or interval.low > line
