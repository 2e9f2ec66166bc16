"""Searched slices: counted as a loop would, confirmed by an exact test, false ones held to their level, planted ones
found."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from engine_examples import BINARY, check, frame_of, rows_of
from scipy import stats

from audits.engine import frame_from_arrays, run_suite, spec_parse
from audits.engine.banding import MISSING, RARE, banded
from audits.engine.bounds import Rate, cp_lower, wilson
from audits.engine.frame import column_from
from audits.engine.registry import check_named, plan_read
from audits.engine.slice_search import SearchPlan, _Half, _Seeker, least_seen, search, worse_p
from audits.suites import suite_load

EDITION = suite_load("PAS-2026.3")
FILED = plan_read(SearchPlan, next(each.figures for each in EDITION.checks if each.name == "slice_search"))
SMALL = replace(FILED, least_rows=40)
SHORT = replace(EDITION, checks=tuple(each for each in EDITION.checks if each.name in ("data", "slice_search")))


def people(rows: int, seed: int, columns: int = 5):
    rng = np.random.default_rng(seed)
    return rng, rng.normal(size=(rows, columns))


def bands(matrix, plan=SMALL):
    columns = [column_from(f"x{place}", matrix[:, place]) for place in range(matrix.shape[1])]
    return [banded(column, plan.bands, plan.most_values, plan.least_rows) for column in columns]


def audit(arrays, spec=BINARY, suite=SHORT, seed=5, **more):
    frame = arrays if not isinstance(arrays, dict) else frame_from_arrays(arrays)
    return run_suite(frame, spec_parse(spec), suite, seed=seed, dataset_digest="", **more)


def test_every_slice_is_counted_as_a_loop_would():
    rng, matrix = people(900, 1, 4)
    columns, harm = bands(matrix), rng.random(900) < 0.3
    seeker = _Seeker(columns, _Half([column.codes for column in columns], harm), SMALL, lambda _text: None)
    seeker.ranked()
    counted = 0
    table = pd.DataFrame({place: column.codes for place, column in enumerate(columns)}).assign(harm=harm)
    for depth in (1, 2, 3):
        for chosen in combinations(range(4), depth):
            groups = table.groupby(list(chosen))["harm"].agg(["size", "sum"])
            counted += int((groups["size"] >= SMALL.least_rows).sum())
            if depth < 3:
                for cell, row in groups.iterrows():
                    place = cell if isinstance(cell, tuple) else (cell,)
                    assert seeker.rates[chosen][place] == pytest.approx(row["sum"] / row["size"])
    assert sum(level.slices for level in seeker.levels) == counted
    by_rows = {item.conditions: item.rate for item in seeker.best}
    for conditions, rate in by_rows.items():
        where = np.all([columns[place].codes == band for place, band in conditions], axis=0)
        assert (rate.k, rate.n) == (int(harm[where].sum()), int(where.sum()))
        for gone in range(len(conditions)):
            rest = [each for place, each in enumerate(conditions) if place != gone]
            parent = np.all([np.ones(900, bool), *(columns[p].codes == b for p, b in rest)], axis=0)
            assert wilson(rate, stats.norm.ppf(0.95)).low > harm[parent].mean()


def test_the_confirming_p_is_fishers():
    for k, n, rest, whole in ((9, 30, 20, 200), (0, 5, 3, 50), (5, 5, 1, 40)):
        expected = stats.fisher_exact([[k, n - k], [rest, whole - rest]], alternative="greater").pvalue
        assert worse_p(Rate(k, n), Rate(k + rest, n + whole)) == pytest.approx(expected)


def test_without_a_worse_slice_false_ones_are_confirmed_no_more_often_than_filed():
    """500 data sets, half of them with correlated columns: 5 % and three standard errors."""
    draws, false = 500, 0
    for seed in range(draws):
        rng, matrix = people(1_000, seed)
        if seed % 2:
            matrix[:, 1] = matrix[:, 0] + 0.3 * matrix[:, 1]
        harm = rng.random(1_000) < (0.08 if seed % 4 < 2 else 0.3)
        false += any(item.holds for item in search(bands(matrix), harm, rng, SMALL).tested)
    assert false / draws <= FILED.level + 3 * np.sqrt(FILED.level * (1 - FILED.level) / draws)


@pytest.mark.parametrize(("conditions", "rate", "least"), [(1, 0.25, 0.95), (2, 0.35, 0.95), (3, 0.6, 0.9)])
def test_planted_slices_are_found(conditions, rate, least):
    """Of 60 data sets of 4,000 rows with 10 % errors and one planted slice, most are told of it by name."""
    found = 0
    for seed in range(60):
        rng, matrix = people(4_000, 1_000 + seed, 6)
        cut = np.quantile(matrix[:, :conditions], 0.75 if conditions < 3 else 0.5, axis=0)
        planted = (matrix[:, :conditions] > cut).all(axis=1)
        harm = rng.random(4_000) < np.where(planted, rate, 0.1)
        columns = bands(matrix)
        for item in search(columns, harm, rng, SMALL).tested:
            inside = np.all([columns[p].codes == b for p, b in item.candidate.conditions], axis=0)
            if item.holds and (inside & planted).sum() / inside.sum() > 0.5:
                found += 1
                break
    assert found / 60 >= least


def test_bands_hold_every_row_and_say_what_is_missing():
    values = [*np.linspace(0, 100, 400).tolist(), *[None] * 60]
    found = banded(column_from("age", values), 4, 12, 40)
    assert found.names == ("up to 25", "over 25 to 50", "over 50 to 75", "over 75", MISSING)
    assert np.bincount(found.codes).tolist() == [100, 100, 100, 100, 60]
    text = [str(value) for value in np.repeat(["a", "b", "c"], [100, 50, 5])] + [" "] * 50
    found = banded(column_from("town", text), 4, 12, 40)
    assert (found.names, np.bincount(found.codes).tolist()) == (("a", "b", RARE, MISSING), [100, 50, 5, 50])
    assert banded(column_from("few", [0, 1, 1, 2] * 50), 4, 12, 40).names == ("0", "1", "2")
    assert banded(column_from("same", [1.0] * 50), 4, 12, 40) == "is the same in every row"
    assert banded(column_from("when", np.array(["2026-01-01"] * 9, "datetime64[D]")), 4, 12, 40) == "holds times"
    assert "finite" in banded(column_from("odd", [1.0, np.inf, 2.0, 3.0, 4.0, 5.0]), 4, 12, 1)


def test_a_column_of_a_hundred_thousand_categories_is_searched_by_the_frequent_ones():
    names = [f"town {number}" for number in range(100_000)] + ["big"] * 5_000
    found = banded(column_from("town", names), 4, 12, 100)
    assert (found.names, found.whole) == (("big", RARE), 100_001)


def planted(rows=4_000, seed=2):
    rng = np.random.default_rng(seed)
    arrays = {
        "age": rng.integers(18, 80, rows),
        "job": rng.choice(["a", "b", "c"], rows).tolist(),
        "y": np.zeros(rows, dtype=int),
    }
    bad = (arrays["age"] > 64) & (np.array(arrays["job"]) == "b")
    arrays["d"] = (rng.random(rows) < np.where(bad, 0.6, 0.05)).astype(int)
    return arrays


SLICED = {**BINARY, "slices": [{"name": "age", "column": "age"}, {"name": "job", "column": "job"}]}


def test_a_confirmed_slice_is_a_finding_and_refers_above_twice_the_limit():
    limited = {**SLICED, "limits": {"performance.harmful_error": {"op": "<=", "value": "0.12"}}}
    found = audit(planted(), limited)
    finding = next(item for item in found.findings if item.check == "slices.confirmed")
    assert "age: over 64" in finding.title
    assert "job: b" in finding.title
    assert (finding.severity, "twice the limit of 12.0 %: refer" in finding.text) == ("high", True)
    assert "It moves no price" in finding.text
    mild = audit(planted(), {**SLICED, "limits": {"performance.harmful_error": {"op": "<=", "value": "0.4"}}})
    assert {item.severity for item in mild.findings if item.check == "slices.confirmed"} == {"medium"}
    assert not any("refer the model" in item.text for item in mild.findings)
    assert "robustness" in found.dimensions
    assert found.dimensions["error"].state == "not_run"


def test_the_table_holds_what_the_bounds_module_says():
    found = audit(planted(), SLICED)
    rows = rows_of(found.to_dict()["sections"]["slices"]["searched_slices"], "slice")
    level = 1 - FILED.level / len(rows)
    for row in rows.values():
        assert row["lower bound"] == pytest.approx(cp_lower(row["k"], row["n"], level), rel=1e-9)
        assert row["n"] + row["rest n"] == 2_000
    confirmed = [row for row in rows.values() if row["confirmed"] == "yes"]
    assert check(found, "slices.confirmed").value == len(confirmed) > 0


def test_too_few_rows_or_errors_cannot_tell_and_say_how_many_would():
    few = check(audit({key: values[:150] for key, values in planted().items()}, SLICED), "slices.confirmed")
    assert (few.verdict, few.rows_needed) == ("cannot_tell", 4 * FILED.least_rows)
    none = check(audit({**planted(), "d": np.zeros(4_000, dtype=int)}, SLICED), "slices.confirmed")
    assert none.verdict == "cannot_tell"
    assert "harmful errors on" in none.reason
    unnamed = check(audit(planted()), "slices.confirmed")
    assert unnamed.verdict == "cannot_tell"


def test_what_the_budget_leaves_out_is_counted():
    rng, matrix = people(1_000, 3, 12)
    harm = rng.random(1_000) < 0.2
    found = search(bands(matrix), harm, rng, replace(SMALL, work=40_000))
    left = {level.conditions: level.possible - level.looked for level in found.levels}
    assert left[3] > 0
    assert sum(level.looked for level in found.levels) * 500 <= 40_000


def test_intersections_below_the_least_rows_are_named():
    found = audit(planted(), SLICED)
    small = found.sections["slices"]["small_slices"]
    search_rows = rows_of(found.to_dict()["sections"]["slices"]["search"], "conditions")
    assert search_rows[2]["slices too small"] == sum(row[1] for row in small.rows if row[0].count(" x ") == 1)


def test_the_order_of_columns_changes_nothing_and_the_seed_is_all_the_chance_there_is():
    first, second = audit(planted(), SLICED), audit(dict(reversed(planted().items())), SLICED)
    assert first.to_bytes() == second.to_bytes()


def test_rows_that_have_names_may_come_in_any_order():
    arrays = {**planted(), "id": [f"row {number}" for number in range(4_000)]}
    order = np.random.default_rng(1).permutation(4_000)
    mixed = {name: np.array(values, dtype=object)[order].tolist() for name, values in arrays.items()}
    spec = {**SLICED, "row_id": "id"}
    assert audit(arrays, spec).to_bytes() == audit(mixed, spec).to_bytes()


def test_the_rate_that_would_be_confirmed_is_the_least_one():
    whole = Rate(100, 1_000)
    least = least_seen(100, whole, FILED)
    line = FILED.level / FILED.candidates
    assert worse_p(Rate(round(least * 100), 100), whole) <= line
    assert worse_p(Rate(round(least * 100) - 1, 100), whole) > line


def test_groups_of_a_few_are_not_told_where_rows_are_not_shown():
    suite = replace(
        SHORT,
        checks=tuple(
            replace(each, figures={**each.figures, "least_rows": {"value": 3, "assumption": "x"}})
            if each.name == "slice_search"
            else each
            for each in SHORT.checks
        ),
    )
    found = audit(planted(), SLICED, suite, show_rows=False)
    assert all(row[4] >= 10 for row in found.sections["slices"]["searched_slices"].rows)


def test_compas_is_searched_to_a_slice_of_the_young():
    from engine_examples import COMPAS, table

    found = audit(frame_of(table("compas_two_years.csv")), COMPAS)
    assert any("age_cat: Less than 25" in item.title for item in found.findings)


def test_the_check_is_registered_with_its_figures():
    assert check_named("slice_search", 1).plan is SearchPlan
