"""Papers: made by a job, kept with their input, byte-identical when made again."""

import json
from io import BytesIO

import pytest
from django.db import DatabaseError, transaction
from pypdf import PdfReader

from core.canonical import canonical_json, digest
from core.errors import Unavailable
from core.jobs.runner import drain
from core.models import Job
from policies.models import PolicyDocument
from policies.services import document_remake, documents_draft, documents_order
from policies.tasks import midnights
from provenance.store import artifact_open, path_of
from tests.book import CUSTOMER, bound

pytestmark = pytest.mark.django_db


@pytest.fixture
def policy(organisation, staff, now):
    return bound(organisation, staff("underwriter"), now)


@pytest.fixture
def papers(policy):
    drain(["default"])
    return {row.kind: row for row in PolicyDocument.objects.all()}


def test_the_job_of_binding_makes_declarations_and_certificate(policy, papers):
    assert set(papers) == {"declarations", "certificate"}
    assert Job.objects.get(kind="policies.documents").state == "done"
    for row in papers.values():
        with artifact_open(row.pdf) as stored:
            data = stored.read()
        assert (data[:5], digest(data)) == (b"%PDF-", row.digest)


def test_a_paper_made_again_has_the_same_bytes(papers):
    assert all(document_remake(document=row) == row.digest for row in papers.values())


def test_an_altered_paper_or_input_is_not_handed_out(policy, papers, api, staff):
    row, client = papers["certificate"], api(staff("underwriter"))
    for artifact in (row.pdf, row.input):
        path_of(row.organisation_id, artifact.digest).write_bytes(b"%PDF- another")
    assert client.get(f"/api/v1/documents/{row.pk}.pdf").status_code == 503
    assert client.post(f"/api/v1/documents/{row.pk}/remake").status_code == 503
    with pytest.raises(Unavailable, match="not what was stored"):
        document_remake(document=row)


def test_the_stored_input_is_canonical_and_says_what_the_policy_says(policy, papers):
    with artifact_open(papers["declarations"].input) as stored:
        data = stored.read()
    said = json.loads(data)
    assert data == canonical_json(said)
    assert said["policy"]["number"] == policy.number
    assert said["policy"]["premium"] == str(policy.premium)
    assert said["models"][0]["digest"] == policy.quote.pricing.order.version.digest
    assert said["document"] == {
        "id": f"{policy.number}/declarations/1",
        "version": 1,
        "made_on": "2026-10-01",
        "page_size": "Letter",
    }


def test_ordering_the_papers_again_adds_nothing_while_the_policy_says_the_same(policy, papers, now):
    assert documents_draft(policy=policy) == []
    documents_order(policy=policy, reason="again", actor=CUSTOMER, at=now)
    drain(["default"])
    assert PolicyDocument.objects.count() == 2


def test_a_changed_policy_gets_a_second_version_and_keeps_the_first(policy, papers, now):
    policy.subjectivities = [{"text": "E1 to E3", "due": "2026-11-01", "met_at": None}]
    policy.save()
    documents_order(policy=policy, reason="changed", actor=CUSTOMER, at=now)
    drain(["default"])
    found = sorted(PolicyDocument.objects.values_list("kind", "version"))
    assert found == [("certificate", 1), ("certificate", 2), ("declarations", 1), ("declarations", 2)]


def test_papers_are_never_changed(papers):
    for act in (lambda: PolicyDocument.objects.update(version=9), lambda: PolicyDocument.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()
    assert {row.version for row in PolicyDocument.objects.all()} == {1}


def test_the_daily_tick_is_one_a_day_and_catches_up_with_one(now):
    month = list(midnights(now.replace(day=1, month=9), now))
    assert month == [now.replace(hour=0, minute=1)]
    assert list(midnights(now.replace(hour=1), now)) == []


def test_both_papers_state_the_dates_and_the_exposure_their_clauses_count_from(policy, papers):
    for paper in papers.values():
        with artifact_open(paper.pdf) as file:
            text = " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(file.read())).pages).split())
        assert f"Continuity date {policy.continuity_date:%-d %b %Y}" in text
        assert "Declared decisions 400,000 a year" in text
