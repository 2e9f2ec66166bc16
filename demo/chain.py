"""The chain, link by link: register, upload, audit, price, quote, bind, papers, report, incident, claim, payment."""

import csv
import hashlib
import io
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from demo.book import Entry, Handed
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
    dataset: str = ""
    beside: dict[str, str] = field(default_factory=dict)  # what every order names beside the rows
    lines: list[str] = field(default_factory=list)
    pricing: dict[str, Any] = field(default_factory=dict)
    papers: list[Path] = field(default_factory=list)
    insured: bool = False


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
    story.model = model["id"]
    story.version = _version(owner, story, "1", entry.handed[0] if entry.handed else None)
    live = {"version": story.version, "live_from": entry.live_from, "notes": "as deployed"}
    owner.post(f"/models/{model['id']}/deployments", live)
    data = owner.upload(
        entry.data(),
        media=entry.media,
        gzipped=entry.gzipped,
        name=entry.data_name,
        source=entry.data_source,
        historic=str(entry.historic).lower(),
    )
    story.dataset = data["id"]
    if entry.training:
        name, rows = entry.training
        told = owner.upload(rows(), name=name, source=entry.data_source, historic=str(entry.historic).lower())
        story.beside["training"] = told["id"]
    audit = _audited(owner, story, story.version)
    story.lines.append(f"{data['rows']:,} rows audited, {_verdicts(audit['result'])}")
    story.lines += [figure.check(audit["result"]) for figure in PUBLISHED.get(entry.key, ())]
    story.lines += _sentences(audit["result"], story)


def _version(owner: Client, story: Story, label: str, handed: Handed | None) -> str:
    """Freeze a version under the digest of its file, or of its description where the file stays at home."""
    content = handed.artifact() if handed else story.entry.artifact.encode()
    body: dict[str, Any] = {"label": label, "digest": "sha256:" + hashlib.sha256(content).hexdigest()}
    body |= {"notes": handed.notes, "interface": handed.interface()} if handed else {"notes": story.entry.artifact}
    return str(owner.post(f"/models/{story.model}/versions", body)["id"])


def _audited(owner: Client, story: Story, version: str, earlier: str = "") -> dict[str, Any]:
    """Order an audit and wait for it; `earlier` is a version whose file is asked about the same rows."""
    beside = {**story.beside, **({"earlier_version": earlier} if earlier else {})}
    body = {"dataset": story.dataset, "purpose": "submission", "beside": beside}
    order = owner.post(f"/versions/{version}/audits", body)
    return dict(owner.wait(f"/audits/{order['audit']['id']}", until={"completed"}, never={"failed"}))


def handed_over(staff: Insurer, owner: Client, story: Story) -> None:
    """Hand each version's file over, have it audited in the cage and priced; the last one decides from now on.

    Versions are one model in several formats: each must decide every row as the first one does.
    """
    told = story.pricing
    decided: list[Any] = []
    earlier = ""
    for place, handed in enumerate(story.entry.handed, start=1):
        if place > 1:
            earlier = story.version
            story.version = _version(owner, story, str(place), handed)
            live = {"version": story.version, "live_from": datetime.now(UTC).isoformat(), "notes": handed.notes}
            owner.post(f"/models/{story.model}/deployments", live)
        decided.append(_decided(_caged_audit(owner, story, str(place), handed, earlier)))
        story.pricing = _priced(staff, story, story.version)
        story.lines.append(_price_line(story.pricing))
        if decided[-1] != decided[0]:
            raise Refused(f"version {place} of {story.entry.key} decides otherwise: {decided}")
    if told["premium"] and story.pricing["premium"]:
        less = Decimal(told["premium"]) - Decimal(story.pricing["premium"])
        story.lines.append(f"handing the model over lowers the premium by {less} {told['currency']}")


def _caged_audit(owner: Client, story: Story, label: str, handed: Handed, earlier: str) -> dict[str, Any]:
    """Hand the version's file over and audit it: the result, and a line of what the cage showed of the model."""
    facts = owner.hand_over(story.version, handed.artifact())["facts"]
    audit: dict[str, Any] = _audited(owner, story, story.version, earlier)["result"]
    checks = {check["id"]: check["verdict"].replace("_", " ") for check in audit["checks"]}
    flips = audit["dimensions"]["robustness"]
    story.lines += [
        f"version {label} handed over: {facts['format']}, run in the cage by {facts['runtime']}",
        f"  gives the predictions sent: {checks['model.reproduces']}; answers the same when asked again: "
        f"{checks['model.deterministic']}; {flips.get('k')} of {flips.get('n')} decisions flip under the worst of the "
        "small changes",
        *_sentences(audit, story),
    ]
    return audit


