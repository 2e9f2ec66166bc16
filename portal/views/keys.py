"""The customer's keys for programs: made once, shown once, revoked for good."""

from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.access import Access, page
from accounts.roles import ALL_MEMBERS, OWNER
from accounts.scope import organisation_pick
from accounts.services import key_revoke, organisation_key_create
from core.actors import Actor
from core.errors import NotFound
from portal.asking import Asked, act, filled, now
from portal.forms.accounts import KeyForm
from portal.lookups import keys_visible

READ = Access(members=ALL_MEMBERS)
CHANGE = Access(members=frozenset({OWNER}))


@page({"GET": READ, "POST": CHANGE})
def keys(request: Asked) -> HttpResponse:
    """All keys of the caller's organisations; POST makes one and shows it this once."""
    if request.method == "GET":
        return _show(request, KeyForm())
    form = KeyForm(request.POST)
    if not filled(request, form):
        return redirect("keys")
    organisation = organisation_pick(
        principal=request.principal, access=CHANGE, requested=form.cleaned_data["organisation"]
    )
    row, key = organisation_key_create(
        organisation=organisation, name=form.cleaned_data["name"], actor=request.principal.actor, at=now()
    )
    return _show(request, KeyForm(), made={"row": row, "key": key})


@page({"POST": CHANGE})
def revoke(request: Asked, prefix: str) -> HttpResponse:
    """End a key with effect on the next request. It is named by its prefix: its row id holds the hash."""
    key = keys_visible(request.principal).filter(prefix=prefix).first()
    if key is None:
        raise NotFound("Nothing is here that you may see.")
    organisation_pick(principal=request.principal, access=CHANGE, requested=key.organisation_id)

    def call(actor: Actor) -> None:
        key_revoke(key=key, actor=actor, at=now())

    return act(request, call, back="/keys", done=f"{key.name} is revoked.")


def _show(request: Asked, form: KeyForm, **extra: object) -> HttpResponse:
    rows = keys_visible(request.principal)
    owner = OWNER in request.principal.memberships.values()
    return render(request, "keys/keys.html", {"keys": rows, "form": form, "owner": owner, "now": now(), **extra})
