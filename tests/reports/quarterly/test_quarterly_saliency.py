"""The section of a model of pictures: maps where they may be shown, the strongest patches in words, odd tables."""

from copy import deepcopy
from io import BytesIO

import pytest
from pypdf import PdfReader
from report_examples import run_report, squeezed, text_of

from core.pdf.palette import COLOURS
from reports.quarterly import render
from reports.quarterly.pictures import examples_seen, mean_seen, strongest
from tests.picture_results import COLUMNS, SALIENCY, with_pictures


def pictures(evidence_class: str = "E2"):
    made = run_report(evidence_class)
    return {**made, "audit": with_pictures(made["audit"])}


@pytest.fixture(scope="module")
def pdf() -> bytes:
    return render(pictures())


@pytest.fixture(scope="module")
def text(pdf) -> str:
    return text_of(pdf)


def changed(**tables):
    """The report with other tables of saliency; None takes one away."""
    made = pictures()
    section = {**made["audit"]["sections"]["saliency"], **tables}
    kept = {name: table for name, table in section.items() if table is not None}
    made["audit"]["sections"]["saliency"] = kept
    return made


def test_the_section_says_what_a_map_is_and_what_it_is_not(text):
    assert "Saliency of pictures" in text
    assert "It is no cause" in " ".join(text.split())
    assert "24 pictures were explained" in " ".join(text.split())


def test_the_strongest_patches_stand_in_words_beside_each_map(text):
    told = "".join(text.split())
    assert "0to3down,8to11across+2.50" in told
    assert "8to9down,0to3across−2.25" in told


def test_checks_that_are_no_shares_are_not_printed_in_percent(text):
    told = "".join(text.split())
    assert "0.3700(0.3300to0.4300)" in told
    assert "92.0%(76.0to98.0)" in told


def test_how_the_picture_reaches_the_model_is_told(text):
    told = " ".join(text.split())
    assert "a picture of 10 x 24 pixels, 1 channels (NCHW)" in told
    assert "a black picture" in told


def test_the_same_input_gives_the_same_bytes(pdf):
    assert render(pictures()) == pdf


def test_pictures_that_the_insurer_holds_are_not_shown():
    told = text_of(render(pictures("E1")))
    assert "Saliency of pictures" in told
    assert "Row 417" not in told


def test_an_audit_without_saliency_has_no_such_section():
    assert "Saliency of pictures" not in text_of(render(run_report()))


@pytest.mark.parametrize(
    "tables",
    [
        {"mean map": None},
        {"examples": None, "deletion": None, "agreement": None},
        {"pixels 1": {"columns": ["line", "greys"], "rows": [[1, "zz"]]}},
        {"pixels 1": {"columns": ["line", "greys"], "rows": [[1, "0011"], [2, "00"]]}},
        {"pixels 1": {"columns": ["line", "greys"], "rows": [[1, "00" * 20_000]]}},
        {"map 1": {"columns": ["row", "column", "fall when covered"], "rows": [[1, 1, 0.5]]}},
        {"mean map": {"columns": ["row", "column", "mean absolute"], "rows": [[1, 1, None]] * 18}},
        {"method": {"columns": ["what", "value"], "rows": [["picture height", -4], ["patch edge in pixels", 0]]}},
        {"method": {"columns": ["what", "value"], "rows": [["picture height", "<b>x</b>"]]}},
        {"examples": {"columns": ["example"], "rows": [[1]]}},
    ],
    ids=str,
)
def test_odd_tables_leave_out_their_drawing_and_nothing_else(tables):
    made = changed(**tables)
    assert PdfReader(BytesIO(render(made))).pages


def test_names_that_mean_harm_are_only_letters():
    examples = deepcopy(SALIENCY["examples"])
    examples["rows"][0][4] = '<img src="x"/>'
    assert '<imgsrc="x"/>' in squeezed(render(changed(examples=examples)))


def test_the_strongest_patches_are_those_of_the_largest_size():
    ((_, seen),) = examples_seen(SALIENCY)
    assert strongest(seen, 2) == [(1, 3, 2.5), (3, 1, -2.25)]
    assert len(mean_seen(SALIENCY).values[0]) == COLUMNS


def test_every_tint_is_a_colour():
    assert sum(name.startswith("heat-") for name in COLOURS) == 56
