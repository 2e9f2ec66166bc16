"""What a portal view is handed, and how it answers an act: do it, say so, go back to the thing."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from accounts.access import Access
from accounts.principal import Principal
from core.actors import Actor
from core.errors import Conflict, InputRefused, PlimsollError, Unavailable


class Asked(HttpRequest):
    """A request whose caller is known: PrincipalMiddleware sets `principal`, @page has checked it."""

    principal: Principal


Refusals = (InputRefused, Conflict, Unavailable)


def said(error: PlimsollError) -> str:
    """A refusal in one paragraph: what, which limit, what next."""
    limit = f"Limit: {error.limit}." if error.limit else ""
    return " ".join(part for part in (error.message, limit, error.remedy or "") if part)


def act(request: Asked, call: Callable[[Actor], str | None], *, back: str, done: str) -> HttpResponse:
    """Carry out `call`, tell the outcome, go to the address it returns, else `back`.

    A refusal changes nothing and says why. NotAllowed and NotFound are left to the middleware: they have own pages.
    """
    try:
        target = call(request.principal.actor)
    except Refusals as error:
        messages.error(request, said(error), extra_tags="is-harm")
        return redirect(back)
    messages.success(request, done, extra_tags="is-met")
    return redirect(target or back)


def may(principal: Principal, access: Access, organisation_id: UUID) -> bool:
    """Whether this caller holds a role of `access` for things of this organisation: decides what a page offers."""
    return bool(access.staff & principal.staff_roles) or principal.memberships.get(organisation_id) in access.members


def filled(request: HttpRequest, form: Form) -> bool:
    """Whether a small form on a page is complete; if not, its first complaint is shown on that page."""
    if form.is_valid():
        return True
    name, errors = next(iter(form.errors.items()))
    label = form.fields[name].label or name if name in form.fields else ""
    messages.error(request, f"{label}: {errors[0]}".strip(": "), extra_tags="is-harm")
    return False


def now() -> datetime:
    """The moment of this request: views are where the clock is read."""
    return timezone.now()
