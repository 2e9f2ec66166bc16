"""The input of a policy's papers."""

from copy import deepcopy
from io import BytesIO
from typing import Any

from pypdf import PdfReader

DIGEST = "sha256:" + "0" * 64
POLICY = {
    "number": "P-2026-000012",
    "form": "claims-made and reported",
    "insured": "Zażółć Sp. z o.o.",
    "insurer": "Plimsoll Mutual",
    "period": {"start": "2026-04-01", "end": "2027-04-01"},
    "retro_date": "2025-04-01",
    "limit": "2000000",
    "aggregate": "2000000",
    "deductible": "25000",
    "currency": "USD",
    "premium": "19319.56",
    "taxes": [
        {"name": "Excess line", "rate": "0.036", "amount": "695.50"},
        {"name": "Stamping", "rate": "0.0015", "amount": "28.98"},
    ],
    "total": "20044.04",
    "instalments": ["4829.89"] * 4,
    "plan": {"id": "MRL-2026.01", "hash": DIGEST},
    "quote_id": "Q-1",
    "worksheet_digest": DIGEST,
    "territory": ["US"],
}
MODELS = [
    {
        "name": "Retail",
        "version": "3",
        "digest": DIGEST,
        "use_class": "CREDIT-PRIME",
        "score": "64.8",
        "grade": "C",
        "evidence_class": "E3",
    },
    {
        "name": "Κίνδυνος",
        "version": "1",
        "digest": DIGEST,
        "use_class": "CREDIT-RETAIL",
        "score": "48.1",
        "grade": "D",
        "evidence_class": "E4",
    },
]
CLAUSES = [
    {"id": "A1", "title": "What is insured", "text": "Sums the insured must pay."},
    {"id": "B1", "title": "Limit", "text": "The most that is paid."},
    {"id": "C1", "title": "Continuing audit", "text": "An audit each quarter."},
]


def paper(**changes: Any) -> dict[str, Any]:
    """The input; `policy__premium="1"` replaces one value of a block."""
    made: dict[str, Any] = {
        "policy": deepcopy(POLICY),
        "models": deepcopy(MODELS),
        "conditions": deepcopy(CLAUSES),
        "exclusions": [{"id": "X1", "title": "Fines", "text": "Fines are not insured."}],
        "subjectivities": [{"text": "Receipts within 60 days", "due": "2026-05-31"}],
        "document": {"id": "D-1", "version": 1, "made_on": "2026-03-28", "page_size": "A4"},
    }
    for path, value in changes.items():
        place, _, step = path.partition("__")
        if step:
            made[place][step] = value
        else:
            made[place] = value
    return made


def pages(pdf: bytes) -> list[str]:
    """The text of each page, blanks made single."""
    return [" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages]
