"""What production runs, on the model's page: who may report it, and what the page then says."""

import pytest

from core.actors import system
from core.canonical import digest
from tests.book import model_made
from tests.portal.handed import version_made
from tests.portal.test_portal_handover import told
from underwriting.models import ProductionReport
from underwriting.services import deployment_switch

pytestmark = pytest.mark.django_db


@pytest.fixture
def model(organisation, now):
    return model_made(organisation, now)[0]


@pytest.fixture
def version(model, now):
    made = version_made(model, now)
    deployment_switch(model=model, version=made, live_from=now, actor=system("test"), at=now)
    return made


def post(browser, model, of):
    body = {"digest": of, "observed_at": "2026-10-02T09:00"}
    return browser.post(f"/models/{model.pk}/production", body, follow=True)


def test_the_page_says_what_production_said(portal, owner, model, version):
    browser = portal(owner)
    assert "Production has not said" in told(browser.get(f"/models/{model.pk}"))
    assert "The report is kept" in told(post(browser, model, version.digest))
    page = told(browser.get(f"/models/{model.pk}"))
    assert "which was live" in page
    assert "A file that no version has" not in page
    answer = told(post(browser, model, digest(b"another")))
    assert "the next price is referred" in answer
    assert "A file that no version has" in answer


def test_what_is_no_digest_is_said_and_nothing_kept(portal, owner, model, version):
    assert "sha256" in told(post(portal(owner), model, "abc"))
    assert not ProductionReport.objects.exists()


def test_a_viewer_reads_and_may_not_report_and_a_stranger_sees_nothing(portal, viewer, stranger, model, version):
    browser = portal(viewer)
    assert "Report what production runs" not in told(browser.get(f"/models/{model.pk}"))
    assert post(browser, model, version.digest).status_code == 403
    assert post(portal(stranger), model, version.digest).status_code == 404
    assert not ProductionReport.objects.exists()