def _sentences(audit: dict[str, Any], story: Story) -> list[str]:
    """What the checks that the book names say, once each; a check without a figure says nothing here."""
    told = [
        f"  {check['id']}: {check['sentence']}"
        for check in audit["checks"]
        if (check["id"], check["subject"]) in story.entry.tells and check["value"] is not None
    ]
    return [line for line in told if line not in story.lines]


def _decided(audit: dict[str, Any]) -> list[Any]:
    """The confusion matrix: equal for two models that decide every row alike."""
    rows: list[Any] = audit["sections"]["performance"]["confusion"]["rows"]
    return rows


def tried(owner: Client, story: Story) -> None:
    """Ask the caged model one question of the first audited row, and tell the answer with its largest push."""
    row = next(csv.DictReader(io.StringIO(story.entry.data().decode())))
    asked = {one["column"]: _typed(one, row) for one in story.entry.handed[0].interface()["inputs"]}
    trial = owner.post(f"/versions/{story.version}/trials", {"inputs": asked})
    told = owner.wait(f"/trials/{trial['id']}", until={"answered"}, never={"failed"})["answer"]
    first = told["explanation"]["contributions"][0]
    story.lines.append(
        f"tried on one row: answer {told['answers'][-1]:.4f}, pushed most by {first['feature']} = {first['value']} "
        f"({first['contribution']:+.3f} {told['explanation']['units']})"
    )


def _typed(one: dict[str, Any], row: dict[str, str]) -> Any:
    return float(row[one["column"]]) if one["as"] == "number" else row[one["column"]]


def priced(staff: Insurer, story: Story) -> None:
    """Price the version by the plan in force and check that the stored worksheet can be replayed."""
    story.pricing = _priced(staff, story, story.version)
    story.lines.append(_price_line(story.pricing))
    story.lines += [f"{row['code']}: {row['reason']}" for row in story.pricing["referrals"]]


def _priced(staff: Insurer, story: Story, version: str) -> dict[str, Any]:
    underwriter = staff["underwriter"]
    terms = {**story.entry.cover, "inception": _today().isoformat()}
    pricing = underwriter.post(f"/versions/{version}/pricings", terms)
    if not underwriter.post(f"/pricings/{pricing['id']}/replay", {})["same"]:
        raise Refused(f"the worksheet of {story.entry.key} does not replay")
    return dict(pricing)


def bound(staff: Insurer, owner: Client, story: Story) -> dict[str, Any]:
    """Offer the price, have the owner accept it, bind it from today, and wait for the papers."""
    underwriter = staff["underwriter"]
    quote = underwriter.post("/quotes", {"pricing": story.pricing["id"]}, once=f"quote-{story.entry.key}")
    owner.post(f"/quotes/{quote['id']}/accept", {})
    body: dict[str, Any] = {"inception": _today().isoformat()}
    if story.pricing["evidence_class"] == "E4":
        due = (_today() + timedelta(days=60)).isoformat()
        body["subjectivity"] = {"text": "An audit with evidence of class E1 to E3 by the due date.", "due": due}
    policy = underwriter.post(f"/quotes/{quote['id']}/bind", body, once=f"bind-{story.entry.key}")
    state = policy["state"].replace("_", " ")
    story.lines.append(f"policy {policy['number']}, premium {policy['premium']} {policy['currency']}, {state}")
    story.insured = True
    return dict(policy)


def papers(owner: Client, story: Story, policy: dict[str, Any], folder: Path) -> None:
    """Wait for declarations and certificate and save them."""
    for document in owner.wait_for(f"/policies/{policy['id']}/documents", lambda found: len(found["items"]) == 2)[
        "items"
    ]:
        _save(
            story, folder, f"{policy['number']}-{document['kind']}.pdf", owner.file(f"/documents/{document['id']}.pdf")
        )


def rung(staff: Insurer) -> None:
    """Ring the due table for the end of this quarter: every policy on risk gets its (interim) report."""
    staff["auditor"].post("/schedule/reports.quarter_due/run", {"tick": _quarter_end().isoformat()})


def reported(owner: Client, story: Story, folder: Path) -> None:
    """Save the report that the schedule asked for."""
    quarter = _quarter()
    found = owner.wait_for("/reports", lambda seen: _issued(seen, story.model, quarter) is not None)
    report = _issued(found, story.model, quarter)
    _save(story, folder, f"{story.entry.key}-audit-report-{quarter}.pdf", owner.file(f"/reports/{report['id']}.pdf"))


def on_demand(owner: Client, story: Story, folder: Path) -> None:
    """The same report for a model without a policy, asked for by its owner."""
    quarter = _quarter()
    report = owner.post("/reports", {"model": story.model, "quarter": quarter}, once=f"report-{story.entry.key}")
    owner.wait(f"/reports/{report['id']}", until={"issued"}, never={"failed"})
    name = f"{story.entry.key}-audit-report-{quarter}.pdf"
    _save(story, folder, name, owner.file(f"/reports/{report['id']}.pdf"))


