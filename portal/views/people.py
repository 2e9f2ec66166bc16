"""People: the insurer's own with their authority, customers and theirs. A password is shown once, to who made it."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.access import page
from accounts.api import ADMIN, PEOPLE, SEE_OWN, OrganisationsView
from accounts.models import Organisation
from accounts.roles import STAFF_LABELS
from accounts.scope import organisation_pick
from accounts.selectors import members_of, organisations_visible, staff_all
from accounts.services import authority_set, member_add, member_remove, organisation_create, staff_add
from core.actors import Actor
from core.errors import NotFound
from portal.asking import Asked, Refusals, act, filled, may, now
from portal.forms.accounts import AuthorityForm, MemberForm, OrganisationForm, StaffForm
from portal.forms.base import HouseForm

ADD_CUSTOMER = OrganisationsView.access["POST"]


@page({"GET": SEE_OWN})
def people(request: Asked) -> HttpResponse:
    """Staff read the insurer's people, members those of their own organisations."""
    return _staff(request) if request.principal.is_staff else _members(request)


def _staff(request: Asked, *, status: int = 200, **shown: Any) -> HttpResponse:
    rows = list(staff_all().prefetch_related("authorities"))
    people = [{"person": row, "roles": sorted(STAFF_LABELS[one.role] for one in row.staff_roles.all())} for row in rows]
    if ADMIN.admits(request.principal):
        shown = {"staff_form": StaffForm(), "authority_form": AuthorityForm(people=rows), **shown}
    return _kept_nowhere(render(request, "customers/staff.html", {"people": people, **shown}, status=status))


def _members(request: Asked, *, status: int = 200, **shown: Any) -> HttpResponse:
    own = organisations_visible(request.principal).order_by("name")
    groups = [_group(request, row) for row in own]
    return _kept_nowhere(render(request, "customers/people.html", {"groups": groups, **shown}, status=status))


def _group(request: Asked, row: Organisation) -> dict[str, Any]:
    return {"organisation": row, "members": list(members_of(row.pk)), "manages": may(request.principal, PEOPLE, row.pk)}


@page({"POST": ADMIN})
def staff_new(request: Asked) -> HttpResponse:
    """Add a person of the insurer."""
    form = StaffForm(request.POST)
    if not form.is_valid():
        return _staff(request, staff_form=form, status=422)
    try:
        person, password = staff_add(password=None, actor=request.principal.actor, at=now(), **form.cleaned_data)
    except Refusals as problem:
        return _staff(request, staff_form=form, problem=problem, status=problem.status)
    return _staff(request, made={"person": person, "password": password})


@page({"POST": ADMIN})
def authority(request: Asked) -> HttpResponse:
    """Say how far one person may bind or decide alone."""
    form = AuthorityForm(request.POST, people=staff_all())
    if not filled(request, form):
        return redirect("people")
    given = dict(form.cleaned_data)
    person = staff_all().filter(pk=given.pop("person")).first()
    if person is None:
        raise NotFound("Nothing is here that you may see.")

    def call(actor: Actor) -> None:
        authority_set(user=person, actor=actor, at=now(), **given)

    return act(request, call, back="/people", done=f"The authority of {person.name} is set.")


@page({"POST": ADD_CUSTOMER})
def customer_new(request: Asked) -> HttpResponse:
    """Add a customer."""
    form = OrganisationForm(request.POST)
    if not filled(request, form):
        return redirect("customers")
    given = {**form.cleaned_data, "country": form.cleaned_data["country"].upper()}

    def call(actor: Actor) -> str:
        return f"/customers/{organisation_create(actor=actor, at=now(), **given).pk}"

    return act(request, call, back="/customers", done=f"{given['name']} is a customer. Add its people next.")


@page({"GET": PEOPLE, "POST": PEOPLE})
def member_new(request: Asked, pk: UUID) -> HttpResponse:
    """Add a person of a customer, by an administrator or by the customer's owner."""
    row = organisation_pick(principal=request.principal, access=PEOPLE, requested=pk)
    if request.method == "GET":
        return _member_page(request, row, MemberForm())
    form = MemberForm(request.POST)
    if not form.is_valid():
        return _member_page(request, row, form, status=422)
    given = form.cleaned_data
    try:
        member, password = member_add(organisation=row, password=None, actor=request.principal.actor, at=now(), **given)
    except Refusals as problem:
        return _member_page(request, row, form, problem=problem, status=problem.status)
    return _member_page(request, row, MemberForm(), made={"person": member.user, "password": password})


def _member_page(
    request: Asked, row: Organisation, form: HouseForm, *, status: int = 200, **shown: Any
) -> HttpResponse:
    shown |= {"customer": row, "form": form, "members": members_of(row.pk)}
    return _kept_nowhere(render(request, "customers/member.html", shown, status=status))


@page({"POST": PEOPLE})
def member_gone(request: Asked, pk: UUID, member: int) -> HttpResponse:
    """Take a person out of a customer, with effect on their next request."""
    row = organisation_pick(principal=request.principal, access=PEOPLE, requested=pk)
    found = members_of(row.pk).filter(pk=member).first()
    if found is None:
        raise NotFound("Nothing is here that you may see.")
    own = found.user_id == request.principal.user_id
    back = "/people" if own else f"/customers/{pk}/members/new"

    def call(actor: Actor) -> None:
        member_remove(member=found, actor=actor, at=now())

    return act(request, call, back=back, done=f"{found.user.name} no longer belongs to {row.name}.")


def _kept_nowhere(answer: HttpResponse) -> HttpResponse:
    """A page that may hold a password is kept by no cache."""
    answer["Cache-Control"] = "no-store"
    return answer
