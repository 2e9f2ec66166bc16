"""Triangles for tests: those of the data folder, and random ones."""

import csv
from pathlib import Path

import numpy as np

from actuarial.methods.triangle import Triangle, triangle_of

DATA = Path(__file__).parent / "data"
# Mack (1994) p. 110 ff., Barnett and Zehnwirth, Christofides: IBNR, Mack's standard error, and that of the one-year
# claims development result, each as the package chainladder 0.10.1 gives it.
PUBLISHED = {
    "raa": (52_135.23, 26_909.01, 25_181.95),
    "abc": (5_277_760.36, 152_283.14, 116_841.24),
    "ukmotor": (28_655.77, 1_417.27, 1_024.36),
}


def published(name: str) -> Triangle:
    with (DATA / f"{name}.csv").open() as file:
        cells = {(int(row["origin"]), int(row["development"])): float(row["values"]) for row in csv.DictReader(file)}
    years = sorted({origin for origin, _ in cells})
    rows = [[cells[year, year + age] for age in range(len(years) - place)] for place, year in enumerate(years)]
    return triangle_of([str(year) for year in years], [12 * (age + 1) for age in range(len(years))], rows)


def random_triangle(rng: np.random.Generator, years: int) -> Triangle:
    """Gamma increments: positive, noisy, decreasing."""
    means = 1000 * 0.6 ** np.arange(years)
    full = np.cumsum(rng.gamma(4.0, means / 4, (years, years)), axis=1)
    rows = [full[place, : years - place].tolist() for place in range(years)]
    return triangle_of([str(2000 + y) for y in range(years)], [12 * (age + 1) for age in range(years)], rows)
