"""Prices from the stored audit, kept whole, replayed byte for byte; referrals decided by named people."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from core.actors import Actor
from core.canonical import canonical_json, digest
from core.errors import InputRefused, NotAllowed, NotFound, StateRefused, Unavailable
from core.journal import journal_of
from underwriting.models import PlanRecord, Pricing, Referral
from underwriting.rating import evidence_from_audit, plan_load, price
from underwriting.selectors import order_priceable, pricing_open_referrals
from underwriting.services import (
    audit_order,
    dimension_remove,
    model_register,
    price_make,
    price_replay,
    referral_decide,
    version_register,
)
from underwriting.terms import risk_of, terms_complete

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def pricing(completed, terms, underwriter, now) -> Pricing:
    return price_make(order=completed, terms=terms, actor=underwriter, at=now + timedelta(days=2))


def test_a_stored_price_is_the_pure_price_of_the_stored_audit(pricing, completed, model, terms, now):
    plan = plan_load("MRL-2026.02")
    complete = terms_complete(terms=terms, on=now.date() + timedelta(days=2))
    run = completed.audit_run
    evidence = evidence_from_audit(run.result, evidence_class="E4", age_days=1, result_digest=run.result_digest)
    pure = price(risk_of(model=model, terms=complete, dimensions={}, plan=plan), evidence, plan)
    pricing.refresh_from_db()
    assert canonical_json(pricing.worksheet) == canonical_json(pure.to_dict())
    assert (pricing.premium, pricing.outcome) == (pure.premium, pure.decision)


def test_a_price_keeps_plan_inputs_and_digest(pricing):
    plan = plan_load("MRL-2026.02")
    assert (pricing.plan_name, pricing.plan_hash, pricing.taxes_hash) == (plan.id, plan.hash, plan.taxes.hash)
    assert pricing.worksheet_digest == digest(canonical_json(pricing.worksheet))
    assert pricing.risk == pricing.worksheet["risk"]
    assert pricing.evidence["evidence_class"] == "E4"


def test_a_price_is_journalled_with_its_hashes(pricing, underwriter):
    entry = journal_of(subject_kind="pricing", subject_id=pricing.pk).get()
    assert (entry.action, entry.actor_label) == ("pricing.made", underwriter.label)
    assert entry.detail["worksheet_digest"] == pricing.worksheet_digest


def test_replay_gives_the_same_bytes(pricing):
    fresh = Pricing.objects.get(pk=pricing.pk)
    assert price_replay(pricing=fresh) == fresh.worksheet_digest


def test_the_age_of_the_audit_is_counted_from_its_completion(completed, terms, underwriter, now):
    fresh = price_make(order=completed, terms=terms, actor=underwriter, at=now + timedelta(days=50))
    old = price_make(order=completed, terms=terms, actor=underwriter, at=now + timedelta(days=102))
    assert fresh.evidence["age_days"] == 49
    assert not fresh.referrals.filter(code="audit-too-old").exists()
    assert old.referrals.filter(code="audit-too-old").exists()


def test_an_untested_gap_is_priced_and_never_left_out(order, complete, terms, underwriter, now):
    complete(order, gap={"state": "not_run", "reason": "no protected attribute was registered"})
    untested = price_make(order=order, terms=terms, actor=underwriter, at=now + DAY)
    lines = {line["dimension"] for line in untested.worksheet["figures"]["untested"]}
    assert "gap" in lines
    assert "gap" not in untested.worksheet["not_applicable"]


def test_an_underwriter_removes_a_dimension_by_name_and_reason(order, complete, terms, underwriter, now):
    complete(order, gap={"state": "not_run", "reason": "no protected attribute was registered"})
    at = now + DAY
    without = price_make(order=order, terms=terms, actor=underwriter, at=at)
    removed = dimension_remove(terms=terms, dimension="gap", reason="it scores machines", actor=underwriter)
    pricing = price_make(order=order, terms=removed, actor=underwriter, at=at)
    entry = journal_of(subject_kind="pricing", subject_id=pricing.pk).first()
    assert (entry.action, entry.why) == ("pricing.dimension_removed", "it scores machines")
    assert pricing.risk["removed"][0]["by"] == underwriter.label
    assert _pure(pricing) < _pure(without)


def _pure(pricing: Pricing) -> Decimal:
    return Decimal(pricing.worksheet["figures"]["money"]["pure_premium"])


def test_only_gap_and_ece_can_be_removed(completed, terms, underwriter, now):
    removed = dimension_remove(terms=terms, dimension="error", reason="no wish", actor=underwriter)
    with pytest.raises(InputRefused) as refused:
        price_make(order=completed, terms=removed, actor=underwriter, at=now + DAY)
    assert refused.value.limit == "gap, ece"
    assert not Pricing.objects.exists()


def test_without_a_measured_error_there_is_no_price_but_a_referral(order, complete, terms, underwriter, now):
    complete(order, error={"state": "cannot_tell", "reason": "more than 20 % of rows are unlabelled"})
    pricing = price_make(order=order, terms=terms, actor=underwriter, at=now + DAY)
    assert (pricing.outcome, pricing.premium, pricing.grade) == ("refer", None, "")
    assert pricing.referrals.get(code="error-not-measured").waivable is False


def test_an_audit_under_way_cannot_be_priced(order, terms, underwriter, now):
    with pytest.raises(StateRefused, match="nothing to price"):
        price_make(order=order, terms=terms, actor=underwriter, at=now)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"limit": "1234567"}, "limit"),
        ({"deductible": "100000", "limit": "250000", "aggregate": "250000"}, "deductible"),
        ({"aggregate": "10"}, "aggregate"),
        ({"tax_jurisdiction": "ATLANTIS"}, "tax_jurisdiction"),
        ({"retro_date": "2030-01-01"}, "retro_date"),
        ({"retro_date": "2025-01-01", "claims_made_year": 5}, "claims_made_year"),
        ({"inception": "tomorrow"}, "inception"),
        ({"inception": "2025-06-01"}, "inception"),
        ({"colour": "blue"}, "colour"),
        ({"limit": None}, "limit"),
        ({"schedule": [{"name": "error", "pct": "-0.05", "reason": "r", "evidence": "e"}]}, "schedule"),
    ],
)
def test_terms_the_plan_has_no_answer_to_are_refused(changes, field, completed, terms, underwriter, now):
    with pytest.raises(InputRefused) as refused:
        price_make(order=completed, terms={**terms, **changes}, actor=underwriter, at=now + DAY)
    assert refused.value.field == field
    assert not Pricing.objects.exists()


def test_the_retroactive_date_gives_the_claims_made_year(terms, now):
    complete = terms_complete(terms={**terms, "retro_date": "2024-10-02"}, on=now.date())
    assert complete["claims_made_year"] == 2


def test_a_plan_without_the_use_class_refuses_it_by_name(completed, terms, underwriter, now):
    with pytest.raises(InputRefused, match="no use class 'JUSTICE-RISK'"):
        price_make(order=completed, terms=terms, plan_name="MRL-2026.01", actor=underwriter, at=now + DAY)


@pytest.mark.parametrize("act", ["update", "delete"])
def test_the_database_refuses_to_change_a_price(act, pricing):
    pricing.referrals.all().delete()
    rows = Pricing.objects.filter(pk=pricing.pk)
    with pytest.raises(DatabaseError, match=r"append-only|permission denied"), transaction.atomic():
        rows.update(premium=Decimal("1.00")) if act == "update" else rows.delete()
    assert rows.get().premium == pricing.premium


def test_only_a_measured_catch_rate_is_credited_and_the_share_reviewed_is_as_registered(
    fields, organisation, dataset, actor, underwriter, terms, now, complete
):
    fields |= {"name": "Reviewed", "oversight": {"coverage": "0.20", "catch_lcb": "0.90"}}
    model = model_register(organisation=organisation, fields=fields, actor=actor, at=now)
    version = version_register(model=model, label="1", digest=digest(b"x"), actor=actor, at=now)
    given = {"purpose": "submission", "actor": actor, "at": now}
    measured = {"state": "measured", "k": 30, "n": 50, "point": "0.600000", "l": "0.499123", "gamma": "0.90"}
    told = {}
    for name, found in (("registered", {}), ("measured", {"oversight": measured})):
        order = complete(audit_order(version=version, dataset=dataset, **given), **found)
        made = price_make(order=order, terms=terms, actor=underwriter, at=now + DAY)
        told[name] = made.risk["oversight"]
        assert price_replay(pricing=made) == made.worksheet_digest
    assert told["registered"] is None
    assert told["measured"] == {"coverage": "0.20", "catch_lcb": "0.499123"}


def test_a_changed_worksheet_is_found_out(pricing):
    pricing.worksheet["figures"]["money"]["premium"] = "1.00"
    with pytest.raises(Unavailable, match="does not match its digest"):
        price_replay(pricing=pricing)


def test_a_changed_plan_record_stops_pricing_and_replay(pricing, completed, terms, underwriter, now, monkeypatch):
    record = PlanRecord.objects.get(name="MRL-2026.02")
    record.json["loading"]["minimum_premium"] = "1.00"
    monkeypatch.setattr("underwriting.plan_records._record", lambda name, kind: record)
    with pytest.raises(Unavailable, match="does not match the hash"):
        price_replay(pricing=pricing)
    with pytest.raises(Unavailable, match="does not match the hash"):
        price_make(order=completed, terms=terms, actor=underwriter, at=now + DAY)


def test_an_altered_audit_result_is_not_priced(completed, terms, underwriter, now):
    completed.audit_run.result["dimensions"]["error"]["ucb"] = 0.0
    with pytest.raises(Unavailable, match="does not match its digest"):
        price_make(order=completed, terms=terms, actor=underwriter, at=now + DAY)
    assert not Pricing.objects.exists()


def test_a_claims_audit_never_prices(version, completed, dataset, actor, now, complete):
    later = audit_order(version=version, dataset=dataset, purpose="claim", actor=actor, at=now)
    complete(later)
    assert order_priceable(version) == completed


def test_an_order_names_purpose_class_and_registration(order, actor):
    assert (order.purpose, order.evidence_class, order.registration) == ("submission", "E4", 1)
    entry = journal_of(subject_kind="version", subject_id=order.version_id).last()
    assert (entry.action, entry.detail["audit_run"]) == ("audit.ordered", str(order.audit_run_id))


def test_another_organisations_data_set_does_not_exist_for_an_order(version, other_organisation, actor, now, dataset):
    dataset.organisation = other_organisation
    dataset.save()
    with pytest.raises(NotFound):
        audit_order(version=version, dataset=dataset, purpose="submission", actor=actor, at=now)
    assert not version.orders.exists()


@pytest.fixture
def referral(pricing, now) -> Referral:
    return _referral(pricing, now, "audit-too-old", waivable=True)


def _referral(pricing: Pricing, now, code: str, *, waivable: bool) -> Referral:
    return Referral.objects.create(
        organisation_id=pricing.organisation_id,
        created_at=now,
        pricing=pricing,
        code=code,
        reason="For the test.",
        resolves="A decision.",
        waivable=waivable,
    )


def test_an_underwriter_accepts_a_referral_for_a_reason(referral, underwriter, now):
    referral_decide(referral=referral, decision="accepted", why="data unchanged", actor=underwriter, at=now)
    referral.refresh_from_db()
    assert (referral.state, referral.decided_by, referral.why) == (
        "accepted",
        underwriter.label,
        "data unchanged",
    )
    assert referral not in pricing_open_referrals(referral.pricing)
    assert journal_of(subject_kind="referral", subject_id=referral.pk).get().why == "data unchanged"


def test_a_decided_referral_stays_decided(referral, underwriter, now):
    referral_decide(referral=referral, decision="refused", why="too old", actor=underwriter, at=now)
    with pytest.raises(StateRefused):
        referral_decide(referral=referral, decision="accepted", why="after all", actor=underwriter, at=now)
    referral.refresh_from_db()
    assert referral.state == "refused"


@pytest.mark.parametrize(("decision", "why"), [("accepted", ""), ("maybe", "because")])
def test_a_decision_needs_a_known_word_and_a_reason(decision, why, referral, underwriter, now):
    with pytest.raises(InputRefused):
        referral_decide(referral=referral, decision=decision, why=why, actor=underwriter, at=now)
    referral.refresh_from_db()
    assert referral.state == "open"


def test_what_cannot_be_waived_can_only_be_refused_or_withdrawn(pricing, underwriter, now):
    hard = _referral(pricing, now, "too-few-rows", waivable=False)
    with pytest.raises(StateRefused) as refused:
        referral_decide(referral=hard, decision="accepted", why="trust me", actor=underwriter, at=now)
    assert refused.value.remedy == "A decision."
    referral_decide(referral=hard, decision="withdrawn", why="no longer asked", actor=underwriter, at=now)
    assert hard.state == "withdrawn"


def test_a_large_schedule_needs_a_second_person(pricing, underwriter, now):
    large = _referral(pricing, now, "second-underwriter", waivable=True)
    with pytest.raises(NotAllowed):
        referral_decide(referral=large, decision="accepted", why="fine", actor=underwriter, at=now)
    second = Actor(kind="user", id="u-second", label="Sam Second")
    referral_decide(referral=large, decision="accepted", why="fine", actor=second, at=now)
    assert large.state == "accepted"
