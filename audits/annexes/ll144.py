"""New York City Local Law 144: rates and impact ratios exactly as 6 RCNY 5-300 and 5-301 define them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from audits.annexes.counts import Category, Counted, counted, large, shares
from audits.engine.result import Table

SELECTED, SCORED = "Selection rate", "Scoring rate"
TITLES = {"sex": "Sex", "race": "Race/ethnicity", "both": "Intersectional"}


def impact_table(categories: Sequence[Category], rate: str, *, exclude_below: float = 0.0, why: str = "") -> Table:
    """One line a category: individuals, favoured, rate, impact ratio, share of the individuals, and a note.

    The ratio is to the highest rate of any category that is not excluded; categories below `exclude_below` of the
    individuals keep count and rate and get `why` in place of a ratio (5-301(d); 0 excludes none). Without anybody
    favoured there is no ratio.
    """
    kept = large(categories, exclude_below)
    rates = [each.favoured / each.individuals if each.individuals else None for each in categories]
    best = max((value for value, yes in zip(rates, kept, strict=True) if yes and value is not None), default=0.0)
    columns = ("category", "individuals", _favoured(rate), rate.lower(), "impact ratio", "share", "note")
    rows = []
    for each, value, yes, share in zip(categories, rates, kept, shares(categories), strict=True):
        ratio = _ratio(value, best) if yes else None
        rows.append((each.name, each.individuals, each.favoured, value, ratio, share, _note(each, yes, why)))
    return Table(columns, tuple(rows))


def _favoured(rate: str) -> str:
    return "selected" if rate == SELECTED else "above the median"


def _ratio(value: float | None, best: float) -> float | None:
    return value / best if value is not None and best > 0 else None


def _note(each: Category, kept: bool, why: str) -> str:
    if each.individuals == 0:
        return "nobody in this category"
    return "" if kept else why


def tables(result: Mapping[str, Any], filed: Mapping[str, Any]) -> Mapping[str, Table] | str:
    """Selection and, with a score, scoring rates by sex, by race/ethnicity and by both, and the unknown counts; or why
    there are none."""
    axes = _axes(result, filed)
    if not axes:
        return "Neither sex nor race/ethnicity is a registered attribute of this model."
    found = dict(_made(result, filed, axes))
    if not found:
        return "No decision of this audit is one for or against a person, so nobody is selected or scored."
    return found | {"Unknown and left out": _unknown(result, axes)}


def _axes(result: Mapping[str, Any], filed: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The registered attributes behind sex, race/ethnicity and both, by the names that are filed for them."""
    names = [item["name"] for item in result.get("spec", {}).get("attributes", ())]
    found: dict[str, tuple[str, ...]] = {}
    for key, known in filed["attributes"].items():
        mine = [name for name in names if name.strip().lower() in known]
        if mine:
            found[key] = (mine[0],)
    return {**found, "both": found["sex"] + found["race"]} if len(found) == 2 else found


def _made(
    result: Mapping[str, Any], filed: Mapping[str, Any], axes: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[str, Table]]:
    below, why = float(filed["exclude_below"]), filed["justification"]
    for rate in (SELECTED, SCORED):
        for key, chosen in axes.items():
            found = counted(result, chosen, rate)
            if found is not None:
                yield (
                    f"{TITLES[key]}: {rate.lower()}",
                    impact_table(found.categories, rate, exclude_below=below, why=why),
                )


def _unknown(result: Mapping[str, Any], axes: Mapping[str, tuple[str, ...]]) -> Table:
    """Individuals of an unknown category (5-301(b)(5), (c)(5)), and whether every category is in the table."""
    found: list[tuple[str, Counted]] = [
        (key, each) for key, chosen in axes.items() if (each := counted(result, chosen, SELECTED)) is not None
    ]
    rows: list[tuple[Any, ...]] = [
        (TITLES[key], each.unknown, "all" if each.whole else "not all: the smallest were left out for want of room")
        for key, each in found
    ]
    rows += [(TITLES[key], None, "not registered") for key in ("sex", "race", "both") if key not in axes]
    return Table(("categories", "individuals of an unknown category", "categories told"), tuple(rows))
