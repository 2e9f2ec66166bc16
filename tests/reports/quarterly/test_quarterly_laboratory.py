"""The report of the whole laboratory: an area each, worst first, the appendix with everything, all of it readable."""

import re
from io import BytesIO

import pytest
from laboratory_examples import laboratory, laboratory_report
from pypdf import PdfReader
from report_examples import report, squeezed, text_of

from audits.annexes import annexes_of
from core.pdf.document import Document
from core.pdf.tables import Column
from reports.quarterly import render
from reports.quarterly.appendix import NOT_ON_PAPER, PRINTED
from reports.quarterly.exhibits import probability, worst_of
from reports.quarterly.own_tables import is_p, is_share_column, parted
from reports.quarterly.record import kinds, shared
from reports.quarterly.scope import INDEPENDENCE

AREAS = [
    "Performance", "Slices", "Calibration", "Uncertainty of single answers", "Robustness", "Drift",
    "Fairness between groups", "Explanations", "Quality of the labels", "Human oversight",
    "Change from the earlier version", "Signs of a gamed evaluation",
]  # fmt: skip
POWER = re.compile(r"\d[eE][+-]\d\d")


@pytest.fixture(scope="module")
def pdf() -> bytes:
    return render(laboratory_report())


@pytest.fixture(scope="module")
def text(pdf) -> str:
    return text_of(pdf)


@pytest.fixture(scope="module")
def letters(pdf) -> str:
    return squeezed(pdf)


def sections(pdf: bytes) -> dict[str, int]:
    """Title without its number -> page."""
    found = PdfReader(BytesIO(pdf))
    items = [item for item in found.outline if not isinstance(item, list) and item.title[0].isdigit()]
    return {item.title.partition(" ")[2]: found.get_destination_page_number(item) + 1 for item in items}


def test_every_area_that_was_measured_has_a_section_in_the_order_of_the_story(pdf):
    assert [title for title in sections(pdf) if title in AREAS] == AREAS


def test_price_and_findings_come_first_and_the_appendix_last(pdf):
    titles = list(sections(pdf))
    assert titles[:3] == ["Opinion", "What it means for the price", "Findings"]
    assert titles[-4:] == ["Appendix: every finding", "Appendix: every check", "Appendix: every table", "Provenance"]


def test_the_body_stays_short_however_much_the_suite_holds(pdf):
    assert sections(pdf)["Legal annexes"] <= 28


def test_an_area_that_was_not_measured_stands_only_in_what_was_not_tested():
    made = report()
    assert not any(item["family"] == "versions" and item["verdict"] != "not_run" for item in made["audit"]["checks"])
    paper = render(made)
    assert "Change from the earlier version" not in sections(paper)
    assert "No earlier version was given to compare with" in text_of(paper)


def test_the_same_input_gives_the_same_bytes(pdf):
    assert render(laboratory_report()) == pdf


def test_no_figure_has_a_power_of_ten(text):
    assert POWER.findall(text) == []


def test_no_pointer_points_nowhere(text):
    assert not re.search(r"(all in|in full|: |see) *\)", text)
    assert "section ." not in text


def test_every_check_is_in_the_paper(letters):
    for item in laboratory()["checks"]:
        assert "".join(item["title"].split()) in letters


def test_every_finding_is_in_the_paper_with_its_id(letters):
    assert len(laboratory()["findings"]) > 20
    assert all(f"F-{item['id'][2:]}" in letters for item in laboratory()["findings"])


def test_every_table_of_the_audit_is_printed_but_points_and_pixels(monkeypatch):
    keys = set()
    number = Document._number
    monkeypatch.setattr(Document, "_number", lambda doc, *given: (keys.add(given[1]), number(doc, *given))[1])
    render(laboratory_report())
    for family, tables in laboratory()["sections"].items():
        for name, table in tables.items():
            if family == "fairness" or name.startswith(NOT_ON_PAPER) or not table["rows"]:
                continue
            wanted = {f"every-{family}-{name}", f"{family}-{name}", PRINTED.get((family, name))}
            assert wanted & keys, (family, name)
    for name in ("sex", "race", "sex x race"):
        assert {f"every-{name}-rates", f"every-{name}-gaps"} <= keys


