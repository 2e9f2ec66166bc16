"""The diff of two plans: what was added, removed and changed, whatever the order of keys and rows."""

import copy
import json
import random
from decimal import Decimal

import pytest

from underwriting.rating.diff import Change, plan_diff
from underwriting.rating.plan_reader import FOLDER


@pytest.fixture(scope="module")
def launch():
    return json.loads((FOLDER / "MRL-2026.02.json").read_bytes())


def test_a_plan_does_not_differ_from_itself(launch):
    assert plan_diff(launch, copy.deepcopy(launch)) == ()


def test_a_changed_base_rate_is_named_with_its_relative_change(launch):
    new = copy.deepcopy(launch)
    new["perils"]["lines"]["ERR"]["f0"] = "0.0165"
    assert plan_diff(launch, new) == (
        Change("perils.lines.ERR.f0", "changed", "0.0150", "0.0165", Decimal("0.100000")),
    )


def test_a_figure_written_otherwise_is_no_change(launch):
    new = copy.deepcopy(launch)
    new["perils"]["lines"]["ERR"]["f0"] = "0.015"
    assert plan_diff(launch, new) == ()


def test_added_and_removed_entries_are_named(launch):
    new = copy.deepcopy(launch)
    del new["perils"]["lines"]["ERR"]["ilf"]["250000"]
    new["perils"]["lines"]["ERR"]["ilf"]["7000000"] = "1.29"
    assert [(row.path, row.kind, row.old, row.new) for row in plan_diff(launch, new)] == [
        ("perils.lines.ERR.ilf.250000", "removed", "0.6523", None),
        ("perils.lines.ERR.ilf.7000000", "added", None, "1.29"),
    ]


def test_an_industry_put_first_changes_no_other_row(launch):
    new = copy.deepcopy(launch)
    code = new["industries"]["rows"][0]["code"]
    new["industries"]["rows"].reverse()
    assert plan_diff(launch, new) == ()
    row = next(row for row in new["industries"]["rows"] if row["code"] == code)
    row["i"] = str(2 * Decimal(row["i"]))
    (change,) = plan_diff(launch, new)
    assert change.path == f"industries.rows[{code}].i"
    assert change.relative == 1


@pytest.mark.parametrize(
    ("old", "new"), [("0", "1"), ("1", "1e999999"), ("1", "NaN"), ("9e999999", "-9e999999"), (True, 1), (None, "1")]
)
def test_a_change_without_a_stated_ratio_is_still_a_change(old, new):
    assert plan_diff({"x": old}, {"x": new}) == (Change("x", "changed", old, new),)


def test_a_thousand_random_edits_are_found_exactly_and_their_reverse_swaps_old_and_new(launch):
    draw = random.Random(20261126)
    lines = launch["perils"]["lines"]
    cells = [(code, table, key) for code in lines for table in ("ilf", "ded", "betas") for key in lines[code][table]]
    for _ in range(1000):
        new = copy.deepcopy(launch)
        edited = draw.sample(cells, draw.randint(1, 6))
        for code, table, key in edited:
            new["perils"]["lines"][code][table][key] = str(Decimal(lines[code][table][key]) + draw.randint(1, 9))
        there, back = plan_diff(launch, new), plan_diff(new, launch)
        assert {row.path for row in there} == {f"perils.lines.{'.'.join(cell)}" for cell in edited}
        assert [(row.path, row.old, row.new) for row in there] == [(row.path, row.new, row.old) for row in back]
