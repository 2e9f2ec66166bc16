"""Published plans: recorded once, checked at every use."""

import json
from datetime import date

import pytest
from django.db import DatabaseError, transaction

from core.canonical import canonical_json, digest
from core.errors import Conflict, NotFound, Unavailable
from underwriting import plan_records
from underwriting.models import PlanRecord
from underwriting.plan_records import plan_current, plan_get, plan_record, plans_sync
from underwriting.rating import plan_load, plan_names

pytestmark = pytest.mark.django_db


def test_migrating_publishes_every_plan_file_and_the_taxes():
    recorded = dict(PlanRecord.objects.values_list("name", "hash"))
    for name in plan_names():
        assert recorded[name] == plan_load(name).hash
    assert recorded["taxes-2026"] == plan_load(plan_names()[0]).taxes.hash


def test_publishing_twice_adds_nothing():
    before = list(PlanRecord.objects.order_by("name").values_list("name", "hash"))
    plans_sync()
    assert list(PlanRecord.objects.order_by("name").values_list("name", "hash")) == before


@pytest.fixture
def altered(monkeypatch):
    """altered(name, *keys, to=value) has the record of that name read as if somebody had changed it."""

    def alter(name: str, *keys: str, to: str) -> None:
        record = PlanRecord.objects.get(name=name)
        part = record.json
        for key in keys[:-1]:
            part = part[key]
        part[keys[-1]] = to
        whole = plan_records._record
        monkeypatch.setattr(plan_records, "_record", lambda n, kind: record if n == name else whole(n, kind))

    return alter


@pytest.mark.parametrize("act", ["update", "delete"])
def test_the_database_refuses_to_change_a_published_plan(act):
    rows = PlanRecord.objects.filter(name="MRL-2026.02")
    with pytest.raises(DatabaseError, match=r"append-only|permission denied"), transaction.atomic():
        rows.update(status="reference") if act == "update" else rows.delete()
    assert rows.get().status == "effective"


def test_a_file_that_differs_from_what_was_published_is_loud(monkeypatch):
    other = plan_records._row_of_plan("MRL-2026.01")
    other.name = "MRL-2026.02"
    monkeypatch.setattr(plan_records, "_row_of_plan", lambda name: other)
    with pytest.raises(Conflict, match="not what was published"):
        plans_sync()


def test_a_record_that_differs_from_its_hash_is_loud(altered):
    altered("MRL-2026.01", "perils", "lines", "ERR", "f0", to="0.0001")
    for use in (plan_get, plan_record):
        with pytest.raises(Unavailable, match="does not match the hash"):
            use("MRL-2026.01")


def test_a_changed_tax_table_is_loud(altered):
    altered("taxes-2026", "note", to="changed")
    with pytest.raises(Unavailable, match="taxes-2026"):
        plan_get("MRL-2026.02")


def test_new_business_is_priced_on_the_launch_plan(now):
    assert plan_current(on=now.date()).id == "MRL-2026.02"


def test_before_any_plan_nothing_is_priced(now):
    with pytest.raises(NotFound, match="No rating plan"):
        plan_current(on=now.date().replace(year=2025))


def test_an_unknown_plan_lists_the_known_ones():
    with pytest.raises(NotFound) as refused:
        plan_get("MRL-1999.01")
    assert refused.value.limit == "MRL-2026.01, MRL-2026.02"


def published(name, **changes):
    document = json.loads(canonical_json({**plan_record("MRL-2026.02").json, "id": name, **changes}))
    return PlanRecord.objects.create(
        name=name,
        kind="plan",
        hash=digest(canonical_json(document)),
        json=document,
        status="effective",
        effective_from=document["effective_from"],
    )


@pytest.mark.parametrize(
    ("on", "name"),
    [
        (date(2026, 6, 30), "MRL-2026.02"),
        (date(2026, 7, 1), "MRL-2026.03"),
        (date(2026, 9, 30), "MRL-2026.03"),
        (date(2026, 10, 1), "MRL-2026.02"),
    ],
)
def test_a_plan_prices_from_its_first_day_until_the_day_before_its_end(on, name):
    published("MRL-2026.03", effective_from="2026-07-01", effective_to="2026-10-01")
    assert plan_current(on=on).id == name
