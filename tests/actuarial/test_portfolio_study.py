"""The portfolio as a study: read from the live book, made by a worker, computed again, on paper and on the page."""

import io
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from pypdf import PdfReader

from actuarial.models import Study
from actuarial.services import study_request
from actuarial.studies import portfolio
from core.actors import Actor
from core.errors import InputRefused
from core.jobs.models import Job
from core.jobs.runner import drain
from tests.actuarial.replays import replayed
from tests.book import bound, pricing_made
from tests.portal.conftest import portal  # noqa: F401 - fixture

ACTUARY = Actor(kind="user", id="u-actuary", label="Ada Actuary")
TREATIES = [
    {"kind": "quota_share", "share": "0.2", "commission": {"low": "0.2", "high": "0.3", "at": "0.6", "slide": "0.5"}},
    {"kind": "per_risk_xl", "attachment": "500000", "limit": "1000000", "premium": "9000"},
    {
        "kind": "event_xl",
        "key": "library: scikit-learn 1.7",
        "attachment": "100000",
        "limit": "900000",
        "premium": "5000",
        "reinstatements": ["1"],
    },
    {"kind": "aggregate_xl", "attachment": "1000000", "limit": "2000000", "share": "0.9"},
]

pytestmark = pytest.mark.django_db


@pytest.fixture
def book(organisation, other_organisation, staff, now):
    """Two live policies on one library, and one that has not begun."""
    underwriter = staff("underwriter")
    live = [bound(organisation, underwriter, now), bound(other_organisation, underwriter, now, name="Other credit")]
    bound(organisation, underwriter, now + timedelta(days=40), name="Later", dependencies=[])
    return live


def made(at, **asked):
    study = study_request(kind="portfolio", asked={"years": 5_000, **asked}, actor=ACTUARY, at=at)
    with time_machine.travel(at, tick=True):
        drain()
    study.refresh_from_db()
    assert study.state == "completed", study.reason
    return study


def part_of(study, key):
    return next(part for part in study.result["parts"] if part["key"] == key)


def test_the_live_book_is_read_with_its_prices_and_dependencies(book, now):
    study = made(now)
    policies = study.inputs["policies"]
    assert [one["number"] for one in policies] == [policy.number for policy in book]
    assert [shock["key"] for shock in study.inputs["shocks"]] == ["library: scikit-learn 1.7"]
    assert study.inputs["shocks"][0]["members"] == [0, 1]
    sheet = book[0].quote.pricing.worksheet["figures"]
    assert [line["frequency"] for line in policies[0]["lines"]] == [line["expected_claims"] for line in sheet["lines"]]
    # The book's expected loss is the sum of the prices' pure premiums, but for the 4 decimals of the filed tables.
    pure = sum(Decimal(policy.quote.pricing.worksheet["figures"]["money"]["pure_premium"]) for policy in book)
    assert float(study.result["figures"]["mean"]) == pytest.approx(float(pure), rel=2e-4)


def test_shares_sum_to_the_whole_to_the_cent_and_lead_to_the_policies(book, now):
    study = made(now)
    rows = part_of(study, "policies")["table"]["rows"]
    assert sum(Decimal(row[4]) for row in rows) == Decimal(study.result["figures"]["tvar_99"])
    assert {row[0]["href"] for row in rows} == {f"/policies/{policy.pk}" for policy in book}
    keys = part_of(study, "keys")["table"]["rows"]
    assert sum(Decimal(row[6]) for row in keys) == Decimal(study.result["figures"]["tvar_99"])


def test_it_is_computed_again_to_the_same_digest_and_agrees_with_its_simulation(book, now):
    study = made(now)
    assert replayed(study) == study.result_digest
    assert any(line.startswith("Transform and simulation agree") for line in study.result["lines"])
    assert any("understates the tail" in line for line in study.result["assumptions"])


