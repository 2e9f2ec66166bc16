"""The route inventory: every route says who may use it, and means it."""

import re
from pathlib import Path

import pytest

from accounts.access import Access
from accounts.roles import ALL_MEMBERS, ALL_STAFF
from tests.architecture.routes import METHODS, routes

NOBODY_KNOWS = "5b0c7f4e-0000-4000-8000-000000000000"
ROUTES = routes()
API = [route for route in ROUTES if route.is_api]
PAGES = [route for route in ROUTES if not route.is_api]
CELLS = [(route, method) for route in ROUTES for method in sorted(route.methods)]


def ids(items):
    return [f"{item[1]} {item[0].path}" if isinstance(item, tuple) else item.path for item in items]


def ask(client, route, method, key=NOBODY_KNOWS):
    return getattr(client, method.lower())(route.url(key), {}, format="json")


def test_there_is_an_inventory():
    assert len(API) > 40
    assert len(PAGES) > 10


@pytest.mark.parametrize("route", ROUTES, ids=ids(ROUTES))
def test_every_method_of_a_route_declares_who_may_use_it(route):
    assert route.access, f"{route.path} declares no access"
    assert route.methods <= set(route.access)
    for method, access in route.access.items():
        assert method in METHODS
        assert isinstance(access, Access)
        assert access.staff <= ALL_STAFF
        assert access.members <= ALL_MEMBERS
        assert access.anonymous or access.staff or access.members


@pytest.mark.django_db
@pytest.mark.parametrize(("route", "method"), CELLS, ids=ids(CELLS))
def test_the_anonymous_are_asked_to_log_in(api, route, method):
    if route.access[method].anonymous:
        assert ask(api(), route, method).status_code != 500
        return
    answer = ask(api(), route, method)
    if route.is_api:
        assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    else:
        assert answer.status_code == 302
        assert answer["Location"].startswith("/login")


@pytest.mark.django_db
@pytest.mark.parametrize("role", sorted(ALL_STAFF))
def test_staff_are_refused_where_their_role_is_not_named(api, staff, role):
    client = api(staff(role))
    for route in API:
        for method in route.methods:
            access = route.access[method]
            status = ask(client, route, method).status_code
            assert status != 500, (role, method, route.path)
            if not access.anonymous and role not in access.staff:
                assert status == 403, (role, method, route.path)
            elif route.has_key:
                assert status in (404, 405, 409, 415, 422), (role, method, route.path, status)


@pytest.mark.django_db
@pytest.mark.parametrize("role", sorted(ALL_MEMBERS))
def test_members_are_refused_where_their_role_is_not_named(api, request, role):
    client = api(request.getfixturevalue(role))
    for route in API:
        for method in route.methods:
            access = route.access[method]
            status = ask(client, route, method).status_code
            assert status != 500, (role, method, route.path)
            if not access.anonymous and role not in access.members:
                assert status == 403, (role, method, route.path)


@pytest.mark.django_db
def test_a_key_no_one_knows_is_nothing_to_staff_on_every_page(client, staff):
    for role in sorted(ALL_STAFF):
        client.force_login(staff(role), backend="django.contrib.auth.backends.ModelBackend")
        for route in PAGES:
            access = route.access.get("GET")
            if access and route.has_key and role in access.staff:
                assert client.get(route.url(NOBODY_KNOWS)).status_code == 404, route.path


def test_the_openapi_document_names_the_same_api_routes():
    from drf_spectacular.generators import SchemaGenerator

    documented = set(SchemaGenerator().get_schema(public=True)["paths"])
    real = {"/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route.path) for route in API}
    undocumented = {"/api/v1/schema", "/api/v1/docs"}
    assert {re.sub(r"\{\w+\}", "{}", path) for path in documented} == {
        re.sub(r"\{\w+\}", "{}", path) for path in real - undocumented
    }


def test_no_view_reads_tenant_rows_past_the_scope():
    """Views reach rows through selectors and object_get; `.objects` in a view would go round them."""
    root = Path(__file__).resolve().parents[2]
    files = [*root.glob("*/api.py"), *root.glob("*/api/*.py"), *root.glob("portal/views/*.py")]
    assert len(files) > 8
    loose = [
        f"{file.relative_to(root)}:{number}"
        for file in files
        if "core/api" not in str(file)
        for number, line in enumerate(file.read_text().splitlines(), start=1)
        if re.search(r"\b[A-Z]\w+\.objects\b", line) and "Job.objects" not in line and "User.objects" not in line
    ]
    assert loose == []
