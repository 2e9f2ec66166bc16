"""A plan from draft to publication: three people, every form kept, the former worksheet still replayed."""

import copy
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from accounts.roles import ALL_STAFF
from core.actors import Actor
from core.errors import Conflict, InputRefused, NotAllowed, StateRefused
from core.jobs.runner import drain
from core.models import Event, JournalEntry
from tests.book import audited, model_made, priced, pricing_made
from tests.portal.conftest import portal  # noqa: F401 - fixture
from tests.racing import race
from underwriting.models import PlanRecord, PlanRevision, PlanStep
from underwriting.plan_records import plan_current, plan_record
from underwriting.rating.properties import Property
from underwriting.selectors import plan_draft_revisions, plan_draft_state
from underwriting.services import (
    plan_draft_approve,
    plan_draft_publish,
    plan_draft_review,
    plan_draft_save,
    plan_draft_start,
    plan_draft_withdraw,
    price_replay,
)

ANN, BOB, CAT = (Actor(kind="user", id=f"u-{name}", label=name.title()) for name in ("ann", "bob", "cat"))
NAME, PARENT = "MRL-2027.01", "MRL-2026.02"


@pytest.fixture(autouse=True)
def _few_cases(monkeypatch):
    """A worker tries a few cases here; test_rating_properties.py tries them all."""
    monkeypatch.setattr("underwriting.tasks.CASES", 5)


def start(now, name=NAME):
    return plan_draft_start(name=name, parent=PARENT, why="What the claims teach.", actor=ANN, at=now)


def edited(*path, to, name=NAME, begins="2026-10-05"):
    document = copy.deepcopy(plan_record(PARENT).json) | {"id": name, "effective_from": begins}
    part = document
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = to
    return document


def save(now, *path, to="0.09", **more):
    path = path or ("loading", "ulae")
    return plan_draft_save(name=NAME, document=edited(*path, to=to, **more), why="More.", actor=ANN, at=now)


def step(act, actor, now, name=NAME):
    drain()
    return act(name=name, why="Read it.", actor=actor, at=now)


def approved(now):
    start(now)
    save(now)
    step(plan_draft_review, BOB, now)
    step(plan_draft_approve, CAT, now)


@pytest.mark.django_db
def test_a_published_draft_prices_new_business_and_old_worksheets_still_replay(organisation, now):
    old = priced(organisation, now)
    approved(now)
    record = step(plan_draft_publish, ANN, now)
    later = now + timedelta(days=5)
    assert (plan_current(on=now.date()).id, plan_current(on=later.date()).id) == (PARENT, NAME)
    assert record.hash == PlanRevision.objects.get(name=NAME, number=2).hash
    assert Event.objects.filter(name="underwriting.plan_published.1").count() == 1
    _, version = model_made(organisation, later, name="Second")
    new = pricing_made(audited(version, later), later)
    assert (new.plan_name, new.plan_hash) == (NAME, record.hash)
    assert new.premium > old.premium
    assert price_replay(pricing=old) == old.worksheet_digest


@pytest.mark.django_db
def test_an_author_neither_reviews_nor_approves_and_a_reviewer_does_not_approve(now):
    start(now)
    for actor, act in ((ANN, plan_draft_review), (ANN, plan_draft_approve)):
        with pytest.raises(NotAllowed):
            step(act, actor, now)
    with pytest.raises(StateRefused):
        step(plan_draft_approve, BOB, now)
    step(plan_draft_review, BOB, now)
    with pytest.raises(NotAllowed):
        step(plan_draft_approve, BOB, now)
    with pytest.raises(StateRefused):
        step(plan_draft_publish, CAT, now)
    assert PlanStep.objects.exclude(act="tried").count() == 1


@pytest.mark.django_db
def test_a_plan_that_breaks_what_must_hold_cannot_be_approved(now, monkeypatch):
    start(now)
    broken = Property(5, "The premium moves the right way", 5, "one claim more lowers the premium")
    monkeypatch.setattr("underwriting.tasks.plan_properties", lambda plan, **_: (broken,))
    save(now)
    step(plan_draft_review, BOB, now)
    with pytest.raises(StateRefused, match="one claim more lowers the premium"):
        step(plan_draft_approve, CAT, now)
    assert plan_draft_state(plan_draft_revisions(NAME)) == "reviewed"


