"""Registering models and versions: what is refused, what is journalled, what is frozen."""

import pytest

from core.canonical import digest
from core.errors import Conflict, InputRefused, StateRefused
from core.journal import journal_of
from core.models import Event
from underwriting.models import ModelVersion, RegisteredModel
from underwriting.plan_records import plan_current
from underwriting.registration import FACTORS
from underwriting.services import (
    audit_order,
    exposure_change,
    model_change,
    model_register,
    model_retire,
    version_register,
)

pytestmark = pytest.mark.django_db


def test_a_registration_is_stored_and_journalled(model, actor):
    entry = journal_of(subject_kind="model", subject_id=model.pk).get()
    assert (entry.action, entry.actor_label) == ("model.registered", actor.label)
    assert model.harm_text.startswith("A person who has no later event is flagged.")


def test_a_naics_code_is_stored_as_its_sector(organisation, fields, actor, now):
    made = model_register(organisation=organisation, fields={**fields, "industry": "31"}, actor=actor, at=now)
    assert made.industry == "31-33"


@pytest.mark.parametrize("field", ["use_class", "industry", *FACTORS])
def test_a_value_the_plan_does_not_know_is_refused_with_the_allowed_ones(field, organisation, fields, actor, now):
    with pytest.raises(InputRefused) as refused:
        model_register(organisation=organisation, fields={**fields, field: "no such"}, actor=actor, at=now)
    plan = plan_current(on=now.date())
    allowed = {
        "use_class": list(plan.use_classes),
        "industry": [row.code for row in plan.industries],
        **{name: list(plan.factors[name].levels) for name in FACTORS},
    }[field]
    assert (refused.value.field, refused.value.limit) == (field, ", ".join(allowed))
    assert refused.value.remedy
    assert not RegisteredModel.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("purpose", ""),
        ("decisions_per_year", 0),
        ("decisions_per_year", True),
        ("oversight", {"coverage": "0.2"}),
        ("oversight", {"coverage": "1.2", "catch_lcb": "0.5"}),
        ("currency", "EUR"),
        ("dependencies", [{"kind": "rumour", "name": "x"}]),
        ("colour", "blue"),
    ],
)
def test_an_unusable_field_is_refused_by_name(field, value, organisation, fields, actor, now):
    with pytest.raises(InputRefused) as refused:
        model_register(organisation=organisation, fields={**fields, field: value}, actor=actor, at=now)
    assert refused.value.field.startswith(field)
    assert refused.value.limit


def test_the_same_name_twice_in_an_organisation_is_a_conflict(model, organisation, fields, actor, now):
    with pytest.raises(Conflict, match="already has a model of this name"):
        model_register(organisation=organisation, fields=fields, actor=actor, at=now)
    assert RegisteredModel.objects.count() == 1


def test_before_the_first_audit_a_changed_schema_counts_as_a_new_registration(model, actor, now):
    schema = {**model.schema, "slices": []}
    changed = model_change(model=model, changes={"schema": schema}, actor=actor, at=now)
    assert (changed.registration, changed.schema["slices"]) == (2, [])
    entry = journal_of(subject_kind="model", subject_id=model.pk).last()
    assert entry.detail["schema"]["from"]["slices"] == [{"name": "charge degree", "column": "c_charge_degree"}]


def test_a_changed_purpose_keeps_the_registration_number(model, actor, now):
    assert model_change(model=model, changes={"purpose": "New words."}, actor=actor, at=now).registration == 1


def test_after_an_audit_the_registration_is_frozen(model, order, actor, now):
    with pytest.raises(StateRefused, match="registration is frozen"):
        model_change(model=model, changes={"purpose": "New words."}, actor=actor, at=now)
    model.refresh_from_db()
    assert model.purpose.startswith("Scores defendants")


def test_after_an_audit_the_exposure_may_change_and_is_published(model, order, actor, now):
    exposure_change(model=model, decisions_per_year=9000, why="new counties", actor=actor, at=now)
    model.refresh_from_db()
    event = Event.objects.get(name="underwriting.exposure_changed.1")
    assert (model.decisions_per_year, event.ids) == (9000, {"model": str(model.pk)})
    entry = journal_of(subject_kind="model", subject_id=model.pk).last()
    assert (entry.why, entry.detail) == ("new counties", {"from": 7000, "to": 9000})


def test_an_unchanged_exposure_publishes_nothing(model, actor, now):
    exposure_change(model=model, decisions_per_year=7000, why="same", actor=actor, at=now)
    assert not Event.objects.exists()


def test_an_exposure_change_needs_a_reason(model, actor, now):
    with pytest.raises(InputRefused, match="reason is missing"):
        exposure_change(model=model, decisions_per_year=9000, why=" ", actor=actor, at=now)


def test_a_version_is_frozen_under_its_digest(version, now):
    assert (version.frozen_at, version.digest) == (now, digest(b"compas"))
    assert journal_of(subject_kind="version", subject_id=version.pk).get().action == "version.registered"


@pytest.mark.parametrize(("label", "content", "field"), [("2013", b"other", "label"), ("2014", b"compas", "digest")])
def test_a_label_or_digest_is_used_once_a_model(label, content, field, version, model, actor, now):
    with pytest.raises(Conflict) as refused:
        version_register(model=model, label=label, digest=digest(content), actor=actor, at=now)
    assert refused.value.field == field
    assert ModelVersion.objects.count() == 1


@pytest.mark.parametrize("text", ["", "sha256:abc", "md5:" + "0" * 64, "sha256:" + "G" * 64])
def test_anything_but_a_sha256_is_no_digest(text, model, actor, now):
    with pytest.raises(InputRefused, match="not a SHA-256"):
        version_register(model=model, label="1", digest=text, actor=actor, at=now)


def test_a_retired_model_takes_no_version_and_no_audit(model, version, dataset, actor, now):
    model_retire(model=model, why="replaced", actor=actor, at=now)
    with pytest.raises(StateRefused, match="retired"):
        version_register(model=model, label="2", digest=digest(b"2"), actor=actor, at=now)
    with pytest.raises(StateRefused, match="retired"):
        audit_order(version=version, dataset=dataset, purpose="submission", actor=actor, at=now)
