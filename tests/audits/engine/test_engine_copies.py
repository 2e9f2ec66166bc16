"""Copies of rows count once from PAS-2026.4 on; what is alike by nature does not."""

import numpy as np
import pytest
from engine_examples import BINARY, COMPAS, SEED, frame_of, table

from audits.engine import frame_from_arrays, run_suite, spec_parse
from audits.engine.copies import _joined
from audits.suites import suite_load

FOURTH, THIRD = suite_load("PAS-2026.4"), suite_load("PAS-2026.3")
FEATURES = [f"f{place}" for place in range(6)]
SPEC = {**BINARY, "slices": [{"name": name, "column": name} for name in ("band",)], "legitimate": []}
WIDE = {**SPEC, "drift": {"timestamp": "t", "period": "month", "features": FEATURES}}


def rows(copies):
    rng, n = np.random.default_rng(8), 500
    found = {name: rng.normal(size=n) for name in FEATURES}
    y = rng.random(n) < 0.4
    found |= {"y": y.astype(int), "d": np.where(rng.random(n) < 0.1, ~y, y).astype(int), "band": np.full(n, "x")}
    days = np.datetime64("2026-01-01") + np.arange(n) % 180
    found |= {"t": days.astype("datetime64[us]"), "id": np.arange(n)}
    return {name: np.repeat(cells, copies) for name, cells in found.items()}


def audited(arrays, spec=WIDE, suite=FOURTH):
    return run_suite(frame_from_arrays(arrays), spec_parse(spec), suite, seed=SEED, dataset_digest="d")


def error(result):
    return result.dimensions["error"].figures


def test_sending_every_row_four_times_narrows_no_bound():
    once, often = error(audited(rows(1))), error(audited(rows(4)))
    assert "n_eff" not in once
    assert (often["n"], once["n"]) == (2_000, 500)
    assert float(often["n_eff"]) <= 500
    assert float(often["u"]) >= float(once["u"]) - 1e-6


def test_new_ids_do_not_make_a_copy_another_row():
    sent = rows(4)
    sent["id"] = np.arange(2_000)
    assert float(error(audited(sent, {**WIDE, "row_id": "id"}))["n_eff"]) <= 500


def test_copies_are_a_high_finding_there():
    found = audited(rows(4))
    grave = [each for each in found.findings if each.check == "labels.duplicates"]
    assert [each.severity for each in grave] == ["high"]
    assert any(each.title == "Rows are weighted or come in clusters" for each in found.findings)


def test_the_edition_before_counts_every_row():
    assert "n_eff" not in error(audited(rows(4), suite=THIRD))


def test_rows_that_are_alike_by_nature_all_count():
    found = run_suite(
        frame_of(table("compas_two_years.csv")), spec_parse(COMPAS), FOURTH, seed=SEED, dataset_digest="d"
    )
    assert "n_eff" not in error(found)


def test_clusters_and_copies_join():
    joined = _joined(np.array([0, 0, 1, 2, 3]), np.array([7, 8, 8, 9, 10]))
    assert joined[0] == joined[1] == joined[2]
    assert len(set(joined)) == 3


def test_the_edition_is_the_third_but_for_copies():
    assert FOURTH.id == "PAS-2026.4"
    assert FOURTH.digest != THIRD.digest
    same = [name for name in (each.name for each in THIRD.checks) if FOURTH.figures(name) == THIRD.figures(name)]
    assert [each.name for each in THIRD.checks if each.name not in same] == ["duplicates"]
    assert pytest.approx(0.05) == float(FOURTH.figures("duplicates")["copies_share"]["value"])
