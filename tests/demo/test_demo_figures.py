"""The demo stops when a published figure is missed, in the last printed digit."""

import pytest

from demo.figures import Figure, Missed, cell

RESULT = {"sections": {"fairness": {"race": {"columns": ["group", "FPR value"], "rows": [["Caucasian", 0.23448]]}}}}
FIND = cell("fairness", "race", "Caucasian", "FPR value")


def test_a_figure_that_is_met_is_told_with_its_source():
    assert Figure("FPR", "ProPublica", "0.2345", FIND).check(RESULT) == "FPR: 0.2345, as ProPublica has it"


@pytest.mark.parametrize("published", ["0.2344", "0.23449", "0.3"])
def test_a_figure_that_is_missed_stops_the_demo(published):
    with pytest.raises(Missed, match=published):
        Figure("FPR", "ProPublica", published, FIND).check(RESULT)


def test_a_row_that_is_not_there_stops_the_demo():
    with pytest.raises(Missed, match="Asian"):
        cell("fairness", "race", "Asian", "FPR value")(RESULT)
