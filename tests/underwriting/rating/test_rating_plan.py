"""Plans are immutable hashed data, read strictly and checked before anyone rates with them (DOMAIN D7, 1.7)."""

import hashlib
import json
from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from rating_examples import plan, rate

from core.canonical import canonical_json
from core.errors import InputRefused, NotFound
from underwriting.rating import plan_load, plan_names, publish_check
from underwriting.rating.plan_reader import FOLDER, tax_load
from underwriting.rating.publish import marginals, schedule_floor
from underwriting.rating.review import median_relativities

CLASSES = {  # DOMAIN 1.0: q0 of the error, priced gap, q0 of the gap
    "CREDIT-PRIME": (".04", "selection_rate", ".06"),
    "CREDIT-RETAIL": (".12", "selection_rate", ".12"),
    "HIRING": (".15", "selection_rate", ".10"),
    "HEALTH-TRIAGE": (".05", "miss_rate", ".08"),
    "JUSTICE-RISK": (".20", "false_positive_rate", ".15"),
    "FRAUD-BLOCK": (".05", "false_positive_rate", ".06"),
    "PRICE-FORECAST": (".30", "none", None),
}


def raw(name="MRL-2026.02"):
    return json.loads((FOLDER / f"{name}.json").read_text())


def load(data):
    return plan_load(json.dumps(data).encode())


def test_both_plans_are_there():
    assert plan_names() == ("MRL-2026.01", "MRL-2026.02")
    assert {plan(name).effective_from for name in plan_names()} == {date(2026, 1, 1)}


@pytest.mark.parametrize("name", ["MRL-2026.01", "MRL-2026.02"])
def test_the_hash_is_sha_256_over_canonical_json(name):
    assert plan(name).hash == "sha256:" + hashlib.sha256(canonical_json(raw(name))).hexdigest()


def test_layout_of_the_file_does_not_move_the_hash():
    spread = json.dumps(raw(), indent=7, sort_keys=True).encode()
    assert plan_load(spread).hash == plan("MRL-2026.02").hash


def test_any_figure_moves_the_hash():
    data = raw()
    data["loading"]["ulae"] = "0.0800"
    assert load(data).hash != plan("MRL-2026.02").hash


def test_the_launch_plan_files_the_reference_rates_of_every_class():
    for code, (q0, metric, gap) in CLASSES.items():
        use = plan("MRL-2026.02").use_class(code)
        assert (use.q0_error, use.gap_metric, use.q0_gap) == (Decimal(q0), metric, gap and Decimal(gap))
    assert plan("MRL-2026.02").use_class("OTHER").outcome == "refer"


def test_the_reference_plan_has_one_class_and_the_launch_plan_rates_it_alike():
    assert list(plan("MRL-2026.01").use_classes) == ["CREDIT-PRIME"]
    assert rate(under="MRL-2026.02").premium == rate().premium


def test_an_unknown_key_is_refused_with_its_path():
    data = raw()
    data["loading"]["discount"] = "0.10"
    with pytest.raises(InputRefused, match=r"plan\.loading has unknown keys: discount"):
        load(data)


def test_a_float_in_a_plan_is_refused():
    with pytest.raises(InputRefused, match="float"):
        plan_load(json.dumps(raw()).replace('"0.08"', "0.08").encode())


def test_a_missing_assumption_is_refused():
    data = raw()
    del data["experience"]["assumption"]
    with pytest.raises(InputRefused, match="assumption is missing"):
        load(data)


def test_bytes_that_are_not_json_are_refused():
    with pytest.raises(InputRefused, match="not JSON"):
        plan_load(b"{")


