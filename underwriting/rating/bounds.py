"""The one float door of rating: counts to a Clopper-Pearson upper bound, quantised to 6 decimals on the way out.

scipy's inverse incomplete beta is accurate far beyond the sixth decimal, so the quantised figure is the same on any
machine; rating and replay only ever read the stored, quantised figure (DOMAIN 1.0, rule 6a).
"""

from decimal import Decimal

from scipy.special import betaincinv

from core.money import round_half_up
from underwriting.rating.arithmetic import ONE, ZERO

BOUND_PLACES = 6


def upper_bound(failures: Decimal, rows: Decimal, confidence: Decimal) -> Decimal:
    """BetaInv(confidence; k + 1, n - k) at 6 decimals half up; 1 when every row fails. k and n may be fractional."""
    if not ZERO <= failures <= rows or rows <= ZERO:
        raise ValueError(f"{failures} failures of {rows} rows is not a proportion")
    if failures == rows:
        return ONE
    value = betaincinv(float(failures) + 1.0, float(rows - failures), float(confidence))
    return round_half_up(Decimal(repr(float(value))), BOUND_PLACES)
