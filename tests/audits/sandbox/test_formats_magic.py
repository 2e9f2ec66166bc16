"""Tables whose lines read as opcodes of old text pickles are tables; pickles stay pickles."""

import pickle

import pytest

from audits.sandbox.formats.magic import form_of, is_pickle


@pytest.mark.parametrize(
    ("header", "name"),
    [("id", "case"), ("case", "case"), ("Patient", "P"), ("Voyage", "V"), ("case", "c"), ("person", "P")],
)
@pytest.mark.parametrize("lines", [1, 2, 399, 400, 3_000])
def test_named_rows_are_a_table(header, name, lines):
    table = f"{header},repaid\n" + "".join(f"{name} {place},{place % 2}\n" for place in range(lines))
    assert form_of(table.encode()) == "csv"


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    "held",
    [{"a": 1}, [f"V{place}" for place in range(1_000)], [1.5] * 1_000, print, Exception("x"), [("P", "Q")] * 500],
)
def test_pickles_are_refused_whatever_they_hold(held, protocol):
    assert form_of(pickle.dumps(held, protocol)) == "refused"


@pytest.mark.parametrize("lines", [0, 50, 1_000])
def test_an_import_behind_lines_of_text_is_still_a_pickle(lines):
    assert is_pickle(b"Vfill\n" * lines + b"cos\nsystem\n(S'true'\ntR.")
    assert is_pickle(b"(S'true'\nios\nsystem\n.")
