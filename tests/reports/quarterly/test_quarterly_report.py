"""The quarterly report on paper: same bytes, same figures, honest gaps, both sheets, hostile words."""

from io import BytesIO

import pytest
from pypdf import PdfReader
from report_examples import bare, report, squeezed, text_of

from core.canonical import canonical_json, digest
from core.errors import InputRefused
from reports.quarterly import render
from reports.quarterly.impact import annex_rows
from reports.quarterly.rates import GroupRate

HOSTILE = [
    '<img src="file:///etc/passwd"/>',
    "a & b < c > d",
    "</para><a href='http://x'>x</a>",
    "‮drowssap",
    "\x00\x1b[31m",
]


@pytest.fixture(scope="module")
def pdf() -> bytes:
    return render(report())


@pytest.fixture(scope="module")
def text(pdf) -> str:
    return text_of(pdf)


def figures(value) -> list[str]:
    if isinstance(value, dict):
        return [found for item in value.values() for found in figures(item)]
    return [value] if isinstance(value, str) else []


def test_the_same_input_gives_the_same_bytes(pdf):
    assert render(report()) == pdf


def test_another_input_gives_another_paper(pdf):
    assert render(report(report__version=3)) != pdf


def test_the_paper_stays_small_and_of_sane_length(pdf):
    assert len(pdf) < 3_000_000
    found = PdfReader(BytesIO(pdf))
    appendix = next(item for item in found.outline if not isinstance(item, list) and "Appendix" in item.title)
    assert 8 <= found.get_destination_page_number(appendix) <= 28
    assert len(found.pages) <= 48


def test_every_sum_of_money_of_the_worksheet_is_printed(text):
    money = report()["worksheet"]["figures"]["money"]
    named = ("pure_premium", "ulae", "fixed_expense", "premium", "total")
    assert all(f"{float(money[name]):,.2f}" in text for name in named)


def test_score_grade_and_both_parameter_risk_figures_are_printed(text):
    found = report()["worksheet"]["figures"]
    assert f"Grade {found['standing']['grade']}, score {found['standing']['score']}" in text
    assert f"USD {float(found['parameter_risk']['load']):,.2f} of pure premium" in text
    assert f"USD {float(found['parameter_risk']['customer_load']):,.2f} in the customer's premium" in text


@pytest.mark.parametrize("name", ["error", "gap", "ece", "drift"])
def test_every_priced_bound_is_printed_digit_for_digit(text, name):
    assert report()["audit"]["dimensions"][name]["u"] in text


@pytest.mark.parametrize("name", ["robustness", "label"])
def test_what_was_not_tested_is_named_with_its_price(pdf, name):
    line = next(line for line in report()["worksheet"]["figures"]["untested"] if line["dimension"] == name)
    assert f"{float(line['price']):,.2f}ayear" in squeezed(pdf)


def test_what_was_not_tested_is_never_shown_as_met(text):
    start = text.index("What this audit did not test", text.index("Not tested yet, or cannot tell", 4_000))
    rows = text[start : text.index("The harm that is priced", start)]
    assert "○ not" in rows.replace("\u00a0", " ")
    assert "● met" not in rows.replace("\u00a0", " ")


def test_the_sentence_on_independence_and_the_historic_label_are_printed(text):
    assert "not an independent bias audit under New York City Local Law 144, unless" in text
    assert "Historic demonstration data" in text
    assert "HISTORIC DEMONSTRATION DATA" not in text_of(render(report(audit__historic=False)))


def test_polish_and_greek_names_can_be_read_out(text):
    assert "Zażółć Gęślą" in text
    assert "Παπαδόπουλος" in text
    assert "Κρήτη" in text


def test_meeting_a_limit_is_never_called_compliance_or_fairness(text):
    assert "meeting it is neither compliance nor fairness" in text


def test_each_regulation_carries_its_status_date(text):
    assert "Status as of" in text
    assert text.count("mid-2026") >= 12


def test_footer_shows_the_digest_of_the_input(text):
    assert digest(canonical_json(report())) in text


def test_outline_titles_language_and_links_are_set(pdf):
    found = PdfReader(BytesIO(pdf))
    titles = [item.title for item in found.outline if not isinstance(item, list)]
    assert {"1 Opinion", "2 What it means for the price", "Contents"} <= set(titles)
    assert found.trailer["/Root"]["/Lang"] == "en-GB"
    assert found.metadata.title.startswith("Quarterly audit report QAR-7 v2")
    assert sum(len(page.get("/Annots", [])) for page in found.pages) > 40


def test_every_link_leads_to_a_page_of_the_paper(pdf):
    found = PdfReader(BytesIO(pdf))
    sheets = {page.indirect_reference.idnum for page in found.pages}
    wanted = [note.get_object()["/Dest"][0].idnum for page in found.pages for note in page.get("/Annots", [])]
    assert set(wanted) <= sheets
    assert len(set(wanted)) > 5


