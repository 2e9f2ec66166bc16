"""What is told of the maps: checks with exact intervals, findings, tables."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from audits.engine import words
from audits.engine.frame import Floats
from audits.engine.result import Check, Finding, Part, Table
from audits.engine.saliency.agreement import median_interval, rank_correlation
from audits.engine.saliency.measure import Explained, Found, Plan, shown_first
from audits.engine.saliency.scenes import FILLERS, MEAN_PICTURE
from audits.engine.verdicts import Judge

ADDITIVITY = ("saliency.additivity", "Contributions of a picture's parts that do not add up")
RANDOMISED = ("saliency.randomised_weights", "Agreement with the maps of a model whose weights are random")
FAITHFUL = ("saliency.faithful", "Pictures whose map foretells what covering does")
FILLING = ("saliency.fillers", "Agreement of maps made with another filler")
ASKS = (ADDITIVITY, RANDOMISED, FAITHFUL, FILLING)
MOST_THUMBNAIL = 4_096  # cells of a picture as it is shown
GREY = (299, 587, 114)  # weights of red, green and blue in a thousand (ITU-R BT.601)
METHOD = "median of pictures, order statistics (binomial), two-sided {:.0%}"


def told(found: Found, judge: Judge, plan: Plan, asked: int, show_rows: bool) -> Part:
    """Checks, findings and tables; single pictures only where rows may be shown."""
    checks = (_additivity(found, judge), _randomised(found, judge), _faithful(found, judge), *_fillers(found, judge))
    findings = judge.findings(checks, but=(RANDOMISED[0],)) + _says_nothing(checks[1])
    tables = {"method": _method(found, judge, plan, asked)}
    if len(found.explained) >= judge.least_told:
        tables |= {"mean map": _mean_map(found), "deletion": _deletion(found, plan)}
    tables["agreement"] = _agreement(found, judge)
    if show_rows:
        tables |= _examples(found, plan)
    return Part(checks, tables, findings)


def _additivity(found: Found, judge: Judge) -> Check:
    apart = [
        abs(each.owen.base + float(each.owen.contributions.sum()) - each.level) for each in found.explained if each.owen
    ]
    if not apart:
        return judge.silent(*ADDITIVITY, "cannot_tell", "No picture was taken apart into halves.")
    sentence = (
        f"In {words.count(len(apart), 'picture')} the contributions of all parts and the base add up to the answer "
        f"within {max(apart):.2g}."
    )
    return judge.check(*ADDITIVITY, max(apart), None, sentence, len(apart), method="largest distance")


def _randomised(found: Found, judge: Judge) -> Check:
    if not found.seeds:
        return judge.silent(*RANDOMISED, "not_run", f"No copy with weights at random: {found.why_no_copies}")
    values = _defined([_alike(each) for each in found.explained])
    lead = (
        f"Maps of {words.count(len(found.seeds), 'copy', 'copies')} of the model with weights at random put the patches"
    )
    return _median_check(RANDOMISED, values, judge, lead, " in the order of the real maps")


def _alike(each: Explained) -> float:
    """The rank correlation with the copies' maps, on average: of signed maps or of sizes, whichever is larger."""
    copies = np.empty((0, 0)) if each.copies is None else each.copies
    pairs = [
        np.fmax(rank_correlation(each.map, copy), rank_correlation(np.abs(each.map), np.abs(copy))) for copy in copies
    ]
    known = [pair for pair in pairs if not np.isnan(pair)]
    return float(np.mean(known)) if known else float("nan")


def _faithful(found: Found, judge: Judge) -> Check:
    moving = [each for each in found.explained if np.ptp(each.map) > 0]
    right = sum(each.curves.gain > 0 for each in moving)
    return judge.rate(
        *FAITHFUL,
        right,
        len(moving),
        "pictures whose answer moves at all",
        "lose the model's support faster when patches are covered by the map, largest first, than in random order",
    )


def _fillers(found: Found, judge: Judge) -> Iterator[Check]:
    for name in FILLERS[1:]:
        values = _defined([rank_correlation(each.map, each.maps[name]) for each in found.explained])
        lead = f"Maps made with the {name} as filler put the patches"
        yield _median_check(FILLING, values, judge, lead, f" in the order of those with the {MEAN_PICTURE}", name)


def _median_check(
    what: tuple[str, str], values: Floats, judge: Judge, lead: str, tail: str, subject: str | None = None
) -> Check:
    confidence = judge.suite.confidence
    interval = median_interval(values, confidence) if len(values) else None
    if interval is None:
        reason = (
            f"{words.count(len(values), 'picture has', 'pictures have')} a map whose patches differ; the middle of so "
            f"few has no interval."
        )
        return judge.silent(*what, "cannot_tell", reason, subject=subject, n=len(values))
    middle = float(np.median(values))
    sentence = (
        f"{lead}{tail} with a rank correlation of {middle:.2f} ({interval.low:.2f} to {interval.high:.2f}) in the "
        f"middle of {words.count(len(values), 'picture')}; 1 is the same order, 0 is chance."
    )
    method = METHOD.format(confidence)
    return judge.check(
        *what, middle, interval, sentence, len(values), confidence=confidence, method=method, subject=subject
    )


def _defined(values: list[float]) -> Floats:
    found = np.array(values, np.float64)
    return found[~np.isnan(found)]


def _says_nothing(check: Check) -> tuple[Finding, ...]:
    if check.verdict != "fail":
        return ()
    text = (
        f"{check.sentence} A map that stays when the model is replaced by chance shows the picture, not the model: do "
        "not read reasons from it."
    )
    return (Finding("high", "The saliency maps say nothing of the model", text, check.id),)


# tables


