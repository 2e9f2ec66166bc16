"""How far each account's own loss ratios are believed beside the book's: Bühlmann-Straub over several years."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

from actuarial.ledger import earnings, incurred_by_account
from actuarial.methods.credibility import (
    Account,
    Believed,
    Structure,
    buhlmann_straub,
    full_credibility,
    without_each,
)
from actuarial.methods.parts import intervals, part, table
from actuarial.methods.triangle import DAY
from actuarial.registry import Choice, Json, StudyKind, asked_known, day_valued
from core.errors import InputRefused, StateRefused
from core.money import currency_code, round_half_up, to_decimal
from underwriting.rating.arithmetic import ONE, add, divide, multiply, subtract

MOST = 2000  # accounts, and years of one
WITHIN_90 = Decimal("1.644853626951")  # two-sided 90 % point of the normal law
CHOICES = (
    Choice("currency", "Currency", "text", "USD"),
    Choice("valued", "Valued on", "day", None, "Empty is today."),
    Choice("accounts", "Accounts of your own", "document", None,
           'Instead of the book: [{"name": "A", "years": [[ratio, weight], [ratio, weight]]}].'),
    Choice("probability", "Full credibility: chance", "share", "0.90"),
    Choice("within", "Full credibility: of lying within", "share", "0.05"),
    Choice("variation", "Coefficient of variation of a claim", "number", "0", "0 counts claims and forgets sizes."),
    Choice("claims", "Claims to be believed", "whole", None, "Empty: only the standard is told."),
)  # fmt: skip


def ask(asked: Mapping[str, Any], at: datetime) -> Json:
    """What may be asked; raises InputRefused."""
    known = asked_known(asked, CHOICES)
    currency_code(str(known["currency"]))
    known["valued"] = day_valued(known["valued"], at)
    for name in ("probability", "within", "variation"):
        known[name] = str(to_decimal(str(known[name]), field=name))
    if not (0 < Decimal(known["probability"]) < 1 and 0 < Decimal(known["within"]) < 1):
        raise InputRefused("This is no share.", field="probability", limit="between 0 and 1", remedy="Such as 0.90.")
    if Decimal(known["variation"]) < 0 or (known["claims"] is not None and int(known["claims"]) < 0):
        raise InputRefused("This is below 0.", field="variation", limit="0 or more")
    if known["accounts"] is not None:
        known["accounts"] = [_row(one) for one in _list(known["accounts"])]
        buhlmann_straub(_accounts(known["accounts"]))
    return known


def gather(asked: Mapping[str, Any], at: datetime) -> Json:
    """Earned premium and incurred losses of each insured by calendar year, or the accounts that were sent."""
    if asked["accounts"] is not None:
        return {"asked": dict(asked), "accounts": asked["accounts"], "sent": True}
    valued = date.fromisoformat(asked["valued"])
    losses = incurred_by_account(currency=asked["currency"], until=valued)
    earned: dict[tuple[str, int], Decimal] = {}
    names: dict[str, str] = {}
    for term in earnings(currency=asked["currency"]):
        account = str(term.policy.organisation_id)
        names[account] = term.policy.organisation.name
        for start, end in calendar_years(term.start, min(term.end, valued + DAY)):
            share = multiply(term.earned(start, end), term.premium)
            earned[account, start.year] = add(earned.get((account, start.year), Decimal(0)), share)
    rows = [
        {
            "name": names[account],
            "years": [
                [str(divide(losses.get((account, year), Decimal(0)), premium)), str(premium)]
                for (owner, year), premium in sorted(earned.items())
                if owner == account
            ],
        }
        for account in sorted(names, key=lambda key: (names[key], key))
        if any(owner == account for owner, _ in earned)
    ]
    if len(rows) < 2 or all(len(row["years"]) < 2 for row in rows):
        raise StateRefused(
            f"{len(rows)} insured have earned premium in {asked['currency']}. It takes two, and two calendar years of "
            "one of them, to tell chance and difference apart.",
            field="currency",
            limit="two insured, and two calendar years of one of them",
            remedy="Wait for another year, or send accounts.",
        )
    return {"asked": dict(asked), "accounts": rows, "sent": False}


def compute(inputs: Mapping[str, Any]) -> Json:
    """The structure, each account's credibility and premium, and the standard of full credibility."""
    accounts = _accounts(inputs["accounts"])
    found = buhlmann_straub(accounts)
    return {
        "lines": _lines(found),
        "assumptions": _assumptions(inputs),
        "figures": _figures(found, inputs["asked"]),
        "parts": [_accounts_part(found), _structure_part(found, accounts), _classical_part(inputs["asked"])],
    }


