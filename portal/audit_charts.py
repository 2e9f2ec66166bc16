"""The charts of an audit, by family; each is drawn from a table of the result, and left out where there is none."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from core.pdf.text import shown
from portal.attribution_story import attribution_charts
from portal.charts import LABEL, intervals, longest, point, reliability, table_rows, trend
from portal.saliency_story import saliency_pictures

Chart = dict[str, Any]
Charts = Iterator[Chart | None]
Result = Mapping[str, Any]
Tables = Mapping[str, Mapping[str, Any]]
GAP_COLUMNS = {"selection_rate": "selection", "false_positive_rate": "FPR", "miss_rate": "FNR"}
GAP_WORDS = {
    "selection_rate": "Rate of the favourable decision",
    "false_positive_rate": "False-positive rate",
    "miss_rate": "Miss rate",
}
# Rates that say the same as another one turned round, or are no rates.
_NOT_DRAWN = ("True-positive rate", "True-negative rate", "Brier score")
MOST_PAIRS = 8  # rates whose worst pair is drawn
MOST_BLOCKS = 200  # of the alarm, the latest
E_LEAST, E_MOST = 0.01, 1e6  # beyond these an e-value says no more to the eye


def charts_of(family: str, result: Result) -> list[Chart]:
    """The charts of a family, the one to read first at the head."""
    draw = _DRAWN.get(family)
    return [] if draw is None else [chart for chart in draw(result) if chart]


def _section(result: Result, name: str) -> Tables:
    found: Tables = result["sections"].get(name, {})
    return found


def _line(row: Mapping[str, Any], label: str, value: str = "rate", **more: Any) -> Chart:
    return point(shown(label, LABEL), row.get(value), row.get("low"), row.get("high"), row.get("n"), **more)


def _performance(result: Result) -> Charts:
    section = _section(result, "performance")
    yield intervals("Rates with their 90 % intervals", _rate_points(section.get("rates")))
    tail = [row for row in table_rows(section.get("tail")) if row["low"] is not None]
    costs = (row for row in tail if not str(row["figure"]).startswith("Share"))
    yield intervals(
        "What the worst decisions cost", (_line(row, _of(row, "figure", "of"), "value") for row in costs), unit="loss"
    )
    groups = (_line(row, _of(row, "attribute", "group")) for row in table_rows(section.get("tail_groups")))
    yield longest("Share of each group's decisions that are among the worst", groups)


def _rate_points(table: Mapping[str, Any] | None) -> Iterator[Chart]:
    for row in table_rows(table):
        value = row["value"]
        drawn = row["rate"] not in _NOT_DRAWN and row["low"] is not None
        if drawn and isinstance(value, int | float) and 0 <= value <= 1:
            yield _line(row, _of(row, "rate", "subject"), "value")


def _of(row: Mapping[str, Any], *names: str) -> str:
    """ "race: a", or the first where the second is empty."""
    return ": ".join(str(row[name]) for name in names if row[name] not in (None, ""))


def _calibration(result: Result) -> Charts:
    section = _section(result, "calibration")
    if "bands" in section:
        yield reliability("Said against observed, with bands that hold all at once", table_rows(section["bands"]))
    else:
        yield reliability("Said against observed", table_rows(section.get("reliability")))
    rows = (
        point(
            shown(_of(row, "attribute", "group"), LABEL), *(row[name] for name in ("observed", "low", "high", "rows"))
        )
        for row in table_rows(section.get("groups"))
    )
    yield longest("Share with the event, by group", rows)


def _fairness(result: Result) -> Charts:
    yield _worst_pairs(result)
    metric = result["spec"].get("gap_metric", "selection_rate")
    stem = GAP_COLUMNS.get(metric, "selection")
    words = GAP_WORDS.get(metric, GAP_WORDS["selection_rate"])
    for name, table in _section(result, "fairness").items():
        if not name.endswith(": gaps"):
            yield longest(f"{words} by {shown(name, LABEL)}", (_group_point(row, stem) for row in table_rows(table)))


def _worst_pairs(result: Result) -> Chart | None:
    """Both groups of each rate's worst pair with their own intervals; the pair of a failed check in red."""
    section = _section(result, "bias")
    rates = {(row["grouping"], row["group"], row["metric"]): row for row in table_rows(section.get("groups"))}
    verdicts = {row["subject"]: row["verdict"] for row in result["checks"] if row["id"] == "fairness.worst_pair"}
    tones = {"fail": "fail", "cannot_tell": "doubt"}
    rows = []
    for pair in table_rows(section.get("worst pairs")):
        tone = tones.get(verdicts.get(pair["metric"], ""), "plain")
        for side in ("higher", "lower"):
            row = rates.get((pair["grouping"], pair[f"{side} group"], pair["metric"]))
            if row is not None and 0 <= (row["value"] or 0) <= 1:
                label = f"{pair['metric']}, {pair['grouping']}: {pair[f'{side} group']}"
                rows.append(_line(row, label, "value", tone=tone))
    return intervals("The worst pair of groups, rate by rate", rows[: 2 * MOST_PAIRS])


def _group_point(row: Mapping[str, Any], stem: str) -> Chart:
    value, n = ("selection rate", "n") if stem == "selection" else (f"{stem} value", f"{stem} n")
    few = "" if row.get("eligible") == "yes" else " (few rows)"
    label = shown(f"{row['group']}{few}", LABEL)
    return point(label, row.get(value), row.get(f"{stem} low"), row.get(f"{stem} high"), row.get(n))


