"""Published plans: recorded once, checked at every use."""

import pytest

from core.errors import Conflict, NotFound, Unavailable
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
    before = list(PlanRecord.objects.values_list("name", "hash"))
    plans_sync()
    assert list(PlanRecord.objects.values_list("name", "hash")) == before


def test_a_file_that_differs_from_what_was_published_is_loud():
    PlanRecord.objects.filter(name="MRL-2026.02").update(hash="sha256:" + "0" * 64)
    with pytest.raises(Conflict, match="not what was published"):
        plans_sync()


def test_a_record_that_differs_from_its_hash_is_loud():
    record = PlanRecord.objects.get(name="MRL-2026.01")
    record.json["perils"]["lines"]["ERR"]["f0"] = "0.0001"
    record.save()
    for use in (plan_get, plan_record):
        with pytest.raises(Unavailable, match="does not match the hash"):
            use("MRL-2026.01")


def test_a_changed_tax_table_is_loud():
    record = PlanRecord.objects.get(name="taxes-2026")
    record.json["note"] = "changed"
    record.save()
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
