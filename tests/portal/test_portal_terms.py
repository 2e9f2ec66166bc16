"""Pricing in the portal: the form says what the route takes, keeps what was typed, and a refusal stores nothing."""

import pytest

from tests.book import audited, model_made
from tests.portal.results import RESULT
from underwriting.models import Pricing

TERMS = {
    "limit": "2000000",
    "aggregate": "2000000",
    "deductible": "25000",
    "inception": "2026-10-11",
    "tax_jurisdiction": "US-NY",
    "prior_claims": "0",
    "expected_claims": "0",
}
ITEM = {
    "schedule-1-name": "governance",
    "schedule-1-pct": "-5",
    "schedule-1-reason": "A review board.",
    "schedule-1-evidence": "Minutes.",
}


@pytest.fixture
def audit(organisation, now) -> str:
    """The address of a completed audit."""
    _, version = model_made(organisation, now)
    return f"/audits/{audited(version, now, told=RESULT).audit_run_id}"


@pytest.fixture
def browser(portal, staff):
    return portal(staff("underwriter"))


def terms_of(browser, audit, **given) -> dict:
    """What was stored of a price made so."""
    answer = browser.post(f"{audit}/price", {**TERMS, **given})
    assert answer.status_code == 302, answer.content.decode()[:2000]
    return Pricing.objects.get().terms


def test_the_least_that_is_typed_gives_the_routes_own_defaults(browser, audit):
    terms = terms_of(browser, audit)
    assert (terms["instalments"], terms["audit_interval_years"], terms["claims_made_year"]) == (4, "0.25", 1)
    assert (terms["independent"], terms["schedule"], terms["removed"]) == (True, [], [])


def test_a_schedule_item_is_a_share_with_reason_and_evidence(browser, audit):
    item = {"name": "governance", "pct": "-0.05", "reason": "A review board.", "evidence": "Minutes."}
    assert terms_of(browser, audit, **ITEM)["schedule"] == [item]
    page = browser.get(f"/pricings/{Pricing.objects.get().pk}").content.decode()
    assert "A review board." in page
    assert "-5.00" in page.replace("\u2212", "-")


def test_a_removed_dimension_carries_the_underwriters_name(browser, audit):
    (gone,) = terms_of(browser, audit, removed_ece="It gives no probabilities.")["removed"]
    assert (gone["dimension"], gone["reason"], gone["by"]) == ("ece", "It gives no probabilities.", "Underwriter")


@pytest.mark.parametrize(
    ("given", "year"), [({"retro_date": "2023-10-11"}, 4), ({"claims_made_year": "3"}, 3), ({"retro_date": ""}, 1)]
)
def test_the_claims_made_year_is_stated_or_follows_from_the_date(browser, audit, given, year):
    assert terms_of(browser, audit, **given)["claims_made_year"] == year


def test_history_and_conduct_are_handed_on(browser, audit):
    given = {"prior_claims": "2", "expected_claims": "0.5", "audits_on_time": "on", "not_independent": "on"}
    terms = terms_of(browser, audit, **given, audit_interval_years="0.5", instalments="1")
    assert (terms["prior_claims"], terms["expected_claims"], terms["audits_on_time"]) == (2, "0.5", True)
    assert (terms["independent"], terms["audit_interval_years"], terms["instalments"]) == (False, "0.5", 1)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"limit": "3"}, "Select a valid choice"),
        ({"schedule-2-name": "governance"}, "This field is required."),
        ({**ITEM, "schedule-1-pct": "-50"}, "either way"),
        ({"retro_date": "2023-10-11", "claims_made_year": "2"}, "the dates make it 4"),
        ({"retro_date": "2027-01-01"}, "lies after inception"),
        ({"aggregate": "1000000"}, "below the limit"),
    ],
)
def test_a_refused_price_keeps_what_was_typed_and_stores_nothing(browser, audit, wrong, told):
    answer = browser.post(f"{audit}/price", {**TERMS, **wrong, "removed_gap": "Nobody is grouped."})
    page = answer.content.decode()
    assert answer.status_code in (409, 422)
    assert told in page
    assert 'value="Nobody is grouped."' in page
    assert Pricing.objects.count() == 0


@pytest.mark.parametrize(("who", "status"), [("owner", 403), ("adjuster", 403), ("stranger", 403), ("actuary", 302)])
def test_only_underwriters_and_actuaries_price(portal, staff, request, audit, who, status):
    user = staff(who) if who in ("adjuster", "actuary") else request.getfixturevalue(who)
    assert portal(user).post(f"{audit}/price", TERMS).status_code == status
    assert Pricing.objects.count() == (status == 302)