def _slices(result: Result) -> Charts:
    section = _section(result, "slices")
    found = (
        _line(row, str(row["slice"]), tone="fail" if row.get("confirmed") == "yes" else "plain")
        for row in table_rows(section.get("searched_slices"))
    )
    yield longest("Harmful errors in slices that were searched for, on rows kept aside", found)
    for name, table in section.items():
        if "harmful error" in table["columns"]:
            yield longest(f"Harmful errors by {shown(name, LABEL)}", _harm_points(table, "value"))


def _harm_points(table: Mapping[str, Any] | None, label: str) -> Iterator[Chart]:
    return (_line(row, str(row[label]), "harmful error") for row in table_rows(table))


def _drift(result: Result) -> Charts:
    section = _section(result, "drift")
    yield trend("Harmful errors by period", _harm_points(section.get("periods"), "period"))
    blocks = [_e_point(row) for row in table_rows(section.get("alarm"))][-MOST_BLOCKS:]
    rings = {row["what"]: row["value"] for row in table_rows(section.get("baseline"))}.get("rings at an e-value of")
    limit = {"value": rings, "label": f"rings at {rings:g}"} if rings else None
    yield trend("Evidence that errors rose, as the labels came", blocks, unit="times", limit=limit, log=True)


def _e_point(row: Mapping[str, Any]) -> Chart:
    clipped = min(max(float(row["e-value"]), E_LEAST), E_MOST)
    return point(str(row["from"]), clipped, n=row["n"], note=str(row["alarm"] or ""))


def _robustness(result: Result) -> Charts:
    yield _flips(result)
    slips = table_rows(_section(result, "robustness").get("slips"))
    yield longest("Decisions that flip, by slip of the input", _rated(slips, "family"))


def _flips(result: Result) -> Chart | None:
    """Share of flips by family, red where its check failed, and the limit that all share."""
    checks = {row["subject"]: row for row in result["checks"] if row["id"] == "robustness.flip_rate"}
    limits = {row["limit"]["value"] for row in checks.values() if row["limit"]}
    rows = []
    for row in table_rows(_section(result, "robustness").get("families")):
        failed = checks.get(row["family"], {}).get("verdict") == "fail"
        tone = "fail" if failed else "plain"
        rows.append(point(row["family"], row["rate"], row["low"], row["high"], row["rows"], tone))
    limit = {"value": min(limits), "label": "limit"} if len(limits) == 1 else None
    return intervals("Decisions that flip, by kind of change", rows, limit=limit)


def _rated(rows: Iterable[Mapping[str, Any]], label: str) -> Iterator[Chart]:
    return (point(shown(row[label], LABEL), row["rate"], row["low"], row["high"]) for row in rows)


def _uncertainty(result: Result) -> Charts:
    section = _section(result, "uncertainty")
    kept = [_kept_point(row) for row in table_rows(section.get("selective"))]
    yield trend("Harmful errors among the most confident decisions, by the share that is kept", kept)
    sets = table_rows(section.get("conformal"))
    held = (_line(row, _of(row, "attribute", "group"), "held by one line for all") for row in sets)
    limit = {"value": sets[0]["should hold"], "label": "should hold"} if sets else None
    yield intervals("Outcomes that sets of answers hold, with one line for all", held, limit=limit)


def _kept_point(row: Mapping[str, Any]) -> Chart:
    return point(f"{row['share kept'] * 100:.0f} % kept", row["rate"], row["low"], row["high"], row["rows"])


def _labels(result: Result) -> Charts:
    section = _section(result, "labels")
    pairs = (
        _line(row, f"{row['annotator']} and {row['other']}", "share") for row in table_rows(section.get("annotators"))
    )
    yield longest("Labels on which two annotators agree", pairs)
    told = (_line(row, str(row["column"]), "share") for row in table_rows(section.get("telling")))
    yield longest("Labels that one column alone foretells", told)


def _oversight(result: Result) -> Charts:
    rows = table_rows(_section(result, "oversight").get("reviewers"))
    yield longest("Seeded errors caught, by reviewer", (_line(row, str(row["reviewer"]), "catch rate") for row in rows))


def _versions(result: Result) -> Charts:
    rows = (_change(row) for row in table_rows(_section(result, "versions").get("by group")))
    title = "Harmful errors of this version less those of the earlier one; right of nought it got worse"
    yield longest(title, rows, signed=True)


def _change(row: Mapping[str, Any]) -> Chart:
    value, low, high = (row.get(f"harmful errors: {name}") for name in ("difference", "low", "high"))
    tone = "fail" if low is not None and low > 0 else "plain"
    return point(shown(_of(row, "grouping", "group"), LABEL), value, low, high, row["n"], tone)


def _gaming(result: Result) -> Charts:
    section = _section(result, "gaming")
    for name, title in (("challenge", "on whose rows"), ("reused", "on fresh and on re-used rows")):
        yield intervals(f"Harmful errors {title}", _rated(table_rows(section.get(name)), "rows"))


def _attribution(result: Result) -> Charts:
    return attribution_charts(_section(result, "attribution"))


def _saliency(result: Result) -> Charts:
    return saliency_pictures(_section(result, "saliency"))


_DRAWN: Mapping[str, Callable[[Result], Charts]] = {
    "performance": _performance,
    "calibration": _calibration,
    "fairness": _fairness,
    "slices": _slices,
    "drift": _drift,
    "robustness": _robustness,
    "uncertainty": _uncertainty,
    "labels": _labels,
    "oversight": _oversight,
    "versions": _versions,
    "gaming": _gaming,
    "attribution": _attribution,
    "saliency": _saliency,
}
