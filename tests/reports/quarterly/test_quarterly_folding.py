"""Tables of many columns or classes tell what differs, and fold the rest without losing a count."""

from reports.quarterly.folding import confusion_folded, flips_folded, inputs_folded, missing_folded

MISSING = {"columns": ["column", "missing", "rows", "share"]}
FLIPS = {"columns": ["family", "column", "rows touched", "flipped"]}


def test_columns_without_a_hole_are_one_line():
    rows = [["a", 0, 9, 0.0], ["b", 2, 9, 0.22], ["c", 3, 9, 0.33], ["d", 0, 9, 0.0]]
    told = missing_folded({**MISSING, "rows": rows})["rows"]
    assert told == [["c", 3, 9, 0.33], ["b", 2, 9, 0.22], ["the other 2 columns", 0, 9, 0.0]]


def test_a_whole_table_and_a_single_rest_are_told_as_they_are():
    assert missing_folded({**MISSING, "rows": [["a", 0, 9, 0.0]] * 3})["rows"] == [["all 3 columns", 0, 9, 0.0]]
    assert missing_folded({**MISSING, "rows": [["a", 0, 9, 0.0]]})["rows"] == [["a", 0, 9, 0.0]]


def test_folding_flips_keeps_every_touched_row_and_every_flip():
    rows = [["noise", "a", 5, 0], ["noise", "b", 7, 0], ["slip", "c", 4, 1], ["slip", "d", 3, 0], ["slip", "e", 0, 0]]
    told = flips_folded({**FLIPS, "rows": rows})["rows"]
    assert told == [["slip", "c", 4, 1], ["noise", "2 columns without a flip", 12, 0], ["slip", "d", 3, 0]]


def test_a_matrix_of_many_classes_becomes_its_errors():
    names = [f"k{place:02}" for place in range(12)]
    rows = [[name, *(9 if name == other else 0 for other in names)] for name in names]
    rows[3][1], rows[5][12] = 2, 4
    told = confusion_folded({"columns": ["true class", *names], "rows": rows})
    assert told == {"columns": ["true class", "decision", "rows"], "rows": [["k05", "k11", 4], ["k03", "k00", 2]]}


def test_a_small_matrix_stays():
    table = {"columns": ["decision", "event", "no event"], "rows": [["positive", 3, 1], ["negative", 0, 2]]}
    assert confusion_folded(table) == table


def test_neighbours_that_arrive_alike_are_told_from_first_to_last():
    wide = [(f"byte_{place}", "a number", "NaN") for place in range(2048)]
    told = inputs_folded([*wide, ("kind", "text", "empty text")])
    assert told == [("byte_0 to byte_2047, 2,048 columns", "a number", "NaN"), ("kind", "text", "empty text")]
    assert inputs_folded(wide[:3]) == wide[:3]
