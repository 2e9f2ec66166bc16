"""Prices, referrals, plans and what-if ratings over the API."""

import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine

from core.canonical import canonical_json
from underwriting.models import Pricing, Referral
from underwriting.rating import plan_load, replay
from underwriting.services import price_make

pytestmark = pytest.mark.django_db
# Worked example of DOMAIN 1.8: premium 19,319.56, total 20,044.04, score 64.8, grade C.
RISK = {
    "use_class": "CREDIT-PRIME",
    "industry": "52",
    "decisions": 400000,
    "limit": "2000000",
    "aggregate": "2000000",
    "deductible": "25000",
    "factors": {
        "autonomy": "on_the_loop",
        "criticality": "high_risk",
        "data_sensitivity": "financial",
        "validation_age": "under_6m",
        "third_party": "fine_tuned_vendor",
        "jurisdiction": "us_states_or_eu",
    },
    "claims_made_year": 2,
    "oversight": {"coverage": "0.20", "catch_lcb": "0.50"},
    "prior_claims": 0,
    "expected_claims": "0.30",
    "schedule": [{"name": "governance", "pct": "-0.05", "reason": "ISO 42001", "evidence": "certificate"}],
}
EVIDENCE = {
    "evidence_class": "E1",
    "error": {"k": 60, "n": 2000},
    "robustness": {"k": 46, "n": 1000},
    "label": {"k": 20, "n": 500},
    "gap": {"reference": {"k": 1620, "n": 3000}, "group": {"k": 570, "n": 1200}},
    "ece": {"u": "0.024", "point": "0.020"},
    "drift": {"u": "0.20", "point": "0.10"},
}


@pytest.fixture
def pricing(completed, terms, underwriter, now) -> Pricing:
    return price_make(order=completed, terms=terms, actor=underwriter, at=now + timedelta(days=1))


@pytest.fixture
def referral(pricing, now) -> Referral:
    return Referral.objects.create(
        organisation_id=pricing.organisation_id,
        created_at=now,
        pricing=pricing,
        code="audit-too-old",
        reason="For the test.",
        resolves="A decision.",
        waivable=True,
    )


def _post(client, path, body=None):
    return client.post(f"/api/v1/{path}", body or {}, format="json")


@pytest.mark.parametrize("role", ["underwriter", "actuary"])
def test_underwriter_and_actuary_price_a_version(role, api, staff, version, completed, terms, at_now):
    answer = _post(api(staff(role)), f"versions/{version.pk}/pricings", terms)
    assert answer.status_code == 201
    assert answer.data["worksheet"]["decision"] == answer.data["outcome"]
    assert Pricing.objects.get().premium == Pricing.objects.get(pk=answer.data["id"]).premium


@pytest.fixture
def at_now(completed) -> Iterator[None]:
    """The clock of the view: the day on which the audit was completed."""
    with time_machine.travel(completed.audit_run.completed_at):
        yield


@pytest.mark.parametrize("who", ["owner", "engineer", "viewer"])
def test_the_insured_price_nothing(who, request, api, version, completed, terms):
    client = api(request.getfixturevalue(who))
    assert _post(client, f"versions/{version.pk}/pricings", terms).status_code == 403
    assert not Pricing.objects.exists()


def test_a_version_without_a_completed_audit_is_not_priced(api, staff, version, order, terms):
    answer = _post(api(staff("underwriter")), f"versions/{version.pk}/pricings", terms)
    assert (answer.status_code, answer.json()["field"]) == (409, "version")


@pytest.mark.parametrize("who", ["owner", "engineer", "viewer"])
def test_the_insured_read_their_price_whole(who, request, api, pricing):
    client = api(request.getfixturevalue(who))
    answer = client.get(f"/api/v1/pricings/{pricing.pk}")
    assert answer.data["worksheet"] == pricing.worksheet
    listed = client.get("/api/v1/pricings").data["items"]
    assert [row["id"] for row in listed] == [str(pricing.pk)]
    assert "worksheet" not in listed[0]


def test_prices_of_a_version_are_listed(api, viewer, version, pricing):
    rows = api(viewer).get(f"/api/v1/versions/{version.pk}/pricings").data["items"]
    assert [row["worksheet_digest"] for row in rows] == [pricing.worksheet_digest]


