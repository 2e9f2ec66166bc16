"""The published figures that the audits must reach, and how they are read from an audit's result."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


class Missed(AssertionError):
    """A published figure was not met."""


@dataclass(frozen=True)
class Figure:
    """One published figure: what it is, who printed it, its value to `places` decimals, how to find ours."""

    title: str
    source: str
    published: str
    find: Callable[[dict[str, Any]], float]

    def check(self, result: dict[str, Any]) -> str:
        """A line for the summary; raises Missed if ours differs in the last printed digit."""
        places = len(self.published.partition(".")[2])
        ours = f"{self.find(result):.{places}f}"
        if ours != self.published:
            raise Missed(f"{self.title}: published {self.published} ({self.source}), measured {ours}")
        return f"{self.title}: {ours}, as {self.source} has it"


def cell(section: str, table: str, row: str, column: str) -> Callable[[dict[str, Any]], float]:
    """One cell of one table of the result; a row is known by its first cell."""

    def find(result: dict[str, Any]) -> float:
        found = result["sections"][section][table]
        place = found["columns"].index(column)
        for cells in found["rows"]:
            if str(cells[0]) == row:
                return float(cells[place])
        raise Missed(f"{section}/{table} has no row {row}")

    return find


PROPUBLICA = "ProPublica 2016"
NANNYML = "nannyml 0.13.1"
COMPAS = (
    Figure(
        "False positive rate, African-American",
        PROPUBLICA,
        "0.4485",
        cell("fairness", "race", "African-American", "FPR value"),
    ),
    Figure("False positive rate, Caucasian", PROPUBLICA, "0.2345", cell("fairness", "race", "Caucasian", "FPR value")),
    Figure(
        "False negative rate, African-American",
        PROPUBLICA,
        "0.2799",
        cell("fairness", "race", "African-American", "FNR value"),
    ),
    Figure("False negative rate, Caucasian", PROPUBLICA, "0.4772", cell("fairness", "race", "Caucasian", "FNR value")),
)
CALIFORNIA = (
    Figure("Area under the curve, reference", NANNYML, "0.907942", cell("drift", "parts", "reference", "AUC")),
    Figure("Area under the curve, analysis", NANNYML, "0.840246", cell("drift", "parts", "later", "AUC")),
    Figure("Error, reference", NANNYML, "0.329561", cell("drift", "parts", "reference", "error rate")),
    Figure("Error, analysis", NANNYML, "0.411322", cell("drift", "parts", "later", "error rate")),
)
PUBLISHED = {"compas": COMPAS, "california": CALIFORNIA}
