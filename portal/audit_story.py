"""An audit result as a person asks for it: what to act on, how good, where is it worst, what was not tested."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

from portal.advice import advice
from portal.attribution_story import ATTRIBUTION, attribution_tables
from portal.audit_charts import charts_of
from portal.charts import table_rows
from portal.saliency_story import saliency_tables
from portal.tables import Worded, worded
from reports.quarterly.folding import confusion_folded, flips_folded, missing_folded
from reports.quarterly.reading import GRAVITY, WORST_FIRST, checks, gravity_by_check
from reports.quarterly.saliency import SALIENCY

Result = Mapping[str, Any]
Table = Mapping[str, Any]

FAMILIES = {
    "performance": "How often it is wrong",
    "fairness": "Whom it treats differently",
    "slices": "Where it is worst",
    "versions": "What got worse since the earlier version",
    "oversight": "Whether people catch its errors",
    "calibration": "Whether its probabilities come true",
    "uncertainty": "How sure all this is",
    "drift": "How it changes over time",
    "robustness": "How it stands small changes",
    "labels": "How far the outcomes can be trusted",
    "gaming": "Whether the audit was played",
    "attribution": "What its answers rest on",
    "saliency": "What in a picture its answers rest on",
    "model": "Whether it is the model that decided",
    "data": "What it was measured on",
}
SECTIONS = {"fairness": ("fairness", "bias")}  # of families whose tables stand in other sections than their own
SAID = {
    "attribution": ATTRIBUTION,
    "saliency": SALIENCY,
    "gaming": "What is found here is a reason to ask. It is never a proof that anybody cheated.",
}
FOLDS = {
    ("data", "missing"): missing_folded,
    ("robustness", "columns"): flips_folded,
    ("performance", "confusion"): confusion_folded,
}
PROOFS = ("model.reproduces", "model.deterministic")
# What is read first of a family in which nothing fails.
HEADLINES = (
    *("performance.harmful_error", "performance.worst_mean", "fairness.gap", "fairness.worst_pair", "slices.worst"),
    *("calibration.ece", "calibration.by_group", "drift.alarm", "drift.outcome_slope", "robustness.flip_rate"),
    *("robustness.adversarial", "labels.disagreement", "labels.suspected", "oversight.catch_rate"),
    *("oversight.harmful_errors", "versions.harmful_errors", "versions.errors", "uncertainty.coverage"),
    *("uncertainty.group_coverage", "gaming.challenge_error", "gaming.scaffolding", "attribution.drivers"),
    *("attribution.faithfulness", "model.reproduces", "data.rows"),
)
LEAST_SHOWN, MOST_SHOWN = 2, 6  # checks of a family that stand open; failed ones always do
FIRST_CHARTS = {"attribution": 2, "drift": 2, "saliency": 2}  # that stand open; of all other families one
MOST_FINDINGS = 10


@dataclass(frozen=True)
class Family:
    """One family of checks, worst first; `say` stands above them, charts and tables are made when they are asked."""

    name: str
    title: str
    checks: list[Mapping[str, Any]]
    result: Result

    @property
    def say(self) -> str:
        return SAID.get(self.name, "")

    @property
    def first(self) -> list[Mapping[str, Any]]:
        """All that fails, of what cannot be told a few, and at least two of the rest."""
        failed = sum(1 for row in self.checks if row["verdict"] == "fail")
        doubtful = sum(1 for row in self.checks if row["verdict"] == "cannot_tell")
        return self.checks[: max(failed, min(failed + doubtful, MOST_SHOWN), LEAST_SHOWN)]

    @property
    def rest(self) -> list[Mapping[str, Any]]:
        return self.checks[len(self.first) :]

    @cached_property
    def charts(self) -> list[dict[str, Any]]:
        return charts_of(self.name, self.result)

    @property
    def first_charts(self) -> list[dict[str, Any]]:
        return self.charts[: FIRST_CHARTS.get(self.name, 1)]

    @property
    def more_charts(self) -> list[dict[str, Any]]:
        return self.charts[len(self.first_charts) :]

    @cached_property
    def tables(self) -> list[tuple[str, Table]]:
        """Every table with a row, folded where a row a column would tell nothing."""
        told = (pair for section in SECTIONS.get(self.name, (self.name,)) for pair in _tables(section, self.result))
        return [(title, table) for title, table in told if table["rows"]]

    @property
    def worded(self) -> list[Worded]:
        return [worded(title, table) for title, table in self.tables]


def families_of(result: Result) -> list[Family]:
    """The tested families, the worst first; checks that were not run are told by not_tested."""
    named = dict(FAMILIES)
    for row in result["checks"]:  # an edition to come may have a family that this release has no title for
        named.setdefault(row["family"], str(row["family"]).replace("_", " ").capitalize())
    found = [Family(name, title, _checks(name, result), result) for name, title in named.items()]
    grave = gravity_by_check({"audit": result})
    return sorted((one for one in found if one.checks), key=lambda one: _worst(one.checks, grave))


def _checks(name: str, result: Result) -> list[Mapping[str, Any]]:
    """Those that were run, in the order of the papers; where nothing fails the headlines first."""
    run = [row for row in checks({"audit": result}, name) if row["verdict"] != "not_run"]
    bad = [row for row in run if row["verdict"] in ("fail", "cannot_tell")]
    good = [row for row in run if row["verdict"] not in ("fail", "cannot_tell")]
    return [*bad, *sorted(good, key=_headline)]


def _headline(check: Mapping[str, Any]) -> int:
    return HEADLINES.index(check["id"]) if check["id"] in HEADLINES else len(HEADLINES)


def _worst(found: list[Mapping[str, Any]], grave: Mapping[str, int]) -> tuple[int, int]:
    """Of a family's worst checks: how bad, and how grave a finding."""
    worst = min(WORST_FIRST.index(row["verdict"]) for row in found)
    if worst > 1:
        return 2, 0
    alike = [row for row in found if row["verdict"] == WORST_FIRST[worst]]
    return worst, min(grave.get(str(row["id"]), len(GRAVITY)) for row in alike)


