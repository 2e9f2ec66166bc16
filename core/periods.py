"""Dates as half-open periods, quarters, whole years and shares by days. Pure: no clock, plain dates only.

A policy period runs from its first day to its expiry, both at 12:01 a.m. local time, so `[start, end)` in days.
"""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from core.errors import InputRefused
from core.money import CONTEXT, cents


@dataclass(frozen=True, order=True)
class Period:
    """The days from `start` up to, not including, `end`."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise InputRefused(
                f"the period ends on {self.end}, not after its start {self.start}",
                field="period",
                remedy="give an end after the start",
            )

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    def contains(self, day: date) -> bool:
        return self.start <= day < self.end

    def overlaps(self, other: "Period") -> bool:
        return self.start < other.end and other.start < self.end

    def intersection(self, other: "Period") -> "Period | None":
        """The days in both, or None when there are none."""
        if not self.overlaps(other):
            return None
        return Period(max(self.start, other.start), min(self.end, other.end))


def add_months(day: date, months: int) -> date:
    """`day` moved by `months`; a day the month lacks becomes its last day (31 January + 1 = 28 or 29 February)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def year_from(start: date) -> Period:
    """The twelve months that begin on `start` (365 or 366 days)."""
    return Period(start, add_months(start, 12))


def quarter_of(day: date) -> Period:
    """The calendar quarter that holds `day`."""
    start = date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
    return Period(start, add_months(start, 3))


def quarter_end(day: date) -> date:
    """The last day of the calendar quarter that holds `day`."""
    return quarter_of(day).end - timedelta(days=1)


def next_quarter(day: date) -> Period:
    """The calendar quarter after the one that holds `day`."""
    return quarter_of(quarter_of(day).end)


def quarter_label(day: date) -> str:
    """The quarter's name, such as 2026-Q3."""
    return f"{day.year}-Q{(day.month - 1) // 3 + 1}"


def whole_years_between(first: date, second: date) -> int:
    """Full years from `first` to `second`, counted at the anniversary; negative order is refused."""
    if second < first:
        raise InputRefused(f"{second} is before {first}", field="date", remedy="give the earlier date first")
    return second.year - first.year - ((second.month, second.day) < (first.month, first.day))


def claims_made_year(retroactive: date, inception: date, *, last: int = 6) -> int:
    """1 + whole years from the retroactive date to inception, at most `last` (DOMAIN 1.0, rule 16)."""
    return min(last, 1 + whole_years_between(retroactive, inception))


def share_of_days(period: Period, day: date) -> tuple[int, int]:
    """(days left from `day` to the end, days of the term); `day` must lie in the period or at its end."""
    if not period.start <= day <= period.end:
        raise InputRefused(
            f"{day} is outside the term",
            field="effective",
            limit=f"{period.start} to {period.end}",
            remedy="choose a date within the term",
        )
    return (period.end - day).days, period.days


def pro_rata(amount: Decimal, period: Period, day: date) -> Decimal:
    """The part of `amount` that belongs to the days left from `day`, to the cent, half up."""
    left, term = share_of_days(period, day)
    return cents(CONTEXT.divide(CONTEXT.multiply(amount, Decimal(left)), Decimal(term)))
