"""Published plans: every use of one goes through its record and its hash.

A plan file that differs from the record of the same name, or a record that differs from its own hash, stops pricing.
"""

import json
from datetime import date
from functools import lru_cache
from typing import Any

from core.canonical import canonical_json, digest
from core.errors import Conflict, NotFound, Unavailable
from underwriting.models import PlanRecord
from underwriting.rating import Plan, plan_load, plan_names
from underwriting.rating.plan_reader import FOLDER, TAX_FILE

# Filed so that every engine can be checked to the cent; new business is priced on the others.
REFERENCE_PLANS = frozenset({"MRL-2026.01"})


def plans_sync() -> list[PlanRecord]:
    """Make a record of every plan file that has none; raises Conflict if a file differs from its record."""
    plans = [_sync(_row_of_plan(name)) for name in plan_names()]
    return [*plans, _sync(_row_of_taxes())]


def _sync(row: PlanRecord) -> PlanRecord:
    known = PlanRecord.objects.filter(name=row.name).first()
    if known is None:
        row.save()
        return row
    if known.hash != row.hash:
        raise Conflict(
            f"The file of {row.name} is not what was published under that name.",
            field=row.name,
            limit=f"published {known.hash}, file {row.hash}",
            remedy="Restore the file; a changed plan is published under a new name.",
        )
    return known


def _row_of_plan(name: str) -> PlanRecord:
    plan = plan_load(name)
    status = PlanRecord.Status.REFERENCE if name in REFERENCE_PLANS else PlanRecord.Status.EFFECTIVE
    return PlanRecord(
        name=name,
        kind=PlanRecord.Kind.PLAN,
        hash=plan.hash,
        json=_file(name),
        status=status,
        effective_from=plan.effective_from,
    )


def _row_of_taxes() -> PlanRecord:
    document = _file(TAX_FILE)
    lines = [line for row in document["jurisdictions"].values() for line in row["lines"]]
    return PlanRecord(
        name=TAX_FILE,
        kind=PlanRecord.Kind.TAXES,
        hash=digest(canonical_json(document)),
        json=document,
        status=PlanRecord.Status.EFFECTIVE,
        effective_from=min(date.fromisoformat(line["from"]) for line in lines),
    )


def _file(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_bytes())


def plan_get(name: str, *, taxes: str = TAX_FILE) -> Plan:
    """The published plan `name` with the published tax table; NotFound for a name nobody published."""
    return _plan(_bytes(_record(name, PlanRecord.Kind.PLAN)), _bytes(_record(taxes, PlanRecord.Kind.TAXES)))


def plan_current(*, on: date) -> Plan:
    """The plan that prices new business on `on`: of those with from <= on < to, the one that began last."""
    rows = PlanRecord.objects.filter(kind=PlanRecord.Kind.PLAN, status=PlanRecord.Status.EFFECTIVE)
    begun = rows.filter(effective_from__lte=on).order_by("-effective_from", "-name")
    record = next((row for row in begun if _not_ended(row, on)), None)
    if record is None:
        raise NotFound(f"No rating plan is in force on {on}.", field="plan", remedy="Choose a later date.")
    return plan_get(record.name)


def _not_ended(record: PlanRecord, on: date) -> bool:
    """Whether `on` is before the plan's own last day; a plan without one ends only where a later one begins."""
    end = record.json.get("effective_to")
    return end is None or on < date.fromisoformat(end)


def plan_record(name: str) -> PlanRecord:
    """The published record of rating plan `name`, its hash checked."""
    record = _record(name, PlanRecord.Kind.PLAN)
    _bytes(record)
    return record


def _record(name: str, kind: str) -> PlanRecord:
    record = PlanRecord.objects.filter(name=name, kind=kind).first()
    if record is None:
        known = ", ".join(PlanRecord.objects.filter(kind=kind).order_by("name").values_list("name", flat=True))
        raise NotFound(f"There is no published {kind} {name!r}.", field="plan", limit=known, remedy="Name one.")
    return record


def _bytes(record: PlanRecord) -> bytes:
    data = canonical_json(record.json)
    if digest(data) != record.hash:
        raise Unavailable(
            f"The stored {record.name} does not match the hash it was published with; nothing is priced with it.",
            field=record.name,
            limit=record.hash,
            remedy="An administrator must restore the record from the published plan file.",
        )
    return data


@lru_cache(maxsize=8)
def _plan(document: bytes, taxes: bytes) -> Plan:
    return plan_load(document, taxes=taxes)
