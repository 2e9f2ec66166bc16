"""What would change a stored price, over API and portal: the own customer reads it, nobody else; nothing is stored."""

from decimal import Decimal

import pytest

from tests.book import bound, priced
from tests.portal.conftest import portal  # noqa: F401 - fixture
from underwriting.models import Pricing

pytestmark = pytest.mark.django_db


@pytest.fixture
def pricing(organisation, now):
    return priced(organisation, now)


def test_the_changes_of_a_price_for_its_staff_and_its_customer(api, staff, viewer, pricing):
    for user in (staff("underwriter"), staff("actuary"), viewer):
        told = api(user).get(f"/api/v1/pricings/{pricing.pk}/changes").json()
        assert told["premium"] == str(pricing.premium)
        assert told["measures"][0]["saves"] >= "0"
        assert Decimal(told["combined"]["premium"]) < pricing.premium


def test_a_stranger_learns_nothing(api, stranger, pricing):
    client = api(stranger)
    assert client.get(f"/api/v1/pricings/{pricing.pk}/changes").status_code == 404
    assert client.post(f"/api/v1/pricings/{pricing.pk}/what-if", {}, format="json").status_code == 404
    assert api().get(f"/api/v1/pricings/{pricing.pk}/changes").status_code == 401


def test_a_what_if_is_the_price_of_other_terms_and_stores_nothing(api, viewer, organisation, now, pricing):
    asked = {"limit": "1000000", "aggregate": "1000000", "decisions": 200_000, "bounds": {"gap": "0.06"}}
    told = api(viewer).post(f"/api/v1/pricings/{pricing.pk}/what-if", asked, format="json").json()
    assert Pricing.objects.count() == 1
    other = priced(
        organisation, now, name="Half as much", decisions_per_year=200_000,
        terms={"limit": "1000000", "aggregate": "1000000"},
    )  # fmt: skip
    again = api(viewer).post(f"/api/v1/pricings/{other.pk}/what-if", {"bounds": {"gap": "0.06"}}, format="json").json()
    assert told["then"] == again["then"]
    assert Decimal(told["saves"]) == pricing.premium - Decimal(told["then"])


def test_nothing_asked_is_the_same_price(api, viewer, pricing):
    told = api(viewer).post(f"/api/v1/pricings/{pricing.pk}/what-if", {}, format="json").json()
    assert (told["then"], told["saves"]) == (str(pricing.premium), "0.00")


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"limit": "1234567"}, "limit"),
        ({"deductible": "1000000"}, "deductible"),
        ({"bounds": {"luck": "0.1"}}, "bounds.luck"),
        ({"bounds": {"gap": "2"}}, "bounds.gap"),
        ({"bounds": {"gap": "NaN"}}, "bounds.gap"),
        ({"bounds": {"gap": "much"}}, "bounds.gap"),
        ({"decisions": 0}, "decisions"),
        ({"premium": "1"}, "premium"),
    ],
)
def test_what_the_plan_has_no_answer_to_is_refused_by_field(api, viewer, pricing, asked, field):
    answer = api(viewer).post(f"/api/v1/pricings/{pricing.pk}/what-if", asked, format="json")
    assert answer.status_code == 422
    assert field in (answer.json().get("field"), *(row["field"] for row in answer.json().get("errors", ())))


def test_the_portal_shows_them_ranked(portal, viewer, stranger, pricing):  # noqa: F811
    page = portal(viewer).get(f"/pricings/{pricing.pk}/changes").content.decode()
    assert "The best of them together" in page
    assert "Take a deductible of 50,000" in page
    assert f"/pricings/{pricing.pk}/changes" in portal(viewer).get(f"/pricings/{pricing.pk}").content.decode()
    assert portal(stranger).get(f"/pricings/{pricing.pk}/changes").status_code == 404


def test_the_portals_form_rates_what_the_api_rates(portal, api, viewer, stranger, pricing):  # noqa: F811
    asked = {"limit": "1000000", "aggregate": "1000000", "decisions": "200000", "gap": "0.06"}
    page = portal(viewer).get(f"/pricings/{pricing.pk}/what-if", asked).content.decode()
    same = {"limit": "1000000", "aggregate": "1000000", "decisions": 200_000, "bounds": {"gap": "0.06"}}
    told = api(viewer).post(f"/api/v1/pricings/{pricing.pk}/what-if", same, format="json").json()
    assert f"{Decimal(told['then']):,.2f}" in page
    assert f"{pricing.premium:,.2f}" in page
    assert Pricing.objects.count() == 1
    empty = portal(viewer).get(f"/pricings/{pricing.pk}/what-if").content.decode()
    assert "what if something were different" in empty
    assert portal(stranger).get(f"/pricings/{pricing.pk}/what-if").status_code == 404


@pytest.mark.parametrize("asked", [{"limit": "1234567"}, {"gap": "2"}, {"gap": "NaN"}, {"decisions": "-1"}])
def test_the_portals_form_says_what_it_cannot_rate(portal, viewer, pricing, asked):  # noqa: F811
    answer = portal(viewer).get(f"/pricings/{pricing.pk}/what-if", asked)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Now and then" not in page
    assert "pl-wrong" in page or "pl-note is-harm" in page


def test_quote_and_policy_lead_to_what_would_change_them(portal, viewer, staff, organisation, now):  # noqa: F811
    policy = bound(organisation, staff("underwriter"), now)
    lazy = f'hx-get="/pricings/{policy.quote.pricing_id}/changes"'
    assert lazy in portal(viewer).get(f"/quotes/{policy.quote_id}").content.decode()
    page = portal(viewer).get(f"/policies/{policy.pk}").content.decode()
    assert lazy in page
    assert "The premium of a bound policy stands." in page


def test_the_load_is_dealt_out_over_the_api(api, viewer, pricing):
    told = api(viewer).get(f"/api/v1/pricings/{pricing.pk}/changes").json()
    stored = pricing.worksheet["figures"]["parameter_risk"]
    for name in ("load", "customer_load"):
        assert sum(Decimal(row[name]) for row in told["doubts"]) == Decimal(stored[name])
