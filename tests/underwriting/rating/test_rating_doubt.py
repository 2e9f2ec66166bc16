"""The parameter-risk load by dimension: it adds up, knows no order, and is nobody else's doubt."""

from decimal import Decimal
from functools import cache
from itertools import permutations

import pytest

from tests.underwriting.rating.rating_examples import evidence, plan, rate, risk
from underwriting.rating.changes import doubts
from underwriting.rating.loss import basis, relativities
from underwriting.rating.relativity import at_points, readings

FILED = plan()


def found(**changed):
    return {one.dimension: one for one in doubts(risk(), evidence(**changed), FILED)}


def by_every_order(given):
    """The mean over all orders, one dimension after another from its point to its bound: 720 walks."""
    rated, bounds = basis(risk(), FILED), readings(risk(), given, FILED)
    points = at_points(bounds, given)
    added = dict.fromkeys(bounds, Decimal(0))
    orders = list(permutations(bounds))

    @cache
    def pure(at_bound):
        mixed = {name: bounds[name] if name in at_bound else points[name] for name in bounds}
        return rated.pure_premium(relativities(mixed, FILED))

    for order in orders:
        for place, name in enumerate(order):
            added[name] += pure(frozenset(order[: place + 1])) - pure(frozenset(order[:place]))
    return {name: amount / len(orders) for name, amount in added.items()}


def test_the_worked_example_adds_up_in_both_columns():
    rows = found().values()
    assert sum(one.load for one in rows) == Decimal("2958.81")
    assert sum(one.customer_load for one in rows) == Decimal("4260.69")


def test_each_part_is_the_mean_over_every_order():
    parts = found()
    for name, mean in by_every_order(evidence()).items():
        assert abs(parts[name].load - mean) < Decimal("0.01") if name in parts else mean == 0


def test_what_was_not_measured_or_is_known_exactly_costs_nothing_here():
    parts = found(without=("robustness",))
    assert "robustness" not in parts
    assert sum(one.load for one in parts.values()) == rate(without=("robustness",)).figures.parameter_risk.load


@pytest.mark.parametrize("rows", [500, 2000, 20_000])
def test_more_rows_leave_less_doubt_in_their_dimension(rows):
    here = found(stated={"error": {"k": rows * 3 // 100, "n": rows}})
    more = found(stated={"error": {"k": rows * 6 // 100, "n": rows * 2}})
    assert more["error"].load < here["error"].load


def test_the_largest_comes_first():
    loads = [one.load for one in doubts(risk(), evidence(), FILED)]
    assert loads == sorted(loads, reverse=True)
