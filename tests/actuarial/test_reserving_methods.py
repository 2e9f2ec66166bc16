"""Chain ladder, Mack, Bornhuetter-Ferguson, Cape Cod: published figures, another package, a simulation."""

from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from actuarial.methods.mack import chain_ladder, development
from actuarial.methods.reserving import pattern_checked, reserves
from actuarial.methods.triangle import Move, Years, triangle_accumulated, triangle_of, triangle_read
from core.errors import InputRefused
from tests.actuarial.triangles import PUBLISHED, published, random_triangle

RAA_FACTORS = (2.999359, 1.623523, 1.270888, 1.171675, 1.113385, 1.041935, 1.033264, 1.016936, 1.009217)
PATTERN = (0.4, 0.8, 1.0)


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_reserves_and_their_errors(name):
    ibnr, error, next_year = PUBLISHED[name]
    ladder = chain_ladder(published(name))
    assert ladder.reserve.sum() == pytest.approx(ibnr, abs=0.005)
    assert ladder.total_error == pytest.approx(error, abs=0.006)
    assert ladder.total_next_year_error == pytest.approx(next_year, abs=0.006)


def test_factors_of_the_raa_triangle():
    assert np.round(development(published("raa")).factors, 6) == pytest.approx(RAA_FACTORS)


def test_bornhuetter_ferguson_of_the_raa_triangle():
    triangle = published("raa")
    found = reserves(triangle, apriori=np.full(10, 20_000.0), premium=np.zeros(10), pattern=PATTERN)
    assert found.methods[0].total == pytest.approx(53_716.60, abs=0.005)
    assert found.selected.name == "Chain ladder"


def test_a_random_triangle_by_the_package():
    chainladder = pytest.importorskip("chainladder")
    import pandas as pd

    rng = np.random.default_rng(20261126)
    for years in (4, 7, 11):
        triangle = random_triangle(rng, years)
        rows = [
            (int(origin), int(origin) + age, triangle.values[place, age])
            for place, origin in enumerate(triangle.origins)
            for age in range(years - place)
        ]
        frame = pd.DataFrame(rows, columns=["origin", "development", "values"])
        sample = chainladder.Triangle(
            frame, origin="origin", development="development", columns="values", cumulative=True
        )
        made = chainladder.Development(average="volume", sigma_interpolation="mack").fit_transform(sample)
        theirs = chainladder.MackChainladder().fit(made)
        ours = chain_ladder(triangle)
        assert ours.reserve.sum() == pytest.approx(float(theirs.ibnr_.sum()), rel=1e-9)
        assert ours.total_error == pytest.approx(float(theirs.total_mack_std_err_.values[0, 0]), rel=1e-9)


def test_cape_cod_is_the_ratio_that_explains_what_is_known():
    triangle = random_triangle(np.random.default_rng(1), 6)
    premium = np.linspace(2000, 4000, 6)
    found = reserves(triangle, apriori=premium * 0.5, premium=premium, pattern=PATTERN)
    cdf = found.to_ultimate[triangle.known - 1]
    assert (found.elr * premium / cdf).sum() == pytest.approx(triangle.latest.sum())
    assert found.methods[2].reserve == pytest.approx(found.elr * premium * (1 - 1 / cdf))


def test_next_years_error_is_what_a_simulation_of_next_year_shows():
    """Mack's model simulated one year on, the parameters' own error added: the spread of the re-estimated ultimates."""
    triangle = published("ukmotor")
    ladder, known = chain_ladder(triangle), triangle.known
    rng, steps = np.random.default_rng(7), len(triangle.ages) - 1
    found = ladder.development
    changes = []
    for _ in range(4000):
        drawn = found.factors + rng.normal(size=steps) * np.sqrt(found.sigma2 / found.volumes)
        sums, volumes = found.factors * found.volumes, found.volumes.copy()
        moved = {}
        for place in range(1, len(known)):
            age = known[place] - 1
            now = triangle.latest[place]
            moved[place] = now * drawn[age] + rng.normal() * np.sqrt(found.sigma2[age] * now)
            sums[age] += moved[place]
            volumes[age] += now
        later = sums / volumes
        changes.append(sum(then * later[known[place] :].prod() for place, then in moved.items()))
    assert np.std(changes) == pytest.approx(ladder.total_next_year_error, rel=0.05)