def test_an_unknown_plan_is_not_found():
    with pytest.raises(NotFound, match=r"MRL-1999"):
        plan_load("MRL-1999.01")


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        (("loading", "profit_and_risk"), "0.40", "below the pure premium|leave nothing"),
        (("schedule", "minimum"), "0.60", "schedule credit"),
        (("perils", "lines", "ERR", "ilf", "1000000"), "1.0100", "basic limit is not 1"),
        (("perils", "lines", "ERR", "ilf", "5000000"), "1.4000", "marginal rate"),
        (("perils", "lines", "DISC", "ilf", "3000000"), "1.2000", "do not rise"),
        (("relativity", "a_low"), "1.20", "enclose 1"),
        (("factors", "autonomy", "levels", "support", "relativity"), "0", "not above 0"),
        (("use_classes", "HIRING", "q0_error"), None, "no reference error"),
        (("use_classes", "HIRING", "q0_gap"), None, "no reference gap"),
        (("claims_made", "steps"), ["0.5", "0.4"], "steps do not rise"),
    ],
)
def test_a_plan_that_may_not_be_published_is_refused(path, value, problem):
    data = node = raw()
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    if path[-1] == "profit_and_risk":
        data["loading"]["variable_expense"] = "0.60"
    with pytest.raises(InputRefused, match=problem):
        load(data)


def test_filed_plans_pass_the_publish_check_with_the_published_floor():
    assert publish_check(plan()) == ()
    assert schedule_floor(plan()) == Decimal("1.08")


@pytest.mark.parametrize("peril", ["ERR", "DISC", "SEC"])
def test_the_marginal_rate_per_unit_of_limit_never_rises(peril):
    steps = marginals(plan().perils[peril].ilf)
    assert all(step > 0 for step in steps)
    assert steps == sorted(steps, reverse=True)


def test_the_comparison_mix_is_the_share_of_f0_times_lev():
    parts = {code: peril.f0 * peril.lev_basic for code, peril in plan().perils.items()}
    assert {code: round(part / sum(parts.values()), 4) for code, part in parts.items()} == dict(plan().comparison_mix)


@pytest.mark.parametrize("code", list(CLASSES))
def test_filed_class_medians_follow_from_the_filed_panel(code):
    use = plan("MRL-2026.02").use_class(code)
    assert [row.rows for row in use.medians] == [2000, 20000]
    for row in use.medians:
        assert dict(row.relativities) == median_relativities(use, row.rows, plan("MRL-2026.02"))


def test_the_class_median_model_is_charged_1_22_at_2000_rows_and_1_03_at_20000():
    assert [str(row.charge) for row in rate().figures.class_median] == ["1.22", "1.03"]


def test_the_joint_percentile_is_that_of_the_example_with_independent_metrics():
    """200,000 draws of the metrics' posteriors: how often the pure premium stays below that at the bounds."""
    rng, draws = np.random.default_rng(20261001), 200_000
    error, flips, labels = (rng.beta(k + 0.5, n - k + 0.5, draws) for k, n in ((60, 2000), (46, 1000), (20, 500)))
    gap, ece, g = (
        point + (top - point) / 1.2816 * rng.standard_normal(draws)
        for point, top in ((0.065, 0.086847), (0.020, 0.024), (0.10, 0.20))
    )
    drift = np.expm1(g * 0.25) / (g * 0.25) / (np.exp(0.25) - 1) * 0.25

    def power(x, q0, beta):
        return np.clip(np.maximum(x, 0) / q0, 0.01, 100) ** beta

    small = power(ece, 0.03, 0.15) * power(labels, 0.05, 0.1) * power(flips, 0.06, 0.1)
    a = {
        "ERR": power(error, 0.04, 1) * small * drift,
        "DISC": power(gap, 0.06, 1) * power(error, 0.04, 0.2),
        "SEC": power(flips, 0.06, 0.6) * power(error, 0.04, 0.1),
    }
    lines = rate().figures.lines
    pure = sum(np.clip(a[line.peril], 0.5, 4) * float(line.pure_premium / line.a) for line in lines)
    below = (pure <= float(rate().figures.money.pure_premium)).mean() * 100
    assert below == pytest.approx(float(plan().joint_percentile), abs=0.3)


def test_taxes_are_their_own_dated_illustrative_table():
    taxes = tax_load()
    assert taxes.source == "illustrative"
    assert taxes.lines("US-NY", date(2025, 12, 31)) == ()
    assert [str(line.rate) for line in taxes.lines("GB", date(2026, 1, 1))] == ["0.12"]
