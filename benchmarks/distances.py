"""P6: how far two samples of many columns lie apart, beside scipy and polars.

alibi-detect and nannyml compute KS by scipy and are not installed here; scipy's own time stands for them.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from audits.engine.distances import Apart, apart_all, stability
from benchmarks.measure import Case, Figures
from benchmarks.population import SEED

BINS = 10
WORKERS = 2  # threads of ours; polars takes what it finds
Pair = tuple[NDArray[np.float64], NDArray[np.float64]]


def pairs_of(rows: int, columns: int) -> list[Pair]:
    """Pairs of samples: smooth, skewed, heavy tails, point masses, whole numbers, cents, far offsets, two clumps."""
    return [_pair(np.random.default_rng([SEED, place]), place, rows) for place in range(columns)]


def _pair(rng: np.random.Generator, place: int, rows: int) -> Pair:
    move, kind = 0.01 * (1 + place % 7), place % 10
    normal = [rng.normal(0, 1, rows), rng.normal(move, 1, rows)]
    if kind < 3:
        found = [5 + part * (1 + kind) for part in normal]
    elif kind == 3:
        found = [np.exp(2 * part) for part in normal]
    elif kind == 4:
        found = [rng.standard_cauchy(rows), (1 + move) * rng.standard_cauchy(rows)]
    elif kind == 5:
        found = [
            np.where(rng.random(rows) < 0.3 + each, 0.0, np.abs(part))
            for each, part in zip((0, move), normal, strict=True)
        ]
    elif kind == 6:
        found = [np.floor(40 + 15 * part) for part in normal]
    elif kind == 7:
        found = [np.round(30 * part, 2) for part in normal]
    elif kind == 8:
        found = [1.7e9 + 1e6 * part for part in normal]
    else:
        found = [rng.pareto(1.5, rows), rng.pareto(1.5 - move, rows)]
    return found[0], found[1]


def cases(rows: int, columns: int) -> Iterator[Case]:
    """Two rows of the table: KS and W1 beside scipy, PSI beside polars; ours computes all three in both."""
    pairs = pairs_of(rows, columns)
    apart_all([(np.arange(200_000.0), np.zeros(200_000))], BINS)  # compiled before it is timed
    told = f"{columns} columns, {rows:,} + {rows:,} rows"
    yield Case(
        f"P6 KS and W1 (ours: PSI too), {told}",
        lambda: _ours(pairs),
        "scipy",
        lambda: _scipy(pairs),
        "scipy",
        tolerance=1e-4,
    )
    frames = _polars_frames(pairs)
    if frames is not None:
        yield Case(
            f"P6 PSI (ours: KS, W1 too), {told}",
            lambda: _ours_psi(pairs),
            "polars",
            lambda: _polars(frames),
            "polars",
            tolerance=1e-4,
        )


def _all(pairs: list[Pair]) -> list[Apart]:
    return [found for found in apart_all(pairs, BINS, WORKERS) if found is not None]


def _ours(pairs: list[Pair]) -> Figures:
    """KS, and W1 in standard deviations of the first sample."""
    return np.array([(found.ks, found.area / found.scale, stability(*found.bins).value) for found in _all(pairs)])[
        :, :2
    ]


def _ours_psi(pairs: list[Pair]) -> Figures:
    return np.array([stability(*found.bins).value for found in _all(pairs)])


def _scipy(pairs: list[Pair]) -> Figures:
    return np.array(
        [(stats.ks_2samp(a, b, method="asymp").statistic, stats.wasserstein_distance(a, b) / a.std()) for a, b in pairs]
    )


def _polars_frames(pairs: list[Pair]) -> Any:
    """Both samples as polars frames, made before the clock runs; None where polars is not installed."""
    try:
        import polars
    except ImportError:
        return None
    return tuple(polars.DataFrame({f"x{place}": pair[side] for place, pair in enumerate(pairs)}) for side in (0, 1))


def _polars(frames: Any) -> Figures:
    """PSI by polars, as fast as we could make it: each column sorted once for all quantiles of the first sample, then
    all counts at or below them in one query a sample (faster than a query a quantile, and as fast as cutting)."""
    import polars

    rank = (frames[0].height - 1) * np.arange(1, BINS) / BINS
    ranks = np.concatenate([np.floor(rank), np.ceil(rank)]).astype(int)
    ends = frames[0].lazy().select([polars.col(name).sort().gather(ranks) for name in frames[0].columns]).collect()
    edges = {}
    for name in frames[0].columns:
        low, high = np.split(ends[name].to_numpy(), 2)
        edges[name] = np.unique(low + (high - low) * (rank % 1))
    counts = [
        (polars.col(name) <= edge).sum().alias(f"{name} {place}")
        for name, found in edges.items()
        for place, edge in enumerate(found.tolist())
    ]
    below = [frame.lazy().select(counts).collect().row(0, named=True) for frame in frames]
    return np.array([_psi(name, len(edges[name]), below, (frames[0].height, frames[1].height)) for name in edges])


def _psi(name: str, edges: int, below: Any, rows: tuple[int, int]) -> float:
    bins = [
        np.diff([0, *(counts[f"{name} {place}"] for place in range(edges)), total]).astype(np.float64)
        for counts, total in zip(below, rows, strict=True)
    ]
    return stability(*bins).value