def claimed(staff: Insurer, owner: Client, story: Story, policy: dict[str, Any]) -> None:
    """An applicant refused in error: incident, claim, coverage check, reserve, two-person decision, payment, close."""
    now = datetime.now(UTC)
    incident = owner.post(
        "/incidents",
        {
            "model": story.model,
            "occurred_at": now.isoformat(),
            "discovered_at": now.isoformat(),
            "description": "An applicant who met every rule was refused a loan and bought a house on worse terms.",
            "level": "occurred",
            "peril": "ERR",
            "entity": "one applicant",
            "harm_event": "refused a loan they would have repaid",
            "linked_to": "the refusal followed the model's score alone",
            "system_behaviour": "the model scored the applicant below the threshold",
            "harm": "financial_loss",
            "oecd_harm": "economic_property",
            "oecd_severity": "incident",
        },
        once=f"incident-{story.entry.key}",
    )
    claim = owner.post(
        "/claims",
        {
            "policy": policy["id"],
            "incident": incident["id"],
            "claimant": "A. Applicant",
            "amount": "85000.00",
            "currency": policy["currency"],
            "country": story.entry.insured["country"],
            "made_on": _today().isoformat(),
        },
        once=f"claim-{story.entry.key}",
    )
    _handled(staff, f"/claims/{claim['id']}", story)


def _handled(staff: Insurer, path: str, story: Story) -> None:
    adjuster, approver, payer = staff["adjuster"], staff["approver"], staff["payer"]
    adjuster.post(f"{path}/triage", {"severity": "moderate", "systemic": False, "why": "One person, one decision."})
    answers = {"prior_knowledge": False, "exclusions": [], "other_insurance": "none"}
    check = adjuster.post(f"{path}/coverage", answers)
    story.lines.append(f"coverage check: {check['outcome']}, {len(check['result'])} lines")
    adjuster.post(f"{path}/reserves", {"part": "indemnity", "delta": "60000.00", "reason": "Claimed less deductible."})
    why = "The refusal is proved by the score log; the loss by the two loan contracts."
    proposal = {"outcome": "partial", "loss": "70000.00", "payee": "A. Applicant", "why": why}
    decision = adjuster.post(f"{path}/decisions", proposal)
    approver.post(f"{path}/decisions/{decision['id']}/approve", {"why": "Loss and payee checked."})
    payment = payer.post(f"{path}/payments", {"reference": "demo-1"}, once="payment-demo-1")
    closed = adjuster.post(f"{path}/close", {"why": "Paid in full; nothing is left to do."})
    story.lines.append(
        f"claim {closed['number']}: claimed 85000.00, loss 70000.00, paid {payment['amount']} after the deductible, "
        f"{closed['state']}"
    )


def _issued(found: dict[str, Any], model: str, quarter: str) -> Any:
    """The issued report of `model` for `quarter` in a list of reports, or None."""
    fits = (row for row in found["items"] if (row["model"], row["quarter"]) == (model, quarter))
    return next((row for row in fits if row["state"] == "issued"), None)


def _save(story: Story, folder: Path, name: str, data: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(data)
    story.papers.append(path)


def _quarter() -> str:
    return f"{_today().year}-Q{(_today().month - 1) // 3 + 1}"


def _quarter_end() -> datetime:
    """Midnight UTC at which this quarter ends."""
    today = _today()
    month = 3 * ((today.month - 1) // 3) + 4
    return datetime(today.year + month // 13, (month - 1) % 12 + 1, 1, tzinfo=UTC)


def _verdicts(result: dict[str, Any]) -> str:
    counts: dict[str, int] = {}
    for check in result["checks"]:
        counts[check["verdict"]] = counts.get(check["verdict"], 0) + 1
    counts["not tested"] = counts.pop("not_run", 0)
    told = (f"{count} {verdict.replace('_', ' ')}" for verdict, count in sorted(counts.items()) if count)
    return f"checks: {', '.join(told)}"


OUTCOMES = {"quote": "can be quoted", "refer": "referred to an underwriter", "decline": "declined"}


def _price_line(pricing: dict[str, Any]) -> str:
    outcome = OUTCOMES[pricing["outcome"]]
    if pricing["premium"] is None:
        return f"{outcome}: no price, evidence {pricing['evidence_class']}"
    return (
        f"{outcome}: premium {pricing['premium']} {pricing['currency']}, grade {pricing['grade']}, "
        f"score {pricing['score']}, plan {pricing['plan_name']}, evidence {pricing['evidence_class']}"
    )


def _today() -> date:
    return datetime.now(UTC).date()
