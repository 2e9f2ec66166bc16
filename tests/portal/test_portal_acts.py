"""Acts: done, told and journalled; refused with the reason and nothing changed; kept from those without the role."""

import pytest

from accounts.models import ApiKey
from claims.models import Claim
from core.jobs.models import Job
from policies.models import Quote
from tests.book import CUSTOMER, priced, quoted
from underwriting.models import ModelVersion, RegisteredModel
from underwriting.services import audit_order

DIGEST = "sha256:" + "ab" * 32


def told(answer) -> str:
    """The page after an act."""
    return answer.content.decode()


def test_a_version_is_frozen_and_the_page_says_so(portal, owner, policy):
    page = portal(owner).post(f"/models/{policy.model_id}/versions", {"label": "v2", "digest": DIGEST}, follow=True)
    assert "Version v2 is registered" in told(page)
    assert ModelVersion.objects.filter(model=policy.model, label="v2").count() == 1


def test_a_refused_act_says_why_and_changes_nothing(portal, owner, policy):
    page = portal(owner).post(f"/models/{policy.model_id}/versions", {"label": "v1", "digest": DIGEST}, follow=True)
    assert "already has a version with this label" in told(page)
    assert ModelVersion.objects.filter(model=policy.model).count() == 1


def test_an_incomplete_form_names_its_field(portal, owner, policy):
    page = portal(owner).post(f"/models/{policy.model_id}/versions", {"label": "", "digest": DIGEST}, follow=True)
    assert "Version: This field is required." in told(page)


@pytest.mark.parametrize(
    ("who", "path"),
    [
        ("viewer", "/models/{model}/versions"),
        ("underwriter", "/models/{model}/versions"),
        ("owner", "/audits/{audit}/price"),
        ("adjuster", "/pricings/{pricing}/offer"),
        ("engineer", "/quotes/{quote}/accept"),
        ("underwriter", "/claims/{claim}/triage"),
        ("owner", "/claims/{claim}/payments"),
    ],
)
def test_acts_are_refused_to_other_roles(portal, staff, request, policy, claim, who, path):
    user = request.getfixturevalue(who) if who in ("viewer", "owner", "engineer") else staff(who)
    ids = {"model": policy.model_id, "quote": policy.quote_id, "pricing": policy.quote.pricing_id, "claim": claim.pk}
    address = path.format(**ids, audit=policy.quote.pricing.order.audit_run_id)
    assert portal(user).post(address, {}).status_code == 403
    assert Claim.objects.get(pk=claim.pk).state == "reported"


def test_a_strangers_act_meets_nothing(portal, stranger, policy):
    answer = portal(stranger).post(f"/models/{policy.model_id}/versions", {"label": "x", "digest": DIGEST})
    assert answer.status_code == 404
    assert not ModelVersion.objects.filter(label="x").exists()


def test_the_registration_keeps_what_was_typed_when_it_is_refused(portal, owner, db):
    answer = portal(owner).post("/models/new", {"name": "Typed name", "schema": "not json"})
    assert answer.status_code == 422
    assert "Typed name" in told(answer)
    assert RegisteredModel.objects.count() == 0


def test_an_offer_becomes_a_quote(portal, staff, organisation, now):
    pricing = priced(organisation, now)
    page = portal(staff("underwriter")).post(f"/pricings/{pricing.pk}/offer", follow=True)
    quote = Quote.objects.get(pricing=pricing)
    assert quote.number in told(page)


def test_binding_over_ones_authority_is_refused(portal, staff, owner, organisation, now):
    quote = quoted(organisation, now)
    portal(owner).post(f"/quotes/{quote.pk}/accept")
    given = {"inception": "2026-10-11", "acceptance_reason": "Seen."}
    answer = portal(staff("underwriter")).post(f"/quotes/{quote.pk}/bind", given)
    assert answer.status_code == 403
    assert "authority" in told(answer)
    assert Quote.objects.get(pk=quote.pk).state == "accepted"


def test_a_key_is_shown_once_and_only_to_its_maker(portal, owner, viewer, db):
    page = told(portal(owner).post("/keys", {"name": "Nightly"}))
    key = ApiKey.objects.get(name="Nightly")
    assert f"{key.prefix}." in page
    later = told(portal(owner).get("/keys"))
    assert f"{key.prefix}." not in later
    assert key.hashed_key not in later
    assert portal(viewer).post(f"/keys/{key.prefix}/revoke").status_code == 403


def test_a_wrong_password_is_refused_in_plain_words(portal, owner):
    answer = portal(None).post("/login", {"username": owner.email, "password": "wrong"})
    assert answer.status_code == 422
    assert "do not match" in told(answer)


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example", "/models"])
def test_logging_in_leads_nowhere_else(portal, owner, target):
    owner.set_password("load line 1876")
    owner.save()
    answer = portal(None).post("/login", {"username": owner.email, "password": "load line 1876", "next": target})
    assert answer["Location"] == ("/models" if target == "/models" else "/")


def test_the_progress_of_a_running_audit_is_polled_and_a_finished_one_reloads(portal, owner, policy, now):
    done = policy.quote.pricing.order
    assert portal(owner).get(f"/audits/{done.audit_run_id}/progress")["HX-Refresh"] == "true"
    rows = {"version": done.version, "dataset": done.audit_run.dataset}
    run = audit_order(**rows, purpose="submission", actor=CUSTOMER, at=now).audit_run
    type(run).objects.filter(pk=run.pk).update(state="running")
    Job.objects.filter(pk=run.job_id).update(
        state="running", done=2, total=7, step="fairness", started_at=run.created_at
    )
    page = told(portal(owner).get(f"/audits/{run.pk}/progress"))
    assert "2 of 7 · fairness" in page
    assert "every 2s" in page