@pytest.mark.django_db
def test_a_revision_nobody_has_tried_cannot_be_approved(now):
    start(now)
    plan_draft_review(name=NAME, why="Read.", actor=BOB, at=now)
    with pytest.raises(StateRefused, match="not tried"):
        plan_draft_approve(name=NAME, why="Read.", actor=CAT, at=now)


@pytest.mark.django_db
def test_a_new_revision_begins_without_review_and_approval(now):
    approved(now)
    save(now, to="0.10")
    assert plan_draft_state(plan_draft_revisions(NAME)) == "draft"
    with pytest.raises(StateRefused):
        step(plan_draft_publish, ANN, now)
    assert not PlanRecord.objects.filter(name=NAME).exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "to"),
    [
        (("loading", "ulae"), None),
        (("loading", "ulae"), "NaN"),
        (("loading", "variable_expense"), "0.99"),
        (("perils", "lines", "ERR", "betas", "ece"), "-0.1"),
        (("perils", "lines", "ERR", "ilf", "5000000"), "9.9"),
        (("relativity", "m_high"), "1e400"),
        (("surprise",), "1"),
        (("id",), "MRL-2028.01"),
    ],
)
def test_what_is_no_plan_is_refused_and_nothing_is_stored(now, path, to):
    start(now)
    lines = JournalEntry.objects.count()
    with pytest.raises(InputRefused) as refused:
        save(now, *path, to=to)
    assert refused.value.field
    assert (PlanRevision.objects.count(), JournalEntry.objects.count()) == (1, lines)


@pytest.mark.django_db
@pytest.mark.parametrize("begins", ["2026-09-30", "2026-01-01", "2025-01-01"])
def test_a_plan_begins_neither_in_the_past_nor_before_the_plan_in_force(now, begins):
    start(now)
    save(now, begins=begins)
    step(plan_draft_review, BOB, now)
    step(plan_draft_approve, CAT, now)
    with pytest.raises(InputRefused) as refused:
        step(plan_draft_publish, CAT, now)
    assert refused.value.field == "effective_from"
    assert not PlanRecord.objects.filter(name=NAME).exists()


@pytest.mark.django_db
def test_names_that_are_taken_or_none_are_refused(now):
    start(now)
    for name, error in (
        (NAME, Conflict),
        (PARENT, Conflict),
        ("best plan", InputRefused),
        ("MRL-2027.1", InputRefused),
    ):
        with pytest.raises(error):
            start(now, name)


@pytest.mark.django_db
def test_a_draft_given_up_stays_and_goes_no_further(now):
    approved(now)
    step(plan_draft_withdraw, ANN, now)
    for act in (plan_draft_review, plan_draft_publish, plan_draft_withdraw):
        with pytest.raises(StateRefused):
            step(act, CAT, now)
    assert PlanRevision.objects.filter(name=NAME).count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize("rows", [PlanRevision, PlanStep])
def test_what_was_written_and_done_is_never_changed(now, rows):
    approved(now)
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.objects.update(why="otherwise")


@pytest.mark.django_db(transaction=True)
def test_published_four_times_at_once_it_is_one_plan(now):
    approved(now)
    refusals = race([lambda: step(plan_draft_publish, ANN, now)] * 4)
    assert len(refusals) == 3
    assert {type(error) for error in refusals} <= {Conflict, StateRefused, InputRefused}
    assert PlanRecord.objects.filter(name=NAME).count() == 1
    assert Event.objects.filter(name="underwriting.plan_published.1").count() == 1


@pytest.mark.django_db
def test_actuaries_write_other_staff_read_and_no_customer_sees_a_draft(api, staff, owner, now):
    start(now)
    body = {"act": "reviewed", "why": "Read it."}
    for role in sorted(ALL_STAFF):
        client, before = api(staff(role)), PlanStep.objects.count()
        status = client.post(f"/api/v1/plan-drafts/{NAME}/steps", body, format="json").status_code
        assert status == (201 if role == "actuary" else 403)
        assert PlanStep.objects.count() == before + (role == "actuary")
        assert client.get(f"/api/v1/plan-drafts/{NAME}").status_code == (403 if role == "adjuster" else 200)
    assert api(owner).get(f"/api/v1/plan-drafts/{NAME}").status_code == 403
    assert api(staff("auditor")).get("/api/v1/plan-drafts/MRL-1999.01").status_code == 404


