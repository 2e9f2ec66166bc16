"""A kind of study made for the tests, and who may look at one."""

from decimal import Decimal

import pytest

from actuarial import registry
from actuarial.methods.parts import curves, histogram, intervals, linked, part, table, waterfall
from actuarial.registry import Choice, StudyKind, asked_known
from core.errors import InputRefused

CHOICES = (Choice("times", "How many times", "whole", 2), Choice("options", "Options", "document", {"a": 1}))


def ask(asked, at):
    known = asked_known(asked, CHOICES)
    if not 1 <= int(known["times"]) <= 9:
        raise InputRefused("times is out of range.", field="times", limit="1 to 9", remedy="Choose another.")
    return known


def compute(inputs):
    rows = [["One", inputs["times"], "0.25", "1234.5"], [linked("Two", "/book"), None, "0.5", "-3.10"]]
    columns = [("What", "text"), ("How many", "count"), ("Share", "share"), ("Amount", "money")]
    return {
        "lines": [f"It came out {inputs['times']} times.", "And that is all."],
        "assumptions": ["The sky stays up."],
        "figures": {"times": inputs["times"]},
        "parts": [
            part("rows", "Rows", "Two of them.", table=table(columns, rows)),
            part("shares", "Shares", chart=intervals("Shares", [("One", 0.2, 0.1, 0.3)], unit="percent")),
            part(
                "curve",
                "Curve",
                chart=curves("Curve", [("it", [(1, 0.5), (2, 0.25), (3, 0.01)])], x_name="x", y_name="y", log_y=True),
            ),
            part("bins", "Bins", chart=histogram("Bins", [0, 1, 2], [3, 4], x_name="size")),
            part("fall", "Fall", chart=waterfall("Fall", [("Up", Decimal(3), False), ("All", Decimal(3), True)])),
        ],
    }


TRIAL = StudyKind("trial", "A trial", "Does the frame hold?", CHOICES, ask, lambda asked, at: dict(asked), compute)


@pytest.fixture
def trial(monkeypatch):
    """The kinds there are, and one more."""
    known = {**registry.kinds(), "trial": TRIAL}
    for place in ("actuarial.registry.kinds", "actuarial.api.kinds", "portal.views.workbench.kinds"):
        monkeypatch.setattr(place, lambda: known)
    return TRIAL
