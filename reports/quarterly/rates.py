"""The rates of the groups of one attribute, as the audit's own table has them."""

from dataclasses import dataclass

from core.pdf.text import shown
from reports.quarterly.reading import Source, cell, column, number

# heading -> how the audit names the rate's value, its interval, and its counts
RATES = {
    "Favourable decisions": ("selection rate", "selection", "favourable", "n"),
    "False-positive rate": ("FPR value", "FPR", "FPR k", "FPR n"),
    "False-negative rate": ("FNR value", "FNR", "FNR k", "FNR n"),
    "True-positive rate": ("TPR value", "TPR", "TPR k", "TPR n"),
    "Predictive value": ("PPV value", "PPV", "PPV k", "PPV n"),
    "Harmful error": ("harmful error value", "harmful error", "harmful error k", "harmful error n"),
}


@dataclass(frozen=True, slots=True)
class GroupRate:
    """One rate of one group with its interval and counts."""

    group: str
    value: float | None
    low: float | None
    high: float | None
    k: int
    n: int


def group_rates(table: Source, heading: str) -> list[GroupRate]:
    """A rate of every group of a table; empty when the table has no such rate."""
    value, stem, hits, total = RATES[heading]
    places = [column(table, name) for name in (value, f"{stem} low", f"{stem} high", hits, total)]
    if places[0] is None:
        return []
    made = []
    for row in table["rows"]:
        rate, low, high, k, n = (number(cell(row, place)) for place in places)
        made.append(GroupRate(shown(row[0], 60), rate, low, high, int(k or 0), int(n or 0)))
    return made if any(item.value is not None for item in made) else []
