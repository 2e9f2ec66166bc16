"""Quarterly reports in the portal: asked for, watched, read, superseded, failed with the reason, made again."""

import pytest

from core.actors import system
from core.jobs.runner import drain
from reports.models import QuarterlyReport
from reports.services import report_request
from tests.book import model_made

ASKING = {"quarter": "2026-Q4"}


def told(answer) -> str:
    """The page after an act."""
    return answer.content.decode()


@pytest.fixture
def report(policy, now) -> QuarterlyReport:
    """One that was asked for and made."""
    asked = report_request(model=policy.model, quarter="2026-Q4", actor=system("test"), at=now)
    drain()
    asked.refresh_from_db()
    return asked


@pytest.mark.parametrize("who", ["owner", "engineer", "underwriter", "actuary", "auditor", "administrator"])
def test_a_report_is_asked_for_and_watched(portal, staff, request, policy, who):
    user = request.getfixturevalue(who) if who in ("owner", "engineer") else staff(who)
    page = told(portal(user).post("/reports", {"model": policy.model_id, **ASKING}, follow=True))
    assert "The report is asked for." in page
    assert "being made" in page
    assert "every 2s" in page


@pytest.mark.parametrize("who", ["viewer", "adjuster"])
def test_other_roles_are_neither_offered_it_nor_let(portal, staff, request, policy, who):
    user = request.getfixturevalue(who) if who == "viewer" else staff(who)
    assert 'action="/reports"' not in told(portal(user).get(f"/models/{policy.model_id}"))
    assert portal(user).post("/reports", {"model": policy.model_id, **ASKING}).status_code == 403
    assert QuarterlyReport.objects.count() == 0


def test_a_stranger_asks_for_nothing(portal, stranger, policy):
    assert portal(stranger).post("/reports", {"model": policy.model_id, **ASKING}).status_code == 404
    assert QuarterlyReport.objects.count() == 0


@pytest.mark.parametrize("quarter", ["2027-Q1", "last", ""])
def test_a_quarter_that_is_not_offered_is_refused(portal, owner, policy, quarter):
    page = told(portal(owner).post("/reports", {"model": policy.model_id, "quarter": quarter}, follow=True))
    assert "Quarter:" in page
    assert QuarterlyReport.objects.count() == 0


def test_the_running_quarter_comes_first(portal, owner, policy):
    page = told(portal(owner).get("/documents"))
    assert page.index("2026-Q4, still running") < page.index('"2026-Q3"') < page.index('"2025-Q1"')


def test_an_issued_report_links_its_paper_and_a_finished_job_reloads_the_page(portal, owner, report):
    assert report.state == "issued"
    assert f"/api/v1/reports/{report.pk}.pdf" in told(portal(owner).get(f"/reports/{report.pk}"))
    assert portal(owner).get(f"/reports/{report.pk}/progress")["HX-Refresh"] == "true"


def test_a_superseded_report_says_which_stands(portal, owner, report, now):
    newer = report_request(model=report.model, quarter="2026-Q4", actor=system("test"), at=now)
    drain()
    page = told(portal(owner).get(f"/reports/{report.pk}"))
    assert "Superseded." in page
    assert f"/reports/{newer.pk}" in page
    assert "superseded" in told(portal(owner).get("/documents"))


def test_a_failed_report_says_why_everywhere(portal, owner, organisation, now):
    model, _ = model_made(organisation, now)
    asked = report_request(model=model, quarter="2026-Q4", actor=system("test"), at=now)
    drain()
    for path in (f"/reports/{asked.pk}", "/documents", f"/models/{model.pk}"):
        assert "No audit of Retail credit was completed" in told(portal(owner).get(path)), path


def test_staff_make_a_report_again_and_the_customer_does_not(portal, staff, owner, report):
    page = told(portal(staff("auditor")).post(f"/reports/{report.pk}/remake", follow=True))
    assert "Made again: every byte is the same" in page
    assert portal(owner).post(f"/reports/{report.pk}/remake").status_code == 403
    assert "remake" not in told(portal(owner).get(f"/reports/{report.pk}"))


def test_another_paper_than_the_kept_one_is_told(portal, staff, report, monkeypatch):
    monkeypatch.setattr("portal.views.reports.report_remake", lambda **_: "sha256:" + "0" * 64)
    page = told(portal(staff("auditor")).post(f"/reports/{report.pk}/remake", follow=True))
    assert "Made again it differs" in page


def test_a_report_without_a_paper_cannot_be_made_again(portal, staff, policy, now):
    asked = report_request(model=policy.model, quarter="2026-Q4", actor=system("test"), at=now)
    page = told(portal(staff("auditor")).post(f"/reports/{asked.pk}/remake", follow=True))
    assert "This report is not made yet." in page


def test_a_policys_paper_is_made_again(portal, staff, owner, policy):
    drain()
    paper = policy.documents.first()
    page = told(portal(staff("underwriter")).post(f"/documents/{paper.pk}/remake", follow=True))
    assert "Made again: every byte is the same" in page
    assert portal(owner).post(f"/documents/{paper.pk}/remake").status_code == 403
