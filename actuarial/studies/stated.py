"""Stated figures: the experience study's own arithmetic on claims that are not in the book."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from actuarial.methods.experience import Industries, Industry, Insured, industries_after, insured_after
from actuarial.methods.parts import door, drawn, intervals, part, table
from actuarial.methods.poisson import Posterior, posterior
from actuarial.registry import Choice, Json, StudyKind, asked_known
from core.errors import InputRefused
from core.money import round_half_up, to_decimal

MOST = 1_000  # rows of one kind
RATES = ("name", "alpha", "b", "claims", "exposure")
INSUREDS = ("name", "a", "claims", "expected")
INDUSTRIES = ("code", "i", "claims", "expected")
CHOICES = (
    Choice("rates", "Claim rates", "document", None,
           'Gamma prior, Poisson claims: [{"name", "alpha", "b", "claims", "exposure"}].'),
    Choice("insureds", "Insureds", "document", None, 'X: [{"name", "a", "claims", "expected"}].'),
    Choice("industries", "Industries", "document", None,
           '{"f0", "alpha", "cap", "rows": [{"code", "i", "claims", "expected"}]}, expected under i.'),
)  # fmt: skip


def ask(asked: Mapping[str, Any], at: datetime) -> Json:
    """What may be asked; raises InputRefused for figures that cannot be computed."""
    known = asked_known(asked, CHOICES)
    if all(value is None for value in known.values()):
        raise InputRefused(
            "Nothing is stated.", field="rates", limit="rates, insureds or industries", remedy="Send one."
        )
    compute({"asked": known})
    return known


def gather(asked: Mapping[str, Any], at: datetime) -> Json:
    """Nothing of the book."""
    return {"asked": dict(asked)}


def compute(inputs: Mapping[str, Any]) -> Json:
    """Each kind that was stated, in its own part."""
    asked = inputs["asked"]
    kinds = (("rates", _rates), ("insureds", _insureds), ("industries", _industries))
    found = [tell(asked[name]) for name, tell in kinds if asked[name] is not None]
    return {
        "lines": [line for line, *_ in found],
        "assumptions": ["The figures are as stated; nothing of the book was read and no plan is proposed."],
        "figures": {name: value for _, figures, _ in found for name, value in figures.items()},
        "parts": [shown for *_, shown in found],
    }


STUDY = StudyKind(
    kind="stated",
    title="Stated figures",
    question="What is believed of stated rates, insureds and industries after their claims?",
    choices=CHOICES,
    ask=ask,
    gather=gather,
    compute=compute,
)

Told = tuple[str, Json, Json]  # line, figures, part


def _rates(sent: Any) -> Told:
    rows = [(str(row["name"]), _posterior(row)) for row in _rows(sent, "rates", RATES)]
    told = [[name, one.claims, *(door(value, 6) for value in _figures(one))] for name, one in rows]
    columns = [("Rate", "text"), ("Claims", "count"), *((name, "number") for name in ("Mean", "Low", "High", "Z"))]
    chart = intervals(
        "Rates, 90 % credible", [(name, drawn(one.mean), drawn(one.low), drawn(one.high)) for name, one in rows[:30]]
    )
    figures = [{"name": name, **dict(zip(("mean", "low", "high", "z"), map(door, _figures(one)), strict=True))}
               for name, one in rows]  # fmt: skip
    name, first = rows[0]
    line = f"{name}: {first.mean:.6f} is believed ({first.low:.6f} to {first.high:.6f}, 90 %), Z = {first.z:.4f}."
    return line, {"rates": figures}, part("rates", "Claim rates", "(alpha + n) / (b + e).", chart=chart,
                                          table=table(columns, told))  # fmt: skip


def _figures(one: Posterior) -> tuple[float, float, float, float]:
    return one.mean, one.low, one.high, one.z


def _posterior(row: Mapping[str, Any]) -> Posterior:
    alpha, b, exposure = (float(_decimal(row, name, "rates")) for name in ("alpha", "b", "exposure"))
    return posterior(alpha=alpha, b=b, claims=_whole(row, "rates"), exposure=exposure)


def _insureds(sent: Any) -> Told:
    rows = [_insured(row) for row in _rows(sent, "insureds", INSUREDS)]
    told = [[row.name, row.claims, str(row.expected), str(round_half_up(row.z, 4)), str(row.new)] for row in rows]
    columns = [("Insured", "text"), ("Claims", "count"), *((name, "number") for name in ("Expected", "Z", "X"))]
    figures = [{"name": row.name, "x": str(row.new), "z": str(round_half_up(row.z, 6))} for row in rows]
    line = f"{rows[0].name}: X = {rows[0].new}."
    return (
        line,
        {"insureds": figures},
        part("insureds", "Insureds", "X = (a + N) / (a + E).", table=table(columns, told)),
    )


def _insured(row: Mapping[str, Any]) -> Insured:
    a, expected = _decimal(row, "a", "insureds"), _decimal(row, "expected", "insureds")
    if a <= 0 or expected < 0:
        raise InputRefused("a or expected is below nought.", field="insureds", limit="a above 0, expected 0 or more")
    return insured_after(str(row["name"]), a=a, before=(0, Decimal(0)), since=(_whole(row, "insureds"), expected))


def _industries(sent: Any) -> Told:
    found = _balanced(sent)
    rows = [_industry(row) for row in found.rows]
    names = ("I now", "From claims", "Z", "Balanced", "Filed")
    columns = [("Industry", "text"), ("Claims", "count"), *((name, "number") for name in names), ("Cap", "text")]
    figures = {
        row.code: {"own": door(row.own), "balanced": door(row.balanced), "new": str(row.filed)} for row in found.rows
    }
    line = f"Industries balance with c = {found.factor:.6f}; rounding moves the sum by {found.residual * 100:+.6f} %."
    shown = part("industries", "Industries", "clip(c x posterior, within the cap), sum e I' = sum e I.",
                 table=table(columns, rows))  # fmt: skip
    return line, {"industries": figures, "factor": door(found.factor, 9)}, shown


def _industry(row: Industry) -> list[Any]:
    figures = (float(row.old), row.own, row.after.z, row.balanced)
    told = [door(value, 6) for value in figures]
    return [row.code, row.after.claims, *told, str(row.filed), "held" if row.capped else ""]


def _balanced(sent: Any) -> Industries:
    if not isinstance(sent, Mapping) or set(sent) != {"f0", "alpha", "cap", "rows"}:
        raise InputRefused("industries is not of its form.", field="industries", limit="f0, alpha, cap, rows")
    f0, alpha, cap = (float(_decimal(sent, name, "industries")) for name in ("f0", "alpha", "cap"))
    rows = []
    for row in _rows(sent["rows"], "industries.rows", INDUSTRIES):
        i, expected = _decimal(row, "i", "industries"), _decimal(row, "expected", "industries")
        if i <= 0 or expected <= 0:
            raise InputRefused("i or expected is not above 0.", field="industries.rows", limit="above 0")
        rows.append((str(row["code"]), str(row["code"]), i, _whole(row, "industries"), float(expected)))
    if f0 <= 0 or not 0 < cap < 1:
        raise InputRefused("f0 or cap is out of range.", field="industries", limit="f0 above 0, cap between 0 and 1")
    return industries_after(rows, f0=f0, alpha=alpha, cap=cap)


def _rows(sent: Any, field: str, names: tuple[str, ...]) -> list[Mapping[str, Any]]:
    if not isinstance(sent, list) or not 1 <= len(sent) <= MOST:
        raise InputRefused(f"{field} is no list.", field=field, limit=f"1 to {MOST:,} rows")
    for row in sent:
        if not isinstance(row, Mapping) or set(row) != set(names):
            raise InputRefused(f"A row of {field} is not of its form.", field=field, limit=", ".join(names))
    return sent


def _decimal(row: Mapping[str, Any], name: str, field: str) -> Decimal:
    return to_decimal(str(row[name]), field=f"{field}.{name}")


def _whole(row: Mapping[str, Any], field: str) -> int:
    count = row["claims"]
    if isinstance(count, bool) or not isinstance(count, int) or count < 0:
        raise InputRefused(f"{count!r} claims.", field=f"{field}.claims", limit="a whole number, 0 or more")
    return count
