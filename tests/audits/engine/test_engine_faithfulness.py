"""Deletion and insertion curves against loops and closed forms; a ranking no better than chance is told."""

import numpy as np
import pytest
from explain_examples import FEW, REGRESSION, checks_of, edition_of, explained, table, three
from model_examples import model_of

from audits.engine import frame_from_arrays, spec_parse
from audits.engine.attribution.curves import curves_of
from audits.engine.attribution.explainer import Explainer, explainer_of
from audits.engine.attribution.explaining import Explained
from audits.engine.cases import cases_build
from audits.engine.model import Asked
from audits.engine.registry import Subject
from audits.engine.verdicts import Judge
from audits.engine.within import Inside

ID = "attribution.faithfulness"
WEIGHTS = np.array([3.0, -1.0, 0.1])


def linear(rows):
    return rows.numbers @ WEIGHTS[:, None]


def subject_of(arrays, model, spec=REGRESSION):
    judge = Judge(edition_of("faithfulness"), spec_parse(spec), 1)
    frame = frame_from_arrays({**arrays, "p": linear_of(arrays)})
    inside = Inside(Asked(model), frame, judge, True)
    inside.ask(lambda _label: None)
    return Subject(frame, cases_build(frame, judge.spec), judge, inside)


def linear_of(arrays):
    return np.column_stack([arrays[name] for name in "abc"]) @ WEIGHTS


def test_curves_are_those_of_a_loop():
    arrays = three(120)
    explainer = explainer_of(subject_of(arrays, model_of(linear, FEW)), 10_000)
    x = np.column_stack([arrays[name] for name in "abc"])
    rows, background = np.arange(0, 100), np.array([110])
    phi = WEIGHTS * (x[rows] - x[110])
    found = Explained(rows, phi, 0.0, x[rows] @ WEIGHTS, "told", "value", background)
    curves = curves_of(explainer, found, background, 2, 10, np.random.default_rng(0))
    assert curves.steps.tolist() == [0, 1, 2, 3]
    for place, row in enumerate(rows):
        order = np.argsort(-np.abs(phi[place]), kind="stable")
        for step in range(4):
            taken, put = x[row].copy(), x[110].copy()
            taken[order[:step]], put[order[:step]] = x[110][order[:step]], x[row][order[:step]]
            deletion, insertion = (abs((each - x[row]) @ WEIGHTS) for each in (taken, put))
            assert curves.distance["deletion", "ranked"][place, step] == pytest.approx(deletion, abs=1e-12)
            assert curves.distance["insertion", "ranked"][place, step] == pytest.approx(insertion, abs=1e-12)
    areas = curves.between("deletion")
    gap = curves.distance["deletion", "ranked"] - curves.distance["deletion", "random"]
    assert areas == pytest.approx((gap[:, 1] + gap[:, 2]) / 3)  # trapezes of width 1/3, both ends equal


def test_random_orders_are_even():
    """One input moves the answer: in random order it has gone after one of three steps in a third of the pairs."""
    arrays = three(600)
    explainer = explainer_of(subject_of(arrays, model_of(linear, FEW)), 10_000)
    x = np.column_stack([arrays[name] for name in "abc"])
    rows = np.arange(600)
    found = Explained(rows, WEIGHTS * x, 0.0, x @ WEIGHTS, "told", "value", rows)
    curves = curves_of(explainer, found, rows, 5, 10, np.random.default_rng(0))
    random, ranked = (curves.distance["deletion", order].mean(axis=0) for order in ("random", "ranked"))
    assert random[3] == pytest.approx(ranked[3], rel=0.1)
    alone = np.abs(3 * (x[:, None, 0] - x[None, :, 0])).mean()
    assert alone / 3 < random[1] < alone / 2


def test_the_ranking_of_a_linear_model_is_better_than_chance():
    found = explained("faithfulness", three(), model_of(linear, FEW), REGRESSION)
    for check in checks_of(found, ID):
        assert check.verdict == "pass"
        assert 0 < check.low <= check.value <= check.high
        assert check.n == 300
    assert not [item for item in found.findings if item.check == ID]
    told = table(found, "faithfulness")
    assert {(row["curve"], row["order"]) for row in told} == {
        (kind, order) for kind in ("deletion", "insertion") for order in ("ranked", "random")
    }
    assert all(row["low"] <= row["mean distance"] <= row["high"] for row in told if row["low"] is not None)


def turned(explain, change):
    def explaining(*args, **more):
        found = explain(*args, **more)
        return Explained(
            found.rows, change(found.contributions), found.base, found.worth, "a lie", "value", found.background
        )

    return explaining


@pytest.mark.parametrize(
    ("lie", "verdicts"),
    [
        (lambda phi: 1 / (np.abs(phi) + 1e-9), {"fail"}),
        (lambda phi: np.random.default_rng(5).normal(size=phi.shape), {"fail", "cannot_tell"}),
    ],
)
def test_a_ranking_that_is_not_better_than_chance_is_a_finding(lie, verdicts, monkeypatch):
    monkeypatch.setattr(Explainer, "explain", turned(Explainer.explain, lie))
    found = explained("faithfulness", three(), model_of(linear, FEW), REGRESSION)
    assert {check.verdict for check in checks_of(found, ID)} <= verdicts
    titles = [item.title for item in found.findings if item.check == ID]
    assert titles == [
        f"The explanation's ranking is not better than chance: {kind}" for kind in ("deletion", "insertion")
    ]


def test_what_cannot_be_told_says_why():
    still = explained("faithfulness", three(), model_of(lambda rows: np.ones((rows.rows, 1)), FEW), REGRESSION)
    assert {check.verdict for check in checks_of(still, ID)} == {"cannot_tell"}
    few = explained("faithfulness", three(99), model_of(linear, FEW), REGRESSION)
    assert "99 rows can be explained" in checks_of(few, ID)[0].reason
    one = {**FEW, "inputs": FEW["inputs"][:1]}
    single = explained("faithfulness", three(), model_of(lambda rows: rows.numbers * 2, one), REGRESSION)
    assert {check.verdict for check in checks_of(single, ID)} == {"not_run"}
