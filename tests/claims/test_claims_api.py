"""Claims over the API: a whole claim by routes alone, every role, and what a customer does not see."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine

from claims.models import Claim, Incident, Payment
from core.models import IdempotencyKey, JournalEntry
from tests.book import authorised, bound
from tests.claims.conftest import CODED, desk_of

pytestmark = pytest.mark.django_db
V1 = "/api/v1"
MEMBERS = ("owner", "engineer", "viewer")
STAFF = ("underwriter", "actuary", "adjuster", "auditor", "administrator")
READ, REPORT, WORK = {*MEMBERS, *STAFF}, {"owner", "engineer", "adjuster"}, {"adjuster"}
WHY = {"why": "Because."}
ANSWERS = {"prior_knowledge": False, "exclusions": [], "other_insurance": "none"}


@pytest.fixture(autouse=True)
def clock(now):
    with time_machine.travel(now + timedelta(days=5), tick=True) as moved:
        yield moved


@pytest.fixture
def people(owner, engineer, viewer, stranger, staff):
    found = {"owner": owner, "engineer": engineer, "viewer": viewer, "stranger": stranger}
    found |= {role: staff(role) for role in STAFF} | {"second": staff("adjuster", "second")}
    for name in ("adjuster", "second"):
        authorised(found[name], "claim", "9000000")
    return found


@pytest.fixture
def call(api, people):
    def send(role, method, path, body=None, **headers):
        client = api(people[role] if role else None)
        return getattr(client, method)(f"{V1}{path}", body, format="json", headers=headers)

    return send


@pytest.fixture
def policy(organisation, staff, now):
    return bound(organisation, staff("underwriter"), now)


@pytest.fixture
def desk(organisation, staff, now):
    return desk_of(organisation, staff, now)


def incident_body(policy):
    when = {"occurred_at": "2026-10-02T10:00:00Z", "discovered_at": "2026-10-03T10:00:00Z"}
    return {"model": str(policy.model_id), "description": "A refusal.", **when, **CODED}


def claim_body(policy, incident):
    given = {"claimant": "Jo Doe", "amount": "1500000.00", "currency": "USD", "country": "US", "made_on": "2026-10-04"}
    return {"policy": str(policy.pk), "incident": incident, **given}


def reported(call, policy):
    incident = call("engineer", "post", "/incidents", incident_body(policy)).data["id"]
    return call("owner", "post", "/claims", claim_body(policy, incident)).data["id"]


def acts(claim, decision):
    """Every route for one claim or incident: method, path, id, body, who may."""
    one = f"/claims/{claim.pk}"
    deny = {"outcome": "deny", "reason_codes": ["no_liability"], "clause": "A1", **WHY}
    return [
        ("get", "/incidents/{}", claim.incident_id, None, READ),
        ("put", "/incidents/{}", claim.incident_id, {**CODED, **WHY}, WORK),
        ("get", "/claims/{}", claim.pk, None, READ),
        ("post", "/claims/{}/triage", claim.pk, {"severity": "low", **WHY}, WORK),
        ("get", "/claims/{}/coverage", claim.pk, None, set(STAFF)),
        ("post", "/claims/{}/coverage", claim.pk, ANSWERS, WORK),
        ("get", "/claims/{}/reserves", claim.pk, None, set(STAFF)),
        ("post", "/claims/{}/reserves", claim.pk, {"delta": "1.00", "reason": "Known."}, WORK),
        ("get", "/claims/{}/decisions", claim.pk, None, READ),
        ("post", "/claims/{}/decisions", claim.pk, deny, WORK),
        ("post", f"{one}/decisions/{{}}/approve", decision, WHY, WORK),
        ("post", f"{one}/decisions/{{}}/reject", decision, WHY, WORK),
        ("get", "/claims/{}/payments", claim.pk, None, READ),
        ("post", "/claims/{}/payments", claim.pk, {}, WORK),
        ("post", "/claims/{}/close", claim.pk, WHY, WORK),
        ("post", "/claims/{}/reopen", claim.pk, WHY, WORK),
    ]


def test_a_claim_from_incident_to_closed_by_routes_alone(call, policy):
    claim = reported(call, policy)
    one = f"/claims/{claim}"
    assert call("adjuster", "post", f"{one}/triage", {"severity": "moderate", **WHY}).data["state"] == "triaged"
    check = call("adjuster", "post", f"{one}/coverage", ANSWERS)
    assert (check.status_code, check.data["outcome"], check.data["as_of"]) == (201, "covered", "2026-10-02")
    reserves = call("adjuster", "post", f"{one}/reserves", {"delta": "1475000.00", "reason": "Likely."})
    assert reserves.data["incurred"] == "1475000.00"
    proposed = call("adjuster", "post", f"{one}/decisions", {"outcome": "accept", "payee": "Jo Doe", **WHY})
    assert proposed.data["amount"] == "1475000.00"
    approve = f"{one}/decisions/{proposed.data['id']}/approve"
    assert call("adjuster", "post", approve, WHY).status_code == 403
    assert call("second", "post", approve, WHY).data["state"] == "approved"
    assert call("second", "post", f"{one}/payments", {}).status_code == 403
    assert call("adjuster", "post", f"{one}/payments", {}).data["amount"] == "1475000.00"
    closed = call("adjuster", "post", f"{one}/close", WHY).data
    assert (closed["state"], closed["aggregate"]["remaining"]) == ("closed", "525000.00")
    assert [clock["late"] for clock in closed["clocks"]] == [False, False, False]


def test_a_stranger_is_answered_byte_for_byte_as_for_a_random_id(call, desk):
    claim = desk.claim()
    for method, path, pk, body, _ in acts(claim, uuid4()):
        real, random = (call("stranger", method, path.format(key), body) for key in (pk, uuid4()))
        assert (real.status_code, real.content) == (random.status_code, random.content), path
        assert real.status_code in (403, 404), path


def test_a_strangers_policy_or_incident_cannot_be_named_in_a_claim(call, desk):
    body = claim_body(desk.policy, str(desk.incident().pk))
    real = call("stranger", "post", "/claims", body)
    random = call("stranger", "post", "/claims", {**body, "policy": str(uuid4())})
    assert (real.status_code, real.content, Claim.objects.count()) == (404, random.content, 0)


def test_nobody_is_asked_to_log_in(call, desk):
    assert {call(None, m, p.format(k), b).status_code for m, p, k, b, _ in acts(desk.claim(), uuid4())} == {401}


def test_roles_without_the_right_are_refused_and_nothing_changes(call, desk):
    claim = desk.reviewed()
    decision = desk.propose(claim)
    before = JournalEntry.objects.count()
    for method, path, pk, body, allowed in acts(claim, decision.pk):
        for role in {*MEMBERS, *STAFF} - allowed:
            assert call(role, method, path.format(pk), body).status_code == 403, (role, path)
    assert (JournalEntry.objects.count(), Claim.objects.get().state) == (before, "coverage_review")


def test_only_owner_engineer_and_adjuster_report(call, policy):
    for role in {*MEMBERS, *STAFF, "stranger"} - REPORT:
        status = call(role, "post", "/incidents", incident_body(policy)).status_code
        assert status == (404 if role == "stranger" else 403), role
    assert Incident.objects.count() == 0


def test_a_customer_sees_the_decision_and_not_what_the_insurer_thinks(call, desk):
    claim = desk.reviewed()
    desk.propose(claim)
    seen = call("owner", "get", f"/claims/{claim.pk}").data
    assert (seen["coverage"], seen["reserves"], seen["aggregate"], seen["decisions"]) == (None, None, None, [])
    assert call("owner", "get", f"/claims/{claim.pk}/decisions").data["items"] == []
    insurer = call("auditor", "get", f"/claims/{claim.pk}").data
    assert (len(insurer["decisions"]), insurer["coverage"]["outcome"]) == (1, "covered")


def test_the_claimant_is_shown_to_those_who_handle_the_claim_only(call, desk):
    claim = desk.claim()
    shown = {role: call(role, "get", f"/claims/{claim.pk}").data["claimant"] for role in READ}
    assert {role for role, text in shown.items() if text} == REPORT
    assert b"Jo Doe" not in call("owner", "get", "/claims").content


def test_a_claim_sent_twice_with_one_key_is_one_claim(call, desk):
    body, key = claim_body(desk.policy, str(desk.incident().pk)), {"Idempotency-Key": "c-1"}
    first, again = (call("owner", "post", "/claims", body, **key) for _ in range(2))
    assert (first.status_code, again.status_code, again.data["id"]) == (201, 201, first.data["id"])
    assert call("owner", "post", "/claims", body).status_code == 409
    assert Claim.objects.count() == 1


def test_a_payment_sent_twice_with_one_reference_is_one_payment(call, desk, people):
    claim = desk.decided("125000")
    path, body = f"/claims/{claim.pk}/payments", {"amount": "60000.00", "reference": "INV-1"}
    first, again = (call("adjuster", "post", path, body) for _ in range(2))
    assert (first.data["id"], Payment.objects.count()) == (again.data["id"], 1)
    assert call("adjuster", "post", path, {**body, "amount": "1.00"}).status_code == 409


def test_an_amount_without_reference_or_key_is_refused_with_the_remedy(call, desk):
    claim = desk.decided("125000")
    answer = call("adjuster", "post", f"/claims/{claim.pk}/payments", {"amount": "60000.00"})
    assert (answer.status_code, answer.data["field"], Payment.objects.count()) == (422, "reference", 0)
    assert "reference" in answer.data["remedy"]


def test_a_payment_sent_twice_with_one_key_is_one_payment_even_when_the_key_is_forgotten(call, desk):
    claim = desk.decided("125000")
    path, key = f"/claims/{claim.pk}/payments", {"Idempotency-Key": "p-1"}
    first, again = (call("adjuster", "post", path, {"amount": "60000.00"}, **key) for _ in range(2))
    IdempotencyKey.objects.all().delete()
    third = call("adjuster", "post", path, {"amount": "60000.00"}, **key)
    assert {answer.data["id"] for answer in (first, again, third)} == {str(Payment.objects.get().pk)}


def test_all_that_may_be_paid_is_paid_once_without_any_reference(call, desk):
    claim = desk.decided("125000")
    answers = [call("adjuster", "post", f"/claims/{claim.pk}/payments", {}).status_code for _ in range(2)]
    assert (answers, Payment.objects.count()) == ([201, 409], 1)


@pytest.mark.parametrize(
    "changed",
    [
        {"amount": "0"},
        {"amount": "-5"},
        {"amount": "1.001"},
        {"amount": "NaN"},
        {"currency": "usd"},
        {"country": "USA"},
        {"made_on": "2026-10-07"},
        {"claimant": ""},
        {"paid": True},
        {"policy": "x"},
    ],
)
def test_a_claim_that_makes_no_sense_is_refused_by_field(call, desk, changed):
    body = {**claim_body(desk.policy, str(desk.incident().pk)), **changed}
    refused = call("owner", "post", "/claims", body)
    assert (refused.status_code, refused.json()["field"]) == (422, next(iter(changed)))
    assert Claim.objects.count() == 0


def test_the_adjuster_completes_the_coding_and_the_check_then_tells(call, policy):
    uncoded = {**incident_body(policy), "entity": "", "peril": ""}
    incident = call("engineer", "post", "/incidents", uncoded).data["id"]
    claim = call("owner", "post", "/claims", claim_body(policy, incident)).data["id"]
    call("adjuster", "post", f"/claims/{claim}/triage", {"severity": "low", **WHY})
    assert call("adjuster", "post", f"/claims/{claim}/coverage", ANSWERS).data["outcome"] == "open"
    assert call("adjuster", "put", f"/incidents/{incident}", {**CODED, **WHY}).data["peril"] == "ERR"
    assert call("adjuster", "post", f"/claims/{claim}/coverage", ANSWERS).data["outcome"] == "covered"


def test_a_decision_of_another_claim_is_not_found(call, desk):
    first, second = desk.reviewed(), desk.reviewed(incident=desk.incident())
    decision = desk.propose(first)
    answer = call("second", "post", f"/claims/{second.pk}/decisions/{decision.pk}/approve", WHY)
    assert answer.status_code == 404


def test_lists_filter_and_stay_within_the_tenant(call, desk):
    claim = desk.claim()
    assert [row["id"] for row in call("viewer", "get", "/claims?state=reported").data["items"]] == [str(claim.pk)]
    assert call("viewer", "get", "/claims?state=closed").data["items"] == []
    assert call("stranger", "get", "/claims").data["items"] == []
    assert call("stranger", "get", "/incidents").data["items"] == []
    assert call("viewer", "get", f"/claims?policy={uuid4()}").data["items"] == []


def test_listing_claims_costs_the_same_queries_for_one_and_for_many(api, people, desk, django_assert_max_num_queries):
    client = api(people["auditor"])
    for name in "abc":
        desk.claim(claimant=name, incident=desk.incident())
    with django_assert_max_num_queries(6):
        assert len(client.get(f"{V1}/claims").data["items"]) == 3
