"""Registering models, versions and deployments."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import Organisation
from core.actors import Actor
from core.canonical import canonical_json
from core.canonical import digest as digest_of
from core.errors import Conflict, InputRefused, StateRefused
from core.events import event_publish
from core.journal import journal_write
from core.states import state_change
from underwriting.interfaces import interface_check
from underwriting.models import AuditOrder, DeploymentSwitch, ModelVersion, RegisteredModel
from underwriting.plan_records import plan_current
from underwriting.registration import FIELDS, decisions_check, digest_check, registration_check
from underwriting.states import MODEL


def model_register(
    *, organisation: Organisation, fields: Mapping[str, Any], actor: Actor, at: datetime
) -> RegisteredModel:
    """Register a model; `fields` are those of underwriting.registration.FIELDS."""
    checked = registration_check(fields=fields, plan=plan_current(on=at.date()))
    with transaction.atomic():
        try:
            with transaction.atomic():
                model = RegisteredModel.objects.create(organisation=organisation, created_at=at, **checked)
        except IntegrityError:
            raise _name_taken() from None
        _journal(model, "model.registered", actor, at, detail={"name": model.name, "use_class": model.use_class})
    return model


def model_change(*, model: RegisteredModel, changes: Mapping[str, Any], actor: Actor, at: datetime) -> RegisteredModel:
    """Correct a registration before its first audit; a changed schema is a new registration number."""
    with transaction.atomic():
        model = _locked(model)
        _refuse_retired(model)
        if AuditOrder.objects.filter(version__model=model).exists():
            raise StateRefused(
                "A version of this model was audited, so its registration is frozen.",
                field="model",
                limit="changes before the first audit",
                remedy="Register the changed model anew; change decisions_per_year with POST …/exposure.",
            )
        before = {name: getattr(model, name) for name in FIELDS}
        checked = registration_check(fields={**before, **changes}, plan=plan_current(on=at.date()))
        changed = {name: value for name, value in checked.items() if value != before[name]}
        _store(model, changed)
        detail = {name: {"from": before[name], "to": value} for name, value in changed.items()}
        _journal(model, "model.changed", actor, at, detail=detail)
    return model


def _store(model: RegisteredModel, changed: dict[str, Any]) -> None:
    for name, value in changed.items():
        setattr(model, name, value)
    if "schema" in changed:
        model.registration += 1
    try:
        with transaction.atomic():
            model.save(update_fields=[*changed, "registration"])
    except IntegrityError:
        raise _name_taken() from None


def exposure_change(
    *, model: RegisteredModel, decisions_per_year: int, why: str, actor: Actor, at: datetime
) -> RegisteredModel:
    """State a new number of decisions a year; quotes hear of it (event underwriting.exposure_changed.1)."""
    new = decisions_check(decisions_per_year)
    reason = required_reason(why)
    with transaction.atomic():
        model = _locked(model)
        _refuse_retired(model)
        old = model.decisions_per_year
        if new == old:
            return model
        model.decisions_per_year = new
        model.save(update_fields=["decisions_per_year"])
        _journal(model, "model.exposure_changed", actor, at, why=reason, detail={"from": old, "to": new})
        event_publish(
            name="underwriting.exposure_changed.1",
            organisation_id=model.organisation_id,
            ids={"model": str(model.pk)},
            at=at,
        )
    return model


def model_retire(*, model: RegisteredModel, why: str, actor: Actor, at: datetime) -> RegisteredModel:
    """No new versions, audits or prices; the history stays."""
    reason = required_reason(why)
    with transaction.atomic():
        state_change(instance=model, machine=MODEL, to=RegisteredModel.State.RETIRED, actor=actor, at=at, why=reason)
    return model


def version_register(
    *,
    model: RegisteredModel,
    label: str,
    digest: str,
    actor: Actor,
    at: datetime,
    notes: str = "",
    interface: Mapping[str, Any] | None = None,
) -> ModelVersion:
    """Freeze one artifact of the model under its digest; with an interface the artifact can be handed over."""
    digest_check(digest)
    with transaction.atomic():
        model = _locked(model)
        _refuse_retired(model)
        checked = None if interface is None else interface_check(interface=interface, schema=model.schema).to_dict()
        written = "" if checked is None else digest_of(canonical_json(checked))
        _refuse_taken(model, label, digest, written)
        version = ModelVersion.objects.create(
            organisation_id=model.organisation_id,
            created_at=at,
            model=model,
            label=label,
            digest=digest,
            interface=checked,
            interface_digest=written,
            notes=notes,
            frozen_at=at,
        )
        journal_write(
            actor=actor,
            action="version.registered",
            subject_kind="version",
            subject_id=version.pk,
            organisation_id=model.organisation_id,
            at=at,
            detail={"model": str(model.pk), "label": label, "digest": digest, "interface": checked is not None},
        )
    return version


def _refuse_taken(model: RegisteredModel, label: str, digest: str, interface_digest: str) -> None:
    """One label a model; one artifact may come again under another label with another interface."""
    versions = ModelVersion.objects.filter(model=model)
    same = versions.filter(digest=digest, interface_digest=interface_digest)
    for field, taken in (("label", versions.filter(label=label)), ("digest", same)):
        if taken.exists():
            raise Conflict(
                f"This model already has a version with this {field}.",
                field=field,
                limit="once a model",
                remedy="A changed artifact or interface is a version of its own, with a new label.",
            )


def deployment_switch(
    *,
    model: RegisteredModel,
    version: ModelVersion | None,
    live_from: datetime,
    actor: Actor,
    at: datetime,
    notes: str = "",
) -> DeploymentSwitch:
    """From `live_from` on, `version` (or none) decides. Inserting before a later switch needs a reason in `notes`."""
    if version is not None and version.model_id != model.pk:
        raise InputRefused(
            "This version belongs to another model.", field="version", remedy="Name a version of this model."
        )
    with transaction.atomic():
        _locked(model)
        _refuse_rewrite(model, live_from, notes)
        switch = DeploymentSwitch.objects.create(
            organisation_id=model.organisation_id,
            created_at=at,
            model=model,
            version=version,
            live_from=live_from,
            notes=notes,
        )
        detail = {"version": str(version.pk) if version else None, "live_from": live_from}
        _journal(model, "model.switched", actor, at, why=notes, detail=detail)
    return switch


def _refuse_rewrite(model: RegisteredModel, live_from: datetime, notes: str) -> None:
    switches = DeploymentSwitch.objects.filter(model=model)
    if switches.filter(live_from=live_from).exists():
        raise Conflict(
            "A switch at this moment is already recorded, and switches are never changed.",
            field="live_from",
            limit="one switch a moment",
            remedy="Record the correction at another moment.",
        )
    if not notes.strip() and switches.filter(live_from__gt=live_from).exists():
        raise InputRefused(
            "A later switch is already recorded, so this one changes the recorded past.",
            field="notes",
            limit="a reason",
            remedy="Say in notes why it is recorded late.",
        )


def required_reason(why: str) -> str:
    """`why`, stripped; raises InputRefused if it says nothing."""
    if not why.strip():
        raise InputRefused("A reason is missing.", field="why", limit="text", remedy="Say why in a few plain words.")
    return why.strip()


def _name_taken() -> Conflict:
    return Conflict(
        "This organisation already has a model of this name.",
        field="name",
        limit="unique in the organisation",
        remedy="Choose another name, or add a version to that model.",
    )


def _locked(model: RegisteredModel) -> RegisteredModel:
    return RegisteredModel.objects.select_for_update().get(pk=model.pk)


def _refuse_retired(model: RegisteredModel) -> None:
    if model.state == RegisteredModel.State.RETIRED:
        raise StateRefused(
            "This model is retired.", field="model", limit="state registered", remedy="Register it anew to go on."
        )


def _journal(
    model: RegisteredModel,
    action: str,
    actor: Actor,
    at: datetime,
    *,
    why: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    journal_write(
        actor=actor,
        action=action,
        subject_kind="model",
        subject_id=model.pk,
        organisation_id=model.organisation_id,
        at=at,
        why=why,
        detail=detail,
    )
