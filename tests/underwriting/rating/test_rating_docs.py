"""docs/rating.md prints what the engine computes: its tables are parsed and computed again."""

import json
import re
from decimal import Decimal
from functools import reduce
from pathlib import Path

import pytest

from underwriting.rating import Risk, plan_load, price
from underwriting.rating.counts import evidence_from_counts
from underwriting.rating.referrals import RULES

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs/rating.md").read_text()
ASKED = json.loads((ROOT / "docs/worked-example.json").read_text())
QUARTER = Decimal("0.25")
VARIANTS = {
    "15 errors of 500 rows instead": {"stated": {"error": {"k": 15, "n": 500}}},
    "limit 1M, aggregate still 2M": {"limit": "1000000"},
    "deductible 50,000": {"deductible": "50000"},
    "one prior claim": {"prior_claims": 1},
    "robustness and label not tested": {"without": ("robustness", "label")},
    "next audit one quarter late": {"late_years": QUARTER},
    "two quarters late": {"late_years": 2 * QUARTER},
    "three quarters late": {"late_years": 3 * QUARTER},
}


def table(head: str) -> list[list[str]]:
    """The rows of the page's table whose head begins with `head`."""
    block = re.search(rf"^\| {re.escape(head)} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", PAGE, re.M)
    assert block, f"docs/rating.md has no table {head!r}"
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in block[1].splitlines()]


def example(*, stated=None, without=(), late_years=Decimal(0), **changes):
    figures = {name: value for name, value in {**ASKED["evidence"], **(stated or {})}.items() if name not in without}
    kind = figures.pop("evidence_class")
    evidence = evidence_from_counts(figures, evidence_class=kind, late_years=late_years)
    return price(Risk.from_dict({**ASKED["risk"], **changes}), evidence, plan_load(ASKED["plan"]))


def test_the_peril_lines_are_computed():
    assert table("peril") == [
        [
            line.peril, f"{line.at_class:.6f}", str(line.k), str(line.a), f"{line.expected_claims:.6f}",
            str(line.lev), str(line.lf), str(line.pure_premium),
        ]
        for line in example().figures.lines
    ]  # fmt: skip


def test_the_figures_are_computed():
    sheet = example()
    told, standing, risk = sheet.figures, sheet.figures.standing, sheet.figures.parameter_risk
    bounds = [sheet.evidence.dimensions[name].u for name in ("error", "robustness", "label", "gap")]
    values = [
        bounds, [told.experience_mod, told.step, told.schedule], [told.money.pure_premium], [sheet.premium],
        [charge.amount for charge in told.money.taxes], [sheet.total], [standing.class_premium],
        [f"{standing.composite:.4f}", standing.score, standing.grade], [standing.comparison_score],
        [risk.load, risk.customer_load],
    ]  # fmt: skip
    assert [row[1] for row in table("figure | value")] == [", ".join(str(value) for value in row) for row in values]


def test_the_variants_are_computed():
    assert dict(table("variant")) == {name: str(example(**changes).premium) for name, changes in VARIANTS.items()}


def test_the_price_of_what_was_not_tested_is_computed():
    told = example(without=("robustness", "label")).figures
    lines = [f"{line.price:,}" for line in told.untested]
    assert f"the lines say {' and '.join(lines)}, together {told.untested_total:,}," in PAGE


def test_the_table_of_referrals_is_the_engines():
    rules = [[rule.code, rule.kind, "yes" if rule.waivable else "no"] for rule in RULES]
    assert [row[:3] for row in table("code")] == rules


@pytest.mark.parametrize("plan", ["MRL-2026.01", "MRL-2026.02"])
def test_every_figure_is_filed_where_the_page_says(plan):
    filed = json.loads((ROOT / f"underwriting/plans/{plan}.json").read_bytes())
    keys = [key for row in table("figure | key in the plan") for key in re.findall(r"`([^`]+)`", row[1])]
    assert len(keys) > 20
    assert all(reduce(lambda node, part: node[part], key.split("."), filed) for key in keys)