STUDY = StudyKind(
    kind="credibility",
    title="Credibility of accounts",
    question="How far is each account's own experience believed beside the book's?",
    choices=CHOICES,
    ask=ask,
    gather=gather,
    compute=compute,
)


def _list(sent: Any) -> list[Any]:
    if not isinstance(sent, list) or not 2 <= len(sent) <= MOST:
        raise InputRefused("accounts is no list of accounts.", field="accounts", limit=f"2 to {MOST:,} accounts")
    return sent


def _row(one: Any) -> Json:
    """One account as sent, its figures as exact text."""
    try:
        name, years = str(one["name"])[:200], list(one["years"])
        pairs = [(ratio, weight) for ratio, weight in years]
    except (KeyError, TypeError, ValueError):
        raise InputRefused(
            "An account is not as it should be.",
            field="accounts",
            limit='{"name": "A", "years": [[ratio, weight], ...]}',
            remedy="Send each year as a ratio and its weight.",
        ) from None
    if len(pairs) > MOST:
        raise InputRefused(f"{name} has {len(pairs):,} years.", field="accounts", limit=f"{MOST:,} years")
    told = [[str(to_decimal(str(part), field="accounts")) for part in pair] for pair in pairs]
    return {"name": name, "years": told}


def _accounts(rows: list[Json]) -> list[Account]:
    return [
        Account(row["name"], tuple((Decimal(ratio), Decimal(weight)) for ratio, weight in row["years"])) for row in rows
    ]


def calendar_years(start: date, end: date) -> list[tuple[date, date]]:
    """[start, end) cut at each first of January."""
    if end <= start:
        return []
    cuts = [start, *(date(year, 1, 1) for year in range(start.year + 1, end.year + 1) if date(year, 1, 1) < end), end]
    return list(pairwise(cuts))


def _lines(found: Structure) -> list[str]:
    count = len(found.accounts)
    if found.k is None:
        first = (
            f"Not yet shown that accounts differ: the {count} accounts lie no further apart than chance alone would "
            "put them, so none is believed beside the book."
        )
        return [first, f"The book's mean is {_told(found.collective)}."]
    most = max(found.accounts, key=lambda one: one.z)
    least = min(found.accounts, key=lambda one: one.z)
    return [
        f"Between {least.z:.4f} ({least.name}) and {most.z:.4f} ({most.name}) of an account's own mean is believed; "
        f"the rest is the collective {_told(found.collective)}.",
        f"A weight of {round_half_up(found.k, 2):,f} is believed by half.",
    ]


def _assumptions(inputs: Mapping[str, Any]) -> list[str]:
    told = [
        "Years of one account vary by chance alone, with a variance that falls as 1 / weight; accounts are drawn from "
        "one book.",
        "The ranges hold the structure for known; that it is estimated from few accounts is told apart.",
    ]
    if not inputs["sent"]:
        told += [
            "Ratios are losses paid and set aside for what was reported in a calendar year over the premium earned in "
            "it; nothing is developed or trended.",
            "The premium holds each account's experience mod already: what is believed here comes on top of nothing.",
        ]
    return told


