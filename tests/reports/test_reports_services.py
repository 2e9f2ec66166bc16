"""Reports by schedule and on demand: made once, made again byte for byte, superseded by the next version."""

from datetime import UTC, date, datetime, time, timedelta
from io import BytesIO

import pytest
from pypdf import PdfReader

from audits.models import DataSet
from core.actors import system
from core.errors import StateRefused, Unavailable
from core.jobs.runner import drain
from core.jobs.schedule import due_run
from core.models import JournalEntry
from provenance.store import artifact_open, path_of
from reports.compose import report_input
from reports.models import QuarterlyReport
from reports.services import report_remake, report_request, reports_due
from tests import book
from tests.model_results import with_model
from tests.portal.results import RESULT

pytestmark = pytest.mark.django_db
WHO = system("tests")
YEAR_END = datetime(2027, 1, 1, tzinfo=UTC)


@pytest.fixture
def policy(organisation, staff, now):
    return book.bound(organisation, staff("underwriter"), now)


def issued(model, at, quarter="2026-Q4") -> QuarterlyReport:
    report = report_request(model=model, quarter=quarter, actor=WHO, at=at)
    drain()
    report.refresh_from_db()
    return report


def text_of(report) -> str:
    with artifact_open(report.paper) as paper:
        return " ".join(page.extract_text() for page in PdfReader(BytesIO(paper.read())).pages)


def test_a_report_on_demand_is_issued_and_journalled(policy, now):
    report = issued(policy.model, now + timedelta(hours=1))
    assert (report.state, report.version, report.policy) == ("issued", 1, policy)
    actions = JournalEntry.objects.filter(subject_id=str(report.pk)).order_by("id").values_list("action", flat=True)
    assert list(actions) == ["report.requested", "report.issued"]


def test_its_figures_are_the_policys_and_the_worksheets(policy, now):
    report = issued(policy.model, now + timedelta(hours=1))
    text = text_of(report)
    pricing = policy.quote.pricing
    for figure in (policy.number, f"{policy.premium:,.2f}", str(pricing.score), pricing.worksheet_digest[:20]):
        assert figure in text


def test_no_report_is_composed_of_an_altered_audit_result(organisation, now):
    _, version = book.model_made(organisation, now)
    book.audited(version, now, kept_as="sha256:" + "0" * 64)
    report = report_request(model=version.model, quarter="2026-Q4", actor=WHO, at=now + timedelta(hours=1))
    with pytest.raises(Unavailable, match="does not match its digest"):
        report_input(report=report, at=now + timedelta(hours=1))


def test_a_report_is_not_made_again_from_an_altered_input(policy, now):
    report = issued(policy.model, now + timedelta(hours=1))
    path_of(report.organisation_id, report.source.digest).write_bytes(b"{}")
    with pytest.raises(Unavailable, match="not what was stored"):
        report_remake(report=report)


def test_made_again_it_has_the_same_bytes(policy, now):
    report = issued(policy.model, now + timedelta(hours=1))
    assert report_remake(report=report) == report.paper.digest


def test_a_new_version_supersedes_the_one_before(policy, now):
    first = issued(policy.model, now + timedelta(hours=1))
    second = issued(policy.model, now + timedelta(hours=2))
    first.refresh_from_db()
    assert (first.state, second.state, second.version) == ("superseded", "issued", 2)


def test_without_a_completed_audit_the_report_fails_and_says_what_to_do(organisation, now):
    model, _ = book.model_made(organisation, now)
    report = issued(model, now)
    assert report.state == "failed"
    assert "Order an audit first" in report.reason


def test_an_audit_completed_later_is_not_in_an_earlier_quarter(policy, now):
    report = QuarterlyReport(model=policy.model, organisation=policy.organisation, quarter="2026-Q3", version=1)
    with pytest.raises(StateRefused, match="No audit"):
        report_input(report=report, at=now + timedelta(days=1))


def test_before_the_quarters_end_it_is_interim_and_after_it_final(policy, now):
    def status(at):
        report = QuarterlyReport(model=policy.model, organisation=policy.organisation, quarter="2026-Q4", version=1)
        return report_input(report=report, at=at)["report"]["status"]

    assert status(now + timedelta(days=1)) == "interim"
    assert status(YEAR_END + timedelta(days=1)) == "final"


def conditions(policy, at, quarter="2026-Q4"):
    report = QuarterlyReport(model=policy.model, organisation=policy.organisation, quarter=quarter, policy=policy)
    return report_input(report=report, at=at)["conditions"]


def test_once_the_quarters_audit_is_made_the_next_quarters_is_due(policy, now):
    found = conditions(policy, YEAR_END + timedelta(days=1))
    assert found["status"].startswith("met")
    assert found["next_due"] == date(2027, 4, 30)


