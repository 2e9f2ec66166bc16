"""Claim counts against what was expected: exact intervals, Gamma posteriors.

Garwood (1936), "Fiducial limits for the Poisson distribution", Biometrika 28: the exact two-sided interval of a mean
from a count n is [chi2(tail; 2n) / 2, chi2(1 - tail; 2n + 2) / 2]. Gamma prior and Poisson counts are conjugate: from
Gamma(alpha, b), n claims on e units give Gamma(alpha + n, b + e) (Buehlmann's K is b, Z = e / (e + b)).
"""

from dataclasses import dataclass

from scipy import stats

from core.errors import InputRefused

EXACT = 0.95  # level of the exact intervals of a count
BELIEVED = 0.90  # level of credible intervals (DOMAIN 1.5)


@dataclass(frozen=True)
class Posterior:
    """A rate after `claims` on `exposure`: mean, credible interval, and Z, the weight of the own claims."""

    claims: int
    exposure: float
    mean: float
    low: float
    high: float
    z: float


@dataclass(frozen=True)
class Ratio:
    """Claims over what was expected, with the exact interval."""

    claims: int
    expected: float
    value: float
    low: float
    high: float

    @property
    def excludes_one(self) -> bool:
        return self.low > 1 or self.high < 1


def garwood(claims: int, level: float = EXACT) -> tuple[float, float]:
    """The exact interval of a Poisson mean from one count; from 0 for no claim. Raises InputRefused below 0."""
    if claims < 0:
        raise InputRefused(
            f"{claims} claims were counted.", field="claims", limit="0 or more", remedy="Mend the count."
        )
    tail = (1 - level) / 2
    low = float(stats.chi2.ppf(tail, 2 * claims)) / 2 if claims else 0.0
    return low, float(stats.chi2.ppf(1 - tail, 2 * claims + 2)) / 2


def ratio_of(claims: int, expected: float, level: float = EXACT) -> Ratio:
    """A/E; raises InputRefused where nothing was expected."""
    if not expected > 0:
        raise InputRefused(
            f"{expected} claims were expected.", field="expected", limit="above 0", remedy="Leave that row out."
        )
    low, high = garwood(claims, level)
    return Ratio(claims, expected, claims / expected, low / expected, high / expected)


def posterior(*, alpha: float, b: float, claims: int, exposure: float, level: float = BELIEVED) -> Posterior:
    """Gamma(alpha, b) after `claims` on `exposure` units; raises InputRefused unless alpha, b > 0 and the rest >= 0."""
    if not (alpha > 0 and b > 0 and claims >= 0 and exposure >= 0):
        raise InputRefused(
            "A prior or its exposure is not above nought.",
            field="alpha",
            limit="alpha, b above 0; claims, exposure 0 or more",
            remedy="Mend the plan's own_claims_alpha, or the exposure.",
        )
    law = stats.gamma(alpha + claims, scale=1 / (b + exposure))
    tail = (1 - level) / 2
    low, high = (float(law.ppf(at)) for at in (tail, 1 - tail))
    return Posterior(claims, exposure, (alpha + claims) / (b + exposure), low, high, exposure / (b + exposure))
