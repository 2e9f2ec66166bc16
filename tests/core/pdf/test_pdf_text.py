"""Words on paper: made safe, cut to a limit, broken into lines that fit."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputRefused
from core.pdf import typeface
from core.pdf.figures import day, exact, general, money, plain_numbers, share, whole, words
from core.pdf.text import Span, break_lines, printable, shown

WORDS = st.text(st.characters(codec="utf-8"), max_size=300)


def said(lines) -> str:
    return "".join(span.text for line in lines for _, span in line.runs)


@given(WORDS)
def test_shown_text_can_always_be_drawn(text):
    kept = shown(text)
    assert all(typeface.covers("regular", letter) or typeface.covers("fallback", letter) for letter in kept)


@given(WORDS)
def test_shown_text_holds_nothing_invisible(text):
    assert shown(text).isprintable()


@pytest.mark.parametrize(
    ("raw", "seen"),
    [
        ("a\nb\t c", "a b c"),
        ("‮x", "‹U+202E›x"),
        ("\x07", "‹U+0007›"),
        ("北", "‹U+5317›"),
        ("\ud800", "‹U+D800›"),
        (None, ""),
    ],
)
def test_what_cannot_be_seen_is_shown_by_its_code_point(raw, seen):
    assert shown(raw) == seen


def test_long_text_is_cut_and_says_how_long_it_was():
    assert shown("x" * 1_000_000, 10) == "x" * 10 + "… [cut here; 1,000,000 letters in all]"


@settings(max_examples=60, deadline=None)
@given(WORDS.map(shown), st.floats(30, 400))
def test_no_line_is_wider_than_its_room(text, room):
    lines = break_lines([Span(text), Span(text, "bold")], 9, room)
    drawn = [sum(typeface.width(span.text.rstrip(" "), span.face, 9) for _, span in line.runs) for line in lines]
    assert all(wide <= room + 9 for wide in drawn)  # one letter stands even where no letter fits


@settings(max_examples=60, deadline=None)
@given(WORDS.map(shown), st.floats(30, 400))
def test_breaking_loses_no_letter(text, room):
    assert "".join(said(break_lines([Span(text)], 9, room)).split()) == "".join(text.split())


def test_a_full_stop_after_a_link_stays_on_its_line():
    lines = break_lines(
        [Span("see "), Span("table 7", link="t"), Span(".")], 9, typeface.width("see table 7.", "regular", 9)
    )
    assert len(lines) == 1


def test_figures_of_the_text_face_all_have_one_width():
    assert len({typeface.width(digit, face, 10) for digit in "0123456789" for face in ("regular",)}) == 1


@pytest.mark.parametrize(
    ("made", "seen"),
    [
        (money("19319.56", "USD"), "USD 19,319.56"),
        (money("-3", "EUR"), "EUR -3.00"),
        (money("1e999999", "USD"), "1e999999"),
        (money("NaN"), "NaN"),
        (day("2026-11-23T10:00:00Z"), "23 Nov 2026"),
        (day("soon"), "soon"),
        (share("0.17771"), "17.8 %"),
        (whole(7214), "7,214"),
        (exact("0.183612"), "0.183612"),
        (general(0.00001234), "0.000012"),
        (general(7214.0), "7,214"),
        (general(1e-9), "less than 0.000001"),
        (general(-1e-9), "within 0.000001 of 0"),
        (general(2870996.0194), "2,870,996"),
        (general(1e300), "beyond 1,000,000,000,000"),
        (general(-0.0000591), "-0.000059"),
        (plain_numbers("p 1.9e-34, 1.53e+04 of 9e-05x"), "p less than 0.000001, 15,300 of 9e-05x"),
        (words(None), "not stated"),
        (words(["a", "<b>"]), "a, <b>"),
    ],
)
def test_figures_are_printed_as_people_write_them(made, seen):
    assert made == seen


def test_input_that_json_cannot_hold_is_refused():
    with pytest.raises(InputRefused, match="not plain data"):
        printable({"score": float("nan")})


def test_lone_surrogates_in_input_do_not_stop_a_paper():
    assert printable({"a": ["\ud800"]}) == {"a": ["?"]}
