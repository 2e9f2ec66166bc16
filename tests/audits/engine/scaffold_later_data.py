"""The data sets of the scaffolding corpus's last test: nine that nobody had looked at, four of them real.

Each gives (rows float64[n, d], outcome, place of the protected or hidden input); at most 1,200 rows.
"""

import gzip
from collections.abc import Callable
from importlib.resources import files
from io import StringIO

import numpy as np
import pandas as pd
import statsmodels.api
from scaffold_data import Data, _bundled, _codes, _some
from scipy import stats
from sklearn.datasets import load_sample_image


def _packaged(number: int) -> pd.DataFrame:
    """A data set that scikit-learn brings for its own tests; columns by place."""
    folder = files("sklearn.datasets.tests.data.openml") / f"id_{number}"
    packed = next(entry for entry in folder.iterdir() if entry.name.startswith("data-v1"))
    text = gzip.decompress(packed.read_bytes()).decode()
    return pd.read_csv(StringIO(text[text.lower().index("@data") + 6 :]), header=None, na_values="?")


def passengers() -> Data:
    """The Titanic's: class, sex, age, relatives, fare and port; who survived?"""
    found = _packaged(40945)
    return _some(_codes(found[[0, 3, 4, 5, 6, 8, 10]]), found[1].to_numpy(), 1)


def endgames() -> Data:
    """Chess, king and rook against king and pawn: 36 columns of two or three values; does white win?"""
    found = _packaged(3).apply(lambda column: column.str.strip("'"))
    outcome = (found.pop(36) == "won").to_numpy()
    return _some(_codes(found), outcome, 5)


def travellers() -> Data:
    """Greene's choices of a way to travel: four rows a person, which share income and party."""
    found = _bundled("modechoice").drop(columns=["individual"])
    outcome = found.pop("choice").to_numpy()
    return _some(found.to_numpy(), outcome, list(found).index("hinc"))


def air() -> Data:
    """Carbon dioxide on Mauna Loa: seven weeks, their change and the season; does the eighth bring more?"""
    series = statsmodels.api.datasets.co2.load_pandas().data["co2"].interpolate()
    weeks = np.lib.stride_tricks.sliding_window_view(series.to_numpy(), 8)
    season = np.asarray(series.index.month[7:])
    rows = np.column_stack([weeks[:, :7], weeks[:, 6] - weeks[:, 0], season, season > 6])
    return _some(rows, weeks[:, 7] > weeks[:, 6], 9)


def pixels() -> Data:
    """Nine neighbouring greys of a photograph and three colours; is the middle lighter than what is around it?"""
    picture = load_sample_image("china.jpg").astype(float)
    rng = np.random.default_rng(5)
    down, across = rng.integers(2, picture.shape[0] - 2, 2_000), rng.integers(2, picture.shape[1] - 2, 2_000)
    grey = picture.mean(axis=2)
    near = [grey[down + 2 * one, across + 2 * other] for one in (-1, 0, 1) for other in (-1, 0, 1)]
    rows = np.column_stack([*near, picture[down, across]])
    return _some(rows, rows[:, 4] > rows[:, [1, 3, 5, 7]].mean(axis=1), 9)


def network(seed: int = 41, n: int = 1_200) -> Data:
    """A Bayesian network of eleven categories: each hangs on one or two that stand before it."""
    rng = np.random.default_rng(seed)
    sizes = [2, 4, 3, 5, 3, 2, 4, 6, 3, 4, 2]
    columns: list[np.ndarray] = []
    for place, size in enumerate(sizes):
        parents = [columns[other] for other in rng.permutation(place)[:2]]
        tables = rng.dirichlet(np.full(size, 0.5), 40)
        state = sum((7 * turn + 3) * parent for turn, parent in enumerate(parents)) if parents else np.zeros(n)
        shares = tables[np.asarray(state, int) % 40].cumsum(axis=1)
        columns.append((rng.random((n, 1)) > shares).sum(axis=1).clip(0, size - 1))
    rows = np.column_stack(columns).astype(float)
    margin = rows[:, 1] - rows[:, 3] + 1.5 * (rows[:, 7] > 2) + rng.standard_normal(n)
    return rows, (margin > np.median(margin)).astype(int), 0


