"""The document: tables repeat their heads and never split a row, numbers point forward, bytes repeat."""

from io import BytesIO

import pdfplumber
import pytest
from pypdf import PdfReader

from core.pdf.document import Document, see
from core.pdf.flow import Figure
from core.pdf.loadline import Reading, load_line
from core.pdf.paper import Meta
from core.pdf.tables import Column, Row, verdict

META = Meta("D-1", "Title", "Author", "Subject", "sha256:" + "0" * 64, running_head="Head", made_on="2026-11-23")


def table_of(rows: int, words: str = "word") -> bytes:
    doc = Document(META)
    doc.section("s", "Section")
    doc.say("First ", see("t"), ", then ", see("s"), ", never ", see("nowhere", "elsewhere"), ".")
    made = [Row((f"row{i} start {words} end{i}", f"{i:,}")) for i in range(rows)]
    doc.table("t", "Caption", [Column("Heading"), Column("Count", True)], made)
    return doc.build()


def pages(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]


def test_the_head_is_repeated_on_every_page_of_a_table():
    found = pages(table_of(200))
    assert len(found) > 3
    assert all("Heading" in page for page in found)
    assert all("continued" in page for page in found[1:])


def test_no_row_is_split_over_two_pages():
    found = pages(table_of(80, "many words that need more than one line of the table " * 6))
    for index in range(80):
        home = [page for page in found if f"row{index} " in page]
        assert len(home) == 1
        assert f"end{index}" in home[0]


def test_every_row_is_printed_once():
    text = " ".join(pages(table_of(150)))
    assert all(text.count(f"row{index} start") == 1 for index in range(150))


def test_a_sentence_may_point_forward():
    assert "First table 1, then section 1, never elsewhere." in " ".join(pages(table_of(2))[0].split())


def test_figures_of_a_column_end_at_the_same_place():
    with pdfplumber.open(BytesIO(table_of(30))) as found:
        ends = {
            round(word["x1"], 1)
            for word in found.pages[0].extract_words()
            if word["text"].isdigit() and word["x0"] > 300
        }
    assert len(ends - {max(ends)}) <= 2  # the column, and the page number of the footer


def test_a_cell_of_endless_words_still_fits_on_a_page():
    assert 1 <= len(pages(table_of(3, "x" * 200_000))) <= 4


def test_a_document_without_blocks_is_one_page():
    assert len(pages(Document(META).build())) <= 1


def test_the_same_blocks_give_the_same_bytes():
    assert table_of(40) == table_of(40)


def test_every_face_is_embedded():
    doc = Document(META)
    doc.say("Ω א plain ", *verdict("fail"))
    doc.add(Figure(load_line(Reading(50.0, "D"))))
    fonts = [
        font.get_object()
        for page in PdfReader(BytesIO(doc.build())).pages
        for font in page["/Resources"]["/Font"].values()
    ]
    embedded = [font for font in fonts if font["/BaseFont"] != "/Helvetica"]
    assert len(embedded) >= 3
    assert all("/FontFile2" in font["/FontDescriptor"] for font in embedded)


@pytest.mark.parametrize("word", ["pass", "fail", "cannot_tell", "not_run", "not_applicable", "measured"])
def test_every_verdict_has_a_shape_and_a_word(word):
    shape, said = verdict(word)
    assert shape.text
    assert len(said.text.strip()) > 2


def test_not_measured_is_never_green():
    assert all(
        "moss" not in {part.colour for part in verdict(word)}
        for word in ("not_run", "cannot_tell", "measured", "not_applicable")
    )
