"""EU AI Act, Articles 10 and 15: what is asked, which checks speak to it, and what they found."""

from collections.abc import Mapping, Sequence
from typing import Any

from audits.engine.result import Table

# From the gravest: an article is told by the worst of what its checks found.
ORDER = ("fail", "cannot_tell", "pass", "measured", "not_run")
WORDS = {
    "fail": "outside a limit",
    "cannot_tell": "cannot tell",
    "pass": "within the limits",
    "measured": "measured, no limit",
    "not_run": "not run",
}
COLUMNS = ("article", "what it asks", "checks", "verdict", "outside", "cannot tell", "within", "measured", "not run")


def tables(result: Mapping[str, Any], filed: Mapping[str, Any]) -> Mapping[str, Table] | str:
    """One line an article."""
    rows = (_row(item, result["checks"]) for item in filed["articles"])
    return {"Articles and checks": Table(COLUMNS, tuple(rows))}


def _row(item: Mapping[str, Any], checks: Sequence[Mapping[str, Any]]) -> tuple[Any, ...]:
    mine = [check for check in checks if any(_meant(check["id"], name) for name in item["checks"])]
    counts = [sum(check["verdict"] == verdict for check in mine) for verdict in ORDER]
    worst = next(
        (WORDS[verdict] for verdict, count in zip(ORDER, counts, strict=True) if count), "no check of this audit"
    )
    titles = ", ".join(dict.fromkeys(check["title"] for check in mine))
    return (item["article"], item["asks"], titles, worst, *counts)


def _meant(check: str, name: str) -> bool:
    """`name` is a check's id, or a family's with its full stop."""
    return check.startswith(name) if name.endswith(".") else check == name
