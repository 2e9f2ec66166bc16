"""What every page shows around its story: who is here, where they may go, what was just done."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.models import Organisation
from accounts.principal import Principal
from accounts.roles import MEMBER_LABELS, STAFF_LABELS


@dataclass(frozen=True)
class Entry:
    """One entry of the rail; `roots` are the path beginnings that belong to it."""

    name: str
    href: str
    icon: str
    roots: tuple[str, ...]


INSURER = (
    Entry("Desk", "/", "layout-dashboard", ("/desk",)),
    Entry(
        "Book", "/book", "books", ("/book", "/policies", "/quotes", "/customers", "/documents", "/reports", "/people")
    ),
    Entry(
        "Models",
        "/models",
        "cpu",
        ("/models", "/versions", "/trials", "/audits", "/datasets", "/pricings", "/referrals"),
    ),
    Entry("Claims", "/claims", "gavel", ("/claims", "/incidents")),
    Entry("Plans", "/plans", "table", ("/plans", "/workbench", "/studies")),
)
CUSTOMER = (
    Entry("Models", "/models", "cpu", ("/models", "/versions", "/trials", "/audits", "/datasets", "/pricings")),
    Entry("Policies", "/policies", "file-certificate", ("/policies", "/quotes")),
    Entry("Claims", "/claims", "gavel", ("/claims", "/incidents")),
    Entry("Documents", "/documents", "files", ("/documents", "/reports")),
    Entry("Keys", "/keys", "key", ("/keys", "/people", "/customers")),
)


def shell(request: HttpRequest) -> dict[str, Any]:
    """The rail, who is logged in, and the CSP nonce, for any template that extends base.html."""
    principal: Principal | None = getattr(request, "principal", None)
    nonce = {"csp_nonce": getattr(request, "csp_nonce", "")}
    if principal is None:
        return {**nonce, "principal": None}
    entries = INSURER if principal.is_staff else CUSTOMER
    return {
        **nonce,
        "principal": principal,
        "is_staff": principal.is_staff,
        "rail": [(entry, _is_here(entry, request.path)) for entry in entries],
        "who": {"name": principal.actor.label, "at": SimpleLazyObject(lambda: _affiliation(principal))},
    }


def _is_here(entry: Entry, path: str) -> bool:
    return path == entry.href or any(path == root or path.startswith(f"{root}/") for root in entry.roots)


def _affiliation(principal: Principal) -> str:
    """The roles at the insurer, or the organisations and the role in each."""
    if principal.is_staff:
        return ", ".join(STAFF_LABELS[role] for role in sorted(principal.staff_roles))
    names = dict(Organisation.objects.filter(pk__in=list(principal.memberships)).values_list("pk", "name"))
    return "; ".join(f"{names[key]}, {MEMBER_LABELS[role].lower()}" for key, role in principal.memberships.items())
