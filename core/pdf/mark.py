"""The mark: a circle crossed by a horizontal line, as painted on hulls since 1876. One stroke weight."""

from core.pdf.shapes import Disc, Line, Picture, Shape, svg

RADIUS = 0.29  # of the size
WEIGHT = 0.1  # of the size


def mark_shapes(x: float, y: float, size: float, colour: str = "sea") -> tuple[Shape, ...]:
    """The mark centred on (x, y); `size` is the length of its line in points."""
    stroke = size * WEIGHT
    return (
        Disc(x, y, size * RADIUS, fill=None, stroke=colour, weight=stroke),
        Line(x - size / 2, y, x + size / 2, y, colour, stroke),
    )


def mark(size: float = 16.0, colour: str = "sea") -> Picture:
    """The mark on a square sheet of `size` points."""
    return Picture(size, size, mark_shapes(size / 2, size / 2, size * 0.94, colour), "Plimsoll")


def mark_svg(size: float = 16.0, colour: str = "sea", css_class: str = "") -> str:
    """The mark as SVG, for the logo and the favicon."""
    return svg(mark(size, colour), css_class)