def _method(found: Found, judge: Judge, plan: Plan, asked: int) -> Table:
    grid, first = found.grid, found.explained[0]
    rows: tuple[tuple[str, Any], ...] = (
        ("explained", f"the model's support for its own answer, in {first.support.units}"),
        ("pictures", len(found.explained)),
        ("picture height", grid.height),
        ("picture width", grid.width),
        ("patch edge in pixels", grid.edge),
        ("patch rows", grid.rows),
        ("patch columns", grid.columns),
        ("filler", MEAN_PICTURE),
        ("regions of the hierarchy", found.halves.count),
        ("pictures with a hierarchy", sum(each.owen is not None for each in found.explained)),
        ("copies with weights at random", len(found.seeds)),
        ("their seeds", ", ".join(map(str, found.seeds)) or "none"),
        ("random orders of a deletion curve", plan.orders),
        ("pictures put to the model", asked),
        ("seed", judge.seed),
    )
    return Table(("what", "value"), rows)


def _mean_map(found: Found) -> Table:
    """By patch, over all explained pictures: how far covering it moves the support, and in which direction."""
    every = np.array([each.map for each in found.explained])
    size, mean = np.abs(every).mean(axis=0), every.mean(axis=0)
    places = [divmod(place, found.grid.columns) for place in range(found.grid.count)]
    rows = tuple((row + 1, column + 1, float(size[at]), float(mean[at])) for at, (row, column) in enumerate(places))
    return Table(("row", "column", "mean absolute", "mean"), rows)


def _deletion(found: Found, plan: Plan) -> Table:
    """Mean support that is left after each share was covered."""
    curves = [(each.curves.by_map, each.curves.at_random) for each in found.explained]
    by_map, at_random = (np.mean([pair[which] for pair in curves], axis=0) for which in (0, 1))
    shares = np.arange(1, plan.steps) / plan.steps
    start = float(np.mean([each.level for each in found.explained]))
    rows = [(0.0, start, start), *zip(shares.tolist(), by_map.tolist(), at_random.tolist(), strict=True)]
    return Table(("share covered", "by the map", "at random"), tuple(rows))


def _agreement(found: Found, judge: Judge) -> Table:
    """Rank correlations with each other filler and each copy with weights at random."""
    rows = []
    for name in FILLERS[1:]:
        values = [rank_correlation(each.map, each.maps[name]) for each in found.explained]
        rows.append(_agreement_row(f"filler: {name}", values, judge))
    for number, seed in enumerate(found.seeds):
        pairs = [(each.map, each.copies[number]) for each in found.explained if each.copies is not None]
        signed = [rank_correlation(*pair) for pair in pairs]
        sizes = [rank_correlation(np.abs(first), np.abs(second)) for first, second in pairs]
        rows.append(_agreement_row(f"weights at random, seed {seed}: signed", signed, judge))
        rows.append(_agreement_row(f"weights at random, seed {seed}: sizes", sizes, judge))
    columns = ("compared with", "pictures", "median rank correlation", "low", "high")
    return Table(columns, tuple(rows))


def _agreement_row(name: str, values: list[float], judge: Judge) -> tuple[Any, ...]:
    known = _defined(values)
    interval = median_interval(known, judge.suite.confidence) if len(known) else None
    ends = (interval.low, interval.high) if interval else (None, None)
    return (name, len(known), float(np.median(known)) if len(known) else None, *ends)


def _examples(found: Found, plan: Plan) -> dict[str, Table]:
    """A few pictures with their maps: the model's surest and least sure answers."""
    tables: dict[str, Table] = {}
    rows = []
    for number, place in enumerate(shown_first(found.explained)[: plan.examples], 1):
        each = found.explained[place]
        base = each.owen.base if each.owen else None
        rows.append((number, each.row + 1, each.level, base, each.support.units))
        tables[f"pixels {number}"] = _pixels(each)
        tables[f"map {number}"] = _map(each, found)
        if each.owen:
            tables[f"parts {number}"] = _parts(each.owen.contributions, found)
    columns = ("example", "row", "support", "base", "units")
    return {"examples": Table(columns, tuple(rows)), **tables}


def _map(each: Explained, found: Found) -> Table:
    places = [divmod(place, found.grid.columns) for place in range(found.grid.count)]
    rows = tuple((row + 1, column + 1, float(each.map[at])) for at, (row, column) in enumerate(places))
    return Table(("row", "column", "fall when covered"), rows)


def _parts(contributions: Floats, found: Found) -> Table:
    boxes = found.halves.boxes.tolist()
    rows = tuple((*box, float(value)) for box, value in zip(boxes, contributions.tolist(), strict=True))
    return Table(("top", "left", "bottom", "right", "contribution"), rows)


def _pixels(each: Explained) -> Table:
    """The picture in greys, small enough to show: each line as two hexadecimal digits a cell."""
    grey = greys(each.picture)
    return Table(("line", "greys"), tuple((line + 1, bytes(row).hex()) for line, row in enumerate(grey)))


def greys(picture: np.ndarray[Any, np.dtype[np.uint8]]) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Uint8[height, width] of at most MOST_THUMBNAIL cells: brightness, averaged over squares of pixels."""
    channels = picture.astype(np.int64)
    light = channels[..., :3] @ np.array(GREY) // 1000 if channels.shape[2] >= 3 else channels[..., 0]
    edge = 1
    while -(-light.shape[0] // edge) * -(-light.shape[1] // edge) > MOST_THUMBNAIL:
        edge += 1
    down, across = (np.arange(0, side, edge) for side in light.shape)
    total = np.add.reduceat(np.add.reduceat(light, down, axis=0), across, axis=1)
    ones = np.ones(light.shape, np.int64)
    count = np.add.reduceat(np.add.reduceat(ones, down, axis=0), across, axis=1)
    return (total // count).astype(np.uint8)
