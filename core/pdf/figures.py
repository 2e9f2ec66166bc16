"""Figures as they are printed: money with its currency, dates with the month's name, shares in percent.

A value that is not what it should be is shown as it came, made safe; nothing is guessed.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from core.pdf.text import SHORT, shown

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MISSING = "not stated"
MOST_DIGITS = 24


def decimal(value: Any) -> Decimal | None:
    """`value` as a finite Decimal of printable size, or None."""
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < MOST_DIGITS else None


def money(value: Any, currency: Any = "") -> str:
    """ "19319.56", "USD" -> "USD 19,319.56"; the decimals given are kept, at least two."""
    number = decimal(value)
    if number is None:
        return words(value)
    places = max(2, -int(number.as_tuple().exponent))
    return f"{shown(currency, 8)} {number:,.{places}f}".strip()


def day(value: Any) -> str:
    """An ISO date, or date and time, as "23 Nov 2026"."""
    try:
        found = date.fromisoformat(str(value)[:10])
    except ValueError:
        return words(value)
    return f"{found.day} {MONTHS[found.month - 1]} {found.year}"


def whole(value: Any) -> str:
    """A count with commas."""
    number = decimal(value)
    return words(value) if number is None else f"{number:,.0f}"


def share(value: Any, places: int = 1) -> str:
    """0.1777 -> "17.8 %"."""
    number = decimal(value)
    return words(value) if number is None else f"{number * 100:,.{places}f} %"


def exact(value: Any) -> str:
    """A filed or stored figure, digit for digit, with commas before the point only."""
    number = decimal(value)
    if number is None or isinstance(value, bool):
        return words(value)
    return f"{number:,f}"


def general(value: Any) -> str:
    """A measured figure of unknown kind: whole numbers whole, small ones at three digits, the rest at four places."""
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no"}.get(value, "–") if value is not None else "–"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float) and value.is_integer() and abs(value) > 1:
        return f"{value:,.0f}"
    if isinstance(value, float):
        return f"{value:,.4f}" if abs(value) >= 0.001 or value == 0 else f"{value:.3g}"
    return shown(value, SHORT)


def words(value: Any, limit: int = SHORT) -> str:
    """Customer words, safe to show; "not stated" when there are none. Lists are joined with commas."""
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        value = ", ".join(shown(item, 80) for item in value[:40])
    return shown(value, limit) or MISSING
