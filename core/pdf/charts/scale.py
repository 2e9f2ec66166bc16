"""Linear scales with round ticks."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from core.pdf.shapes import Label, Line, Shape


@dataclass(frozen=True, slots=True)
class Scale:
    """Maps [low, high] onto [start, end] points."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        inside = min(self.high, max(self.low, value))
        return self.start + (inside - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self, most: int = 6) -> list[float]:
        """At most about `most` round values inside the scale."""
        step = round_step((self.high - self.low) / max(1, most - 1))
        first = math.ceil(self.low / step - 1e-9)
        count = math.floor(self.high / step + 1e-9) - first + 1
        return [(first + index) * step for index in range(count)]


def round_step(rough: float) -> float:
    """The next of 1, 2, 2.5, 5, 10 times a power of ten at or above `rough`."""
    power: float = 10.0 ** math.floor(math.log10(rough))
    return next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * (1 - 1e-9))


def around(
    values: Iterable[float | None], start: float, end: float, *, zero: bool = False, room: float = 0.06
) -> Scale:
    """A scale that holds every finite value with a little room; `zero` makes it begin at nought."""
    known = [value for value in values if value is not None and math.isfinite(value)] or [0.0, 1.0]
    low, high = min(known), max(known)
    if zero:
        low, high = min(0.0, low), max(0.0, high)
    spread = (high - low) or abs(high) or 1.0
    low = low if zero and low == 0.0 else low - room * spread
    return Scale(low, high + room * spread, start, end)


def percent(value: float) -> str:
    """A share as percent with sensible digits: 0.177 -> 17.7 %."""
    return f"{value * 100:.1f} %"


def percent_short(value: float) -> str:
    """0.2 -> 20 %."""
    return f"{value * 100:.3g} %"


def short(value: float) -> str:
    """A tick label: as few digits as say it."""
    return f"{value:,.10g}" if abs(value) < 1e6 else f"{value:,.0f}"


def brief(value: float, digits: int = 3) -> str:
    """Three digits that count, with a true minus: 0.340, −1.65, 12,500."""
    said = f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:#.{digits}g}".rstrip(".")
    return said.replace("-", "\u2212") if value else "0"


def as_typed(value: object) -> str:
    """A cell's value beside its push: a number as short as it was, with a true minus; anything else as it is."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,.10g}".replace("-", "\u2212")


def signed(value: float) -> str:
    """A push with its sign: +0.125, −0.500, 0."""
    return f"+{brief(value)}" if value > 0 else brief(value)


def tick(value: float) -> str:
    """A tick label with a true minus."""
    return short(value).replace("-", "\u2212")


def signed_tick(value: float) -> str:
    """A tick label of pushes: +0.5, 0, −0.5."""
    return f"+{tick(value)}" if value > 0 else tick(value)


def bottom_axis(
    scale: Scale, y: float, top: float, wording: Callable[[float], str] = short, most: int = 6
) -> list[Shape]:
    """Tick labels under `y` and faint lines up to `top`."""
    shapes: list[Shape] = []
    for tick in scale.ticks(most):
        shapes.append(Line(scale(tick), y, scale(tick), top, "fog", 0.5))
        shapes.append(Label(scale(tick), y - 8.5, wording(tick), 6.5, "slate", "middle"))
    return [*shapes, Line(scale.start, y, scale.end, y, "mist", 0.5)]


def left_axis(
    scale: Scale, x: float, right: float, wording: Callable[[float], str] = short, most: int = 5
) -> list[Shape]:
    """Tick labels left of `x` and faint lines to `right`."""
    shapes: list[Shape] = []
    for tick in scale.ticks(most):
        shapes.append(Line(x, scale(tick), right, scale(tick), "fog", 0.5))
        shapes.append(Label(x - 4, scale(tick) - 2.2, wording(tick), 6.5, "slate", "end"))
    return shapes
