"""Experience in words, tables and charts, and the edits it proposes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import exp
from typing import Any

from actuarial.methods.edits import Edit
from actuarial.methods.experience import Harm, Industries, Industry, Insured, Level
from actuarial.methods.parts import Json, door, drawn, intervals, part, table
from core.money import round_half_up

MOST_DRAWN = 30


@dataclass(frozen=True)
class Experience:
    """All that was found; `level` is None only where nothing was expected."""

    plan: Mapping[str, Any]
    claims: int
    expected: Decimal
    level: Level
    industries: Industries
    insureds: Sequence[Insured]
    harms: Sequence[Harm]
    uncoded: int
    unmeasured: Mapping[str, int]  # policies by peril whose harmful decisions are not known


def _claims(count: int) -> str:
    return f"{count:,} claim{'' if count == 1 else 's'}"


def lines(found: Experience) -> list[str]:
    """The finding first."""
    ratio = found.level.ratio
    counted = _claims(found.claims)
    expected = f"{found.expected:.2f} that the rates of {found.plan['id']} expect by now"
    if not found.claims:
        return [
            f"No claim has been reported, of {expected}: nothing in the plan is moved.",
            f"At these rates a book has no claim by now with a chance of {exp(-float(found.expected)) * 100:.0f} %; "
            "only what would be believed now is shown.",
        ]
    low, high = ratio.low, ratio.high
    between = f"actual over expected is {ratio.value:.2f}, exactly between {low:.2f} and {high:.2f} (95 %)"
    doubt = "" if ratio.excludes_one else " The interval holds 1: the claims do not contradict the rates."
    moved = sum(row.filed != row.old for row in found.industries.rows)
    return [
        f"{counted} came of {expected}: {between}.{doubt}",
        f"A draft would move {moved} of {len(found.industries.rows)} industries with exposure and the level from "
        f"{found.level.old} to {found.level.new}. A claim moves the next draft, never a bound price.",
    ]


def assumptions(found: Experience, not_rated: int) -> list[str]:
    """What nobody has measured, and on which basis the two sides stand."""
    told = [
        f"Expected claims are those of {found.plan['id']} on the risk and the audit of each bind, X and the "
        "claims-made step in them, earned by days of the term. They stand on upper bounds, so they err upwards.",
        "Counts are ground-up (rule 16). A claim below its deductible is seldom reported, so the count errs downwards "
        "by what nobody can see.",
        "Cover is claims-made: a claim reported is a claim of the term, so counts are not developed; reports in the "
        "days after a term come late.",
        f"The prior of an industry is worth {found.plan['alpha']} claims; that of a harmful decision the same.",
        "I stands on how often incidents had a consequence in law, half damped, for all perils alike, until own claims "
        "replace it.",
    ]
    if not_rated:
        told.append(f"{not_rated} policies stand at the price of their bind: {found.plan['id']} has no price for them.")
    for peril, count in found.unmeasured.items():
        told.append(f"{count} policies are left out of the harmful decisions of {peril}: their rate was not measured.")
    if found.uncoded:
        told.append(f"{found.uncoded} claims have no peril yet and count in no peril.")
    return told


def level_part(found: Experience) -> Json:
    """The whole book against its rates."""
    level = found.level
    after, prior = level.after, found.plan["alpha"]
    believed = f"{after.mean:.4f} ({after.low:.4f} to {after.high:.4f}, 90 %) of the rates, Z = {after.z:.4f}"
    moves = f"goes from {level.old} to {level.new}{', held at the cap' if level.capped else ''}"
    said = (
        f"Gamma prior worth {prior} claims: the level is believed to be {believed}. The off-balance factor "
        f"{moves if found.claims else f'stays {level.old} before the first claim'}."
    )
    ratio = level.ratio
    rows = [
        [
            "All",
            str(found.claims),
            door(ratio.expected, 4),
            door(ratio.value, 4),
            door(ratio.low, 4),
            door(ratio.high, 4),
        ]
    ]
    columns = [
        ("Book", "text"),
        ("Claims", "count"),
        *((name, "number") for name in ("Expected", "A/E", "Low", "High")),
    ]
    return part("level", "The level", said, table=table(columns, rows))


def industries_part(found: Experience) -> Json:
    """Every industry with exposure: prior, posterior, capped and balanced."""
    group = found.industries
    cap = f"{Decimal(found.plan['cap']) * 100:.0f} %"
    said = (
        f"Gamma prior worth {found.plan['alpha']} claims. What all industries have in common belongs to the level: "
        f"I' = clip(c x posterior, within {cap} of I) with c = {group.factor:.6f}, solved for so that the sum of "
        f"exposure x I stays. An industry may so fall though it had claims, where others had more. Filed at four "
        f"decimals, the sum moves by {group.residual * 100:+.6f} %."
    )
    rows = [_industry(row, moved=found.claims > 0) for row in group.rows]
    names = ("Exposure", "Z", "I now", "From claims", "Low", "High", "I proposed")
    columns = [("Industry", "text"), ("Claims", "count"), ("Expected", "number"), *((name, "number") for name in names),
               ("Cap", "text")]  # fmt: skip
    chart = intervals(
        "I from own claims, with its 90 % credible interval",
        [(row.title, drawn(row.own), drawn(row.low), drawn(row.high)) for row in group.rows[:MOST_DRAWN]],
    )
    return part("industries", "Industries", said, chart=chart, table=table(columns, rows))


def _industry(row: Industry, moved: bool) -> list[Any]:
    figures = (row.expected, row.after.exposure, row.after.z, float(row.old), row.own, row.low, row.high)
    return [
        row.title,
        row.after.claims,
        *(door(value, 4) for value in figures),
        str(row.filed) if moved else None,
        "held" if row.capped else "",
    ]


def insureds_part(found: Experience) -> Json:
    """X by insured; it enters at the next price, through the loss history that is stated then."""
    said = (
        f"X = (a + N) / (a + E), a = {found.plan['a']}. It is no figure of the plan: at renewal the underwriter states "
        "N and E of this table as the loss history."
    )
    rows = [
        [
            row.name,
            row.claims_before + row.claims,
            str(round_half_up(row.expected_before + row.expected, 4)),
            str(round_half_up(row.z, 4)),
            str(row.old),
            str(row.new),
        ]
        for row in found.insureds
    ]
    columns = [("Insured", "text"), ("N", "count"), *((name, "number") for name in ("E", "Z", "X at bind", "X now"))]
    return part("insureds", "Insureds", said, table=table(columns, rows))


def harms_part(found: Experience) -> Json:
    """Claims per harmful decision, prior and posterior."""
    said = (
        "The audit measures how often a model harms; claims teach how often harm is claimed. phi begins as Gamma("
        f"{found.plan['alpha']}, {found.plan['alpha']} / phi0), phi0 = f0 I k / (100,000 q0), and is updated by the "
        "claims and the harmful decisions whose claim would have been made by now, at the audit's point."
    )
    rows = [
        [
            f"{row.peril}, {row.use_class}",
            row.after.claims,
            door(row.decisions, 1),
            door(row.after.z, 4),
            *(door(value * 1e6, 4) for value in (row.prior, row.after.mean, row.after.low, row.after.high)),
        ]
        for row in found.harms
    ]
    columns = [("Peril and class", "text"), ("Claims", "count"), ("Harmful decisions", "number"), ("Z", "number"),
               *((f"{name}, per million", "number") for name in ("Prior", "Now", "Low", "High"))]  # fmt: skip
    chart = intervals(
        "Claims per harmful decision against the prior's, 90 % credible",
        [_against_prior(row) for row in found.harms[:MOST_DRAWN]],
        limit=(1.0, "the prior"),
    )
    return part("harm", "Claims per harmful decision", said, chart=chart, table=table(columns, rows))


def _against_prior(row: Harm) -> tuple[str, float, float, float]:
    mean, low, high = (drawn(value / row.prior) for value in (row.after.mean, row.after.low, row.after.high))
    return f"{row.peril}, {row.use_class}", mean, low, high


def edits(found: Experience) -> list[Edit]:
    """Industries and level; none at all before the first claim."""
    if not found.claims:
        return []
    rows = [_industry_edit(row, found.level) for row in found.industries.rows]
    level, ratio = found.level, found.level.ratio
    why = f"{_claims(found.claims)} of {ratio.expected:.4f} expected in the whole book."
    return [*rows, Edit("loading.off_balance", str(level.old), str(level.new), door(level.after.z, 4), why)]


def _industry_edit(row: Industry, level: Level) -> Edit:
    """Together with the level a rate may move by more than the cap of either; the reason says by how much."""
    moves = row.filed / row.old * level.new / level.old - 1
    counted = (
        f"{row.title}: {_claims(row.after.claims)} of {row.expected:.4f} expected; posterior {row.own:.4f}, balanced"
    )
    why = (
        f"{counted}{', held at the cap' if row.capped else ''}. With the level its rate moves by {moves * 100:+.1f} %."
    )
    return Edit(f"industries.rows[{row.code}].i", str(row.old), str(row.filed), door(row.after.z, 4), why)


def figures(found: Experience) -> Json:
    """The figures for machines."""
    ratio = found.level.ratio
    return {
        "claims": found.claims,
        "expected": door(ratio.expected),
        "ratio": {"value": door(ratio.value), "low": door(ratio.low), "high": door(ratio.high)},
        "off_balance": {
            "old": str(found.level.old), "new": str(found.level.new), "z": door(found.level.after.z),
        },
        "balance": {"factor": door(found.industries.factor, 9), "residual": door(found.industries.residual, 9)},
        "industries": {
            row.code: {
                "claims": row.after.claims, "expected": door(row.expected), "units": door(row.after.exposure),
                "rate": door(row.after.mean, 9), "z": door(row.after.z), "old": str(row.old), "own": door(row.own),
                "low": door(row.low), "high": door(row.high), "new": str(row.filed), "capped": row.capped,
            }
            for row in found.industries.rows
        },
        "insureds": [
            {"name": row.name, "claims": row.claims_before + row.claims, "old": str(row.old), "new": str(row.new)}
            for row in found.insureds
        ],
        "harm": {
            f"{row.peril} {row.use_class}": {
                "claims": row.after.claims, "decisions": door(row.decisions), "prior": door(row.prior, 12),
                "mean": door(row.after.mean, 12), "low": door(row.after.low, 12), "high": door(row.after.high, 12),
            }
            for row in found.harms
        },
    }  # fmt: skip
