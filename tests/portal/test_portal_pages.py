"""Every page renders for every role that may see it, under the strict policy, and for nobody else."""

import re

import pytest
from django.urls import reverse

from accounts.access import Access
from accounts.roles import ALL_MEMBERS, ALL_STAFF
from tests.architecture.routes import routes
from tests.claims.conftest import desk_of

PLAIN = [route for route in routes() if not route.is_api and not route.has_key and "GET" in route.methods]
NAMES = sorted(route.name for route in PLAIN if route.name not in ("healthz", "readyz") and "<" not in route.path)
STYLE = re.compile(r"<[^>]+\sstyle\s*=", re.I)
HANDLER = re.compile(r"<[^>]+\son[a-z]+\s*=", re.I)
SCRIPT = re.compile(r"<script(?P<attributes>[^>]*)>", re.I)


def access_of(name: str) -> Access:
    return next(route for route in PLAIN if route.name == name).access["GET"]


def things(policy, claim):
    """The pages of one thing each: (route, key)."""
    pricing = policy.quote.pricing
    return [
        ("model", policy.model_id),
        ("audit", pricing.order.audit_run_id),
        ("dataset", pricing.order.audit_run.dataset_id),
        ("pricing", pricing.pk),
        ("quote", policy.quote_id),
        ("policy", policy.pk),
        ("claim", claim.pk),
        ("incident", claim.incident_id),
    ]


def inline(html: str) -> list[str]:
    """Whatever the content security policy would block."""
    loose = [found["attributes"] for found in SCRIPT.finditer(html) if not is_allowed(found["attributes"])]
    return STYLE.findall(html) + HANDLER.findall(html) + loose + re.findall(r"<style", html) + elsewhere(html)


def is_allowed(attributes: str) -> bool:
    return "src=" in attributes or "application/json" in attributes or "nonce=" in attributes


def elsewhere(html: str) -> list[str]:
    return re.findall(r'(?:src|href)="(?:https?:)?//[^"]+', html)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("role", sorted(ALL_STAFF))
def test_staff_pages_render_or_refuse_as_declared(portal, staff, claim, name, role):
    answer = portal(staff(role)).get(reverse(name))
    expected = 200 if role in access_of(name).staff or access_of(name).anonymous else 403
    assert answer.status_code == expected
    assert inline(answer.content.decode()) == []


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("role", sorted(ALL_MEMBERS))
def test_members_pages_render_or_refuse_as_declared(portal, request, claim, name, role):
    answer = portal(request.getfixturevalue(role)).get(reverse(name))
    allowed = role in access_of(name).members or access_of(name).anonymous
    assert answer.status_code in ((200, 302) if allowed else (403,))
    assert inline(answer.content.decode()) == []


@pytest.mark.parametrize("who", ["underwriter", "adjuster", "owner", "viewer"])
def test_the_page_of_each_thing_renders(portal, staff, request, policy, claim, who):
    user = staff(who) if who in ALL_STAFF else request.getfixturevalue(who)
    browser = portal(user)
    for name, key in things(policy, claim):
        answer = browser.get(reverse(name, args=[key]))
        assert answer.status_code == 200, name
        assert inline(answer.content.decode()) == [], name


def test_a_stranger_finds_nothing_of_another_customer(portal, stranger, policy, claim):
    browser = portal(stranger)
    for name, key in things(policy, claim):
        foreign = browser.get(reverse(name, args=[key]))
        unknown = browser.get(reverse(name, args=["5b0c7f4e-0000-4000-8000-000000000000"]))
        assert (foreign.status_code, unknown.status_code) == (404, 404), name
        assert blank_tokens(foreign) == blank_tokens(unknown), name


def blank_tokens(answer) -> str:
    html = re.sub(r'(csrfmiddlewaretoken" value|nonce)="[^"]+"', "", answer.content.decode())
    return re.sub(r"CSRF[^>]+", "", html)


def test_nobody_is_sent_to_the_log_in_page(portal, policy):
    for name in ("desk", "book", "models"):
        answer = portal(None).get(reverse(name))
        assert answer.status_code == 302
        assert answer["Location"].startswith("/login")


def test_every_page_carries_the_strict_policy(portal, owner):
    policy = portal(owner).get("/models")["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


def test_empty_states_say_what_to_do_next(portal, owner, staff):
    for browser, paths in (
        (portal(owner), ("/models", "/policies", "/claims", "/documents", "/keys")),
        (portal(staff("underwriter")), ("/", "/book", "/quotes", "/customers")),
    ):
        for path in paths:
            assert "pl-empty" in browser.get(path).content.decode() or path == "/customers", path


@pytest.mark.parametrize(
    ("who", "rail"),
    [("underwriter", "Desk Book Models Claims Plans"), ("owner", "Models Policies Claims Documents Keys")],
)
def test_the_rail_has_five_entries_for_each_role(portal, staff, request, who, rail):
    user = staff(who) if who in ALL_STAFF else request.getfixturevalue(who)
    html = portal(user).get("/models").content.decode()
    shown = re.search(r'<nav aria-label="Main">(.*?)</nav>', html, re.S)
    assert re.findall(r"<span>(\w+)</span>", shown[1]) == rail.split()


def test_plans_are_shown_in_full(portal, staff):
    html = portal(staff("actuary")).get("/plans/MRL-2026.02").content.decode()
    assert "JUSTICE-RISK" in html
    assert "sha256:" in html
    assert portal(staff("actuary")).get("/plans/MRL-1999.01").status_code == 404


def test_the_desk_shows_a_proposal_to_whoever_may_be_the_second_person(portal, organisation, staff, now):
    desk = desk_of(organisation, staff, now)
    desk.propose(desk.reviewed())
    proposer, second = staff("adjuster", "ada"), staff("adjuster", "ben")
    heading = "Decisions that wait for a second person"
    assert heading not in portal(proposer).get("/").content.decode()
    assert heading in portal(second).get("/").content.decode()
    assert heading not in portal(staff("underwriter")).get("/").content.decode()
