"""From a claim to a new plan through the pages alone: paid, studied, drafted, reviewed, approved, in force."""

from datetime import timedelta

import pytest
import time_machine

from accounts.models import Authority
from actuarial.models import Study
from claims.models import Claim, Incident
from core.jobs.runner import drain
from tests.book import audited, authorised, bound, model_made, pricing_made
from underwriting.plan_records import plan_current, plan_record
from underwriting.rating.diff import plan_diff
from underwriting.services import price_replay

NAME, PARENT = "MRL-2027.01", "MRL-2026.02"
WHY = {"why": "What the first claim teaches."}


@pytest.fixture(autouse=True)
def _few_cases(monkeypatch):
    """A worker tries a few cases here; test_rating_properties.py tries them all."""
    monkeypatch.setattr("underwriting.tasks.CASES", 3)


@pytest.fixture
def people(portal, staff, owner):
    """Everybody who takes part, each at a browser."""
    for name in ("ada", "ben", "cy"):
        authorised(staff("adjuster", name), Authority.Kind.CLAIM, "9000000")
    adjusters = {name: portal(staff("adjuster", name)) for name in ("ada", "ben", "cy")}
    return {
        "olga": portal(owner),
        **adjusters,
        **{name: portal(staff("actuary", name)) for name in ("ann", "bob", "cat")},
    }


def send(browser, path, **given):
    """Send one form; the page after it, which must not be a refusal."""
    answer = browser.post(path, given, follow=True)
    page = answer.content.decode()
    assert answer.status_code == 200, (path, answer.status_code)
    assert 'class="pl-note is-harm"' not in page, path
    return page


def paid(people, policy, now) -> Claim:
    """A claim from notice to payment, by four people."""
    when = f"{now + timedelta(hours=1):%Y-%m-%dT%H:%M}"
    coded = {"entity": "An applicant.", "harm_event": "Refused.", "linked_to": "The score decided.",
             "system_behaviour": "Scored a reliable payer as risky.", "peril": "ERR", "level": "occurred",
             "serious": "no", "affected": "1"}  # fmt: skip
    send(people["olga"], "/incidents/new", model=policy.model_id, occurred_at=when, discovered_at=when,
         description="An applicant was refused by mistake.", **coded)  # fmt: skip
    told = {"policy": policy.pk, "incident": Incident.objects.get().pk, "claimant": "Jo Doe", "amount": "90000"}
    send(people["olga"], "/claims/new", **told, made_on=f"{now + timedelta(days=1):%Y-%m-%d}", country="US")
    path = f"/claims/{Claim.objects.get().pk}"
    send(people["ada"], f"{path}/triage", severity="moderate", why="Seen.")
    send(people["ada"], f"{path}/coverage", prior_knowledge="no", other_insurance="none", exclusions_looked="on")
    send(people["ada"], f"{path}/reserves", part="indemnity", delta="65000", reason="Less the deductible.")
    send(people["ada"], f"{path}/decisions", outcome="accept", payee="Jo Doe", why="Shown.")
    decision = Claim.objects.get().decisions.get()
    send(people["ben"], f"{path}/decisions/{decision.pk}/approve", why="Agreed.")
    send(people["cy"], f"{path}/payments", payee="Jo Doe", key="BANK-1")
    return Claim.objects.get()


def studied(ann) -> Study:
    """The experience study, asked for on the workbench and made by a worker."""
    send(ann, "/workbench/experience", currency="USD")
    drain()
    study = Study.objects.get()
    assert study.state == "completed", study.reason
    return study


@pytest.mark.django_db
def test_a_claim_becomes_a_plan_without_a_shell(people, organisation, other_organisation, staff, now):
    policy = bound(organisation, staff("underwriter"), now)
    bound(other_organisation, staff("underwriter"), now, name="Triage", industry="62")
    old = policy.quote.pricing
    assert paid(people, policy, now).state == "paid"

    study = studied(people["ann"])
    assert study.result["figures"]["claims"] == 1
    page = people["ann"].get(f"/studies/{study.pk}").content.decode()
    assert page.index("What a draft would change") < page.index("The level")

    draft = f"/plans/drafts/{NAME}"
    page = send(people["ann"], f"/studies/{study.pk}/draft", name=NAME, **WHY)
    assert f"From study {study.pk}" in page
    begins = (now + timedelta(days=30)).date()
    send(people["ann"], f"{draft}/sections/effective_from", v0=begins.isoformat(), why="From the next month on.")
    drain()
    send(people["bob"], f"{draft}/steps/reviewed", why="Read every figure.")
    send(people["cat"], f"{draft}/steps/approved", why="I stand for it.")
    send(people["ann"], f"{draft}/steps/published", why="From its first day.")

    rows = {row["path"]: row["new"] for row in study.result["edits"]["rows"]}
    assert len(rows) == 3
    changes = plan_diff(plan_record(PARENT).json, plan_record(NAME).json)
    assert {one.path: one.new for one in changes} == {**rows, "id": NAME, "effective_from": begins.isoformat()}
    assert plan_current(on=begins - timedelta(days=1)).id == PARENT

    later = now + timedelta(days=31)
    assert plan_current(on=later.date()).id == NAME
    with time_machine.travel(later, tick=True):
        _, version = model_made(organisation, later, name="Second")
        new = pricing_made(audited(version, later), later)
    assert (new.plan_name, new.premium > old.premium) == (NAME, True)
    policy.refresh_from_db()
    assert (policy.premium, price_replay(pricing=old)) == (old.premium, old.worksheet_digest)


@pytest.mark.django_db
def test_its_author_may_not_approve_and_an_underwriter_may_not_start_it(people, portal, organisation, staff, now):
    policy = bound(organisation, staff("underwriter"), now)
    paid(people, policy, now)
    study = studied(people["ann"])
    assert portal(staff("underwriter")).post(f"/studies/{study.pk}/draft", {"name": NAME, **WHY}).status_code == 403
    send(people["ann"], f"/studies/{study.pk}/draft", name=NAME, **WHY)
    drain()
    answer = people["ann"].post(f"/plans/drafts/{NAME}/steps/reviewed", {"why": "Mine."}, follow=True).content.decode()
    assert "neither reviews nor approves" in answer