@pytest.mark.parametrize(("day", "status"), [(date(2027, 4, 30), "open"), (date(2027, 5, 1), "overdue")])
def test_a_missing_audit_is_overdue_the_day_after_it_was_due(policy, day, status):
    at = datetime.combine(day, time(12), tzinfo=UTC)
    found = conditions(policy, at, quarter="2027-Q1")
    assert (found["status"].split()[0].rstrip(":"), found["next_due"]) == (status, date(2027, 4, 30))


def test_a_model_without_a_policy_has_no_audit_condition(policy, now):
    report = QuarterlyReport(model=policy.model, organisation=policy.organisation, quarter="2026-Q4")
    found = report_input(report=report, at=now + timedelta(days=1))["conditions"]
    assert (found["next_due"], found["status"]) == (None, "none: no policy was on risk in the quarter")


def test_the_schedule_asks_once_for_each_policy_on_risk(policy, now):
    at = YEAR_END + timedelta(minutes=1)
    assert [row.model for row in reports_due(tick=YEAR_END, actor=WHO, at=at)] == [policy.model]
    assert reports_due(tick=YEAR_END, actor=WHO, at=at) == []


def test_an_interim_report_does_not_stand_in_for_the_final_one(policy, now):
    issued(policy.model, now + timedelta(hours=1))
    due = reports_due(tick=YEAR_END, actor=WHO, at=YEAR_END + timedelta(minutes=1))
    assert [row.version for row in due] == [2]


def test_a_policy_not_on_risk_in_the_quarter_gets_none(policy):
    tick = datetime(2026, 7, 1, tzinfo=UTC)
    assert reports_due(tick=tick, actor=WHO, at=YEAR_END) == []


def test_a_tick_rung_ahead_is_still_rung_in_its_time(policy, now):
    ahead = due_run(name="reports.quarter_due", tick=YEAR_END, at=now, actor=WHO)
    in_time = due_run(name="reports.quarter_due", tick=YEAR_END, at=YEAR_END, actor=WHO)
    again = due_run(name="reports.quarter_due", tick=YEAR_END, at=YEAR_END, actor=WHO)
    assert ahead.pk != in_time.pk
    assert in_time.pk == again.pk


@pytest.mark.parametrize(
    ("who", "status"), [("owner", 202), ("engineer", 202), ("viewer", 403), ("stranger", 404), (None, 401)]
)
def test_who_may_ask_for_a_report(request, api, policy, who, status):
    client = api(request.getfixturevalue(who) if who else None)
    answer = client.post("/api/v1/reports", {"model": str(policy.model_id), "quarter": "2026-Q4"}, format="json")
    assert answer.status_code == status
    assert QuarterlyReport.objects.exists() == (status == 202)


def test_a_report_not_made_yet_has_no_pdf(api, owner, policy, now):
    report = report_request(model=policy.model, quarter="2026-Q4", actor=WHO, at=now)
    refused = api(owner).get(f"/api/v1/reports/{report.pk}.pdf")
    assert refused.status_code == 409
    assert "issued" in refused.json()["remedy"]


def test_the_pdf_comes_with_its_name(api, owner, policy, now):
    report = issued(policy.model, now + timedelta(hours=1))
    answer = api(owner).get(f"/api/v1/reports/{report.pk}.pdf")
    assert answer["Content-Type"] == "application/pdf"
    assert b"".join(answer.streaming_content).startswith(b"%PDF")


@pytest.mark.parametrize(
    ("custody", "said"), [("customer", "chosen by the customer"), ("insurer", "drawn and held by the insurer")]
)
def test_a_report_says_who_drew_the_rows_and_why_the_evidence_is_of_its_class(policy, now, custody, said):
    DataSet.objects.update(custody=custody)
    report = report_request(model=policy.model, quarter="2026-Q4", actor=WHO, at=now + timedelta(hours=1))
    found = report_input(report=report, at=now + timedelta(hours=1))
    assert found["dataset"]["sampling"].startswith(said)
    assert found["dataset"]["custody"] == custody
    assert found["audit"]["evidence_class"] == "E4"
    assert "no model file stood ready" in found["audit"]["evidence_reason"]


def test_the_report_of_a_model_that_was_run_is_issued_and_made_again(organisation, now):
    _, version = book.model_made(organisation, now)
    book.audited(version, now, told=with_model(RESULT))
    report = issued(version.model, now + timedelta(hours=1))
    assert "An attribution takes an answer apart" in text_of(report)
    assert report_remake(report=report) == report.paper.digest
