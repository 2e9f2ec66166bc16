"""Data sets of the scaffolding corpus: (rows float64[n, d], outcome, place of the protected or hidden input).

TUNING was looked at while the check was made. So was FIRST, in the end: it was the test of a first form of the check,
whose misses led to the second. TESTING was measured once, when all figures of the second form were fixed.
"""

from collections.abc import Callable

import numpy as np
import statsmodels.api
from engine_examples import table
from sklearn import datasets

Data = tuple[np.ndarray, np.ndarray, int]
MOST_ROWS = 1_200


def _some(rows: np.ndarray, outcome: np.ndarray, hidden: int) -> Data:
    chosen = np.random.default_rng(1).permutation(len(rows))[:MOST_ROWS]
    return rows[chosen].astype(float), outcome[chosen].astype(int), hidden


def _codes(frame) -> np.ndarray:
    columns = [
        frame[name].fillna(frame[name].median())
        if frame[name].dtype.kind in "iuf"
        else frame[name].astype("category").cat.codes
        for name in frame
    ]
    return np.column_stack([np.asarray(column, float) for column in columns])


def german() -> Data:
    found = table("german_credit.csv").drop(columns=["row_id", "age_group", "personal_status_and_sex"])
    outcome = (found.pop("creditability") == "bad").to_numpy()
    return _some(_codes(found), outcome, list(found).index("sex"))


def correlated(seed: int = 1, n: int = 1_200, d: int = 10) -> Data:
    """Normal columns with three common factors; the first is cut to two values."""
    rng = np.random.default_rng(seed)
    load = rng.standard_normal((d, 3))
    rows = rng.multivariate_normal(np.zeros(d), load @ load.T + np.eye(d) / 2, n)
    rows[:, 0] = rows[:, 0] > 0
    margin = rows @ rng.standard_normal(d)
    return rows, (margin / margin.std() + 0.7 * rng.standard_normal(n) > 0).astype(int), 0


def households(seed: int = 2, n: int = 1_200) -> Data:
    """Whole, skewed and coded columns that hang together as in an application for credit."""
    rng = np.random.default_rng(seed)
    sex, age = rng.integers(0, 2, n), rng.integers(18, 80, n)
    income = np.exp(7 + 0.01 * age + 0.3 * sex + 0.4 * rng.standard_normal(n))
    debt, job = income * rng.beta(2, 5, n), (income > np.median(income)) + rng.integers(0, 3, n)
    school = np.clip(np.rint((np.log(income) - 7) * 2 + rng.standard_normal(n)), 0, 5)
    children, zone = rng.poisson(np.clip((age - 20) / 20, 0, 2)), rng.integers(0, 6, n)
    stayed = np.round(np.minimum(age - 18, rng.exponential(8, n)), 1)
    rows = np.column_stack([sex, age, income, debt, job, school, children, zone, stayed]).astype(float)
    margin = 2 * debt / income - 0.02 * age - 0.2 * school + 0.3 * children + 0.4 * rng.standard_normal(n)
    return rows, (margin > np.median(margin)).astype(int), 0


def compas() -> Data:
    found = table("compas_two_years.csv")
    found["race"] = (found.race == "African-American").astype(int)
    names = ["race", "sex", "age", "juv_fel_count", "juv_misd_count", "juv_other_count", "priors_count"]
    return _some(
        _codes(found[[*names, "c_charge_degree", "days_b_screening_arrest"]]), found.two_year_recid.to_numpy(), 0
    )


def california() -> Data:
    found = table("california_housing_predictions.csv.gz")
    names = ["MedInc", "HouseAge", "AveRooms", "AveBedrms", "Population", "AveOccup", "Latitude", "Longitude"]
    return _some(found[names].to_numpy(), found.clf_target.to_numpy(), 0)


def cancer() -> Data:
    found = datasets.load_breast_cancer()
    return _some(found.data, found.target, 3)


def diabetes() -> Data:
    found = datasets.load_diabetes()
    return _some(found.data, found.target > np.median(found.target), 1)


def digits() -> Data:
    """The pixels that vary; is the digit above four?"""
    found = datasets.load_digits()
    return _some(found.data[:, found.data.std(axis=0) > 4.5], found.target > 4, 5)


def clusters(seed: int = 11, n: int = 1_200, d: int = 12) -> Data:
    """Four clusters, one skewed column, one of whole numbers, one of two values."""
    rng = np.random.default_rng(seed)
    cluster = rng.integers(0, 4, n)
    rows = 2 * rng.standard_normal((4, d))[cluster] + rng.standard_normal((n, d))
    rows[:, 3], rows[:, 5], rows[:, 1] = np.exp(rows[:, 3] / 2), np.rint(rows[:, 5]), rows[:, 1] > 0
    return rows, ((cluster % 2 == 0) ^ (rng.random(n) < 0.15)).astype(int), 1


