"""An audit result as a person asks for it: how good, where is it worst, what was not tested, on what does it rest."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.attribution_story import ATTRIBUTION, attribution_charts, attribution_tables
from portal.charts import intervals, point, reliability, table_rows, trend
from portal.words import worst_first
from reports.quarterly.folding import flips_folded, missing_folded

FAMILIES = {
    "performance": "How often it is wrong",
    "fairness": "Whom it treats differently",
    "slices": "Where it is worst",
    "calibration": "Whether its probabilities come true",
    "drift": "How it changes over time",
    "robustness": "How it stands small changes",
    "attribution": "What its answers rest on",
    "model": "Whether it is the model that decided",
    "labels": "How far the outcomes can be trusted",
    "data": "What it was measured on",
}
SAID = {"attribution": ATTRIBUTION}
FOLDS = {("data", "missing"): missing_folded, ("robustness", "columns"): flips_folded}
PROOFS = ("model.reproduces", "model.deterministic")
GAP_COLUMNS = {"selection_rate": "selection", "false_positive_rate": "FPR", "miss_rate": "FNR"}
GAP_WORDS = {
    "selection_rate": "Rate of the favourable decision",
    "false_positive_rate": "False-positive rate",
    "miss_rate": "Miss rate",
}
# Rates that say the same as another one turned round, or are no rates.
_NOT_DRAWN = ("True-positive rate", "True-negative rate", "Brier score")
_SHOWN = 2


@dataclass(frozen=True)
class Family:
    """One family of checks with its charts and tables; `say` stands above them."""

    name: str
    title: str
    checks: list[Mapping[str, Any]]
    charts: list[dict[str, Any]] = field(default_factory=list)
    tables: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    say: str = ""

    @property
    def first(self) -> list[Mapping[str, Any]]:
        """All that fails or cannot be told, and at least two of the rest."""
        doubtful = sum(1 for row in self.checks if row["verdict"] in ("fail", "cannot_tell"))
        return self.checks[: max(doubtful, _SHOWN)]

    @property
    def rest(self) -> list[Mapping[str, Any]]:
        return self.checks[len(self.first) :]


def families_of(result: Mapping[str, Any]) -> list[Family]:
    """The tested families, the worst first; checks that were not run are told by not_tested."""
    found = [_family(name, title, result) for name, title in FAMILIES.items()]
    return sorted((one for one in found if one.checks), key=lambda one: worst_first(one.checks[0]["verdict"]))


def _family(name: str, title: str, result: Mapping[str, Any]) -> Family:
    checks = [row for row in result["checks"] if row["family"] == name and row["verdict"] != "not_run"]
    section = result["sections"].get(name, {})
    charts = [chart for chart in _charts(name, section, result) if chart]
    say = SAID.get(name, "") if checks else ""
    return Family(name, title, sorted(checks, key=_gravity), charts, list(_tables(name, section)), say)


def _gravity(check: Mapping[str, Any]) -> int:
    return worst_first(check["verdict"])


def not_tested(result: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What was not run, each with its reason: grey, never green."""
    return [row for row in result["checks"] if row["verdict"] == "not_run"]


def unlike(result: Mapping[str, Any]) -> str:
    """Why the artifact is not the model that decided; empty when nothing shows that."""
    return next(
        (str(row["sentence"]) for row in result["checks"] if row["id"] in PROOFS and row["verdict"] == "fail"), ""
    )


def without_rows(result: Mapping[str, Any]) -> dict[str, Any]:
    """The result without any single row: what a member may read of rows that the insurer holds."""
    sections = dict(result["sections"])
    told = sections.get("attribution", {})
    kept = {name: table for name, table in told.items() if not name.startswith(("example", "beeswarm"))}
    return {**result, "sections": {**sections, "attribution": kept}}


def opinion(result: Mapping[str, Any]) -> list[str]:
    """The audit in two or three sentences, the priced error first."""
    error = next((row for row in result["checks"] if row["id"] == "performance.harmful_error"), None)
    said = [error["sentence"]] if error else []
    return [*said, _tally(result), *_gravest(result)]


def _tally(result: Mapping[str, Any]) -> str:
    verdicts = [row["verdict"] for row in result["checks"]]
    told = {"fail": "outside the limit", "cannot_tell": "cannot be told", "pass": "inside", "not_run": "not tested"}
    parts = [f"{verdicts.count(name)} {words}" for name, words in told.items() if verdicts.count(name)]
    return f"Of {len(verdicts)} checks {', '.join(parts)}; the rest have no limit."


def _gravest(result: Mapping[str, Any]) -> list[str]:
    findings = result["findings"]
    return [f"Gravest: {findings[0]['title']}."] if findings else []


