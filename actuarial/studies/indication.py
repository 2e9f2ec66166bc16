"""The rate indication: what change of rate level the book's own losses ask for, and how far they are believed."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from actuarial.ledger import claims_counted, earnings
from actuarial.methods.edits import Edit, edits_part, proposed
from actuarial.methods.indication import FULL_CREDIBILITY, Indication, base_change, indication
from actuarial.methods.parts import part, table, waterfall
from actuarial.methods.triangle import DAY
from actuarial.observed import sheet_today
from actuarial.registry import Choice, Json, StudyKind, asked_known
from actuarial.studies import reserving
from core.errors import InputRefused, StateRefused
from core.money import currency_code, round_half_up, to_decimal
from underwriting.plan_records import plan_current
from underwriting.rating import Plan
from underwriting.rating.arithmetic import ONE, ZERO, add, divide, multiply, power, total

STATED = ("loss_ratio", "claims", "fixed")
SHARES = (*STATED, "trend", "complement")
CHOICES = (
    Choice("currency", "Currency", "text", "USD"),
    Choice("valued", "Valued on", "day", None, "Empty is today."),
    Choice("trend", "Trend of losses a year", "share", "0", "Such as 0.05; carried from the middle of the experience."),
    Choice("complement", "Change believed where claims are few", "share", "0", "The net trend since the last review."),
    Choice("loss_ratio", "Loss ratio, stated", "share", None, "Instead of the book's own; then claims, too."),
    Choice("claims", "Claims behind it", "whole", None),
    Choice("fixed", "Fixed expense, stated", "share", None, "As a share of premium; empty is the plan's own."),
    Choice("pattern", "Assumed share known at 12, 24 ... months", "document", reserving.PATTERN),
)


def ask(asked: Mapping[str, Any], at: datetime) -> Json:
    """What may be asked; raises InputRefused."""
    known = asked_known(asked, CHOICES)
    currency_code(str(known["currency"]))
    for name in SHARES:
        if known[name] is not None:
            known[name] = str(to_decimal(str(known[name]), field=name))
    if (known["loss_ratio"] is None) != (known["claims"] is None):
        raise InputRefused(
            "A stated loss ratio needs the number of claims behind it, and the other way round.",
            field="claims",
            remedy="Send both, or neither: then the book's own are taken.",
        )
    like = {name: known[name] for name in ("currency", "valued", "pattern")}
    return {**known, **{name: reserving.ask(like, at)[name] for name in like}}


def gather(asked: Mapping[str, Any], at: datetime) -> Json:
    """The plan's loads; unless stated, the book's earned premium at today's rates, its triangle and its claims."""
    plan = plan_current(on=at.date())
    loads = {
        "plan": {"id": plan.id, "hash": plan.hash},
        "ulae": str(plan.loading.ulae),
        "net_share": str(plan.net_share),
        "fixed_expense": str(plan.loading.fixed_expense),
        "off_balance": str(plan.loading.off_balance),
    }
    if asked["loss_ratio"] is not None:
        return {"asked": dict(asked), **loads, "fixed": asked["fixed"] or "0", "book": None}
    like = {name: asked[name] for name in ("currency", "valued", "pattern")}
    losses = reserving.gather(reserving.ask(like, at), at)
    book = _book(asked, plan)
    counted = claims_counted(currency=asked["currency"], peril=None).filter(reported_at__date__lte=asked["valued"])
    fixed = asked["fixed"] or str(divide(multiply(plan.loading.fixed_expense, book["terms"]), book["on_level"]))
    return {
        "asked": dict(asked),
        **loads,
        "fixed": fixed,
        "losses": losses,
        "claims": counted.count(),
        "book": {name: str(value) for name, value in book.items()},
    }


def compute(inputs: Mapping[str, Any]) -> Json:
    """Loss ratio, indicated change, credibility, selected change."""
    asked = inputs["asked"]
    ratio, claims, steps = _experience(inputs)
    found = indication(
        loss_ratio=ratio,
        fixed=Decimal(inputs["fixed"]),
        ulae=Decimal(inputs["ulae"]),
        net_share=Decimal(inputs["net_share"]),
        claims=claims,
        complement=Decimal(asked["complement"]),
    )
    result: Json = {
        "lines": _lines(found, claims),
        "assumptions": _assumptions(inputs),
        "figures": {name: str(round_half_up(getattr(found, name), 6)) for name in Indication.__dataclass_fields__},
        "parts": [*steps, _sum(found, claims)],
    }
    if "off_balance" not in inputs:  # made before indications proposed anything, and computed again as it was
        return result
    edits = proposed(inputs["plan"], [_level(inputs, found, claims)])
    return {**result, "edits": edits, "parts": [*result["parts"], edits_part(edits)]}


STUDY = StudyKind(
    kind="indication",
    title="Rate indication",
    question="What change of the rate level do the losses ask for, and how far are they believed?",
    choices=CHOICES,
    ask=ask,
    gather=gather,
    compute=compute,
)


