"""From a study to a draft of the plan: exactly its edits, named by it, by an actuary, and then as any draft."""

from datetime import timedelta

import pytest
import time_machine

from accounts.roles import ALL_STAFF
from actuarial.models import Study
from actuarial.services import study_request, study_to_draft
from core.actors import Actor
from core.errors import Conflict, InputRefused, StateRefused
from core.jobs.models import Job
from core.jobs.runner import drain
from core.models import JournalEntry
from tests.claims.conftest import desk_of
from tests.portal.conftest import portal  # noqa: F401 - fixture
from tests.portal.test_portal_pages import inline
from underwriting.models import PlanRecord, PlanRevision
from underwriting.plan_records import plan_record
from underwriting.rating.diff import plan_diff

ACTUARY = Actor(kind="user", id="u-actuary", label="Ada Actuary")
NAME = "MRL-2027.01"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _few_cases(monkeypatch):
    monkeypatch.setattr("underwriting.tasks.CASES", 2)


@pytest.fixture
def desk(organisation, staff, now):
    return desk_of(organisation, staff, now)


@pytest.fixture
def study(desk, now):
    """Experience with one claim."""
    desk.claim()
    return made("experience", now + timedelta(days=8))


def made(kind, at, **asked):
    row = study_request(kind=kind, asked=asked, actor=ACTUARY, at=at)
    with time_machine.travel(at, tick=True):
        drain()
    row.refresh_from_db()
    assert row.state == "completed", row.reason
    return row


def drafted(study, at, name=NAME, why="What the first claim teaches."):
    return study_to_draft(study=study, name=name, why=why, actor=ACTUARY, at=at)


def stored():
    return PlanRevision.objects.count(), Job.objects.count(), JournalEntry.objects.count()


def test_the_draft_has_exactly_the_edits_and_names_the_study(study, now):
    saved = drafted(study, now)
    first, second = PlanRevision.objects.order_by("number")
    assert (first.number, second.number, second.pk) == (1, 2, saved.pk)
    changes = plan_diff(plan_record("MRL-2026.02").json | {"id": NAME}, second.json)
    rows = study.result["edits"]["rows"]
    assert len(rows) > 0
    assert [(one.path, one.old, one.new) for one in changes] == sorted((r["path"], r["old"], r["new"]) for r in rows)
    assert str(study.pk) in second.why
    entry = JournalEntry.objects.get(action="study.drafted")
    assert (entry.subject_id, entry.detail["draft"]) == (str(study.pk), NAME)


@pytest.mark.parametrize(("name", "why", "error"), [("FREE", "Why.", InputRefused), (NAME, " ", InputRefused)])
def test_a_wrong_name_or_no_reason_starts_nothing(study, now, name, why, error):
    before = stored()
    with pytest.raises(error):
        drafted(study, now, name=name, why=why)
    assert stored() == before


def test_a_taken_name_starts_nothing_more(study, now):
    drafted(study, now)
    before = stored()
    with pytest.raises(Conflict):
        drafted(study, now)
    assert stored() == before


def test_a_study_without_edits_starts_none(desk, now):
    empty = made("experience", now + timedelta(days=8))
    portfolio = made("portfolio", now + timedelta(days=8), years=1000)
    before = stored()
    for study in (empty, portfolio, Study(pk=empty.pk, kind="experience", created_at=now)):
        with pytest.raises(StateRefused, match="proposes no change"):
            drafted(study, now)
    assert stored() == before


def test_edits_against_another_plan_than_is_published_are_refused(study, now):
    study.result["edits"]["plan"]["hash"] = "sha256:other"
    with pytest.raises(StateRefused, match="not what the study read"):
        drafted(study, now)
    assert not PlanRevision.objects.exists()


def test_an_indication_moves_the_level(now):
    asked = {"loss_ratio": "0.72", "claims": 210, "fixed": "0.06", "complement": "0.03"}
    study = made("indication", now, **asked)
    (row,) = study.result["edits"]["rows"]
    assert (row["path"], row["old"], row["new"]) == ("loading.off_balance", "1.0000", "1.0742")
    assert drafted(study, now).json["loading"]["off_balance"] == "1.0742"


def test_who_may_start_it_over_the_api(api, staff, owner, study):
    asked = {"name": NAME, "why": "What the claims teach."}
    path = f"/api/v1/studies/{study.pk}/draft"
    assert api().post(path, asked, format="json").status_code == 401
    assert api(owner).post(path, asked, format="json").status_code == 403
    for role in sorted(ALL_STAFF - {"actuary"}):
        assert api(staff(role)).post(path, asked, format="json").status_code == 403
    assert not PlanRevision.objects.exists()
    client = api(staff("actuary"))
    answer = client.post(path, asked, format="json")
    assert (answer.status_code, answer.json()["number"], answer.json()["parent"]) == (201, 2, "MRL-2026.02")
    told = client.get(f"/api/v1/plan-drafts/{NAME}").json()
    assert {change["path"] for change in told["changes"]} == {"id", "loading.off_balance"}
    assert client.post(path, asked, format="json").status_code == 409


def test_an_actuary_starts_it_on_the_page_and_others_have_no_button(portal, staff, study):  # noqa: F811
    page = portal(staff("underwriter")).get(f"/studies/{study.pk}").content.decode()
    assert "What a draft would change" in page
    assert "Start the draft" not in page
    browser = portal(staff("actuary"))
    page = browser.get(f"/studies/{study.pk}").content.decode()
    assert "Start the draft" in page
    assert inline(page) == []
    wrong = browser.post(f"/studies/{study.pk}/draft", {"name": "FREE", "why": "Why."}, follow=True)
    assert "is no name of a plan" in wrong.content.decode()
    sent = browser.post(f"/studies/{study.pk}/draft", {"name": NAME, "why": "What the claims teach."})
    assert sent["Location"] == f"/plans/drafts/{NAME}"
    assert f"From study {study.pk}" in browser.get(sent["Location"]).content.decode()
    assert PlanRecord.objects.filter(name=NAME).count() == 0