@dataclass(frozen=True)
class Act:
    """A finding with what to do about it, and the family in which it is told."""

    finding: Mapping[str, Any]
    family: Family | None

    @property
    def advice(self) -> str:
        return advice(self.finding)


def acts_of(result: Result, families: list[Family]) -> list[Act]:
    """Every finding, the gravest first, each with its family if that has anything to read."""
    named = {family.name: family for family in families}
    order = {severity: place for place, severity in enumerate(GRAVITY)}
    findings = sorted(result["findings"], key=lambda row: order.get(row["severity"], len(order)))
    return [Act(row, named.get(str(row["check"]).partition(".")[0])) for row in findings]


def not_tested(result: Result) -> list[Mapping[str, Any]]:
    """What was not run, each with its reason: grey, never green."""
    return [row for row in result["checks"] if row["verdict"] == "not_run"]


def untested_by_reason(result: Result) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """What was not run, under each reason; reasons that stop the most checks first."""

    def why(row: Mapping[str, Any]) -> str:
        return str(row["reason"] or row["sentence"])

    told = [(reason, list(rows)) for reason, rows in groupby(sorted(not_tested(result), key=why), key=why)]
    return sorted(told, key=lambda pair: -len(pair[1]))


def unlike(result: Result) -> str:
    """Why the artifact is not the model that decided; empty when nothing shows that."""
    return next(
        (str(row["sentence"]) for row in result["checks"] if row["id"] in PROOFS and row["verdict"] == "fail"), ""
    )


def opinion(result: Result) -> list[str]:
    """The audit in two or three sentences, the priced error first."""
    error = next((row for row in result["checks"] if row["id"] == "performance.harmful_error"), None)
    said = [error["sentence"]] if error else []
    return [*said, _tally(result), *_gravest(result)]


def _tally(result: Result) -> str:
    verdicts = [row["verdict"] for row in result["checks"]]
    told = {"fail": "outside the limit", "cannot_tell": "cannot be told", "pass": "inside", "not_run": "not tested"}
    parts = [f"{verdicts.count(name)} {words}" for name, words in told.items() if verdicts.count(name)]
    return f"Of {len(verdicts)} checks {', '.join(parts)}; the rest have no limit."


def _gravest(result: Result) -> list[str]:
    findings = result["findings"]
    return [f"Gravest: {findings[0]['title']}."] if findings else []


def _tables(name: str, result: Result) -> Iterator[tuple[str, Table]]:
    section = result["sections"].get(name, {})
    if name == "attribution":
        yield from attribution_tables(section)
        return
    if name == "saliency":
        yield from saliency_tables(section)
        return
    for title, table in section.items():
        wide = name == "fairness" and not title.endswith(": gaps")
        yield title, _groups(table) if wide else FOLDS.get((name, title), dict)(table)


_GROUP_RATES = {
    "selection rate": ("selection rate", "selection low", "selection high"),
    "ratio to highest": ("ratio to highest", "ratio low", "ratio high"),
    "false-positive rate": ("FPR value", "FPR low", "FPR high"),
    "miss rate": ("FNR value", "FNR low", "FNR high"),
    "share right of positive decisions": ("PPV value", "PPV low", "PPV high"),
    "harmful error rate": ("harmful error value", "harmful error low", "harmful error high"),
}


def _groups(table: Table) -> dict[str, Any]:
    """The wide group table's own figures, each with its two bounds."""
    wanted = [name for names in _GROUP_RATES.values() for name in names]
    rows = [[row.get(name) for name in ("group", "n", "eligible", *wanted, "z")] for row in table_rows(table)]
    heads = [head for said in _GROUP_RATES for head in (said, f"{said} low", f"{said} high")]
    return {"columns": ["group", "n", "eligible", *heads, "z"], "rows": rows}
