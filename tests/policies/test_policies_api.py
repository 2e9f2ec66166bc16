"""Policies over the API: every role, strangers answered like nobody, refusals that change nothing."""

from datetime import timedelta
from uuid import uuid4

import pytest

from core.jobs.runner import drain
from core.models import JournalEntry
from policies.models import Policy, PolicyDocument, Quote
from tests.book import CUSTOMER, audited, authorised, bound, priced, quoted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
V1 = "/api/v1"
MEMBERS = ("owner", "engineer", "viewer")
STAFF = ("underwriter", "actuary", "adjuster", "auditor", "administrator")
BIND = {"inception": "2026-10-01", "acceptance_reason": "Rows were sampled.", "order_text": "Bind, 1 Oct 2026."}


@pytest.fixture
def people(owner, engineer, viewer, stranger, staff):
    return {"owner": owner, "engineer": engineer, "viewer": viewer, "stranger": stranger} | {
        role: staff(role) for role in STAFF
    }


@pytest.fixture
def call(api, people):
    """call(role, method, path, body) -> response; role None is nobody."""

    def send(role, method, path, body=None, **headers):
        client = api(people[role] if role else None)
        return getattr(client, method)(f"{V1}{path}", body, format="json", headers=headers)

    return send


@pytest.fixture
def quote(organisation, now):
    return quoted(organisation, now)


@pytest.fixture
def policy(organisation, staff, now):
    made = bound(organisation, staff("underwriter"), now)
    drain(["default"])
    return made


def acts(quote, policy):
    """Every route of the room: method, path for an id, its own id, body, who may."""
    paper = policy.documents.order_by("kind").first()
    read = {*MEMBERS, *STAFF}
    return [
        ("get", "/quotes/{}", quote.pk, None, read),
        ("post", "/quotes/{}/accept", quote.pk, None, {"owner"}),
        ("post", "/quotes/{}/decline", quote.pk, {"why": "Too dear."}, {"owner"}),
        ("post", "/quotes/{}/bind", quote.pk, BIND, {"underwriter"}),
        ("get", "/policies/{}", policy.pk, None, read),
        ("get", "/policies/{}/at?on=2026-10-05", policy.pk, None, read),
        ("get", "/policies/{}/documents", policy.pk, None, read),
        ("post", "/policies/{}/subjectivities/0/met", policy.pk, {"why": "Came."}, {"underwriter"}),
        ("get", "/documents/{}.pdf", paper.pk, None, read),
        ("post", "/documents/{}/remake", paper.pk, None, set(STAFF)),
    ]


def test_a_stranger_is_answered_byte_for_byte_as_for_a_random_id(call, organisation, policy, now):
    quote = quoted(organisation, now, name="Second")
    for method, path, pk, body, _ in acts(quote, policy):
        real = call("stranger", method, path.format(pk), body)
        random = call("stranger", method, path.format(uuid4()), body)
        assert (real.status_code, real.content) == (random.status_code, random.content), path
        assert real.status_code in (403, 404), path


def test_nobody_is_asked_to_log_in(call, organisation, policy, now):
    quote = quoted(organisation, now, name="Second")
    assert {call(None, m, p.format(pk), body).status_code for m, p, pk, body, _ in acts(quote, policy)} == {401}


def test_roles_without_the_right_are_refused_and_nothing_changes(call, organisation, policy, now, people):
    quote = quoted(organisation, now, name="Second")
    before = (JournalEntry.objects.count(), Policy.objects.count(), quote.state)
    for method, path, pk, body, allowed in acts(quote, policy):
        for role in {*MEMBERS, *STAFF} - allowed:
            assert call(role, method, path.format(pk), body).status_code == 403, (role, path)
    quote.refresh_from_db()
    assert (JournalEntry.objects.count(), Policy.objects.count(), quote.state) == before


def test_every_reading_role_reads(call, organisation, policy, now):
    quote = quoted(organisation, now, name="Second")
    for method, path, pk, body, allowed in acts(quote, policy):
        if method == "get":
            assert {call(role, method, path.format(pk), body).status_code for role in allowed} == {200}, path


def test_an_underwriter_offers_the_owner_accepts_and_the_underwriter_binds(call, organisation, people, now):
    pricing = priced(organisation, now)
    authorised(people["underwriter"], "bind", "2000000")
    offered = call("underwriter", "post", "/quotes", {"pricing": str(pricing.pk)})
    assert (offered.status_code, offered.data["state"], offered.data["premium"]) == (201, "open", str(pricing.premium))
    accepted = call("owner", "post", f"/quotes/{offered.data['id']}/accept")
    assert (accepted.status_code, accepted.data["accepted_by"]) == (200, people["owner"].name)
    body = {"inception": "2026-10-01", "acceptance_reason": "Rows were sampled."}
    done = call("underwriter", "post", f"/quotes/{offered.data['id']}/bind", body)
    assert (done.status_code, done.data["state"], done.data["limit"]) == (201, "in_force", "2000000.00")
    assert call("owner", "get", f"/quotes/{offered.data['id']}").data["policy"] == done.data["id"]


def test_only_underwriters_offer(call, organisation, now):
    pricing = priced(organisation, now)
    for role in {*MEMBERS, *STAFF, "stranger"} - {"underwriter"}:
        assert call(role, "post", "/quotes", {"pricing": str(pricing.pk)}).status_code == 403
    assert Quote.objects.count() == 0


