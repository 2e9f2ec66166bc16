"""docs/audits.md lists every check of the edition in force, module by module, with its limit and severity."""

import re
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from audits.engine.registry import registered
from audits.engine.spec import LATER
from audits.suites import suite_load
from underwriting.specification import SCHEMA_KEYS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "audits.md").read_text()
SUITE = suite_load()
ID = re.compile(r"\b[a-z]+\.[a-z_0-9]+\b")
LIMIT = re.compile(r"^(>=|<=|>|<) (-?[0-9.]+)")


class Line(NamedTuple):
    module: str
    ids: tuple[str, ...]
    limit: str
    severity: str
    method: str


def lines():
    """The rows of the table of checks."""
    table = PAGE.partition("| module | check | limit | severity | method and source |\n")[2].partition("\n\n")[0]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines()[1:]]
    return [Line(each[0], tuple(ID.findall(each[1])), *each[2:]) for each in cells]


def by_module():
    found = defaultdict(set)
    for line in lines():
        found[line.module].update(line.ids)
    return found


def test_modules_stand_in_the_order_of_the_edition():
    assert list(dict.fromkeys(line.module for line in lines())) == [entry.name for entry in SUITE.checks]


def test_every_question_of_every_module_is_listed_with_it():
    listed = by_module()
    asked = {entry.name: {ask for ask, _ in registered()[entry.name].asks} for entry in SUITE.checks}
    assert {name: ids - listed[name] for name, ids in asked.items() if ids - listed[name]} == {}


def test_limits_and_severities_are_those_of_the_edition():
    told = {}
    for line in lines():
        found = LIMIT.match(line.limit)
        if found:
            (check,) = line.ids
            told[check] = (found[1], Decimal(found[2]), line.severity)
    filed = {check: (limit.op, Decimal(str(limit.value)), limit.severity) for check, limit in SUITE.limits.items()}
    assert told == filed


def test_a_check_without_a_limit_says_so():
    without = {line.limit for line in lines() if not LIMIT.match(line.limit)}
    assert without == {"none", "q0 of the use class"}
    assert all(line.method for line in lines())


def test_every_listed_check_is_made_somewhere_in_the_engine():
    source = "\n".join(path.read_text() for path in (ROOT / "audits" / "engine").rglob("*.py"))
    unmade = [
        check
        for line in lines()
        for check in line.ids
        if not re.search(rf"[\"'.]{check.partition('.')[2]}[\"']", source)
    ]
    assert unmade == []


def test_every_key_of_the_specification_is_explained():
    fields = set(re.findall(r"`([a-z_]+)`", PAGE.partition("## The specification")[2].partition("\n## ")[0]))
    assert set(SCHEMA_KEYS) - fields == set()
    assert set(LATER) <= fields
