"""Declarations and certificate: same bytes, same money, one page where one page is promised, hostile words shown."""

from io import BytesIO

import pytest
from paper_examples import DIGEST, MODELS, pages, paper
from pypdf import PdfReader

from core.errors import InputRefused
from policies.paper import certificate, declarations

BOTH = pytest.mark.parametrize("make", [declarations, certificate])
LONG = "W" * 1_000_000


@BOTH
def test_the_same_input_gives_the_same_bytes(make):
    assert make(paper()) == make(paper())


@BOTH
@pytest.mark.parametrize("size", ["A4", "Letter"])
def test_both_sheets_have_the_size_they_say(make, size):
    page = PdfReader(BytesIO(make(paper(document__page_size=size)))).pages[0]
    assert round(float(page.mediabox.width)) == {"A4": 595, "Letter": 612}[size]


@BOTH
def test_parties_period_and_limits_stand_on_page_one(make):
    first = pages(make(paper()))[0]
    for words in (
        "P-2026-000012",
        "Zażółć",
        "Plimsoll Mutual",
        "1 Apr 2026 to 1 Apr 2027",
        "1 Apr 2025",
        "USD 2,000,000.00",
        "USD 25,000.00",
    ):
        assert words in first


def test_declarations_print_premium_taxes_and_total_to_the_cent():
    text = " ".join(pages(declarations(paper())))
    assert all(figure in text for figure in ("19,319.56", "695.50", "3.60 %", "28.98", "0.15 %", "20,044.04"))
    assert text.count("4,829.89") == 4


def test_declarations_print_every_clause_and_every_scheduled_digest():
    text = " ".join(pages(declarations(paper())))
    assert all(
        words in text
        for words in (
            "Sums the insured must pay.",
            "The most that is paid.",
            "An audit each quarter.",
            "Fines are not insured.",
        )
    )
    assert "".join(text.split()).count(DIGEST) >= 4


def test_a_clause_of_an_unknown_letter_is_not_lost():
    assert "Odd words" in " ".join(pages(declarations(paper(conditions=["Odd words", {"id": "Z9", "text": "More"}]))))


def test_the_lowest_score_comes_first():
    text = " ".join(pages(declarations(paper())))
    assert text.index("Κίνδυνος") < text.index("Retail , version 3" if "Retail , version 3" in text else "Retail")


def test_certificate_shows_the_lowest_load_line_in_words():
    assert "grade D, 48.1" in pages(certificate(paper()))[0]


@pytest.mark.parametrize("size", ["A4", "Letter"])
@pytest.mark.parametrize("count", [0, 1, 2, 500])
def test_certificate_is_one_page_however_many_models(count, size):
    made = certificate(paper(models=(MODELS * 250)[:count], document__page_size=size))
    assert len(pages(made)) == 1


def test_certificate_is_one_page_however_long_the_names():
    hostile = [
        {**MODELS[0], "name": LONG, "version": LONG, "use_class": LONG, "evidence_class": LONG, "digest": LONG}
    ] * 20
    made = certificate(
        paper(
            policy__insured=LONG,
            policy__insurer=LONG,
            policy__form=LONG,
            policy__number=LONG,
            policy__territory=[LONG] * 50,
            models=hostile,
            document__page_size="Letter",
        )
    )
    assert len(pages(made)) == 1


@BOTH
def test_markup_in_names_is_shown(make):
    name = '<img src="file:///etc/passwd"/> & <b>'
    assert "".join(name.split()) in "".join("".join(pages(make(paper(policy__insured=name)))).split())


@BOTH
def test_an_input_without_a_policy_is_refused(make):
    with pytest.raises(InputRefused, match="no policy block"):
        make({"models": []})


@BOTH
def test_a_bare_policy_is_printed_with_what_is_not_stated(make):
    assert "not stated" in pages(make({"policy": {"number": "P-1"}}))[0]


def test_a_policy_without_a_model_says_that_nothing_is_covered():
    assert "nothing is covered" in pages(certificate(paper(models=[])))[0]
    assert "answers no claim" in " ".join(pages(declarations(paper(models=[]))))


def test_hundreds_of_models_stay_a_readable_schedule():
    made = declarations(paper(models=MODELS * 150))
    assert "100 more models" in " ".join(pages(made))
    assert len(made) < 3_000_000
