"""Queries nobody reads, text that hides what it says, and limits: each is named in the refusal."""

import pytest

pytestmark = pytest.mark.django_db
LISTS = [
    "datasets",
    "audits",
    "models",
    "pricings",
    "referrals",
    "quotes",
    "policies",
    "claims",
    "incidents",
    "reports",
]
HIDDEN = ["a\x00b", "a\x1bb", "a\nb", "a\u202eb", "a\u2066b", "a\u2028b", "a\x85b"]


@pytest.mark.parametrize("path", [*LISTS, "reports", "organisations", "staff", "use-classes", "plans"])
def test_a_query_parameter_nobody_reads_is_refused_with_the_known_ones(path, api, staff):
    answer = api(staff("underwriter")).get(f"/api/v1/{path}?stat=open")
    assert (answer.status_code, answer.json()["field"]) == (422, "stat")
    assert "after" in answer.json()["limit"]


@pytest.mark.parametrize(
    ("path", "query"),
    [("policies", "state=bound"), ("claims", "state=reported"), ("quotes", "limit=1"), ("incidents", "limit=2")],
)
def test_the_parameters_that_are_read_still_are(path, query, api, staff):
    assert api(staff("underwriter")).get(f"/api/v1/{path}?{query}").status_code == 200


def test_the_anonymous_learn_no_parameters(api):
    assert api().get("/api/v1/policies?stat=open").status_code == 401


@pytest.mark.parametrize("text", HIDDEN)
def test_a_name_with_hidden_characters_is_refused(text, api, staff):
    body = {"name": text, "country": "US"}
    answer = api(staff("underwriter")).post("/api/v1/organisations", body, format="json")
    assert (answer.status_code, answer.json()["field"]) == (422, "name")
    assert answer.json()["limit"] == "printable characters"


def test_a_long_text_may_have_lines_but_nothing_that_turns_the_writing(api, staff):
    client, body = api(staff("underwriter")), {"name": "A", "country": "US"}
    turned = client.post("/api/v1/organisations", {**body, "address": "1 Main\u202e St"}, format="json")
    plain = client.post("/api/v1/organisations", {**body, "address": "1 Main St\nSpringfield"}, format="json")
    assert (turned.status_code, plain.status_code) == (422, 201)


def test_names_in_any_script_are_taken(api, staff):
    body = {"name": "\u0634\u0631\u06a9\u062a \u0628\u06cc\u0645\u0647 \U0001f469\u200d\U0001f4bb", "country": "IR"}
    assert api(staff("underwriter")).post("/api/v1/organisations", body, format="json").status_code == 201


def test_hidden_characters_deep_in_a_registration_are_refused(api, owner):
    answer = api(owner).post("/api/v1/models", {"schema": {"label": "y\u202ex"}}, format="json")
    assert "schema.label" in [line["field"] for line in answer.json()["errors"]]


@pytest.mark.parametrize(
    ("body", "field", "limit"),
    [
        ({"name": "n" * 201, "country": "US"}, "name", "at most 200"),
        ({"name": "", "country": "US"}, "name", "at least 1 character"),
        ({"name": None, "country": "US"}, "name", "not null"),
        ({"country": "US"}, "name", "required"),
        ({"name": "A", "country": "US", "owner": "x"}, "owner", "name, country, address"),
    ],
)
def test_a_field_that_breaks_its_limit_is_refused_with_it(body, field, limit, api, staff):
    answer = api(staff("underwriter")).post("/api/v1/organisations", body, format="json").json()
    assert (answer["status"], answer["field"], answer["limit"]) == (422, field, limit)
    assert answer["errors"][0]["limit"] == limit


@pytest.mark.parametrize(
    ("amount", "limit"),
    [("1.001", "at most 2 digits after the point"), ("9" * 30, "digits")],
)
def test_an_amount_that_is_too_fine_or_too_large_is_refused_with_its_limit(amount, limit, api, staff):
    body = {"kind": "bind", "amount": amount, "currency": "USD"}
    person = staff("underwriter")
    answer = api(staff("administrator")).put(f"/api/v1/staff/{person.pk}/authorities", body, format="json").json()
    assert (answer["field"], limit in answer["limit"]) == ("amount", True)