def _book(asked: Mapping[str, Any], plan: Plan) -> dict[str, Decimal]:
    """Earned premium as charged and at today's rates, terms earned, and years from their middle to the valuation."""
    end = date.fromisoformat(asked["valued"]) + DAY
    rows = [(term, term.earned(date.min, end)) for term in earnings(currency=asked["currency"])]
    earned = [(term, share) for term, share in rows if share > 0]
    if not earned:
        raise StateRefused("Nothing of the book is earned yet.", field="valued", remedy="Choose a later day.")
    level = [_premium(sheet_today(term, plan)) for term, _ in earned]
    charged = total(multiply(share, term.premium) for term, share in earned)
    middle = total(multiply(share, term.premium, _years_before(term.start, term.end, end)) for term, share in earned)
    return {
        "charged": charged,
        "on_level": total(
            multiply(share, term.premium if now is None else now)
            for (term, share), now in zip(earned, level, strict=True)
        ),
        "terms": total(share for _, share in earned),
        "policies": Decimal(len(earned)),
        "not_rated": Decimal(level.count(None)),
        "age": divide(middle, charged),
    }


def _premium(sheet: Mapping[str, Any] | None) -> Decimal | None:
    """The annual premium at today's rates; None where the plan has no answer."""
    return None if sheet is None else Decimal(sheet["figures"]["money"]["premium"])


def _years_before(start: date, end: date, valued: date) -> Decimal:
    """Years from the middle of what is earned of a term to the valuation."""
    last = min(end, valued)
    return divide(Decimal((valued - last).days * 2 + (last - start).days), Decimal(730))


def _experience(inputs: Mapping[str, Any]) -> tuple[Decimal, int, list[Json]]:
    asked = inputs["asked"]
    if inputs["book"] is None:
        return Decimal(asked["loss_ratio"]), int(asked["claims"]), []
    losses = reserving.compute(inputs["losses"])
    known = Decimal(losses["figures"]["known"])
    to_come = Decimal(losses["figures"]["reserve"])
    trend = power(add(ONE, Decimal(asked["trend"])), Decimal(inputs["book"]["age"]))
    ultimate = multiply(add(known, to_come), trend)
    level = Decimal(inputs["book"]["on_level"])
    fall = waterfall(
        "From known losses to what is compared with premium",
        [
            ("Known", known, False),
            ("Still to come", to_come, False),
            ("Trend", ultimate - known - to_come, False),
            ("Developed and trended", ultimate, True),
            ("Earned premium at today's rates", level, True),
        ],
    )
    rows = [
        ["Earned premium as charged", inputs["book"]["charged"]],
        ["Earned premium at today's rates", str(level)],
        ["Known losses", str(known)],
        [f"Still to come, by {losses['figures']['selected']}", str(to_come)],
        ["Developed and trended losses", str(round_half_up(ultimate, 2))],
    ]
    told = [[name, str(round_half_up(Decimal(amount), 2))] for name, amount in rows]
    shown = part("losses", "Losses and premium", losses["lines"][1], chart=fall,
                 table=table([("Amount", "text"), (asked["currency"], "money")], told))  # fmt: skip
    return divide(ultimate, level) if level > ZERO else ZERO, int(inputs["claims"]), [shown]


def _level(inputs: Mapping[str, Any], found: Indication, claims: int) -> Edit:
    """The off-balance factor that gives the selected change: one figure at four decimals, for f0 at the four a plan
    files would round the change of a small peril away."""
    base = base_change(found.selected, fixed=Decimal(inputs["fixed"]), net_share=Decimal(inputs["net_share"]))
    old = Decimal(inputs["off_balance"])
    why = (
        f"{found.selected:+.2%} of premium is {base:+.2%} of pure premium, for fixed expense stays; {claims:,} claims."
    )
    new, z = round_half_up(multiply(old, add(ONE, base)), 4), round_half_up(found.credibility, 4)
    return Edit("loading.off_balance", str(old), str(new), str(z), why)


def _lines(found: Indication, claims: int) -> list[str]:
    first = f"The indicated change of the rate level is {found.selected:+.2%}"
    alone = f"{found.indicated:+.2%} from the losses alone"
    rest = f"{alone}, believed with Z = {found.credibility:.4f} on {claims:,} claims."
    lines = [f"{first}: {rest}"]
    if found.credibility < ONE:
        missing = int(FULL_CREDIBILITY) - claims
        lines.append(f"{missing:,} more claims would be believed in full (1,082 claims: 90 % within 5 %).")
    return lines


def _assumptions(inputs: Mapping[str, Any]) -> list[str]:
    told = [
        f"Loads of plan {inputs['plan']['id']}: ULAE {inputs['ulae']}, 1 - V - Q {inputs['net_share']}.",
        f"Fixed expense is {Decimal(inputs['fixed']):.4f} of premium.",
        "Classical credibility counts claims and forgets how much their sizes differ.",
    ]
    if inputs["book"] is not None:
        told.append(f"Losses grow by {inputs['asked']['trend']} a year from the middle of what was earned.")
        left = int(Decimal(inputs["book"]["not_rated"]))
        told += [f"{left} policies stand at the premium charged: today's plan has no answer for them."] if left else []
    return told


def _sum(found: Indication, claims: int) -> Json:
    rows: list[tuple[str, Decimal]] = [
        ("Loss ratio, developed, trended, on level", found.loss_ratio),
        ("Permissible loss ratio", found.permissible),
        ("Indicated change", found.indicated),
        ("Credibility Z", found.credibility),
        ("Complement", found.complement),
        ("Selected change", found.selected),
    ]
    told = [[name, str(round_half_up(value, 6))] for name, value in rows]
    said = f"(LR (1 + ULAE) + F) / (1 - V - Q) - 1, and Z = min(1, sqrt({claims:,} / 1,082))."
    grid = table([("Share", "text"), ("Of premium", "share")], told)
    return part("indication", "How it comes about", said, table=grid)
