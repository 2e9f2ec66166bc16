"""Edits of a plan by path: what they change, and nothing else."""

import json
from pathlib import Path

import pytest

from actuarial.methods.edits import Edit, edits_applied, proposed
from core.errors import InputRefused, StateRefused
from underwriting.rating.diff import plan_diff

PLAN = json.loads(Path("underwriting/plans/MRL-2026.02.json").read_text())
ROWS = [
    {"path": "industries.rows[52].i", "old": "1.20", "new": "1.3000"},
    {"path": "industries.rows[31-33].i", "old": "1.15", "new": "1.1000"},
    {"path": "loading.off_balance", "old": "1.0000", "new": "1.0430"},
    {"path": "perils.lines.ERR.f0", "old": "0.0150", "new": "0.0160"},
    {"path": "grades[A].up_to", "old": "0.75", "new": "0.76"},
]


def test_the_comparison_of_plans_finds_exactly_the_edits():
    made = edits_applied(PLAN, ROWS)
    assert {(one.path, one.old, one.new) for one in plan_diff(PLAN, made)} == {
        (row["path"], row["old"], row["new"]) for row in ROWS
    }


def test_the_document_given_stays_as_it_is():
    before = json.dumps(PLAN)
    edits_applied(PLAN, ROWS)
    assert json.dumps(PLAN) == before


@pytest.mark.parametrize(
    "path",
    ["", "nothing", "loading.nothing", "industries.rows[99].i", "industries.rows.0.i", "loading[0]", "grades[A]x"],
)
def test_a_path_that_is_not_there_is_refused(path):
    with pytest.raises(InputRefused):
        edits_applied(PLAN, [{"path": path, "old": "1", "new": "2"}])


def test_another_figure_than_was_read_is_refused():
    with pytest.raises(StateRefused, match="the study read"):
        edits_applied(PLAN, [{"path": "loading.ulae", "old": "0.09", "new": "0.10"}])


def test_only_what_changes_is_proposed():
    same, other = (Edit("loading.ulae", "0.08", new, "0", "Why.") for new in ("0.0800", "0.09"))
    assert [row["new"] for row in proposed({"id": "P", "hash": "h"}, [same, other])["rows"]] == ["0.09"]
