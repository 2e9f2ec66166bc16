"""The chain ladder and its error: Mack's model, and the one-year view of Merz and Wuethrich.

Mack, T. (1993), "Distribution-free calculation of the standard error of chain ladder reserve estimates", ASTIN Bulletin
23(2); Mack (1994), "Measuring the variability of chain ladder reserve estimates", CAS Forum (the RAA triangle).
Merz, M. and Wuethrich, M. V. (2008), "Modelling the claims development result for solvency purposes", CAS E-Forum.
No tail: the last age is taken as the end.
"""

from dataclasses import dataclass

import numpy as np

from actuarial.methods.triangle import Floats, Triangle

SIGMA_RULE = (
    "the last sigma squared, of which one ratio tells nothing, is min(s2^2/s1, min(s1, s2)) of the two before it "
    "(Mack 1993)"
)


@dataclass(frozen=True)
class Development:
    """Age-to-age factors f, their variances sigma^2 and volumes S, one each step; NaN where nothing tells them."""

    factors: Floats
    sigma2: Floats
    volumes: Floats
    pairs: Floats  # origins that know both ages

    @property
    def to_ultimate(self) -> Floats:
        """Age-to-ultimate factors, one an age, 1 at the last."""
        return np.append(np.cumprod(self.factors[::-1])[::-1], 1.0)


@dataclass(frozen=True)
class Ladder:
    """The chain ladder by origin, with Mack's standard errors and those of next year's change; totals last."""

    development: Development
    full: Floats  # the triangle filled to the last age
    ultimate: Floats
    reserve: Floats
    error: Floats
    total_error: float
    next_year_error: Floats
    total_next_year_error: float


def development(triangle: Triangle) -> Development:
    """Volume-weighted factors: f_k = sum C_{i,k+1} / sum C_{i,k} over origins that know both (Mack 1993, eq. 3).

    A factor whose volume is not above nought is NaN. sigma^2_k divides by the pairs of positive volume less one.
    """
    steps = triangle.values.shape[1] - 1
    known, values = triangle.known, triangle.values
    factors, sigma2, volumes, pairs = (np.full(steps, np.nan) for _ in range(4))
    for k in range(steps):
        rows = known > k + 1
        now, then = values[rows, k], values[rows, k + 1]
        volumes[k], pairs[k] = now.sum(), rows.sum()
        if volumes[k] <= 0:
            continue
        factors[k] = then.sum() / volumes[k]
        sigma2[k] = _sigma2(now, then, factors[k])
    return Development(factors, _last_sigma2(sigma2), volumes, pairs)


def _sigma2(now: Floats, then: Floats, factor: float) -> float:
    told = now > 0
    if told.sum() < 2:
        return float("nan")
    ratios = then[told] / now[told]
    return float((now[told] * (ratios - factor) ** 2).sum() / (told.sum() - 1))


def _last_sigma2(sigma2: Floats) -> Floats:
    """Mack's rule for steps that one pair cannot tell, from the two steps before."""
    filled = sigma2.copy()
    for k in range(2, len(filled)):
        if np.isnan(filled[k]) and not np.isnan(filled[k - 2 : k]).any():
            before, last = filled[k - 2], filled[k - 1]
            filled[k] = min(last**2 / before if before > 0 else 0.0, before, last)
    return filled


def chain_ladder(triangle: Triangle) -> Ladder | None:
    """The triangle run to its last age; None where a factor is not known, so that nothing is made up."""
    found = development(triangle)
    if np.isnan(found.factors).any():
        return None
    full = _filled(triangle, found)
    ultimate = full[:, -1]
    single = _errors(triangle, found, full)
    year, total_year = _next_year(triangle, found, full)
    return Ladder(
        found,
        full,
        ultimate,
        ultimate - triangle.latest,
        np.sqrt(single),
        float(np.sqrt(single.sum() + _covariance(triangle, found, ultimate))),
        year,
        total_year,
    )


def _filled(triangle: Triangle, found: Development) -> Floats:
    full = triangle.values.copy()
    for k in range(full.shape[1] - 1):
        missing = triangle.known <= k + 1
        full[missing, k + 1] = full[missing, k] * found.factors[k]
    return full


def _ratio(found: Development) -> Floats:
    """sigma^2_k / f^2_k."""
    return found.sigma2 / found.factors**2


def _errors(triangle: Triangle, found: Development, full: Floats) -> Floats:
    """mse(R_i) = U_i^2 sum_k sigma^2_k/f^2_k (1/C_ik + 1/S_k) (Mack 1993, theorem 3); NaN where sigma is not known."""
    ratio, squared = _ratio(found), np.zeros(len(triangle.origins))
    for place, known in enumerate(triangle.known):
        steps = slice(known - 1, None)
        amounts = full[place, known - 1 : -1]
        with np.errstate(divide="ignore", invalid="ignore"):
            terms = ratio[steps] * (1 / amounts + 1 / found.volumes[steps])
        squared[place] = full[place, -1] ** 2 * terms.sum()
    return squared


def _covariance(triangle: Triangle, found: Development, ultimate: Floats) -> float:
    """Sum over i of U_i (sum of younger U_j) sum_k 2 sigma^2_k / (f^2_k S_k) (Mack 1993, corollary)."""
    shared = 2 * _ratio(found) / found.volumes
    younger = ultimate[::-1].cumsum()[::-1] - ultimate
    parts = [shared[known - 1 :].sum() for known in triangle.known]
    return float((ultimate * younger * np.array(parts)).sum())


def _next_year(triangle: Triangle, found: Development, full: Floats) -> tuple[Floats, float]:
    """Root mean square of next year's claims development result, by origin and in all (Merz and Wuethrich 2008, 3.2).

    Given for a plain triangle, one origin a diagonal; NaN for any other shape.
    """
    origins, ages = full.shape
    plain = origins == ages and (triangle.known == np.arange(ages, 0, -1)).all()
    if not plain:
        return np.full(origins, np.nan), float("nan")
    ratio, last = _ratio(found), triangle.latest[::-1]  # last[j]: the diagonal at age j
    with np.errstate(divide="ignore", invalid="ignore"):
        weight = (last[:-1] / (found.volumes + last[:-1])) ** 2
        later = weight * ratio / found.volumes  # parameter error that stays with later ages
        moved = weight * ratio / last[:-1]  # next diagonals' own noise in those factors
        own, shared = ratio / last[:-1], ratio / found.volumes
    tails = [(later[age + 1 :].sum(), moved[age + 1 :].sum()) for age in range(ages - 1)]
    ultimate, squared, joint = full[:, -1], np.zeros(origins), np.zeros(origins)
    for place in range(1, origins):
        age = ages - 1 - place
        stays, noise = tails[age]
        squared[place] = ultimate[place] ** 2 * (own[age] + shared[age] + stays + noise)
        joint[place] = shared[age] + stays + noise
    younger = ultimate[::-1].cumsum()[::-1] - ultimate
    total = squared.sum() + 2 * (ultimate * younger * joint).sum()
    return np.sqrt(squared), float(np.sqrt(total))
