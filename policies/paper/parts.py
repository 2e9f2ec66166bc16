"""What declarations and certificate share: the input's parts, safe words, the load line of a scheduled model."""

from collections.abc import Mapping
from typing import Any

from core.canonical import canonical_json, digest
from core.errors import InputRefused
from core.pdf import flow
from core.pdf.document import COLUMN, Document
from core.pdf.figures import day, decimal, money, whole, words
from core.pdf.loadline import Reading
from core.pdf.mark import mark
from core.pdf.paper import Meta
from core.pdf.text import Span, printable, shown

EVIDENCE = {
    "E1": "E1, run in isolation, insurer's rows",
    "E2": "E2, run in isolation, customer's rows",
    "E3": "E3, predictions matched to receipts",
    "E4": "E4, unverified predictions (an indication)",
}
NOTICE = (
    "This is a claims-made and reported policy. It answers only claims first made and reported as the wording says."
)
ILLUSTRATIVE = "Illustrative wording and rates: not legal advice, neither a filed form nor a filed rate."


class Input:
    """A paper's input, cleaned once; every question may be answered with nothing."""

    def __init__(self, data: Mapping[str, Any], title: str) -> None:
        if not isinstance(data, Mapping) or not isinstance(data.get("policy"), Mapping):
            raise InputRefused("the input has no policy block", field="policy", remedy="send the policy to be printed")
        self.data: dict[str, Any] = printable(data)
        self.digest = digest(canonical_json(self.data))
        self.title = title
        self.policy: dict[str, Any] = self.data["policy"]

    def block(self, name: str) -> dict[str, Any]:
        """A mapping of the input; empty when there is none."""
        found = self.data.get(name)
        return found if isinstance(found, dict) else {}

    def listed(self, name: str) -> list[Any]:
        """A list of the input; empty when there is none."""
        found = self.data.get(name)
        return found if isinstance(found, list) else []

    @property
    def models(self) -> list[dict[str, Any]]:
        """Scheduled models, the lowest score first."""
        found = [item for item in self.listed("models") if isinstance(item, dict)]
        return sorted(found, key=lambda item: (decimal(item.get("score")) is not None, decimal(item.get("score")) or 0))

    def sum(self, name: str) -> str:
        """A sum of the policy with its currency."""
        return "–" if self.policy.get(name) is None else money(self.policy[name], self.policy.get("currency"))

    def meta(self) -> Meta:
        """Footer and file properties."""
        paper = self.block("document")
        name = words(self.policy.get("number"), 60)
        identity = f"{words(paper.get('id'), 50)} v{words(paper.get('version'), 10)}"
        return Meta(
            id=identity,
            title=f"{self.title} {name}",
            author=words(self.policy.get("insurer"), 80),
            subject=f"{self.title} of policy {name}",
            digest=self.digest,
            page_size=str(paper.get("page_size") or "A4"),
            running_head=f"{self.title}: policy {name}",
            made_on=str(paper.get("made_on") or "")[:10],
        )

    def start(self) -> Document:
        """A document with its title and seal."""
        doc = Document(self.meta())
        title = flow.Words([Span(self.title, "bold")], 21, 0, 2)
        doc.add(flow.Place("top", self.title), flow.Beside(title, flow.Figure(mark(46), 0), COLUMN - 46, 2))
        return doc


def cover_facts(given: Input) -> list[tuple[str, str]]:
    """The declarations proper: who, when, how much."""
    period = given.policy.get("period") if isinstance(given.policy.get("period"), dict) else {}
    return [
        ("Policy", words(given.policy.get("number"), 60)),
        ("Form", words(given.policy.get("form"), 80)),
        ("Insured", insured(given.policy)),
        ("Insurer", words(given.policy.get("insurer"), 160)),
        ("Policy period", f"{day((period or {}).get('start'))} to {day((period or {}).get('end'))}, 12:01 a.m. local"),
        ("Retroactive date", day(given.policy["retro_date"]) if given.policy.get("retro_date") else "full prior acts"),
        *continuity(given.policy),
        ("Territory", words(given.policy.get("territory"), 160)),
        ("Limit each claim", given.sum("limit")),
        ("Aggregate limit", given.sum("aggregate")),
        ("Deductible each claim", f"{given.sum('deductible')}, inside the limit"),
        *exposure(given.policy),
    ]


def continuity(policy: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The date that clauses A3 and X4 count from."""
    stated = policy.get("continuity_date")
    return [("Continuity date", day(stated))] if stated else []


def exposure(policy: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The decisions that the deposit premium of clause C7 stands on."""
    stated = policy.get("decisions_per_year")
    return [("Declared decisions", f"{whole(stated)} a year")] if stated else []


def insured(policy: Mapping[str, Any]) -> str:
    """Name and, where there is one, address."""
    name, address = words(policy.get("insured"), 160), shown(policy.get("insured_address"), 160)
    return f"{name}, {address}" if address else name


def reading_of(model: Mapping[str, Any]) -> Reading:
    """The load line of a scheduled model."""

    def figure(name: str) -> float | None:
        found = decimal(model.get(name))
        return None if found is None else float(found)

    rows = decimal(model.get("rows"))
    return Reading(
        figure("score"),
        shown(model.get("grade"), 3) or None,
        figure("score_low"),
        figure("score_high"),
        None if rows is None else int(rows),
        figure("previous_score"),
    )


def evidence(model: Mapping[str, Any]) -> str:
    """The evidence class in words."""
    code = shown(model.get("evidence_class"), 8)
    return EVIDENCE.get(code, code or "not stated")