@pytest.mark.django_db
def test_the_api_writes_a_draft_and_tells_what_it_changes(api, staff, now):
    client = api(staff("actuary"))
    begun = {"name": NAME, "parent": PARENT, "why": "Claims."}
    assert client.post("/api/v1/plan-drafts", begun, format="json").status_code == 201
    sent = {"json": edited("loading", "ulae", to="0.09", begins="2026-01-01"), "why": "Dearer handling."}
    told = client.post(f"/api/v1/plan-drafts/{NAME}/revisions", sent, format="json").json()
    change = next(row for row in told["changes"] if row["path"] == "loading.ulae")
    assert (change["old"], change["new"], change["relative"]) == ("0.08", "0.09", "0.125000")
    wrong = {"json": [1], "why": "No."}
    assert client.post(f"/api/v1/plan-drafts/{NAME}/revisions", wrong, format="json").status_code == 422


@pytest.mark.django_db
def test_three_actuaries_walk_a_plan_through_the_portal(portal, staff, now):  # noqa: F811
    ann, bob, cat = (portal(staff("actuary", name)) for name in ("ann", "bob", "cat"))
    draft = f"/plans/drafts/{NAME}"
    ann.post("/plans/drafts/new", {"name": NAME, "parent": PARENT, "why": "Claims."})
    _write(ann, draft, "loading", {"ulae": "0.09"})
    _write(ann, draft, "effective_from", {"effective_from": "2027-01-01"})
    page = ann.get(draft).content.decode()
    assert "3 figures differ from MRL-2026.02" in page  # the name is one of them
    assert "loading.ulae" in page
    drain()
    assert "A worksheet is computed again byte for byte" in ann.get(draft).content.decode()
    for browser, act in ((bob, "reviewed"), (cat, "approved"), (ann, "published")):
        assert (
            f"The draft is {act}."
            in browser.post(f"{draft}/steps/{act}", {"why": "Read."}, follow=True).content.decode()
        )
    assert PlanRecord.objects.get(name=NAME).json["loading"]["ulae"] == "0.09"
    assert portal(staff("underwriter")).post(f"{draft}/steps/withdrawn", {"why": "No."}).status_code == 403
    assert NAME in portal(staff("underwriter")).get("/plans").content.decode()


@pytest.mark.django_db
def test_the_editor_says_by_path_what_cannot_be(portal, staff, now):  # noqa: F811
    ann = portal(staff("actuary", "ann"))
    ann.post("/plans/drafts/new", {"name": NAME, "parent": PARENT, "why": "Claims."})
    answer = _write(ann, f"/plans/drafts/{NAME}", "loading", {"ulae": "much"})
    assert answer.status_code == 422
    assert "ulae" in answer.content.decode()
    assert PlanRevision.objects.count() == 1
    assert ann.get(f"/plans/drafts/{NAME}/sections/omens").status_code == 404


@pytest.mark.django_db
def test_every_section_opened_and_saved_as_it_stands_is_the_same_plan(portal, staff, now):  # noqa: F811
    ann = portal(staff("actuary", "ann"))
    ann.post("/plans/drafts/new", {"name": NAME, "parent": PARENT, "why": "Claims."})
    first = PlanRevision.objects.get(name=NAME)
    for section in first.json:
        if section not in ("schema", "id", "currency"):
            assert _write(ann, f"/plans/drafts/{NAME}", section, {}).status_code == 302, section
    assert set(PlanRevision.objects.values_list("hash", flat=True)) == {first.hash}


def _write(browser, draft, section, changed):
    """Fill in the section's form as a browser would, some values changed."""
    form = browser.get(f"{draft}/sections/{section}").context["form"]
    sent = {"why": "Because."}
    for place, (path, value) in form.paths.items():
        given = changed.get(str(path[-1]), value)
        if given is not None and given is not False and not isinstance(given, list | dict):
            sent[f"v{place}"] = given
    return browser.post(f"{draft}/sections/{section}", sent)
