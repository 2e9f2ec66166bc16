"""What own claims teach the rates (DOMAIN 1.5, 3.6, 6): by insured, by industry, by harmful decision, the level.

An industry's claims a unit are Gamma(alpha, b) with b = alpha / (f0 I): the prior is worth alpha claims. After n claims
on e units the rate is (alpha + n) / (b + e), and I' that over f0. What claims say of all industries together belongs to
the level, not to I: sum of e I' is held. The movement cap and that balance are met at once, not one after the other:
I' = clip(c x posterior, (1 - cap) I, (1 + cap) I), and the one factor c is solved for so that sum e I' = sum e I. The
sum is continuous and rises with c from (1 - cap) to (1 + cap) of the old one, so such a c always exists
(decisions/0029). Only the rounding to the decimals a plan files leaves a residual; it is reported.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from actuarial.methods.poisson import Posterior, Ratio, posterior, ratio_of
from core.money import round_half_up
from underwriting.rating.experience import credibility, experience_mod

Floats = NDArray[np.float64]
FILED = 4  # decimals of a relativity that an edit proposes


@dataclass(frozen=True)
class Insured:
    """One insured's experience mod before and after: history stated at the bind, and the ledger's since."""

    name: str
    claims_before: int
    expected_before: Decimal
    claims: int
    expected: Decimal  # without X, at the audit of the period
    old: Decimal
    new: Decimal
    z: Decimal  # of all claims together


@dataclass(frozen=True)
class Industry:
    """One industry: the rate after its own claims, I as it follows from that, and as it would be filed."""

    code: str
    title: str
    old: Decimal
    expected: float
    after: Posterior  # of the claim rate a unit of exposure
    own: float  # I from the posterior mean alone
    low: float
    high: float
    balanced: float
    filed: Decimal
    capped: bool


@dataclass(frozen=True)
class Industries:
    """All with exposure; `factor` is c, `residual` what rounding leaves of sum e I' / sum e I - 1."""

    rows: tuple[Industry, ...]
    factor: float
    residual: float


@dataclass(frozen=True)
class Harm:
    """Claims per harmful decision of one peril in one use class."""

    peril: str
    use_class: str
    prior: float
    decisions: float  # harmful ones whose claim would have been made by now
    after: Posterior


@dataclass(frozen=True)
class Level:
    """Actual over expected, what is believed of it, and the off-balance factor that gives."""

    ratio: Ratio
    after: Posterior
    old: Decimal
    new: Decimal
    capped: bool


def insured_after(name: str, *, a: Decimal, before: tuple[int, Decimal], since: tuple[int, Decimal]) -> Insured:
    """X = (a + N) / (a + E) from (claims, expected) stated before, and with those since added."""
    claims, expected = before[0] + since[0], before[1] + since[1]
    return Insured(
        name,
        *before,
        *since,
        old=experience_mod(before[0], before[1], a),
        new=experience_mod(claims, expected, a),
        z=credibility(expected, a),
    )


def industries_after(
    rows: Sequence[tuple[str, str, Decimal, int, float]], *, f0: float, alpha: float, cap: float
) -> Industries:
    """Every industry of (code, title, I, claims, expected claims under that I) with something expected.

    f0 is claims a unit of all perils; the units are e = expected / (f0 I), so that k, A, step and s are in them.
    """
    old = np.array([float(row[2]) for row in rows])
    expected = np.array([row[4] for row in rows])
    units = expected / (f0 * old)
    after = [
        posterior(alpha=alpha, b=alpha / (f0 * i), claims=row[3], exposure=float(e))
        for row, i, e in zip(rows, old, units, strict=True)
    ]
    own = np.array([one.mean for one in after]) / f0
    factor, balanced = balanced_within(own, units, old, cap)
    filed = [round_half_up(Decimal(repr(float(value))), FILED) for value in balanced]
    residual = float(units @ (np.array([float(i) for i in filed]) - old)) / float(units @ old)
    capped = np.isclose(np.abs(balanced / old - 1), cap, rtol=0, atol=1e-9)
    return Industries(
        tuple(
            Industry(
                row[0], row[1], row[2], row[4], one, float(raw), one.low / f0, one.high / f0, float(i), put, bool(at)
            )
            for row, one, raw, i, put, at in zip(rows, after, own, balanced, filed, capped, strict=True)
        ),
        factor,
        residual,
    )


def balanced_within(own: Floats, units: Floats, old: Floats, cap: float) -> tuple[float, Floats]:
    """c and clip(c own, (1 - cap) old, (1 + cap) old) whose sum with `units` is that of `old`.

    The sum is linear in c between the points where a row meets its cap: it is taken at each of them and c lies on the
    straight line between the two that hold the wanted sum.
    """
    low, high = (1 - cap) * old, (1 + cap) * old

    def at(c: float) -> Floats:
        return np.clip(c * own, low, high)

    points = np.sort(np.concatenate([low / own, high / own]))
    sums = np.array([float(units @ at(float(c))) for c in points])
    factor = float(np.interp(float(units @ old), sums, points))
    return factor, at(factor)


def harm_after(peril: str, use_class: str, *, alpha: float, decisions: Floats, priors: Floats, claims: int) -> Harm:
    """phi ~ Gamma(alpha, alpha / phi0) after `claims` from sum H harmful decisions (DOMAIN 2.1).

    Policies of one class differ in f0 I k: phi0 is their mean, weighted by H, so that sum H phi0 is what was expected.
    """
    total = float(decisions.sum())
    prior = float(decisions @ priors) / total
    after = posterior(alpha=alpha, b=alpha / prior, claims=claims, exposure=total)
    return Harm(peril, use_class, prior, total, after)


def level_after(claims: int, expected: float, *, old: Decimal, alpha: float, cap: float) -> Level:
    """Off-balance times the posterior mean of a Gamma(alpha, alpha) level, (alpha + n) / (alpha + E), within the cap.

    Before the first claim the factor stays as it is: one does not cut rates because nothing has happened yet.
    The square root rule of rate indications would not do: with little exposure A/E has no bound, its Z is not small.
    """
    after = posterior(alpha=alpha, b=alpha, claims=claims, exposure=expected)
    held = min(1 + cap, max(1 - cap, after.mean))
    new = round_half_up(old * Decimal(repr(held)), FILED) if claims else old
    return Level(ratio_of(claims, expected), after, old, new, claims > 0 and held != after.mean)
