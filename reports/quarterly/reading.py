"""Small questions to a report's input, so that a changed key is changed in one place. Every answer may be absent."""

from collections.abc import Mapping, Sequence
from typing import Any

Source = Mapping[str, Any]

WORST_FIRST = ("fail", "cannot_tell", "not_run", "measured", "pass")
GRAVITY = ("high", "medium", "low")


def look(source: Any, path: str, default: Any = None) -> Any:
    """The value at a dotted path, or `default` where anything on the way is missing or null."""
    for step in path.split("."):
        if not isinstance(source, Mapping):
            return default
        source = source.get(step)
    return default if source is None else source


def listed(source: Any, path: str) -> list[Any]:
    """The list at a path; empty when there is none."""
    found = look(source, path)
    return list(found) if isinstance(found, Sequence) and not isinstance(found, str | bytes) else []


def records(source: Any, path: str) -> list[Source]:
    """The mappings of the list at a path."""
    return [item for item in listed(source, path) if isinstance(item, Mapping)]


def number(value: Any) -> float | None:
    """A finite float, or None."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return found if abs(found) < 1e300 else None


# the audit (contract B)


def rows(report: Source, name: str = "labelled") -> int | None:
    """A row count of the audit: total, labelled, unlabelled, undecided."""
    found = number(look(report, f"audit.rows.{name}"))
    return None if found is None else int(found)


def dimension(report: Source, name: str) -> Source:
    """One priced dimension; a missing one reads as not run."""
    found = look(report, f"audit.dimensions.{name}")
    return found if isinstance(found, Mapping) else {"state": "not_run", "reason": "the audit has no such dimension"}


def checks(report: Source, family: str | None = None) -> list[Source]:
    """The checks of a family, worst first."""
    found = [item for item in records(report, "audit.checks") if family in {None, item.get("family")}]
    grave = gravity_by_check(report)
    return sorted(found, key=lambda check: (_badness(check), grave.get(str(check.get("id")), 9), -excess(check)))


def _badness(check: Source) -> int:
    verdict = check.get("verdict")
    return WORST_FIRST.index(verdict) if verdict in WORST_FIRST else len(WORST_FIRST)


def gravity_by_check(report: Source) -> dict[str, int]:
    """The gravest severity that a finding gives each check."""
    order = {name: index for index, name in enumerate(GRAVITY)}
    found: dict[str, int] = {}
    for item in records(report, "audit.findings"):
        check, grave = str(item.get("check")), order.get(str(item.get("severity")), 9)
        found[check] = min(grave, found.get(check, 9))
    return found


def has_figures(report: Source, family: str, name: str) -> bool:
    """Whether a family has anything measured to show; what has not stands in the table of what was not tested."""
    return dimension(report, name).get("state") == "measured" or any(
        number(item.get("value")) is not None for item in checks(report, family)
    )


def excess(check: Source) -> float:
    """How far the value lies beyond its limit, in multiples of the limit; nought where there is none."""
    value, limit = number(check.get("value")), number(look(check, "limit.value"))
    if value is None or limit is None:
        return 0.0
    beyond = value - limit if str(look(check, "limit.op", "<=")).startswith("<") else limit - value
    return beyond / (abs(limit) or 1.0)


def verdict_counts(report: Source) -> dict[str, int]:
    """How many checks ended in each verdict."""
    found = [str(item.get("verdict")) for item in checks(report)]
    return {verdict: found.count(verdict) for verdict in WORST_FIRST}


def findings(report: Source) -> list[Source]:
    """The audit's findings, gravest first; of one severity those first whose check failed."""
    order = {name: index for index, name in enumerate(GRAVITY)}
    bad: dict[str, int] = {}
    for item in records(report, "audit.checks"):
        name = str(item.get("id"))
        bad[name] = min(bad.get(name, len(WORST_FIRST)), _badness(item))
    return sorted(
        records(report, "audit.findings"),
        key=lambda item: (order.get(str(item.get("severity")), 9), bad.get(str(item.get("check")), 9)),
    )


def is_laboratory(report: Source) -> bool:
    """Whether the audit has the tables of the laboratory's edition, most of which stand in the appendix."""
    return isinstance(look(report, "audit.sections.bias"), Mapping)


def section_tables(report: Source, family: str) -> list[tuple[str, Source]]:
    """The named tables that the audit hands over for a family, in its order."""
    found = look(report, f"audit.sections.{family}", {})
    if not isinstance(found, Mapping):
        return []
    return [(str(name), table) for name, table in found.items() if isinstance(table, Mapping) and table.get("rows")]


def family_table(report: Source, family: str, name: str) -> Source | None:
    """One named table of a family; None when the audit has none, or an empty one."""
    return next((table for other, table in section_tables(report, family) if other == name), None)


def records_of(table: Source | None) -> list[dict[str, Any]]:
    """The rows of a table as mappings from column name to value."""
    names = [plain_name(name) for name in table["columns"]] if table else []
    return [dict(zip(names, row, strict=False)) for row in table["rows"]] if table else []


def facts_of(table: Source | None) -> dict[str, Any]:
    """A table of questions and answers as a mapping: plain name -> value."""
    return {plain_name(row[0]): row[1] for row in table["rows"] if len(row) > 1} if table else {}


def column(table: Source, *names: str) -> int | None:
    """The index of the first column whose name is one of `names`, compared without case, blanks and underscores."""
    heads = [plain_name(head) for head in table.get("columns", [])]
    for name in names:
        if plain_name(name) in heads:
            return heads.index(plain_name(name))
    return None


def plain_name(name: object) -> str:
    """ "Selection rate" and "selection_rate" are one name."""
    return str(name).lower().replace("_", " ").replace("-", " ").strip()


def cell(row: Sequence[Any], index: int | None) -> Any:
    """A cell, or None."""
    return row[index] if index is not None and index < len(row) else None
