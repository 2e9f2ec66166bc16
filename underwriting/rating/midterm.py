"""What changes in the middle of a term costs or returns (DOMAIN 4.3; 1.0, rule 17). Pure arithmetic on stated premiums.

Annual premiums already hold the fixed expense and the minimum premium. Days run from 12:01 a.m. local time; the
term has 365 or 366 of them. Each transaction is rounded to the cent, half up, and carries its own taxes.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from core.errors import InputRefused
from core.money import cents
from core.periods import Period, pro_rata
from underwriting.rating.arithmetic import multiply, subtract
from underwriting.rating.plan import TaxLine
from underwriting.rating.worksheet import TaxCharge


def endorsement_premium(old_annual: Decimal, new_annual: Decimal, term: Period, effective: date) -> Decimal:
    """Additional (positive) or return (negative) premium: (new - old) x days left / days of the term."""
    return pro_rata(subtract(new_annual, old_annual), term, effective)


def unearned(premium: Decimal, term: Period, day: date) -> Decimal:
    """The pro-rata return premium at `day`, when the insurer cancels."""
    return pro_rata(premium, term, day)


def earned(premium: Decimal, term: Period, day: date) -> Decimal:
    """The premium earned up to `day`; with `unearned` it makes the premium, to the cent, on every day."""
    return subtract(premium, unearned(premium, term, day))


def short_rate_return(premium: Decimal, term: Period, day: date, share: Decimal) -> Decimal:
    """The return when the insured cancels: the filed `share` (.90) of the pro-rata return."""
    return cents(multiply(unearned(premium, term, day), share))


def retained(premium: Decimal, return_premium: Decimal, minimum_retained: Decimal) -> Decimal:
    """The return left after the minimum retained premium; never negative."""
    return max(Decimal("0.00"), min(return_premium, subtract(premium, minimum_retained)))


def transaction_taxes(amount: Decimal, lines: Sequence[TaxLine]) -> tuple[TaxCharge, ...]:
    """The taxes on one transaction, negative on a return, each rounded by itself."""
    return tuple(TaxCharge(line.name, line.rate, cents(multiply(amount, line.rate))) for line in lines)


def exposure_true_up(deposit: Decimal, actual: Decimal, minimum_share: Decimal) -> Decimal:
    """What the premium audit at expiry bills or returns: the premium on actual decisions, not below the minimum share
    of the deposit, less the deposit."""
    if not 0 <= minimum_share <= 1:
        raise InputRefused(
            f"a minimum share of {minimum_share} is not a share",
            field="minimum_share",
            limit="0 to 1",
            remedy="state the filed share, such as 0.80",
        )
    floor = cents(multiply(deposit, minimum_share))
    return subtract(max(actual, floor), deposit)