def test_the_file_is_dated_as_the_report_says(pdf):
    assert PdfReader(BytesIO(pdf)).metadata.creation_date.date().isoformat() == "2026-10-12"


def test_page_numbers_count_to_the_last_page(pdf):
    pages = PdfReader(BytesIO(pdf)).pages
    last = " ".join(pages[-1].extract_text().split())
    assert f"page {len(pages)} of {len(pages)}" in last


def test_contents_name_the_page_of_each_section(pdf):
    found = PdfReader(BytesIO(pdf))
    place = found.outline[-2] if isinstance(found.outline[-1], list) else found.outline[-1]
    page = found.get_destination_page_number(place) + 1
    contents = found.pages[1].extract_text()
    assert str(page) in contents.split()


@pytest.mark.parametrize("size", ["A4", "Letter"])
def test_both_sheets_have_the_size_they_say(size):
    page = PdfReader(BytesIO(render(report(report__page_size=size)))).pages[0]
    assert round(float(page.mediabox.width)) == {"A4": 595, "Letter": 612}[size]


def test_an_unknown_sheet_is_refused_with_the_known_ones():
    with pytest.raises(InputRefused) as refusal:
        render(report(report__page_size="A3"))
    assert refusal.value.limit == "A4 or Letter"


def test_an_input_that_is_no_report_is_refused():
    with pytest.raises(InputRefused, match="no report block"):
        render({"model": {}})


def test_a_report_of_which_nothing_could_be_told_says_so():
    text = text_of(render(bare()))
    assert "No price and no grade" in text
    assert "There is no price" in text
    assert "No incident and no claim" in text
    assert "Not yet reviewed by a second person" in text
    assert text.count("too few rows") >= 6


def test_rows_that_state_no_category_are_counted_and_set_no_highest_rate():
    def rate(group, k, n):
        return GroupRate(group, k / n, None, None, k, n)

    rows = annex_rows("sex", [rate("f", 375, 1000), rate("m", 642, 1000), rate("x", 2, 2), rate("not stated", 90, 100)])
    told = {row.cells[1]: row.cells[-1] for row in rows}
    assert told == {"f": "0.58", "m": "1.00", "x": "under 2 %", "not stated": "not compared"}


def test_a_mid_term_audit_does_not_pass_its_price_off_as_the_policys():
    sheet = report()["worksheet"]["figures"]["money"]["premium"]
    stays = "The premium of policy P-12 stays USD 19,319.56 for its term"
    assert stays in text_of(render(report()))
    assert stays in text_of(render(report(worksheet=None)))
    assert "stays USD" not in text_of(render(report(policy__premium=sheet)))


def test_the_class_says_what_its_labels_do_not_show_whatever_the_customer_wrote(text):
    assert "The harm that is priced: denied and would have repaid." in text
    assert "Rejected applicants have no outcome: selective labels." in text


def test_without_a_policy_no_audit_is_due(text):
    assert "The next report is due 30 Jan 2027" in text
    told = text_of(render(bare()))
    assert "no audit condition applied" in told
    assert "Next audit due" not in told


def test_incidents_and_claims_are_told_of_the_period_as_of_a_day(text):
    assert "Reported in the period: 1 incident, 1 claim. On these claims USD 0.00 is paid" in text
    assert "as of 12 Oct 2026" in text


def test_one_person_as_preparer_and_reviewer_is_called_out():
    changed = report()
    changed["report"]["reviewer"] = changed["report"]["preparer"]
    assert "same person" in text_of(render(changed))


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_are_shown_and_never_obeyed(words):
    pdf = render(report(model__name=words, insured__name=words, model__purpose=words))
    printable = "".join(letter for letter in words if letter.isascii() and letter.isprintable() and letter != " ")
    assert printable in squeezed(pdf)
    assert all("/URI" not in str(page.get("/Annots", "")) for page in PdfReader(BytesIO(pdf)).pages)


def test_direction_marks_appear_as_code_points():
    assert "‹U+202E›drowssap" in squeezed(render(report(insured__name="‮drowssap")))


def test_a_word_of_a_million_letters_is_cut_and_says_so():
    pdf = render(report(model__purpose="x" * 1_000_000, insured__address="y" * 1_000_000))
    assert len(pdf) < 3_000_000
    assert "1,000,000lettersinall" in squeezed(pdf)


def test_thousands_of_claims_and_change_log_lines_keep_the_paper_short(pdf):
    many = {"incidents": [], "claims": [{"number": f"C-{i}", "state": "open"} for i in range(5_000)]}
    pages = PdfReader(BytesIO(render(report(claims=many, change_log=[{"what": "z"}] * 5_000)))).pages
    assert len(pages) < len(PdfReader(BytesIO(pdf)).pages) + 8