def _charts(name: str, section: Mapping[str, Any], result: Mapping[str, Any]) -> Iterator[dict[str, Any] | None]:
    if name == "performance":
        yield intervals("Rates with their 90 % intervals", _rate_points(section.get("rates")))
    elif name == "calibration":
        yield reliability("Said against observed", table_rows(section.get("reliability")))
    elif name == "fairness":
        yield from _group_charts(section, result)
    elif name == "slices":
        yield from _slice_charts(section)
    elif name == "drift":
        rows = table_rows(section.get("periods"))
        yield trend("Harmful errors by period", (_harm_point(row["period"], row) for row in rows))
    elif name == "robustness":
        yield _flips(section, result)
    elif name == "attribution":
        yield from attribution_charts(section)


def _flips(section: Mapping[str, Any], result: Mapping[str, Any]) -> dict[str, Any] | None:
    """Share of flips by family, red where its check failed, and the limit that all share."""
    checks = {row["subject"]: row for row in result["checks"] if row["id"] == "robustness.flip_rate"}
    limits = {row["limit"]["value"] for row in checks.values() if row["limit"]}
    rows = []
    for row in table_rows(section.get("families")):
        failed = checks.get(row["family"], {}).get("verdict") == "fail"
        tone = "fail" if failed else "plain"
        rows.append(point(row["family"], row["rate"], row["low"], row["high"], row["rows"], tone))
    limit = {"value": min(limits), "label": "limit"} if len(limits) == 1 else None
    return intervals("Decisions that flip, by kind of change", rows, limit=limit)


def _rate_points(table: Mapping[str, Any] | None) -> Iterator[dict[str, Any]]:
    for row in table_rows(table):
        value = row["value"]
        drawn = row["rate"] not in _NOT_DRAWN and row["low"] is not None
        if drawn and isinstance(value, int | float) and 0 <= value <= 1:
            label = f"{row['rate']}, {row['subject']}" if row["subject"] else row["rate"]
            yield point(label, value, row["low"], row["high"], row["n"])


def _group_charts(section: Mapping[str, Any], result: Mapping[str, Any]) -> Iterator[dict[str, Any] | None]:
    metric = result["spec"].get("gap_metric", "selection_rate")
    stem = GAP_COLUMNS.get(metric, "selection")
    words = GAP_WORDS.get(metric, GAP_WORDS["selection_rate"])
    for name, table in section.items():
        if not name.endswith(": gaps"):
            rows = (_group_point(row, stem) for row in table_rows(table))
            yield intervals(f"{words} by {name}", sorted((row for row in rows if row["value"] is not None), key=_value))


def _group_point(row: Mapping[str, Any], stem: str) -> dict[str, Any]:
    value, n = ("selection rate", "n") if stem == "selection" else (f"{stem} value", f"{stem} n")
    few = "" if row.get("eligible") == "yes" else " (few rows)"
    return point(f"{row['group']}{few}", row.get(value), row.get(f"{stem} low"), row.get(f"{stem} high"), row.get(n))


def _value(row: Mapping[str, Any]) -> float:
    return -float(row["value"])


def _slice_charts(section: Mapping[str, Any]) -> Iterator[dict[str, Any] | None]:
    for name, table in section.items():
        if name != "worst":
            rows = sorted((_harm_point(str(row["value"]), row) for row in table_rows(table)), key=_value)
            yield intervals(f"Harmful errors by {name}", rows[:20])


def _harm_point(label: str, row: Mapping[str, Any]) -> dict[str, Any]:
    return point(label, row["harmful error"], row["low"], row["high"], row["n"])


def _tables(name: str, section: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if name == "attribution":
        yield from attribution_tables(section)
        return
    for title, table in section.items():
        wide = name == "fairness" and not title.endswith(": gaps")
        yield title, _groups(table) if wide else FOLDS.get((name, title), dict)(table)


_GROUP_RATES = {
    "selection rate": ("selection rate", "selection low", "selection high"),
    "ratio to highest": ("ratio to highest", "ratio low", "ratio high"),
    **{name: (f"{name} value", f"{name} low", f"{name} high") for name in ("FPR", "FNR", "PPV", "harmful error")},
}


def _groups(table: Mapping[str, Any]) -> dict[str, Any]:
    """The group table with each rate and its interval in one cell."""
    rows = table_rows(table)
    shown = [
        [
            row["group"],
            row["n"],
            row["eligible"],
            *(_rate(row, *names) for names in _GROUP_RATES.values()),
            row.get("z"),
        ]
        for row in rows
    ]
    return {"columns": ["group", "n", "eligible", *_GROUP_RATES, "z"], "rows": shown}


def _rate(row: Mapping[str, Any], value: str, low: str, high: str) -> str:
    if row.get(value) is None:
        return "–"
    around = "" if row.get(low) is None else f" ({row[low]:.3f} to {row[high]:.3f})"
    return f"{row[value]:.3f}{around}"
