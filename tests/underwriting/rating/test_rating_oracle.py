"""The formulas of DOMAIN 1.1 to 1.4 written a second time, in floats straight from the plan files, as an oracle."""

import json
from math import expm1, log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rating_examples import FACTORS, plan, risk, with_bounds

from underwriting.rating import price
from underwriting.rating.plan_reader import FOLDER

RAW = json.loads((FOLDER / "MRL-2026.02.json").read_text())
CLASSES = [code for code, use in RAW["use_classes"].items() if use["q0_error"] and use["q0_gap"]]
LEVELS = {
    name: [level for level, row in RAW["factors"][name]["levels"].items() if "outcome" not in row] for name in FACTORS
}


def num(*path):
    node = RAW
    for key in path:
        node = node[key]
    return float(node)


def clipped(value, low, high):
    return min(high, max(low, value))


def growth(g, t):
    return expm1(g * t) / (g * t) if g else 1.0


def audit_relativity(peril, use, bounds):
    q0 = {
        "error": num("use_classes", use, "q0_error"),
        "gap": num("use_classes", use, "q0_gap"),
        "ece": 0.03,
        "label": 0.05,
        "robustness": 0.06,
    }
    product = 1.0
    for name, beta in RAW["perils"]["lines"][peril]["betas"].items():
        product *= clipped((bounds[name] / q0[name]) ** float(beta), 0.5, 3.0)
    if peril == "ERR":
        product *= clipped(growth(bounds["drift"], 0.25) / growth(0.25, 1.0), 0.5, 3.0)
    return round(clipped(product, 0.5, 4.0), 4)


def class_factor(peril, levels):
    product = 0.90 if peril in ("ERR", "DISC") else 1.0  # the example's oversight: 20 % reviewed, half caught
    for name, level in levels.items():
        if peril in RAW["factors"][name]["perils"]:
            product *= num("factors", name, "levels", level, "relativity")
    return round(product, 4)


def oracle(case, bounds):
    """(premium, score) of a case, by hand."""
    steps = [float(step) for step in RAW["claims_made"]["steps"]]
    x = round((2.5 + case["claims"]) / (2.5 + 0.30), 4)
    pure = {"audited": 0.0, "class": 0.0}
    for peril in ("ERR", "DISC", "SEC"):
        line = ("perils", "lines", peril)
        claims = case["decisions"] / 1e5 * num(*line, "f0") * case["i"] * class_factor(peril, case["levels"])
        claims *= x * steps[min(case["year"], 6) - 1] * 0.95
        loss = num(*line, "lev_basic") * (num(*line, "ilf", case["limit"]) - num(*line, "ded", case["ded"]))
        pure["class"] += claims * loss
        pure["audited"] += claims * loss * audit_relativity(peril, case["use"], bounds)
    premium = max(5000.0, (pure["audited"] * 1.08 + 1200) / 0.75)
    return premium, 100 * (1 - log(pure["audited"] / pure["class"] / 0.5) / log(8))


@st.composite
def cases(draw):
    row = draw(st.sampled_from(RAW["industries"]["rows"]))
    limit = draw(st.sampled_from(list(RAW["perils"]["lines"]["ERR"]["ilf"])))
    deductibles = [d for d in RAW["perils"]["lines"]["ERR"]["ded"] if int(d) * 10 <= int(limit)]
    return {
        "use": draw(st.sampled_from(CLASSES)),
        "industry": row["code"],
        "i": float(row["i"]),
        "limit": limit,
        "ded": draw(st.sampled_from(deductibles)),
        "decisions": draw(st.integers(50_000, 5_000_000)),
        "year": draw(st.integers(1, 8)),
        "claims": draw(st.integers(0, 2)),
        "levels": {name: draw(st.sampled_from(levels)) for name, levels in LEVELS.items()},
    }


@given(cases(), st.lists(st.integers(1, 400_000), min_size=6, max_size=6))
@settings(max_examples=150, deadline=None)
def test_the_engine_agrees_with_the_formulas_written_again(case, millionths):
    names = ("error", "gap", "ece", "robustness", "label", "drift")
    bounds = {name: f"{value / 1e6:.6f}" for name, value in zip(names, millionths, strict=True)}
    insured = risk(
        use_class=case["use"],
        industry=case["industry"],
        decisions=case["decisions"],
        limit=case["limit"],
        aggregate=case["limit"],
        deductible=case["ded"],
        claims_made_year=case["year"],
        prior_claims=case["claims"],
        **case["levels"],
    )
    sheet = price(insured, with_bounds(bounds), plan("MRL-2026.02"))
    premium, score = oracle(case, {name: float(value) for name, value in bounds.items()})
    # 2e-4: a tie in the fourth decimal of k, X or A may fall the other way in floats; anything wrong is far larger
    assert float(sheet.premium) == pytest.approx(premium, rel=2e-4)
    assert float(sheet.figures.standing.score) == pytest.approx(score, abs=0.07)