def amounts(seed: int = 42, n: int = 1_200) -> Data:
    """Student's copula, three degrees of freedom, with the margins of money: skewed, heavy, capped and rounded."""
    rng = np.random.default_rng(seed)
    load = rng.standard_normal((9, 4))
    spread = load @ load.T + 0.4 * np.eye(9)
    joint = rng.multivariate_normal(np.zeros(9), spread, n) / np.sqrt(spread.diagonal())
    share = stats.t.cdf(joint / np.sqrt(rng.chisquare(3, (n, 1)) / 3), 3)
    rows = np.column_stack(
        [
            share[:, 0] > 0.45,
            np.round(np.exp(8 + 1.2 * stats.norm.ppf(share[:, 1])), -1),
            np.round(stats.pareto.ppf(share[:, 2], 1.7) * 500),
            np.minimum(stats.gamma.ppf(share[:, 3], 0.8) * 2_000, 5_000),
            stats.weibull_min.ppf(share[:, 4], 0.7) * 90,
            np.round(stats.beta.ppf(share[:, 5], 2, 3), 2),
            np.where(share[:, 6] < 0.5, 0, stats.lognorm.ppf(share[:, 6], 1)),
            stats.uniform.ppf(share[:, 7], 18, 60).round(),
            np.ceil(share[:, 8] * 8),
        ]
    )
    margin = stats.norm.ppf(share[:, [1, 2, 4, 6]]) @ [1, -1, 0.6, 0.8] + 0.6 * rng.standard_normal(n)
    return rows, (margin > 0).astype(int), 0


def claims(seed: int = 43, n: int = 1_200) -> Data:
    """Counts with many noughts, in three classes of risk, and how long each was observed."""
    rng = np.random.default_rng(seed)
    risk, exposed = rng.choice(3, n, p=[0.5, 0.35, 0.15]), rng.uniform(0.2, 3, n)
    frail = rng.gamma(1.5, 1 / 1.5, n)
    rates = np.array([[0.3, 0.8, 2.0], [3, 1, 4], [0.2, 2.5, 1], [5, 8, 12], [1, 0.3, 3]])
    counts = rng.poisson(rates[:, risk].T * (exposed * frail)[:, None])
    zone = (risk + rng.choice(3, n, p=[0.7, 0.2, 0.1])) % 3
    rows = np.column_stack(
        [exposed.round(2), counts, counts.sum(axis=1), zone, rng.random(n) < 0.3 + 0.2 * (risk == 1)]
    )
    return rows.astype(float), (rng.random(n) < 0.1 + 0.25 * risk + 0.04 * counts[:, 0]).astype(int), 8


def windows(seed: int = 44, n: int = 1_200) -> Data:
    """Told of a stretch of a series: mean, deviation, slope, least, largest, last, turns, energy; two regimes."""
    rng = np.random.default_rng(seed)
    regime = rng.integers(0, 2, n)
    steps = rng.standard_normal((n, 24)) * np.where(regime, 1.5, 0.7)[:, None]
    walk = steps.cumsum(axis=1) * 0.4 + np.sin(np.arange(24) / 3) * rng.gamma(2, 1, (n, 1))
    change = np.diff(walk, axis=1)
    told = [walk.mean(1), walk.std(1), walk[:, -1] - walk[:, 0], walk.min(1), walk.max(1), walk[:, -1]]
    told += [(np.sign(change[:, 1:]) != np.sign(change[:, :-1])).sum(1), (change**2).sum(1), np.median(walk, axis=1)]
    rows = np.column_stack([*told, rng.integers(0, 2, n)])
    return rows, (walk[:, -1] + steps[:, :2].sum(1) > np.median(walk)).astype(int), 9


LATER: dict[str, Callable[[], Data]] = {
    "passengers": passengers,
    "endgames": endgames,
    "travellers": travellers,
    "air": air,
    "pixels": pixels,
    "network": network,
    "amounts": amounts,
    "claims": claims,
    "windows": windows,
}
