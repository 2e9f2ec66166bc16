"""The frame of studies: asked, made by a worker, kept for good, computed again; who may do it."""

import io

import pytest
from django.db import DatabaseError, transaction
from pypdf import PdfReader

from accounts.roles import ALL_STAFF
from actuarial.models import Study
from actuarial.registry import kind_named, kinds
from actuarial.services import study_replay, study_request
from core.actors import Actor
from core.errors import InputRefused, StateRefused, Unavailable
from core.jobs.models import Job
from core.jobs.runner import drain
from core.models import JournalEntry
from tests.actuarial.replays import replayed
from tests.portal.conftest import portal  # noqa: F401 - fixture
from tests.portal.test_portal_pages import inline

ACTUARY = Actor(kind="user", id="u-actuary", label="Ada Actuary")

pytestmark = pytest.mark.django_db


@pytest.fixture
def made(trial, now):
    study = study_request(kind="trial", asked={"times": 3}, actor=ACTUARY, at=now)
    drain()
    study.refresh_from_db()
    return study


def test_a_study_is_made_from_what_was_read_and_keeps_it(made):
    assert made.state == "completed"
    assert made.result["lines"][0] == "It came out 3 times."
    assert made.inputs == {"times": 3, "options": {"a": 1}}
    assert replayed(made) == made.result_digest


def test_its_paper_tells_the_finding_first_and_every_part(made):
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(bytes(made.paper))).pages)
    assert text.index("It came out 3 times.") < text.index("Rows")
    for said in ("1,234.50", "25.0 %", "Two", "The sky stays up.", "Ada Actuary"):
        assert said in text


def test_the_same_study_gives_the_same_bytes(made, now):
    again = study_request(kind="trial", asked={"times": 3}, actor=ACTUARY, at=now)
    drain()
    again.refresh_from_db()
    assert again.result_digest == made.result_digest


@pytest.mark.parametrize("asked", [{"times": 0}, {"what": 1}])
def test_what_cannot_be_asked_is_refused_and_nothing_is_stored(trial, now, asked):
    with pytest.raises(InputRefused):
        study_request(kind="trial", asked=asked, actor=ACTUARY, at=now)
    assert (Study.objects.count(), Job.objects.count(), JournalEntry.objects.count()) == (0, 0, 0)


def test_an_unknown_kind_is_refused(now):
    with pytest.raises(InputRefused):
        study_request(kind="omens", asked={}, actor=ACTUARY, at=now)


def test_a_study_that_cannot_be_computed_fails_with_the_reason(trial, now, monkeypatch):
    def refuse(asked, at):
        raise InputRefused("The book is empty.", field="book", remedy="Bind something.")

    monkeypatch.setattr(
        "actuarial.services.studies.kind_named", lambda name: type(trial)(**{**vars(trial), "gather": refuse})
    )
    study = study_request(kind="trial", asked={}, actor=ACTUARY, at=now)
    drain()
    study.refresh_from_db()
    assert (study.state, "The book is empty." in study.reason) == ("failed", True)
    with pytest.raises(StateRefused):
        study_replay(study=study)


def test_a_study_with_an_end_is_final(made):
    with pytest.raises(DatabaseError), transaction.atomic():
        Study.objects.filter(pk=made.pk).update(reason="otherwise")
    with pytest.raises(DatabaseError), transaction.atomic():
        Study.objects.filter(pk=made.pk).delete()


def test_inputs_that_were_touched_are_not_computed_again(made):
    made.inputs["times"] = 4
    with pytest.raises(Unavailable):
        study_replay(study=made)


def test_every_kind_has_a_question_and_defaults_that_may_be_asked(now):
    for name, kind in kinds().items():
        assert kind_named(name) is kind
        assert kind.question.endswith("?")


def test_actuaries_ask_and_other_staff_read(api, staff, made):
    for role in sorted(ALL_STAFF):
        client = api(staff(role))
        may_ask = role == "actuary"
        may_read = role != "adjuster"
        before = Study.objects.count()
        answer = client.post("/api/v1/studies", {"kind": "trial", "asked": {"times": 2}}, format="json")
        assert answer.status_code == (202 if may_ask else 403)
        assert Study.objects.count() == before + may_ask
        assert client.get(f"/api/v1/studies/{made.pk}").status_code == (200 if may_read else 403)
        assert client.get(f"/api/v1/studies/{made.pk}.pdf").status_code == (200 if may_read else 403)


def test_customers_see_no_study(api, owner, made):
    client = api(owner)
    for path in ("", f"/{made.pk}", f"/{made.pk}.pdf", "/kinds"):
        assert client.get(f"/api/v1/studies{path}").status_code == 403


def test_the_api_tells_kinds_result_and_replay(api, staff, made):
    client = api(staff("actuary"))
    assert "trial" in [row["kind"] for row in client.get("/api/v1/studies/kinds").json()]
    assert client.get(f"/api/v1/studies/{made.pk}").json()["result"]["figures"] == {"times": 3}
    assert client.post(f"/api/v1/studies/{made.pk}/replay").json()["same"] is True
    assert client.get("/api/v1/studies").json()["items"][0]["id"] == str(made.pk)


def test_an_actuary_asks_and_reads_in_the_portal(portal, staff, trial):  # noqa: F811
    browser = portal(staff("actuary"))
    assert "A trial" in browser.get("/workbench").content.decode()
    sent = browser.post("/workbench/trial", {"times": "3", "options": '{"a": 2}'})
    drain()
    page = browser.get(sent["Location"]).content.decode()
    for said in ("It came out 3 times.", "1,234.50", 'href="/book"', "Assumption: The sky stays up."):
        assert said in page
    assert (
        "Computed again: every figure is the same"
        in browser.post(sent["Location"] + "/replay", follow=True).content.decode()
    )


@pytest.mark.parametrize("typed", [{"times": "0"}, {"options": "{"}])
def test_what_the_form_refuses_is_said_and_nothing_is_stored(portal, staff, trial, typed):  # noqa: F811
    answer = portal(staff("actuary")).post("/workbench/trial", typed)
    assert answer.status_code == 422
    assert Study.objects.count() == 0


def test_an_underwriter_reads_and_may_not_ask(portal, staff, made):  # noqa: F811
    browser = portal(staff("underwriter"))
    assert "Make the study" not in browser.get("/workbench/trial").content.decode()
    assert browser.post("/workbench/trial", {"times": "3"}).status_code == 403
    assert browser.get(f"/studies/{made.pk}").status_code == 200


@pytest.mark.parametrize("name", list(kinds()))
def test_every_kinds_page_renders_under_the_strict_policy(portal, staff, name):  # noqa: F811
    page = portal(staff("actuary")).get(f"/workbench/{name}")
    assert page.status_code == 200
    assert inline(page.content.decode()) == []


def test_a_page_of_no_kind_is_not_there(portal, staff):  # noqa: F811
    assert portal(staff("actuary")).get("/workbench/omens").status_code == 404