def test_a_triangle_without_volume_makes_no_factor_up():
    triangle = triangle_of(["1", "2", "3"], [12, 24, 36], [[0, 0, 5], [0, 0], [0]])
    assert chain_ladder(triangle) is None
    found = reserves(triangle, apriori=np.array([10.0, 10, 10]), premium=np.zeros(3), pattern=PATTERN)
    assert (found.selected.name, found.pattern_from) == ("Bornhuetter-Ferguson", "the assumed pattern")
    assert found.selected.reserve == pytest.approx([0, 2, 6])


def test_without_factors_and_without_an_apriori_nothing_is_made_up():
    triangle = triangle_of(["1", "2", "3"], [12, 24, 36], [[0, 0, 5], [0, 0], [0]])
    with pytest.raises(InputRefused, match="no expected loss"):
        reserves(triangle, apriori=np.zeros(3), premium=np.zeros(3), pattern=PATTERN)


def test_a_young_triangle_leaves_the_price_its_say():
    triangle = triangle_of(["1", "2", "3"], [12, 24, 36], [[5, 8, 9], [4, 9], [6]])
    found = reserves(triangle, apriori=np.full(3, 10.0), premium=np.zeros(3), pattern=PATTERN)
    assert found.selected.name == "Bornhuetter-Ferguson"
    assert found.ladder is not None


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([[1, None, 3], [1, 2], [1]], "hole"),
        ([[1, 2], [1, 2], [1]], "knows too little"),
        ([[1, 2, 3], [1], [1, 2]], "younger origin"),
        ([[1, 2, float("nan")], [1, 2], [1]], "number"),
        ([[1, 2, True], [1, 2], [1]], "number"),
        ([[1, 2, "1e400"], [1, 2], [1]], "number"),
        ([[1, 2, 3], [1, 2]], "do not fit"),
        ([[1, 2, 3], [1, 2], []], "knows too little"),
        ([[1, 2, 3], [1, 2], "1"], "do not fit"),
    ],
)
def test_what_is_no_triangle_is_refused(rows, said):
    with pytest.raises(InputRefused) as refused:
        triangle_of(["a", "b", "c"], [12, 24, 36], rows)
    assert said in refused.value.message or said in (refused.value.limit or "")


def test_a_document_without_values_is_refused():
    with pytest.raises(InputRefused, match="values is missing"):
        triangle_read({"origins": ["a", "b"], "ages": [12, 24]})


@pytest.mark.parametrize("pattern", [[], [0, 1], [0.5, 0.4, 1], [0.5, 0.9]])
def test_a_pattern_that_does_not_rise_to_one_is_refused(pattern):
    with pytest.raises(InputRefused):
        pattern_checked(pattern, 3)


def test_moves_fall_into_years_that_end_on_the_valuations_day():
    years = Years(date(2026, 11, 26), 3)
    moves = [
        Move(date(2024, 11, 26), date(2024, 11, 26), Decimal(1)),  # last day of the oldest year
        Move(date(2024, 11, 27), date(2025, 11, 27), Decimal(2)),  # first day of the second, booked in the third
        Move(date(2026, 1, 1), date(2026, 11, 26), Decimal(4)),
        Move(date(2023, 11, 26), date(2024, 1, 1), Decimal(8)),  # before the first year
    ]
    triangle = triangle_accumulated(moves, years)
    assert np.nan_to_num(triangle.values, nan=-1).tolist() == [[1, 1, 1], [0, 2, -1], [4, -1, -1]]


def test_moves_add_up_to_the_last_diagonal_whatever_their_dates():
    rng = np.random.default_rng(3)
    valued = date(2026, 2, 28)
    for _ in range(200):
        count = int(rng.integers(2, 8))
        years = Years(valued, count)
        moves = []
        for _ in range(30):
            origin = date.fromordinal(valued.toordinal() - int(rng.integers(0, 365 * count)))
            booked = date.fromordinal(int(rng.integers(origin.toordinal(), valued.toordinal() + 1)))
            moves.append(Move(origin, booked, Decimal(int(rng.integers(-50, 100)))))
        expected = [sum(m.amount for m in moves if years.place(m.origin) == place) for place in range(count)]
        assert triangle_accumulated(moves, years).latest.tolist() == [float(one) for one in expected]
