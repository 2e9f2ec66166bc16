"""Legal annexes of an audit: what a rule asks to be printed, with the status of the rule as of a date. Data and tables.

An annex is a file (its texts, thresholds and status) and a function that makes its tables from a result. Whoever prints
it writes no figure of its own. Nothing here says that a rule is complied with.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from audits.annexes import ai_act, four_fifths, ll144
from audits.engine.result import Table
from core.errors import NotFound

Result = Mapping[str, Any]


@dataclass(frozen=True)
class Annex:
    """`statements` are to be printed with the tables; `why_not` says why there are none. `use_classes` names the use
    classes it is meant for (empty: any)."""

    id: str
    title: str
    source: str
    status: str
    as_of: str
    use_classes: tuple[str, ...]
    statements: tuple[str, ...]
    tables: Mapping[str, Table] = field(default_factory=dict)
    why_not: str | None = None


MAKERS: Mapping[str, Callable[[Result, Mapping[str, Any]], Mapping[str, Table] | str]] = {
    "nyc_ll144": ll144.tables,
    "four_fifths": four_fifths.tables,
    "eu_ai_act": ai_act.tables,
}


def annex_file(name: str) -> dict[str, Any]:
    """What is filed for this annex; raises NotFound."""
    if name not in MAKERS:
        raise NotFound(f"There is no annex {name!r}.", field="annex", remedy=f"Use one of {', '.join(MAKERS)}.")
    filed: dict[str, Any] = json.loads(files(__package__).joinpath(f"{name}.json").read_text("utf-8"))
    return filed


def annex_of(name: str, result: Result) -> Annex:
    """The annex of a result (`AuditResult.to_dict()`), with its tables or the reason why there are none."""
    filed = annex_file(name)
    made = MAKERS[name](result, filed)
    told: dict[str, Any] = {"why_not": made} if isinstance(made, str) else {"tables": made}
    return Annex(
        id=filed["id"],
        title=filed["title"],
        source=filed["source"],
        status=filed["status"],
        as_of=filed["as_of"],
        use_classes=tuple(filed["use_classes"]),
        statements=tuple(filed["statements"]),
        **told,
    )


def annexes_of(result: Result) -> tuple[Annex, ...]:
    """Every annex, in order."""
    return tuple(annex_of(name, result) for name in MAKERS)