def _figures(found: Structure, asked: Mapping[str, Any]) -> Json:
    standard = _standard(asked)
    return {
        "collective": _six(found.collective),
        "between": _six(found.between),
        "within": _six(found.within),
        "k": None if found.k is None else _six(found.k),
        "accounts": [
            {"name": one.name, "z": _six(one.z), "premium": _six(one.premium), "mean": _six(one.mean)}
            for one in found.accounts
        ],
        "full_credibility": _six(standard),
        "classical_z": None if asked["claims"] is None else _six(_classical(int(asked["claims"]), standard)),
    }


def _accounts_part(found: Structure) -> Json:
    columns = [("Account", "text"), ("Years", "count"), ("Weight", "number"), ("Own mean", "number"),
               ("Z", "number"), ("Credibility premium", "number"), ("To the collective", "number")]  # fmt: skip
    rows = [
        [one.name, one.years, _told(one.weight), _told(one.mean), f"{round_half_up(one.z, 4):f}", _told(one.premium),
         f"{round_half_up(divide(one.premium, found.collective), 4):f}" if found.collective else None]
        for one in found.accounts
    ]  # fmt: skip
    ranges = [_range(one) for one in found.accounts[:30]]
    chart = intervals(
        "Credibility premium with its 90 % range", ranges, limit=(float(found.collective), "collective")
    )  # fmt: skip
    said = "P = Z X + (1 - Z) m, X the account's own mean and m the collective, the mean weighted by Z."
    return part("accounts", "What each account is given", said, chart=chart, table=table(columns, rows))


def _range(one: Believed) -> tuple[str, float, float, float]:
    half = multiply(WITHIN_90, one.error)
    edges = one.premium, subtract(one.premium, half), add(one.premium, half)
    places = 0 if abs(one.premium) >= 100 else 3
    value, low, high = (float(round_half_up(edge, places)) for edge in edges)
    return one.name, value, low, high


def _structure_part(found: Structure, accounts: list[Account]) -> Json:
    rows: list[list[Any]] = [
        ["Collective m", _told(found.collective)],
        ["Within accounts, s2", _told(found.within)],
        ["Between accounts, a", _told(found.between)],
        ["s2 / a", None if found.k is None else _told(found.k)],
    ]
    said = [f"Unbiased estimators on {len(accounts)} accounts (Bühlmann and Straub 1970)."]
    if found.unclipped < 0:
        said.append(f"The estimate of a is {_told(found.unclipped)}, below nought, and is taken as nought.")
    left = without_each(accounts) if len(accounts) <= 100 else []
    if left:
        known = [k for k in left if k is not None]
        none = f"; without one of them it vanishes {left.count(None)} times" if None in left else ""
        spread = f"between {_told(min(known))} and {_told(max(known))}" if known else "nowhere"
        said.append(f"With one account left out in turn, s2 / a lies {spread}{none}.")
    return part(
        "structure", "The structure of the book", *said, table=table([("Figure", "text"), ("Value", "number")], rows)
    )


def _classical_part(asked: Mapping[str, Any]) -> Json:
    standard = _standard(asked)
    rows: list[list[Any]] = [["Claims believed in full", _told(standard)]]
    if asked["claims"] is not None:
        rows.append([f"Z of {int(asked['claims']):,} claims", _told(_classical(int(asked["claims"]), standard))])
    said = (
        f"(y / k)^2 (1 + cv^2) claims lie within {asked['within']} of their mean with chance {asked['probability']}; "
        "below it Z = sqrt(claims / full)."
    )
    return part("classical", "Full credibility, the classical way", said,
                table=table([("Figure", "text"), ("Value", "number")], rows))  # fmt: skip


def _standard(asked: Mapping[str, Any]) -> Decimal:
    return full_credibility(Decimal(asked["probability"]), Decimal(asked["within"]), Decimal(asked["variation"]))


def _classical(claims: int, standard: Decimal) -> Decimal:
    return min(ONE, divide(Decimal(claims), standard).sqrt())


def _six(value: Decimal) -> str:
    return f"{round_half_up(value, 6):f}"


def _told(value: Decimal) -> str:
    """For reading: amounts to the cent, ratios to four decimals."""
    return f"{round_half_up(value, 2 if abs(value) >= 100 else 4):f}"
