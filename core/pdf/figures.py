"""Figures as they are printed: money with its currency, dates with the month's name, shares in percent.

A value that is not what it should be is shown as it came, made safe; nothing is guessed.
"""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from core.pdf.text import SHORT, shown

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MISSING = "not stated"
MOST_DIGITS = 24
SMALL, LARGE = 1e-6, 1e12  # what is told in full lies between
_POWER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?e[+-]\d+(?!\w)")


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
    """A measured figure of unknown kind, never with a power of ten: 7,214; 0.0123; 0.000012; "less than 0.000001"."""
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no"}.get(value, "–") if value is not None else "–"
    if isinstance(value, int):
        return f"{value:,}" if abs(value) < LARGE else _measured(float(value))
    return _measured(value) if isinstance(value, float) else shown(value, SHORT)


def _measured(value: float) -> str:
    size = abs(value)
    if not size < LARGE:
        return f"beyond {'-' if value < 0 else ''}{LARGE:,.0f}"
    if size >= 1_000 or (value.is_integer() and size > 1):
        return f"{value:,.0f}"
    if size >= 0.001 or size == 0:
        return f"{value:,.2f}" if size >= 10 else f"{value:,.4f}"
    return small(value)


def small(value: float) -> str:
    """A figure near nought with two digits that count, or that it is smaller than anybody asks."""
    size = abs(value)
    if size < SMALL:
        return f"less than {SMALL:.6f}" if value > 0 else f"within {SMALL:.6f} of 0"
    places = next(places for places in range(4, 8) if round(size, places) >= 10.0 ** (1 - places))
    return f"{value:.{places}f}".rstrip("0")


def plain_numbers(text: str) -> str:
    """A sentence with its powers of ten written out: "p 1.9e-34" becomes "p less than 0.000001", "1.53e+04" 15,300."""
    return _POWER.sub(lambda found: _measured(float(found.group())), text)


def words(value: Any, limit: int = SHORT) -> str:
    """Customer words, safe to show; "not stated" when there are none. Lists are joined with commas."""
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        value = ", ".join(shown(item, 80) for item in value[:40])
    return shown(value, limit) or MISSING