def test_binding_repeated_with_the_same_key_replays_and_without_it_clashes(call, quote, people):
    authorised(people["underwriter"], "bind", "2000000")
    path, key = f"/quotes/{quote.pk}/bind", {"Idempotency-Key": "bind-1"}
    first, again = (call("underwriter", "post", path, BIND, **key) for _ in range(2))
    assert (first.status_code, again.status_code, again.data["id"]) == (201, 201, first.data["id"])
    assert again.headers["Idempotent-Replay"] == "true"
    assert call("underwriter", "post", path, BIND).status_code == 409
    other = call("underwriter", "post", path, {**BIND, "inception": "2026-10-02"}, **key)
    assert (other.status_code, Policy.objects.count()) == (422, 1)


def test_a_problem_names_field_limit_and_remedy(call, quote, people):
    authorised(people["underwriter"], "bind", "5")
    problem = call("underwriter", "post", f"/quotes/{quote.pk}/bind", BIND)
    assert problem.status_code == 403
    assert problem.headers["Content-Type"] == "application/problem+json"
    assert problem.json()["limit"] == "your authority in USD: USD 5.00"
    assert "Ask somebody with more authority" in problem.json()["remedy"]


@pytest.mark.parametrize(
    "body",
    [
        {**BIND, "premium": "1.00"},
        {**BIND, "inception": "tomorrow"},
        {**BIND, "subjectivity": {"text": "E1", "due": "2026-10-20", "by": "me"}},
        {**BIND, "subjectivity": "later"},
        {},
        [],
    ],
)
def test_a_body_that_is_not_understood_is_refused(call, quote, people, body):
    authorised(people["underwriter"], "bind", "2000000")
    assert call("underwriter", "post", f"/quotes/{quote.pk}/bind", body).status_code == 422
    assert Policy.objects.count() == 0


def test_lists_hold_the_callers_own_rows_and_filter(call, organisation, other_organisation, quote, now):
    quoted(other_organisation, now)
    assert [row["id"] for row in call("viewer", "get", "/quotes").data["items"]] == [str(quote.pk)]
    assert len(call("auditor", "get", "/quotes").data["items"]) == 2
    assert len(call("auditor", "get", f"/quotes?model={quote.model_id}&state=open").data["items"]) == 1
    assert call("auditor", "get", "/quotes?state=bound").data["items"] == []
    assert call("auditor", "get", "/quotes?state=nice").status_code == 422
    assert call("auditor", "get", "/quotes?model=1").status_code == 422


def test_a_paper_downloads_as_pdf_whatever_accept_says(api, people, policy):
    paper = PolicyDocument.objects.get(kind="declarations")
    for accept in ("application/pdf", "*/*", "application/json"):
        got = api(people["viewer"]).get(f"{V1}/documents/{paper.pk}.pdf", headers={"Accept": accept})
        assert (got.status_code, got.headers["Content-Type"]) == (200, "application/pdf")
        assert b"".join(got.streaming_content)[:5] == b"%PDF-"


def test_a_paper_is_made_again_to_the_same_bytes(call, policy):
    for paper in PolicyDocument.objects.all():
        answer = call("auditor", "post", f"/documents/{paper.pk}/remake").data
        assert (answer["same"], answer["remade"]) == (True, paper.digest)


def test_the_policy_says_which_version_it_covers_on_a_day(call, policy):
    answer = call("viewer", "get", f"/policies/{policy.pk}/at?on=2027-09-30").data
    assert (answer["in_period"], [row["label"] for row in answer["schedule"]]) == (True, ["v1"])
    assert call("viewer", "get", f"/policies/{policy.pk}/at?on=2027-10-01").data["in_period"] is False
    assert call("viewer", "get", f"/policies/{policy.pk}/at?on=soon").status_code == 422


def test_an_expired_or_voided_quote_answers_409_with_the_reason(call, quote, clock, now):
    clock.move_to(now + timedelta(minutes=5))
    audited(quote.pricing.order.version, now + timedelta(minutes=5))
    answer = call("owner", "post", f"/quotes/{quote.pk}/accept")
    assert (answer.status_code, answer.json()["detail"]) == (409, "A newer audit of the model was completed.")


def test_listing_policies_costs_the_same_queries_for_one_and_for_three(
    call, api, people, organisation, staff, policy, now, django_assert_max_num_queries
):
    client = api(people["auditor"])
    for number in range(2):
        bound(organisation, staff("underwriter"), now, name=f"Model {number}")
    with django_assert_max_num_queries(6):
        assert len(client.get(f"{V1}/policies").data["items"]) == 3
    with django_assert_max_num_queries(6):
        assert len(client.get(f"{V1}/quotes").data["items"]) == 3


def test_the_customer_label_is_kept_with_what_they_decided(call, quote):
    assert call("owner", "post", f"/quotes/{quote.pk}/decline", {"why": "Too dear."}).data["state"] == "declined"
    row = JournalEntry.objects.get(action="quote.declined")
    assert (row.actor_label, row.why) == ("Owner", "Too dear.")
    assert CUSTOMER.label != row.actor_label
