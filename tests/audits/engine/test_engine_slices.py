"""Slices: every value bounded, the worst confirmed with Bonferroni, nothing searched for (DOMAIN 1.0 rule 13)."""

import pytest
from engine_examples import audit, check, groups_of, rows_of

from audits.engine.bounds import cp_lower, six

SLICES = {"slices": [{"name": "region", "column": "race"}]}


def test_the_worst_confirmed_slice_is_a_finding_with_its_lower_bound():
    found = audit(groups_of(north=(30, 1000), south=(120, 1000), east=(33, 1000)), **SLICES)
    row = rows_of(found.to_dict()["sections"]["slices"]["worst"], "value")
    assert list(row) == ["south"]
    assert row["south"]["lower"] == six(cp_lower(120, 1000, 1 - 0.1 / 3))
    assert check(found, "slices.worst").subject == "region: south"
    assert [item.about for item in found.findings if item.check == "slices.worst"] == ["region: south"]


def test_a_slice_that_may_be_chance_is_not_confirmed():
    found = audit(groups_of(north=(30, 1000), south=(35, 1000)), **SLICES)
    assert found.sections["slices"]["worst"].rows == ()
    assert "not confirmed" in check(found, "slices.worst").sentence


def test_a_slice_that_is_not_stated_is_counted():
    arrays = groups_of(north=(30, 400), south=(35, 400))
    arrays["race"] = [None if index < 50 else name for index, name in enumerate(arrays["race"])]
    rows = rows_of(audit(arrays, **SLICES).to_dict()["sections"]["slices"]["region"], "value")
    assert sum(row["n"] for row in rows.values()) == 800
    assert rows["not stated"]["n"] == 50


def test_a_class_may_set_a_limit_for_its_worst_slice():
    limits = {"slices.worst": {"op": "<=", "value": "0.08"}}
    found = audit(groups_of(north=(30, 1000), south=(120, 1000)), limits=limits, **SLICES)
    assert check(found, "slices.worst").verdict == "fail"


def test_bounds_of_a_slice_hold_its_rate():
    rows = audit(groups_of(north=(30, 1000), south=(0, 40)), **SLICES).sections["slices"]["region"].rows
    for _, n, k, rate, low, high, lower, upper in rows:
        assert rate == pytest.approx(k / n)
        assert low <= lower <= rate <= upper <= high


def test_no_slice_is_not_run():
    assert check(audit(groups_of(a=(1, 10))), "slices.worst").verdict == "not_run"
