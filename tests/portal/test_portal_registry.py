"""Changing and ending a registration, and coding an incident: done with a reason, refused without, kept to its role."""

import pytest

from core.jobs.runner import drain
from core.models import JournalEntry
from policies.models import Quote
from tests.book import quoted
from underwriting.models import RegisteredModel

MORE = {"decisions_per_year": "900000", "why": "Two more countries."}


def told(answer) -> str:
    """The page after an act."""
    return answer.content.decode()


@pytest.fixture
def quote(organisation, now) -> Quote:
    return quoted(organisation, now)


@pytest.mark.parametrize("who", ["owner", "engineer"])
def test_a_changed_exposure_names_the_quotes_it_voids(portal, request, quote, who):
    browser = portal(request.getfixturevalue(who))
    page = told(browser.post(f"/models/{quote.model_id}/exposure", MORE, follow=True))
    assert f"Quote {quote.number} no longer stands" in page
    assert "Two more countries." in page
    drain()
    page = told(browser.get(f"/models/{quote.model_id}"))
    assert "Voided: The model now makes 900,000 decisions a year" in page


def test_a_small_change_leaves_quotes_standing(portal, owner, quote):
    small = {"decisions_per_year": "410000", "why": "As counted."}
    page = told(portal(owner).post(f"/models/{quote.model_id}/exposure", small, follow=True))
    assert "410,000 decisions a year" in page
    assert "no longer stands" not in page


@pytest.mark.parametrize("wrong", [{"decisions_per_year": "0"}, {"why": ""}, {"why": "  "}])
def test_a_refused_exposure_changes_nothing(portal, owner, quote, wrong):
    page = told(portal(owner).post(f"/models/{quote.model_id}/exposure", {**MORE, **wrong}, follow=True))
    assert "is-harm" in page
    assert RegisteredModel.objects.get().decisions_per_year == 400_000


def test_a_retired_model_offers_no_more_and_its_quotes_do_not_stand(portal, owner, quote):
    page = told(portal(owner).post(f"/models/{quote.model_id}/retire", {"why": "Replaced."}, follow=True))
    assert "is retired. Its history stays." in page
    assert "No longer stands: The model was retired." in page
    for offered in ("Freeze the version", "Retire it", "Change decisions a year", "Order the audit"):
        assert offered not in page


def test_a_model_is_not_retired_twice_or_without_a_reason(portal, owner, quote):
    assert "Why:" in told(portal(owner).post(f"/models/{quote.model_id}/retire", {"why": ""}, follow=True))
    assert RegisteredModel.objects.get().state == "registered"
    portal(owner).post(f"/models/{quote.model_id}/retire", {"why": "Replaced."})
    assert "is-harm" in told(portal(owner).post(f"/models/{quote.model_id}/retire", {"why": "Again."}, follow=True))


@pytest.mark.parametrize("act", ["exposure", "retire"])
@pytest.mark.parametrize(("who", "status"), [("viewer", 403), ("underwriter", 403), ("stranger", 404)])
def test_others_change_no_registration(portal, staff, request, quote, act, who, status):
    user = staff(who) if who == "underwriter" else request.getfixturevalue(who)
    assert portal(user).post(f"/models/{quote.model_id}/{act}", MORE).status_code == status
    row = RegisteredModel.objects.get()
    assert (row.state, row.decisions_per_year) == ("registered", 400_000)


CODING = {
    "level": "near_miss",
    "affected": "3",
    "entity": "An applicant.",
    "harm_event": "Refused a loan.",
    "linked_to": "The score decided.",
    "system_behaviour": "Scored a reliable payer as risky.",
    "serious": "no",
    "why": "After the interview.",
}


def test_an_adjuster_completes_the_coding_of_an_incident(portal, staff, claim):
    browser, path = portal(staff("adjuster")), f"/incidents/{claim.incident_id}"
    assert "4 of the 4 elements of harm not coded" in told(browser.get(path))
    page = told(browser.post(f"{path}/coding", CODING, follow=True))
    assert "The coding is kept." in page
    claim.incident.refresh_from_db()
    assert (claim.incident.level, claim.incident.affected, claim.incident.entity) == ("near_miss", 3, "An applicant.")
    assert set(JournalEntry.objects.get(action="incident.coded").detail) == {
        *("level", "affected", "entity", "harm_event", "linked_to", "system_behaviour")
    }


def test_the_same_coding_again_is_no_change(portal, staff, claim):
    browser, path = portal(staff("adjuster")), f"/incidents/{claim.incident_id}/coding"
    browser.post(path, CODING)
    assert "Nothing was changed" in told(browser.post(path, CODING, follow=True))
    assert JournalEntry.objects.filter(action="incident.coded").count() == 1


@pytest.mark.parametrize(
    ("who", "status"), [("owner", 403), ("viewer", 403), ("underwriter", 403), ("stranger", 403), (None, 302)]
)
def test_nobody_else_codes(portal, staff, request, claim, who, status):
    user = staff(who) if who == "underwriter" else who and request.getfixturevalue(who)
    assert portal(user).post(f"/incidents/{claim.incident_id}/coding", CODING).status_code == status
    claim.incident.refresh_from_db()
    assert (claim.incident.level, claim.incident.entity) == ("occurred", "")


@pytest.mark.parametrize("wrong", [{"why": ""}, {"level": "terrible"}, {"affected": "-1"}])
def test_a_refused_coding_changes_nothing(portal, staff, claim, wrong):
    page = portal(staff("adjuster")).post(f"/incidents/{claim.incident_id}/coding", {**CODING, **wrong}, follow=True)
    assert "is-harm" in told(page)
    claim.incident.refresh_from_db()
    assert claim.incident.entity == ""


def test_a_customer_reads_the_incident_without_the_adjusters_reason(portal, staff, viewer, claim):
    portal(staff("adjuster")).post(f"/incidents/{claim.incident_id}/coding", CODING)
    page = told(portal(viewer).get(f"/incidents/{claim.incident_id}"))
    assert "Scored a reliable payer as risky." in page
    assert "After the interview." not in page
