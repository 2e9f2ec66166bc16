"""Which version was live at T, against brute force; switches only grow."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.canonical import digest
from core.errors import Conflict, InputRefused
from core.journal import journal_of
from underwriting.models import DeploymentSwitch
from underwriting.selectors import version_live_at
from underwriting.services import deployment_switch, model_register, version_register

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_nothing_is_live_before_the_first_switch(model, version, actor, now):
    deployment_switch(model=model, version=version, live_from=now, actor=actor, at=now)
    assert version_live_at(model=model, at=now - timedelta(microseconds=1)) is None
    assert version_live_at(model=model, at=now) == version


def test_a_switch_to_none_takes_the_model_out_of_use(model, version, actor, now):
    deployment_switch(model=model, version=version, live_from=now, actor=actor, at=now)
    deployment_switch(model=model, version=None, live_from=now + DAY, actor=actor, at=now)
    assert version_live_at(model=model, at=now + DAY) is None
    assert version_live_at(model=model, at=now + DAY / 2) == version


def test_a_switch_is_journalled(model, version, actor, now):
    deployment_switch(model=model, version=version, live_from=now, actor=actor, at=now, notes="first go-live")
    entry = journal_of(subject_kind="model", subject_id=model.pk).last()
    assert (entry.action, entry.why, entry.detail["version"]) == (
        "model.switched",
        "first go-live",
        str(version.pk),
    )


def test_a_second_switch_at_the_same_moment_cannot_be_written(model, version, actor, now):
    deployment_switch(model=model, version=version, live_from=now, actor=actor, at=now)
    with pytest.raises(Conflict) as refused:
        deployment_switch(model=model, version=None, live_from=now, actor=actor, at=now)
    assert refused.value.field == "live_from"
    assert version_live_at(model=model, at=now) == version


def test_changing_the_recorded_past_needs_a_reason(model, version, actor, now):
    deployment_switch(model=model, version=version, live_from=now, actor=actor, at=now)
    with pytest.raises(InputRefused) as refused:
        deployment_switch(model=model, version=None, live_from=now - DAY, actor=actor, at=now)
    assert refused.value.field == "notes"
    deployment_switch(model=model, version=None, live_from=now - DAY, actor=actor, at=now, notes="forgotten")
    assert DeploymentSwitch.objects.count() == 2


def test_a_version_of_another_model_cannot_be_deployed(model, organisation, fields, actor, now):
    other = model_register(organisation=organisation, fields={**fields, "name": "Other"}, actor=actor, at=now)
    foreign = version_register(model=other, label="1", digest=digest(b"o"), actor=actor, at=now)
    with pytest.raises(InputRefused) as refused:
        deployment_switch(model=model, version=foreign, live_from=now, actor=actor, at=now)
    assert refused.value.field == "version"


@pytest.mark.parametrize("act", ["update", "delete"])
def test_the_database_refuses_to_change_a_switch(act, model, version, actor, now):
    switch = deployment_switch(model=model, version=version, live_from=now, actor=actor, at=now)
    rows = DeploymentSwitch.objects.filter(pk=switch.pk)
    with pytest.raises(DatabaseError, match=r"append-only|permission denied"), transaction.atomic():
        rows.update(live_from=now + DAY) if act == "update" else rows.delete()
    assert rows.get().live_from == now


HOURS = st.integers(min_value=0, max_value=500)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(switches=st.dictionaries(HOURS, st.sampled_from([None, "a", "b"]), max_size=8), asked=HOURS)
def test_live_at_agrees_with_brute_force(switches, asked, model, version, actor, now):
    start = datetime(2026, 1, 1, tzinfo=UTC)
    known = {"a": version, "b": _second(model, actor, now), None: None}
    with transaction.atomic():
        for hour, name in switches.items():
            live_from = start + timedelta(hours=hour)
            deployment_switch(
                model=model, version=known[name], live_from=live_from, actor=actor, at=now, notes="recorded"
            )
        live = version_live_at(model=model, at=start + timedelta(hours=asked))
        transaction.set_rollback(True)
    earlier = [hour for hour in switches if hour <= asked]
    assert live == (known[switches[max(earlier)]] if earlier else None)


def _second(model, actor, now):
    found = model.versions.filter(label="b").first()
    return found or version_register(model=model, label="b", digest=digest(b"b"), actor=actor, at=now)