def test_reinsurance_lowers_the_year_and_every_treaty_has_its_cost(book, now):
    study = made(now, treaties=TREATIES)
    figures = {name: float(value) for name, value in study.result["figures"].items()}
    for name in ("mean", "var_99_5", "tvar_99", "tvar_99_5"):
        assert figures[f"net_{name}"] < figures[name]
    rows = {row[1]: row for row in part_of(study, "treaties")["table"]["rows"]}
    assert float(rows["quota share"][5]) == pytest.approx(0.2 * figures["mean"], rel=1e-6)
    ceded = sum(float(row[5]) - float(row[7]) for row in rows.values())
    assert figures["mean"] - figures["net_mean"] == pytest.approx(ceded, abs=0.1)
    costs = part_of(study, "costs")["table"]["rows"]
    assert [row[5] is None for row in costs] == [False, False, False, True]  # no premium stated, no cost invented
    assert [row[4] for row in costs] == [row[5] for row in rows.values()]


def test_the_paper_and_the_page_show_it(book, staff, now, portal):  # noqa: F811
    study = made(now, treaties=TREATIES)
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(bytes(study.paper))).pages)
    for said in ("Once in 200 years", "co-TVaR", "After event layers", book[0].number):
        assert said in text
    page = portal(staff("actuary")).get(f"/studies/{study.pk}")
    assert page.status_code == 200
    assert f"/policies/{book[0].pk}" in page.content.decode()


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"currency": "XXX"}, "currency"),
        ({"on": "soon"}, "on"),
        ({"level": "1"}, "level"),
        ({"step": "0"}, "step"),
        ({"years": "1000.5"}, "years"),
        ({"seed": -1}, "seed"),
        ({"shocks": []}, "shocks"),
        ({"shocks": {"vendor": {"theta": "-1", "pi": "0.3"}}}, "shocks.vendor.theta"),
        ({"shocks": {"vendor": {"theta": "0.1"}}}, "shocks.vendor"),
        ({"treaties": {}}, "treaties"),
        ({"treaties": [{"kind": "swap"}]}, "treaties[0].kind"),
        ({"treaties": [{"kind": "quota_share", "share": "1.2"}]}, "treaties[0].share"),
        ({"treaties": [{"kind": "quota_share", "share": "0.6"}] * 2}, "treaties"),
        ({"treaties": [{"kind": "aggregate_xl", "attachment": "1"}]}, "treaties[0].limit"),
        ({"treaties": [{"kind": "aggregate_xl", "attachment": "1", "limit": "5"}] * 2}, "treaties"),
        ({"treaties": [{"kind": "event_xl", "attachment": "1", "limit": "5", "reinstatements": ["9"]}]},
         "treaties[0].reinstatements"),
        ({"what": 1}, "what"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_and_nothing_is_stored(now, asked, field):
    with pytest.raises(InputRefused) as refused:
        study_request(kind="portfolio", asked=asked, actor=ACTUARY, at=now)
    assert refused.value.field == field
    assert (Study.objects.count(), Job.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"currency": "EUR"}, "No policy in EUR is in force"),
        ({"treaties": [{**TREATIES[2], "key": "vendor: nobody"}]}, "no policy in force depends"),
    ],
)
def test_what_the_book_does_not_have_fails_with_the_reason(book, now, asked, reason):
    study = study_request(kind="portfolio", asked=asked, actor=ACTUARY, at=now)
    with time_machine.travel(now, tick=True):
        drain()
    study.refresh_from_db()
    assert (study.state, reason in study.reason) == ("failed", True), study.reason


def test_a_policy_that_expects_less_than_the_events_bring_is_named(book, now):
    shocks = {"library": {"theta": "2", "pi": "0.9"}}
    study = made(now, shocks=shocks)
    assert any(book[0].number in line for line in study.result["assumptions"])


def test_reading_the_book_asks_as_often_for_many_policies_as_for_one(book, now, django_assert_max_num_queries):
    asked = portfolio.ask({}, now)
    with django_assert_max_num_queries(4):
        portfolio.gather(asked, now)


def test_the_latest_price_of_a_model_counts(book, now):
    asked, bound_on = portfolio.ask({}, now), book[0].quote.pricing
    assert portfolio.gather(asked, now)["policies"][0]["pricing"] == str(bound_on.pk)
    later = pricing_made(bound_on.order, now + timedelta(hours=1), deductible="50000")
    read = portfolio.gather(asked, now)["policies"]
    assert [one["pricing"] for one in read] == [str(later.pk), str(book[1].quote.pricing_id)]
    assert Decimal(read[0]["deductible"]) == book[0].deductible  # cover is the policy's, whatever was asked for since
