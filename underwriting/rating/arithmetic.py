"""Decimal arithmetic at 34 digits under an explicit context, so that no thread's settings can move a cent."""

from collections.abc import Iterable
from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_UP, Context, Decimal

from core.money import round_half_up

CONTEXT = Context(prec=34, rounding=ROUND_HALF_UP, Emax=MAX_EMAX, Emin=MIN_EMIN)
ZERO, ONE = Decimal(0), Decimal(1)
Z_90 = Decimal("1.281551565545")  # one-sided 90 % point of the normal law, as filed (DOMAIN 1.0, rule 3)


def add(*terms: Decimal) -> Decimal:
    total = ZERO
    for term in terms:
        total = CONTEXT.add(total, term)
    return total


def subtract(left: Decimal, right: Decimal) -> Decimal:
    return CONTEXT.subtract(left, right)


def multiply(*factors: Decimal) -> Decimal:
    product = ONE
    for factor in factors:
        product = CONTEXT.multiply(product, factor)
    return product


def divide(numerator: Decimal, denominator: Decimal) -> Decimal:
    return CONTEXT.divide(numerator, denominator)


def power(base: Decimal, exponent: Decimal) -> Decimal:
    """base ** exponent for base >= 0; anything to the power 0 is 1."""
    if exponent == ZERO:
        return ONE
    return ZERO if base == ZERO else CONTEXT.power(base, exponent)


def exp(value: Decimal) -> Decimal:
    return CONTEXT.exp(value)


def log(value: Decimal) -> Decimal:
    return CONTEXT.ln(value)


def root(value: Decimal) -> Decimal:
    return CONTEXT.sqrt(value)


def clip(value: Decimal, low: Decimal, high: Decimal) -> Decimal:
    return min(high, max(low, value))


def total(values: Iterable[Decimal]) -> Decimal:
    return add(*values)


def four(value: Decimal) -> Decimal:
    """`value` at the four decimals of a filed relativity, half up."""
    return round_half_up(value, 4)