def test_a_list_of_prices_takes_as_many_queries_for_one_as_for_many(
    api, viewer, completed, terms, underwriter, now, pricing, django_assert_num_queries
):
    client = api(viewer)
    with django_assert_num_queries(5):
        client.get("/api/v1/pricings")
    for day in range(2, 6):
        price_make(order=completed, terms=terms, actor=underwriter, at=now + timedelta(days=day))
    with django_assert_num_queries(5):
        assert len(client.get("/api/v1/pricings").data["items"]) == 5


def test_replay_says_the_same(api, owner, pricing):
    answer = _post(api(owner), f"pricings/{pricing.pk}/replay")
    assert (answer.data["same"], answer.data["digest"]) == (True, pricing.worksheet_digest)


@pytest.mark.parametrize(
    ("method", "route"),
    [
        ("get", "pricings/{pricing}"),
        ("post", "pricings/{pricing}/replay"),
        ("get", "versions/{version}/pricings"),
    ],
)
def test_a_stranger_sees_what_a_random_id_shows(method, route, api, stranger, pricing, version):
    client = api(stranger)
    real = getattr(client, method)(f"/api/v1/{route.format(pricing=pricing.pk, version=version.pk)}")
    random = getattr(client, method)(f"/api/v1/{route.format(pricing=uuid.uuid4(), version=uuid.uuid4())}")
    assert (real.status_code, real.content) == (404, random.content)


@pytest.mark.parametrize("route", ["pricings/{pricing}", "referrals", "plans", "industries", "use-classes"])
def test_the_anonymous_read_nothing(route, api, pricing):
    assert api().get(f"/api/v1/{route.format(pricing=pricing.pk)}").status_code == 401


def test_an_underwriter_decides_a_referral(api, staff, referral):
    body = {"decision": "accepted", "why": "data unchanged since"}
    answer = _post(api(staff("underwriter")), f"referrals/{referral.pk}/decision", body)
    assert (answer.status_code, answer.data["state"], answer.data["decided_by"]) == (
        200,
        "accepted",
        "Underwriter",
    )


@pytest.mark.parametrize("who", ["owner", "viewer", "actuary", "adjuster"])
def test_nobody_else_decides_a_referral(who, request, api, staff, referral):
    holder = request.getfixturevalue(who) if who in ("owner", "viewer") else staff(who)
    answer = _post(api(holder), f"referrals/{referral.pk}/decision", {"decision": "accepted", "why": "please"})
    assert answer.status_code == 403
    referral.refresh_from_db()
    assert referral.state == "open"


def test_referrals_are_a_staff_list(api, staff, owner, referral):
    assert api(owner).get("/api/v1/referrals").status_code == 403
    rows = api(staff("actuary")).get("/api/v1/referrals").data["items"]
    assert str(referral.pk) in [row["id"] for row in rows]


def test_a_what_if_from_counts_gives_the_worked_example(api, staff):
    body = {"plan": "MRL-2026.01", "risk": RISK, "evidence": EVIDENCE}
    answer = _post(api(staff("actuary")), "ratings", body)
    figures = answer.data["worksheet"]["figures"]
    assert (figures["money"]["premium"], figures["standing"]["score"]) == ("19319.56", "64.8")
    assert figures["standing"]["grade"] == "C"
    assert figures["parameter_risk"]["load"] == "2958.81"
    assert not Pricing.objects.exists()


def test_a_what_if_takes_its_own_worksheets_documents_back(api, staff):
    client = api(staff("underwriter"))
    first = _post(client, "ratings", {"plan": "MRL-2026.01", "risk": RISK, "evidence": EVIDENCE}).data["worksheet"]
    body = {"plan": "MRL-2026.01", "risk": first["risk"], "evidence": first["evidence"]}
    second = _post(client, "ratings", body).data["worksheet"]
    assert canonical_json(second) == canonical_json(first)
    assert replay(second, plan_load("MRL-2026.01")).premium is not None


def test_a_what_if_late_audit_ages(api, staff):
    evidence = {**EVIDENCE, "late_years": "0.25"}
    body = {"plan": "MRL-2026.01", "risk": RISK, "evidence": evidence}
    figures = _post(api(staff("actuary")), "ratings", body).data["worksheet"]["figures"]
    assert figures["money"]["premium"] == "20361.33"


