"""People in the portal: added with a password shown once, given authority, removed; refused to everybody else."""

import re

import pytest

from accounts.models import Authority, Membership, Organisation, StaffRole, User

MEMBER = {"name": "Mia Member", "email": "mia@acme.example", "role": "engineer"}
STAFF = {"name": "Ned New", "email": "ned@insurer.example", "roles": ["actuary", "auditor"]}
CUSTOMER = {"name": "Third Bank", "country": "de", "address": "Kai 1"}


def told(answer) -> str:
    """The page after an act."""
    return answer.content.decode()


def password_in(page: str) -> str:
    return re.search(r'id="new-password">([^<]+)<', page)[1]


@pytest.fixture
def admin(portal, staff):
    return portal(staff("administrator"))


def test_a_new_person_of_the_insurer_logs_in_with_the_password_shown_once(portal, admin):
    answer = admin.post("/people/new", STAFF)
    assert answer["Cache-Control"] == "no-store"
    given = {"username": STAFF["email"], "password": password_in(told(answer))}
    assert portal(None).post("/login", given).status_code == 302
    assert set(StaffRole.objects.filter(user__email=STAFF["email"]).values_list("role", flat=True)) == {
        "actuary",
        "auditor",
    }
    assert "new-password" not in told(admin.get("/people"))


@pytest.mark.parametrize("wrong", [{"roles": []}, {"roles": ["king"]}, {"email": "ned"}, {"name": ""}])
def test_a_person_who_is_not_whole_is_not_added(admin, wrong):
    answer = admin.post("/people/new", {**STAFF, **wrong})
    assert answer.status_code == 422
    assert not User.objects.filter(name="Ned New").exists()


def test_an_address_that_is_taken_is_told_and_what_was_typed_stays(admin, owner):
    answer = admin.post("/people/new", {**STAFF, "email": owner.email})
    assert answer.status_code == 409
    assert "Ned New" in told(answer)
    assert not User.objects.filter(name="Ned New").exists()


def test_an_authority_is_set_and_replaced(admin, staff):
    given = {"person": staff("underwriter").pk, "kind": "bind", "amount": "2000000", "currency": "USD"}
    admin.post("/people/authority", given)
    page = told(admin.post("/people/authority", {**given, "amount": "3000000"}, follow=True))
    assert "3,000,000.00" in page
    assert str(Authority.objects.get().amount) == "3000000.00"


@pytest.mark.parametrize("wrong", [{"amount": "-1"}, {"currency": "usd"}, {"kind": "rule"}, {"person": "x"}])
def test_a_refused_authority_changes_nothing(admin, staff, wrong):
    given = {"person": staff("underwriter").pk, "kind": "bind", "amount": "2000000", "currency": "USD", **wrong}
    assert "is-harm" in told(admin.post("/people/authority", given, follow=True))
    assert Authority.objects.count() == 0


def test_nobody_grants_authority_to_themselves_or_to_a_customer(admin, staff, owner):
    given = {"kind": "bind", "amount": "1", "currency": "USD"}
    own = admin.post("/people/authority", {**given, "person": staff("administrator").pk}, follow=True)
    assert "Nobody grants authority to themselves." in told(own)
    assert admin.post("/people/authority", {**given, "person": owner.pk}).status_code == 404
    assert Authority.objects.count() == 0


@pytest.mark.parametrize("who", ["administrator", "underwriter"])
def test_a_customer_is_added(portal, staff, who):
    page = told(portal(staff(who)).post("/customers/new", CUSTOMER, follow=True))
    assert "Third Bank is a customer." in page
    assert Organisation.objects.get().country == "DE"


def test_a_customer_is_not_added_twice(admin, organisation):
    page = told(admin.post("/customers/new", {**CUSTOMER, "name": organisation.name}, follow=True))
    assert "There is an organisation of this name." in page
    assert Organisation.objects.count() == 1


@pytest.mark.parametrize("who", ["administrator", "owner"])
def test_a_member_is_added_and_removed(portal, staff, request, owner, organisation, who):
    browser = portal(staff(who) if who == "administrator" else request.getfixturevalue(who))
    path = f"/customers/{organisation.pk}/members"
    assert password_in(told(browser.post(f"{path}/new", MEMBER)))
    member = Membership.objects.get(user__email=MEMBER["email"])
    assert (member.organisation, member.role) == (organisation, "engineer")
    assert "no longer belongs to" in told(browser.post(f"{path}/{member.pk}/remove", follow=True))
    assert not Membership.objects.filter(pk=member.pk).exists()


def test_the_last_owner_stays(portal, owner, organisation):
    member = Membership.objects.get()
    page = told(portal(owner).post(f"/customers/{organisation.pk}/members/{member.pk}/remove", follow=True))
    assert "keeps at least one owner" in page
    assert Membership.objects.get() == member


def test_a_member_of_another_customer_is_not_reached(portal, owner, organisation, stranger):
    foreign = Membership.objects.get(user=stranger)
    path = f"/customers/{organisation.pk}/members/{foreign.pk}/remove"
    assert portal(owner).post(path).status_code == 404
    assert Membership.objects.filter(pk=foreign.pk).exists()


@pytest.mark.parametrize(
    ("who", "status"), [("engineer", 403), ("viewer", 403), ("underwriter", 403), ("stranger", 404), (None, 302)]
)
def test_others_add_nobody_to_a_customer(portal, staff, request, organisation, who, status):
    user = staff(who) if who == "underwriter" else who and request.getfixturevalue(who)
    before = User.objects.count()
    assert portal(user).post(f"/customers/{organisation.pk}/members/new", MEMBER).status_code == status
    assert User.objects.count() == before


@pytest.mark.parametrize("path", ["/people/new", "/people/authority", "/customers/new"])
@pytest.mark.parametrize("who", ["owner", "adjuster", "auditor"])
def test_others_add_nobody_to_the_insurer(portal, staff, request, path, who):
    user = request.getfixturevalue(who) if who == "owner" else staff(who)
    assert portal(user).post(path, {**STAFF, **CUSTOMER}).status_code == 403
    assert not User.objects.filter(name="Ned New").exists()


def test_staff_read_the_insurers_people_and_members_their_own(portal, staff, viewer, stranger):
    insurers = told(portal(staff("auditor")).get("/people"))
    own = told(portal(viewer).get("/people"))
    assert "auditor@example.org" in insurers
    assert "Add the person" not in insurers
    assert "viewer@example.org" in own
    assert "auditor@example.org" not in own
    assert "stranger@example.org" not in own
