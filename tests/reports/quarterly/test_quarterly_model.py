"""The sections of an audit in which the insurer ran the model itself: what it rests on, what turns it over."""

from io import BytesIO

import pytest
from pypdf import PdfReader
from report_examples import bare, report, run_report, squeezed, text_of

from core.pdf.charts import Bee
from reports.quarterly import render
from reports.quarterly.explanations import MOST_PUSHES, pushes_of, spread_row
from tests.model_results import DIGEST

HOSTILE = ['<img src="x"/>', "</para>&amp;", "‮drowssap", "x" * 500]
FAMILIES = ("model", "attribution", "robustness")
CAUSES = (" causes ", " caused ", " because of ", " leads to ", " due to its ")


@pytest.fixture(scope="module")
def pdf() -> bytes:
    return render(run_report())


@pytest.fixture(scope="module")
def text(pdf) -> str:
    return text_of(pdf)


def titles(pdf: bytes) -> list[str]:
    """The numbered sections, in order, without their numbers."""
    found = [item.title for item in PdfReader(BytesIO(pdf)).outline if not isinstance(item, list)]
    return [title.partition(" ")[2] for title in found if title[0].isdigit()]


def renamed(name: str):
    """The report with every input called so."""
    made = run_report()
    tables = made["audit"]["sections"]["attribution"]
    for title in ("importance", "beeswarm", "direction", "reasons", "example 1", "by region"):
        tables[title]["rows"] = [[name, *row[1:]] for row in tables[title]["rows"]]
    return made


def test_the_sections_stand_in_the_order_of_the_contents(pdf):
    wanted = ["Calibration", "Robustness", "Drift", "Fairness between groups", "Explanations", "Incidents and claims"]
    assert [title for title in titles(pdf) if title in wanted] == wanted


def test_the_same_input_gives_the_same_bytes(pdf):
    assert render(run_report()) == pdf


def test_an_audit_of_predictions_has_no_such_section_and_says_why(pdf):
    made = report()
    made["audit"]["checks"] = [check for check in made["audit"]["checks"] if check["family"] not in FAMILIES]
    old = render(made)
    assert {"Explanations", "Robustness"} & set(titles(old)) == set()
    assert "the insurer did not run the model" in text_of(old)
    assert "attributionneedsthemodelitself" in squeezed(old)


def test_what_was_tested_is_no_longer_called_untested(text):
    start = text.index("What this audit did not test", 4_000)
    rows = text[start : text.index("The harm that is priced", start)]
    assert "attribution" not in rows
    assert "Robustness" not in rows
    assert "Quality of the labels" in rows


def test_a_family_that_was_not_run_gives_its_own_reason():
    made = run_report()
    for check in made["audit"]["checks"]:
        if check["family"] == "attribution":
            check |= {"verdict": "not_run", "reason": "the model died on the background rows"}
    del made["audit"]["sections"]["attribution"]
    assert "themodeldiedonthebackgroundrows" in squeezed(render(made))


@pytest.mark.parametrize(
    ("evidence", "said"),
    [
        ("E2", "the insurer ran the model in isolation on the customer's rows"),
        ("E1", "the insurer ran the model in isolation on rows that it drew and holds"),
    ],
)
def test_the_evidence_class_is_told_in_words(evidence, said):
    assert f"{evidence}, {said}" in text_of(render(run_report(evidence)))


def test_rows_that_the_insurer_holds_are_said_to_be_drawn_by_it():
    told = text_of(render(run_report("E1")))
    assert "drawn and held by the insurer" in told
    assert "The insurer ran the model in isolation on rows that the insurer drew and holds" in told


def test_the_artifact_and_its_run_are_named(pdf):
    told = squeezed(pdf)
    assert told.count(DIGEST) >= 3
    for said in ("xgboost-json,xgboost3.2.0", "24,600,52", "one0-or-1featureeach:car;education"):
        assert said in told


def test_attribution_is_never_called_a_cause(text):
    start = text.index("An attribution takes an answer apart")
    told = text[start : text.index("Reported in the period")]
    assert "It is no cause" in told
    assert [word for word in CAUSES if word in told] == []


def test_every_chart_has_its_table(text):
    for figure, table in (
        ("What the answers rest on", "Importance of the inputs, log-odds"),
        ("How the inputs push single answers", "Spread of the contributions, log-odds"),
        ("Decisions that flip, by family", "The catalogue of disturbances, most flips first"),
    ):
        assert figure in text
        assert table in text
    assert text.count("Row 417, closest to the threshold") >= 3  # contents, figure, table


def test_the_worst_family_is_marked_as_the_priced_one(text):
    assert "missing (priced)" in text
    assert "noise (priced)" not in text
    assert "46 of 1,000 rows, point 0.046000, prudent bound u = 0.055691" in text


def test_rows_of_the_insurer_are_not_shown():
    made = run_report("E1")
    tables = made["audit"]["sections"]["attribution"]
    del tables["examples"], tables["example 1"]
    assert "Single answers taken apart" not in text_of(render(made))


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_of_inputs_are_shown_and_never_obeyed(name):
    pdf = render(renamed(name))
    printable = "".join(letter for letter in name[:40] if letter.isascii() and letter != " ")
    assert printable in squeezed(pdf)
    assert "\u202e" not in text_of(pdf)


@pytest.mark.parametrize("table", ["method", "stability", "direction", "beeswarm", "examples", "reasons", "by region"])
def test_a_missing_table_leaves_the_rest_standing(table):
    made = run_report()
    del made["audit"]["sections"]["attribution"][table]
    assert "Importance of the inputs" in text_of(render(made))


def test_a_bare_report_still_stands():
    assert "Explanations" not in titles(render(bare()))


def test_many_pushes_are_drawn_as_the_largest_and_all_others():
    parts = [{"feature": f"f{place}", "value": 1, "contribution": 0.5} for place in range(MOST_PUSHES + 8)]
    drawn = pushes_of(parts)
    assert len(drawn) == MOST_PUSHES + 1
    assert sum(push.amount for push in drawn) == pytest.approx(sum(part["contribution"] for part in parts))


def test_one_case_has_a_spread_too():
    assert spread_row("age", [Bee(0.5)], None).cells[1:6] == ("+0.500",) * 5


def test_a_model_that_was_run_for_nothing_says_why_its_evidence_fell():
    made = run_report()
    made["audit"] |= {"evidence_class": "E4", "evidence_reason": "The model does not give the answers recorded."}
    told = text_of(render(made))
    assert "E4, unverified predictions: an indication: The model does not give the answers recorded." in told