def test_a_what_if_with_untested_dimensions(api, staff):
    evidence = {name: value for name, value in EVIDENCE.items() if name not in ("robustness", "label")}
    body = {"plan": "MRL-2026.01", "risk": RISK, "evidence": evidence}
    figures = _post(api(staff("actuary")), "ratings", body).data["worksheet"]["figures"]
    assert (figures["money"]["premium"], figures["standing"]["grade"]) == ("28794.08", "D")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"risk": {**RISK, "limit": "123"}}, "risk.limit"),
        ({"risk": {**RISK, "colour": "blue"}}, "risk.colour"),
        ({"evidence": {**EVIDENCE, "error": {"k": 3, "n": 2}}}, "evidence.error"),
        ({"evidence": {**EVIDENCE, "mood": {}}}, "evidence.mood"),
        ({"evidence": []}, "evidence"),
        ({"risk": {**RISK, "factors": {**RISK["factors"], "autonomy": "wild"}}}, "risk.factors.autonomy"),
    ],
)
def test_a_what_if_names_what_it_cannot_use(change, field, api, staff):
    body = {"plan": "MRL-2026.01", "risk": RISK, "evidence": EVIDENCE, **change}
    answer = _post(api(staff("actuary")), "ratings", body)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


@pytest.mark.parametrize("who", ["owner", "adjuster"])
def test_what_ifs_are_for_underwriters_and_actuaries(who, request, api, staff):
    holder = request.getfixturevalue(who) if who == "owner" else staff(who)
    assert _post(api(holder), "ratings", {"risk": RISK, "evidence": EVIDENCE}).status_code == 403


def test_plans_are_shown_with_their_hash(api, viewer):
    client = api(viewer)
    rows = {row["name"]: row["hash"] for row in client.get("/api/v1/plans").data["items"]}
    assert rows == {name: plan_load(name).hash for name in ("MRL-2026.01", "MRL-2026.02")}
    assert client.get("/api/v1/plans/MRL-2026.02").data["document"]["id"] == "MRL-2026.02"
    assert client.get("/api/v1/plans/MRL-1999.01").status_code == 404


def test_industries_show_their_credibility(api, viewer):
    rows = {row["code"]: row for row in api(viewer).get("/api/v1/industries").data["items"]}
    assert (rows["52"]["i"], rows["52"]["z"], rows["52"]["n"]) == ("1.20", "0.62", 80)
    assert len(rows) == 14


def test_use_classes_say_what_positive_means(api, viewer):
    rows = {row["code"]: row for row in api(viewer).get("/api/v1/use-classes").data["items"]}
    assert (rows["JUSTICE-RISK"]["harmful_error"], rows["JUSTICE-RISK"]["q0_gap"]) == ("false_positive", "0.15")
    assert rows["PRICE-FORECAST"]["needs"] == ["tolerance", "direction"]


@pytest.mark.parametrize("point", ["1e999", "1e13", "1e-51"])
def test_a_figure_no_arithmetic_can_hold_is_refused(api, staff, point):
    evidence = EVIDENCE | {"ece": {"u": "0.024", "point": point}}
    answer = _post(api(staff("actuary")), "ratings", {"risk": RISK, "evidence": evidence})
    assert answer.status_code == 422
    assert "ece.point" in answer.json()["field"]


def test_the_diff_of_two_plans_names_every_changed_path(api, viewer):
    client = api(viewer)
    rows = client.get("/api/v1/plans/MRL-2026.01/diff/MRL-2026.02").data["items"]
    old, new = (client.get(f"/api/v1/plans/{name}").data["document"] for name in ("MRL-2026.01", "MRL-2026.02"))
    changed = {row["path"]: (row["old"], row["new"]) for row in rows}
    assert changed["id"] == ("MRL-2026.01", "MRL-2026.02")
    assert changed["title"] == (old["title"], new["title"])
    assert client.get("/api/v1/plans/MRL-2026.02/diff/MRL-2026.02").data["items"] == []


@pytest.mark.parametrize("pair", ["MRL-1999.01/diff/MRL-2026.02", "MRL-2026.02/diff/taxes-2026"])
def test_a_diff_with_what_is_no_published_plan_is_not_found(api, viewer, pair):
    assert api(viewer).get(f"/api/v1/plans/{pair}").status_code == 404


def test_a_diff_is_not_shown_to_strangers_without_a_key(client):
    assert client.get("/api/v1/plans/MRL-2026.01/diff/MRL-2026.02").status_code == 401
