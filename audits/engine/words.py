"""Figures in plain words: "Of 100 people ..., 9 (7 to 11)"."""


def of_hundred(value: float, low: float, high: float) -> tuple[str, str]:
    """The scale ("100", "1,000", "100,000") and the figure with its interval on that scale."""
    scale, text = _scale(value, high)
    digits = 0 if (high - low) * scale >= 2 else 1
    return text, f"{value * scale:.{digits}f} ({low * scale:.{digits}f} to {high * scale:.{digits}f})"


def _scale(value: float, high: float) -> tuple[int, str]:
    if high >= 0.02 or value >= 0.01:
        return 100, "100"
    return (1_000, "1,000") if high >= 0.002 else (100_000, "100,000")


def count(number: int, one: str, many: str | None = None) -> str:
    """ "1 row", "1,204 rows"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def percent(value: float, digits: int = 0) -> str:
    """A share as "5 %"."""
    return f"{value * 100:.{digits}f} %"


def points(value: float) -> str:
    """A share as percentage points with one decimal."""
    return f"{value * 100:.1f}"
