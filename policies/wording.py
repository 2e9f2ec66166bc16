"""The form Plimsoll writes, as data. A policy keeps its own copy, so a later form changes no policy.

Source: DOMAIN 0 (D9, D11), 4.2, 4.4, 4.5. An illustrative form, not a filed one and not legal advice.
"""

from dataclasses import asdict, dataclass

FORM = "claims-made and reported"
ERP_DAYS = 60  # automatic extended reporting period (DOMAIN 4.2)
NOTICE_DAYS = 30  # an assumption of this form
TERM_MONTHS = 12
EU = (
    *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
    *("IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
)
PERILS = {
    "ERR": "Decision error",
    "DISC": "Discrimination",
    "SEC": "Robustness, privacy and adversarial misuse",
}


@dataclass(frozen=True)
class Clause:
    """One clause: its id (A agreement, B money, C condition, X exclusion), title and text."""

    id: str
    title: str
    text: str


CLAUSES = (
    Clause(
        "A1",
        "What is insured",
        "Sums the insured must pay to third parties for harm that decisions of the scheduled model caused by decision "
        "error, discrimination, or failure of robustness, privacy or security.",
    ),
    Clause(
        "A2",
        "Claims made and reported",
        f"The claim is first made in the policy period and reported no later than {ERP_DAYS} days after its end.",
    ),
    Clause(
        "A3",
        "Retroactive date and prior knowledge",
        "The decision was made on or after the retroactive date, and the harm was unknown before the continuity date.",
    ),
    Clause(
        "A4",
        "Scheduled versions",
        "The version live when the decision was made is scheduled in this policy.",
    ),
    Clause("A5", "Territory", "The claim is brought in a country of the territory stated in the declarations."),
    Clause(
        "A6",
        "Circumstances",
        "A written notice of circumstances given in the policy period counts a later claim from them as made and "
        "reported that day.",
    ),
    Clause(
        "B1",
        "Limit and aggregate",
        "The limit is the most paid for one claim, the aggregate for all claims; payments reduce the aggregate.",
    ),
    Clause(
        "B2",
        "Deductible",
        "The deductible is taken off the loss after the limit is applied: it erodes the limit. Defence cost that the "
        "insured bears is part of the loss and stands inside the limit, as the plan prices it.",
    ),
    Clause(
        "C1",
        "Continuing audit",
        "An audit is reported within 30 days of each quarter's end and may be made good within 30 days after that. A "
        "missed audit defeats a claim only if it raised the risk of that loss.",
    ),
    Clause(
        "C2",
        "Material change",
        "Retraining, a changed threshold, a new population or a vendor's update is notified within 10 days.",
    ),
    Clause(
        "C3",
        "Notice of claim",
        f"A claim is reported within {NOTICE_DAYS} days of being made. Late notice defeats it only where it did harm.",
    ),
    Clause("C4", "Cooperation", "The insured keeps the evidence of the decisions concerned and helps to replay them."),
    Clause("C5", "Other insurance", "Where other insurance covers the loss, the shares are settled before payment."),
    Clause(
        "C6",
        "Related claims",
        "Claims from one incident are one claim, made when the first of them was made: one limit, one deductible.",
    ),
    Clause(
        "C7",
        "Exposure",
        "The premium is a deposit on the declared decisions a year; it is adjusted at expiry on those actually made, "
        "and not below the share of the deposit that the rate plan files.",
    ),
    Clause("X1", "Fines", "Fines and penalties are not insured."),
    Clause("X2", "Punitive damages", "Punitive damages are not insured where the law forbids it."),
    Clause("X3", "Intent", "Intentional discrimination is not insured."),
    Clause("X4", "Known acts", "Acts known before the continuity date are not insured."),
    Clause("X5", "Prohibited practices", "Practices prohibited by Article 5 of the EU AI Act are not insured."),
    Clause("X6", "Own loss", "The insured's own loss and the cost of correcting a model are not insured."),
)


def clauses() -> list[dict[str, str]]:
    """The form as plain data, for a policy's own copy."""
    return [asdict(clause) for clause in CLAUSES]


def clauses_of(copy: list[dict[str, str]], letter: str) -> list[dict[str, str]]:
    """The clauses of a policy's copy whose id begins with `letter`."""
    return [clause for clause in copy if clause["id"].startswith(letter)]


def territory_of(country: str) -> list[str]:
    """The insured's own country, and with it the whole Union where it is a member state."""
    return list(EU) if country in EU else [country]
