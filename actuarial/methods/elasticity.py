"""How strongly each audit dimension moves claims: a Poisson regression held near the filed elasticities (DOMAIN 3.6).

    N_i ~ Poisson(E_i exp(level + sum_j beta_j x_ij)),  x_ij = ln(u_ij / q0_ij),  beta_j >= 0
    beta_j ~ Normal(filed_j, sd_j) on beta_j >= 0,  level ~ Normal(0, level_sd)

E_i are claims expected without the fitted terms. The mode by Newton steps that stay at or above nought (the target is
convex); mean and interval by importance sampling from a multivariate t with five degrees of freedom around the mode,
with a stored seed (Robert and Casella, Monte Carlo Statistical Methods, 2004, 3.3).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import InputRefused

Floats = NDArray[np.float64]
DRAWS = 20_000
FREEDOM = 5.0
FEWEST_DRAWS = 500  # effective; below it no interval is told
LARGEST = 50.0  # of a linear predictor; e^50 claims are nobody's


@dataclass(frozen=True)
class Observed:
    """n policies: claims (n,), expected claims without the fitted terms (n,), and x (n, d)."""

    claims: Floats
    expected: Floats
    x: Floats


@dataclass(frozen=True)
class Prior:
    """Filed elasticities (d,), their standard deviations (d,), and that of the level."""

    filed: Floats
    sd: Floats
    level_sd: float


@dataclass(frozen=True)
class Posterior:
    """Level first, then the d elasticities: mode, mean, standard deviation and the 90 % interval of each.

    `draws` is the effective number of draws; `low`, `high` None where it is too small to tell.
    """

    mode: Floats
    mean: Floats
    sd: Floats
    low: Floats | None
    high: Floats | None
    draws: float


def posterior(seen: Observed, prior: Prior, *, seed: int) -> Posterior:
    """What the claims make of the filed elasticities. Raises InputRefused for negative counts or expectations."""
    _refuse_impossible(seen)
    mode = _mode(seen, prior)
    _, _, curve = _target(mode, seen, prior)
    root = np.linalg.cholesky(np.linalg.inv(curve))
    draw = np.random.Generator(np.random.PCG64(seed))
    normal = draw.standard_normal((DRAWS, mode.size))
    stretch = np.sqrt(FREEDOM / draw.chisquare(FREEDOM, DRAWS))[:, None]
    points = mode + stretch * (normal @ root.T)
    weights = _weights(points, (normal * stretch), seen, prior)
    mean = weights @ points
    sd = np.sqrt(weights @ (points - mean) ** 2)
    effective = float(1 / np.square(weights).sum())
    low, high = (_quantile(points, weights, q) for q in (0.05, 0.95)) if effective >= FEWEST_DRAWS else (None, None)
    return Posterior(mode, mean, sd, low, high, effective)


def prior_sds(prior: Prior, *, seed: int) -> Floats:
    """The standard deviation of each elasticity before any claim: the normal cut off at nought is narrower."""
    nothing = Observed(np.zeros(1), np.zeros(1), np.zeros((1, prior.filed.size)))
    return posterior(nothing, prior, seed=seed).sd[1:]


def _target(point: Floats, seen: Observed, prior: Prior) -> tuple[float, Floats, Floats]:
    """Negative log posterior up to a constant, its gradient and its Hessian."""
    design = np.column_stack([np.ones(len(seen.claims)), seen.x])
    predictor = np.clip(design @ point, -LARGEST, LARGEST)
    mu = seen.expected * np.exp(predictor)
    centre, precision = _normal(prior)
    off = point - centre
    value = float(mu.sum() - seen.claims @ predictor + 0.5 * precision @ off**2)
    gradient = design.T @ (mu - seen.claims) + precision * off
    return value, gradient, design.T @ (design * mu[:, None]) + np.diag(precision)


def _normal(prior: Prior) -> tuple[Floats, Floats]:
    centre = np.concatenate([[0.0], prior.filed])
    return centre, 1 / np.concatenate([[prior.level_sd], prior.sd]) ** 2


def _mode(seen: Observed, prior: Prior) -> Floats:
    point, _ = _normal(prior)
    value, gradient, curve = _target(point, seen, prior)
    for _ in range(200):
        free = np.ones(point.size, dtype=bool)
        free[1:] = (point[1:] > 0) | (gradient[1:] < 0)
        step = np.zeros_like(point)
        step[free] = -np.linalg.solve(curve[np.ix_(free, free)], gradient[free])
        length = 1.0
        while True:
            tried = point + length * step
            tried[1:] = np.maximum(tried[1:], 0.0)
            then, *rest = _target(tried, seen, prior)
            if then <= value or length < 1e-9:
                break
            length /= 2
        done = float(np.abs(tried - point).max()) < 1e-12
        point, value, (gradient, curve) = tried, then, rest
        if done:
            break
    return point


def _weights(points: Floats, standard: Floats, seen: Observed, prior: Prior) -> Floats:
    """Normalised target over proposal; nought where an elasticity is negative."""
    design = np.column_stack([np.ones(len(seen.claims)), seen.x])
    centre, precision = _normal(prior)
    size = points.shape[1]
    log_target = np.empty(len(points))
    for start in range(0, len(points), 1000):
        some = points[start : start + 1000]
        predictor = np.clip(design @ some.T, -LARGEST, LARGEST)
        fit = seen.claims @ predictor - seen.expected @ np.exp(predictor)
        log_target[start : start + 1000] = fit - 0.5 * (some - centre) ** 2 @ precision
    log_proposal = -(FREEDOM + size) / 2 * np.log1p(np.square(standard).sum(axis=1) / FREEDOM)
    log_weight = np.where((points[:, 1:] >= 0).all(axis=1), log_target - log_proposal, -np.inf)
    weight = np.exp(log_weight - log_weight.max())
    return np.asarray(weight / weight.sum())


def _quantile(points: Floats, weights: Floats, q: float) -> Floats:
    found = np.empty(points.shape[1])
    for place in range(points.shape[1]):
        order = np.argsort(points[:, place], kind="stable")
        found[place] = points[order, place][np.searchsorted(np.cumsum(weights[order]), q)]
    return found


def _refuse_impossible(seen: Observed) -> None:
    for name, values in (("claims", seen.claims), ("expected", seen.expected), ("x", seen.x)):
        if not np.isfinite(values).all() or (name != "x" and (values < 0).any()):
            raise InputRefused(f"{name} holds what is no count.", field=name, limit="finite, 0 or more")