@pytest.mark.parametrize(
    "caption",
    [
        "Harm left among the decisions that the model keeps",
        "Evidence that harmful errors rose (e-value)",
        "What came true less what was stated, by group",
        "How far the answer moves as inputs are taken away",
        "Losses of the worst decisions",
        "Slices found by search, counted on the half that did not find them",
        "The worst pair by rate",
        "Difference to all others by chances, and the range without the assumption",
        "Seeded errors by reviewer, fewest caught first",
    ],
)
def test_what_tells_most_is_charted_or_tabled(text, caption):
    assert caption in text


def test_each_legal_annex_has_its_status_with_a_date_and_the_sentence_on_independence(letters):
    told = [annex for annex in annexes_of(laboratory()) if annex.why_not is None]
    assert len(told) == 3
    for annex in told:
        assert "".join(f"Status as of {annex.as_of}: {annex.status}".split()) in letters
        assert all("".join(statement.split()) in letters for statement in annex.statements)
    assert letters.count("".join(INDEPENDENCE.split())) >= 2


def test_a_rule_that_is_not_for_this_use_says_so(text):
    assert "It is written for HIRING, not for this use" in text


def test_what_was_not_run_says_what_would_tell(text):
    start = text.index("What this audit did not test", text.index("Not tested yet, or cannot tell", 4_000))
    assert "The use class sets no limit on harmful errors." in text[start:]
    assert "The suite holds no such screen" not in text
    assert "No seeded-error test was run" not in text


def test_figures_come_from_the_stored_result_alone(pdf):
    changed = laboratory_report()
    table = changed["audit"]["sections"]["oversight"]["reviewers"]
    rows = [["Q", *row[1:]] for row in table["rows"]]
    tables = {**changed["audit"]["sections"]["oversight"], "reviewers": {**table, "rows": rows}}
    changed["audit"] = {**changed["audit"], "sections": {**changed["audit"]["sections"], "oversight": tables}}
    assert render(changed) != pdf


# small rules


def test_a_wide_table_is_set_in_parts_that_each_name_their_rows():
    columns = [Column("Attribute"), Column("Group"), *(Column(f"Figure {place}", True) for place in range(12))]
    cells = [["sex"], ["f"], *([["0.1234 (0.1111 to 0.2222)"]] * 12)]
    parts = parted(columns, cells)
    assert len(parts) > 1
    assert all(part[:2] == [0, 1] for part in parts)
    assert sorted(at for part in parts for at in part[2:]) == list(range(2, 14))


def test_a_narrow_table_stays_in_one_piece():
    assert parted([Column("A"), Column("B", True)], [["x"], ["1"]]) == [[0, 1]]


@pytest.mark.parametrize(
    ("name", "values", "share"),
    [
        ("error rate", [0.1, None, 0.5], True),
        ("errors of the model", [12, 3], False),
        ("errors: p", [0.1], False),
        ("errors: p (Holm)", [0.1], False),
        ("share", [], False),
    ],
)
def test_a_column_of_shares_is_known_by_name_and_figures(name, values, share):
    assert is_share_column(name, values) is share


@pytest.mark.parametrize("name", ["p", "Holm p", "p Holm", "p (Holm)", "errors: p", "KS p", "Breslow-Day p"])
def test_p_values_are_known_by_name(name):
    assert is_p(name)


@pytest.mark.parametrize(("value", "said"), [(0.0412, "0.041"), (0.00042, "0.00042"), (3e-9, "< 0.0001")])
def test_p_values_are_written_plainly(value, said):
    assert probability(value) == said


def test_a_section_shows_the_worst_of_each_question():
    found = [{"id": "a", "verdict": "fail", "subject": place} for place in range(5)]
    found += [{"id": "b", "verdict": "pass"}, {"id": "c", "verdict": "not_run"}]
    assert [item["id"] for item in worst_of(found)] == ["a", "a", "b"]


def test_findings_of_one_kind_stand_where_the_first_stands():
    found = [{"severity": "high", "check": "a"}, {"severity": "low", "check": "b"}, {"severity": "high", "check": "a"}]
    assert [len(kind) for kind in kinds(found)] == [2, 1]


@pytest.mark.parametrize(
    ("titles", "said"),
    [(["kept: race = a", "kept: race = b"], ["a", "b"]), (["one"], ["one"]), (["x y", "z y"], ["x y", "z y"])],
)
def test_folded_titles_lose_what_they_share(titles, said):
    assert [title[shared(titles) :] for title in titles] == said
