"""The chain, link by link: register, upload, audit, price, quote, bind, papers, report, incident, claim, payment."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from demo.book import Entry
from demo.client import Client, Refused
from demo.figures import PUBLISHED
from demo.server import ADMIN, new_password

STAFF = {
    "underwriter": ("uma@insurer.example", "Uma Underwriter", ["underwriter"]),
    "actuary": ("ada@insurer.example", "Ada Actuary", ["actuary"]),
    "adjuster": ("aki@insurer.example", "Aki Adjuster", ["adjuster"]),
    "approver": ("ben@insurer.example", "Ben Senior Adjuster", ["adjuster"]),
    "payer": ("pia@insurer.example", "Pia Payments", ["adjuster"]),
    "auditor": ("ola@insurer.example", "Ola Auditor", ["auditor"]),
}
BIND_AUTHORITY = "2000000.00"
CLAIM_AUTHORITY = "250000.00"


@dataclass
class Story:
    """What happened to one model of the book, for the summary."""

    entry: Entry
    login: tuple[str, str]
    model: str = ""
    version: str = ""
    lines: list[str] = field(default_factory=list)
    pricing: dict[str, Any] = field(default_factory=dict)
    papers: list[Path] = field(default_factory=list)


@dataclass
class Insurer:
    """The insurer's people, each with a client of their own."""

    people: dict[str, Client]
    passwords: dict[str, tuple[str, str]]

    def __getitem__(self, role: str) -> Client:
        return self.people[role]


def insurer(base: str, admin_password: str) -> Insurer:
    """Add the staff and give them authority."""
    admin = Client(base).log_in(ADMIN, admin_password)
    people, passwords = {"administrator": admin}, {"administrator": (ADMIN, admin_password)}
    for key, (email, name, roles) in STAFF.items():
        password = new_password()
        person = admin.post("/staff", {"email": email, "name": name, "roles": roles, "password": password})
        kind, amount = ("bind", BIND_AUTHORITY) if key == "underwriter" else ("claim", CLAIM_AUTHORITY)
        if key not in ("actuary", "auditor"):
            admin.put(f"/staff/{person['id']}/authorities", {"kind": kind, "amount": amount, "currency": "USD"})
        people[key], passwords[key] = Client(base).log_in(email, password), (email, password)
    return Insurer(people, passwords)


def customer(base: str, staff: Insurer, entry: Entry) -> tuple[Client, Story]:
    """Add the insured, its owner, and a key for its programs; the client acts by that key."""
    organisation = staff["underwriter"].post("/organisations", entry.insured, once=f"insured-{entry.key}")
    email, password = f"owner@{entry.key}.example", new_password()
    person = {"email": email, "name": f"Owner of {entry.insured['name']}", "role": "owner", "password": password}
    staff["administrator"].post(f"/organisations/{organisation['id']}/members", person)
    owner = Client(base).log_in(email, password)
    return owner, Story(entry=entry, login=(email, password))


def measured(owner: Client, story: Story) -> None:
    """Register, freeze a version, say since when it is live, upload, audit; check the published figures."""
    entry = story.entry
    model = owner.post("/models", entry.registration, once=f"model-{entry.key}")
    digest = "sha256:" + hashlib.sha256(entry.artifact.encode()).hexdigest()
    version = owner.post(f"/models/{model['id']}/versions", {"label": "1", "digest": digest, "notes": entry.artifact})
    live = {"version": version["id"], "live_from": entry.live_from, "notes": "as deployed"}
    owner.post(f"/models/{model['id']}/deployments", live)
    story.model, story.version = model["id"], version["id"]
    data = owner.upload(
        entry.data(),
        gzipped=entry.gzipped,
        name=entry.data_name,
        source=entry.data_source,
        historic=str(entry.historic).lower(),
    )
    order = owner.post(f"/versions/{version['id']}/audits", {"dataset": data["id"], "purpose": "submission"})
    audit = owner.wait(f"/audits/{order['audit']['id']}", until={"completed"}, never={"failed"})
    story.lines.append(f"{data['rows']:,} rows audited, {_verdicts(audit['result'])}")
    story.lines += [figure.check(audit["result"]) for figure in PUBLISHED.get(entry.key, ())]


def priced(staff: Insurer, story: Story) -> None:
    """Price the version by the plan in force and check that the stored worksheet can be replayed."""
    underwriter = staff["underwriter"]
    terms = {**story.entry.cover, "inception": _today().isoformat()}
    story.pricing = underwriter.post(f"/versions/{story.version}/pricings", terms)
    replay = underwriter.post(f"/pricings/{story.pricing['id']}/replay", {})
    if not replay["same"]:
        raise Refused(f"the worksheet of {story.entry.key} does not replay")
    story.lines.append(_price_line(story.pricing))
    story.lines += [f"{row['code']}: {row['reason']}" for row in story.pricing["referrals"]]


def bound(staff: Insurer, owner: Client, story: Story) -> dict[str, Any]:
    """Offer the price, have the owner accept it, bind it from today, and wait for the papers."""
    underwriter = staff["underwriter"]
    quote = underwriter.post("/quotes", {"pricing": story.pricing["id"]}, once=f"quote-{story.entry.key}")
    owner.post(f"/quotes/{quote['id']}/accept", {})
    due = (_today() + timedelta(days=60)).isoformat()
    subjectivity = {"text": "An audit with evidence of class E1 to E3 by the due date.", "due": due}
    body = {"inception": _today().isoformat(), "subjectivity": subjectivity}
    policy = underwriter.post(f"/quotes/{quote['id']}/bind", body, once=f"bind-{story.entry.key}")
    story.lines.append(f"policy {policy['number']}, premium {policy['premium']} {policy['currency']}, {policy['state']}")
    return dict(policy)


def _verdicts(result: dict[str, Any]) -> str:
    counts: dict[str, int] = {}
    for check in result["checks"]:
        counts[check["verdict"]] = counts.get(check["verdict"], 0) + 1
    return ", ".join(f"{count} {verdict.replace('_', ' ')}" for verdict, count in sorted(counts.items()))


def _price_line(pricing: dict[str, Any]) -> str:
    if pricing["premium"] is None:
        return f"{pricing['outcome']}: no price"
    return (
        f"{pricing['outcome']}: premium {pricing['premium']} {pricing['currency']}, grade {pricing['grade']}, "
        f"score {pricing['score']}, plan {pricing['plan_name']}, evidence {pricing['evidence_class']}"
    )


def _today() -> date:
    return datetime.now(UTC).date()