def derived(seed: int = 12, n: int = 1_200) -> Data:
    """Skewed columns, and two that are nearly a sum and a product of others."""
    rng = np.random.default_rng(seed)
    rows = rng.gamma(2, 1, (n, 8))
    rows[:, 0] = rng.integers(0, 2, n)
    rows[:, 6] = rows[:, 1] + rows[:, 2] + 0.2 * rng.standard_normal(n)
    rows[:, 7] = rows[:, 3] * rows[:, 4] + 0.3 * rng.standard_normal(n)
    margin = rows[:, 1] - rows[:, 3] + 0.5 * rows[:, 7] + 0.5 * rng.standard_normal(n)
    return rows, (margin > np.median(margin)).astype(int), 0


def _bundled(name: str):
    return getattr(statsmodels.api.datasets, name).load_pandas().data


def marriages() -> Data:
    """Fair 1978: few values a column, many rows alike."""
    found = _bundled("fair")
    outcome = found.pop("affairs").to_numpy() > 0
    return _some(found.to_numpy(), outcome, 4)


def voters() -> Data:
    """American National Election Study 1996."""
    found = _bundled("anes96").drop(columns=["popul"])
    outcome = found.pop("vote").to_numpy()
    return _some(found.to_numpy(), outcome, list(found).index("age"))


def patients() -> Data:
    """RAND health insurance experiment; does a person see a doctor more than twice?"""
    found = _bundled("randhie")
    outcome = found.pop("mdvis").to_numpy() > 2
    return _some(found.to_numpy(), outcome, list(found).index("idp"))


def schools() -> Data:
    """Californian schools 1998, with products of columns among the columns; 303 rows."""
    found = _bundled("star98")
    outcome = (found.pop("NABOVE") > found.pop("NBELOW")).to_numpy()
    return _some(found.to_numpy(), outcome, list(found).index("PERBLACK"))


def ring(seed: int = 21, n: int = 1_200) -> Data:
    """A closed curve in nine dimensions with a little noise, and a column of two values."""
    rng = np.random.default_rng(seed)
    angle = rng.uniform(0, 2 * np.pi, n)
    waves = [wave(turns * angle) for turns in (1, 2, 3) for wave in (np.sin, np.cos)]
    rows = np.column_stack([*waves, np.exp(np.sin(angle)), angle, rng.integers(0, 2, n)])
    rows[:, :8] += 0.15 * rng.standard_normal((n, 8))
    return rows, (np.sin(2 * angle) + 0.4 * rng.standard_normal(n) > 0).astype(int), 8


def questionnaire(seed: int = 22, n: int = 1_200, d: int = 14) -> Data:
    """Answers from 1 to 5 with two common factors; the last column is sex."""
    rng = np.random.default_rng(seed)
    factors, sex = rng.standard_normal((n, 2)), rng.integers(0, 2, n)
    factors[:, 0] += 0.5 * sex
    answers = factors @ rng.standard_normal((2, d - 1)) + 0.6 * rng.standard_normal((n, d - 1))
    rows = np.column_stack([np.clip(np.rint(answers + 3), 1, 5), sex])
    return rows, (factors.sum(axis=1) + 0.6 * rng.standard_normal(n) > 0).astype(int), d - 1


def readings(seed: int = 23, n: int = 1_200, d: int = 12) -> Data:
    """Successive readings of a slow process, and the sensor's type."""
    rng = np.random.default_rng(seed)
    steps = rng.standard_normal((n, d - 1))
    for place in range(1, d - 1):
        steps[:, place] = 0.85 * steps[:, place - 1] + 0.5 * steps[:, place]
    rows = np.column_stack([rng.integers(0, 2, n), steps])
    return rows, (rows[:, -1] + rows[:, -2] + 0.5 * rng.standard_normal(n) > 0).astype(int), 0


def purses(seed: int = 24, n: int = 1_200) -> Data:
    """Amounts that are often nought, shares that add up to one, and counts."""
    rng = np.random.default_rng(seed)
    region = rng.integers(0, 2, n)
    wealth = np.exp(rng.standard_normal(n) + 0.4 * region)
    shares = rng.dirichlet([2, 1, 1, 0.5], n) * 100
    owed = np.where(rng.random(n) < 0.4, 0, wealth * rng.gamma(2, 0.4, n))
    rows = np.column_stack([region, wealth, owed, shares, rng.poisson(wealth), wealth - owed, rng.integers(18, 70, n)])
    return rows, (owed / wealth + 0.3 * rng.standard_normal(n) > 0.5).astype(int), 0


TUNING: dict[str, Callable[[], Data]] = {"german": german, "correlated": correlated, "households": households}
FIRST: dict[str, Callable[[], Data]] = {
    "compas": compas,
    "california": california,
    "cancer": cancer,
    "diabetes": diabetes,
    "digits": digits,
    "clusters": clusters,
    "derived": derived,
    "correlated again": lambda: correlated(13, d=16),
}
TESTING: dict[str, Callable[[], Data]] = {
    "marriages": marriages,
    "voters": voters,
    "patients": patients,
    "schools": schools,
    "ring": ring,
    "questionnaire": questionnaire,
    "readings": readings,
    "purses": purses,
}
