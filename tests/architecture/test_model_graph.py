"""Foreign keys point to the same room or a lower one; core's tables point nowhere."""

from django.apps import apps

ROOMS = [
    "core",
    "accounts",
    "provenance",
    "audits",
    "underwriting",
    "policies",
    "guarantees",
    "claims",
    "actuarial",
    "reports",
    "portal",
]


def _keys():
    for model in apps.get_models():
        if model._meta.app_label in ROOMS:
            for field in model._meta.get_fields():
                is_key = field.many_to_one or field.one_to_one or field.many_to_many
                if is_key and field.concrete and field.related_model:
                    yield model, field, field.related_model


def test_every_key_points_down_or_sideways():
    upward = [
        f"{model.__name__}.{field.name} -> {target.__name__}"
        for model, field, target in _keys()
        if target._meta.app_label in ROOMS and ROOMS.index(target._meta.app_label) > ROOMS.index(model._meta.app_label)
    ]
    assert upward == []


def test_no_key_leaves_core():
    assert [f for m, f, t in _keys() if m._meta.app_label == "core" and t._meta.app_label != "core"] == []


def test_there_are_keys_to_check():
    assert sum(1 for _ in _keys()) > 20


def test_every_tenant_row_names_its_organisation():
    from accounts.models import TenantModel

    outside = {"Capacity", "PlanRecord", "PlanRevision", "PlanStep", "Series", "Study"}  # the insurer's own
    for model in apps.get_models():
        label = model._meta.app_label
        if label in ROOMS[2:] and model.__name__ not in outside:
            assert issubclass(model, TenantModel), model
            assert not model._meta.get_field("organisation").null, model
