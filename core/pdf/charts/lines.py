"""Charts over a continuous axis: a line with its band over time, the reliability diagram, the histogram."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.pdf.charts.rows import Mark
from core.pdf.charts.scale import Scale, around, bottom_axis, left_axis, percent, percent_short, short
from core.pdf.shapes import Box, Disc, Label, Line, Path, Picture, Shape

LEFT, FOOT = 40.0, 26.0


@dataclass(frozen=True, slots=True)
class Band:
    """One point in time: its label, value and interval."""

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Bin:
    """One bin of a reliability diagram: mean forecast, observed rate with interval, rows."""

    forecast: float
    observed: float
    low: float | None = None
    high: float | None = None
    n: int = 0


def trend(
    points: Sequence[Band],
    *,
    width: float = 425.0,
    height: float = 140.0,
    marks: Sequence[Mark] = (),
    wording: Callable[[float], str] = percent,
    name: str = "",
) -> Picture:
    """A line over time with its interval as a soft band; gaps where a value is missing."""
    top, right = height - 16, width - 64
    values = [part for point in points for part in (point.value, point.low, point.high)] + [
        mark.value for mark in marks
    ]
    up = around(values, FOOT, top)
    along = Scale(0, max(1, len(points) - 1), LEFT + 6, right)
    shapes: list[Shape] = [Label(LEFT, height - 8, name, 7, "slate"), *left_axis(up, LEFT, right, wording)]
    shapes += _soft_band(points, along, up)
    for mark in marks:
        shapes.append(Line(LEFT, up(mark.value), right, up(mark.value), mark.colour, 0.9, (2.5, 1.5)))
        shapes.append(Label(right + 4, up(mark.value) - 2.2, mark.words, 6.5, mark.colour))
    shapes += _trend_line(points, along, up, wording, marks)
    return Picture(width, height, (*shapes, *_times(points, along)), f"Over time: {name}")


def _soft_band(points: Sequence[Band], along: Scale, up: Scale) -> list[Shape]:
    known = [
        (along(i), up(p.low), up(p.high)) for i, p in enumerate(points) if p.low is not None and p.high is not None
    ]
    if len(known) < 2:
        return []
    edge = [(x, high) for x, _, high in known] + [(x, low) for x, low, _ in reversed(known)]
    return [Path(tuple(edge), None, 0, "sea-tint")]


def _trend_line(
    points: Sequence[Band], along: Scale, up: Scale, wording: Callable[[float], str], marks: Sequence[Mark]
) -> list[Shape]:
    known = [
        (along(index), up(point.value), point.value) for index, point in enumerate(points) if point.value is not None
    ]
    if not known:
        return [
            Label(
                (along.start + along.end) / 2,
                (up.start + up.end) / 2,
                "no measured period",
                8,
                "slate",
                "middle",
            )
        ]
    shapes: list[Shape] = [Path(tuple((x, y) for x, y, _ in known), "sea", 1.3)] if len(known) > 1 else []
    shapes += [Disc(x, y, 1.8, "sea") for x, y, _ in known]
    x, y, last = known[-1]
    lift = 3.0 if any(abs(up(mark.value) - y) < 8 for mark in marks) else -2.4
    return [*shapes, Label(x + 5, y + lift, wording(last), 7.5, "sea", "start", "bold")]


def _times(points: Sequence[Band], along: Scale) -> list[Shape]:
    """Time labels, thinned so that they never touch."""
    widest = max((len(point.name) for point in points), default=1) * 3.8 + 8
    every = max(1, -(-int(widest * max(1, len(points) - 1)) // max(1, int(along.end - along.start))))
    shapes: list[Shape] = [Line(LEFT, FOOT - 4, along.end, FOOT - 4, "mist", 0.5)]
    for index, point in enumerate(points):
        if index % every == 0:
            shapes.append(Label(along(index), FOOT - 14, point.name, 6.5, "slate", "middle"))
    return shapes


def reliability(bins: Sequence[Bin], *, side: float = 190.0, width: float = 425.0) -> Picture:
    """Observed rate against forecast on a square; the diagonal is what an honest forecast would show."""
    low, high = LEFT, LEFT + side - 30
    across, up = Scale(0, 1, low, high), Scale(0, 1, FOOT, FOOT + side - 30)
    shapes: list[Shape] = [
        *bottom_axis(across, FOOT, up.end, percent_short, 6),
        *left_axis(up, low, high, percent_short, 6),
    ]
    shapes.append(Line(across(0), up(0), across(1), up(1), "mist", 0.8, (2.5, 1.5)))
    known = sorted(bins, key=lambda item: item.forecast)
    shapes += [
        Line(across(b.forecast), up(b.low), across(b.forecast), up(b.high), "sea", 0.8)
        for b in known
        if b.low is not None and b.high is not None
    ]
    if len(known) > 1:
        shapes.append(Path(tuple((across(b.forecast), up(b.observed)) for b in known), "sea", 1.0))
    shapes += [Disc(across(b.forecast), up(b.observed), 2.4, "sea", "white", 0.6) for b in known]
    shapes += [Label(low, 4, "forecast", 6.5, "slate"), Label(low, up.end + 8, "came true", 6.5, "slate")]
    shapes += _bin_counts(known, high + 44, width)
    return Picture(width, FOOT + side - 10, tuple(shapes), "Forecast against what came true, with the rows of each bin")


def _bin_counts(bins: Sequence[Bin], left: float, width: float) -> list[Shape]:
    """Rows per bin as small bars at the right of the diagram, so that a thin bin is seen to be thin."""
    most = max((item.n for item in bins), default=0)
    if not most:
        return []
    shapes: list[Shape] = [Label(left, FOOT + 148, "rows in each forecast bin", 6.5, "slate")]
    pitch = min(14.0, 140.0 / len(bins))
    for index, item in enumerate(bins):
        y = FOOT + 136 - pitch * index
        long = (width - left - 84) * item.n / most
        shapes.append(Label(left + 32, y - 2, percent(item.forecast), 6.2, "slate", "end"))
        shapes.append(Box(left + 38, y - pitch * 0.3, max(0.4, long), pitch * 0.6, "haze"))
        shapes.append(Label(left + 42 + long, y - 2, f"{item.n:,}", 6.2, "slate"))
    return shapes


def histogram(
    edges: Sequence[float],
    counts: Sequence[float],
    *,
    width: float = 425.0,
    height: float = 110.0,
    name: str = "",
) -> Picture:
    """Counts between edges (one edge more than counts)."""
    top, right = height - 14, width - 20
    across = Scale(edges[0], edges[-1], LEFT, right)
    up = around(counts, FOOT, top, zero=True)
    shapes: list[Shape] = [*left_axis(up, LEFT, right, short, 4)]
    for left_edge, right_edge, count in zip(edges, edges[1:], counts, strict=False):
        x = across(left_edge)
        shapes.append(Box(x + 0.4, FOOT, max(0.4, across(right_edge) - x - 0.8), up(count) - FOOT, "sea"))
    shapes += bottom_axis(across, FOOT, FOOT, short, 8)
    return Picture(width, height, (*shapes, Label(LEFT, height - 7, name, 7, "slate")), f"Histogram: {name}")
