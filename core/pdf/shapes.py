"""Vector shapes as plain data, and two painters: the PDF canvas and SVG. One geometry, two media.

Units are points, the origin is at the bottom left. Colours are names of core.pdf.palette.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from reportlab.lib.colors import HexColor
from reportlab.pdfgen.canvas import Canvas

from core.pdf import typeface
from core.pdf.palette import COLOURS


@dataclass(frozen=True, slots=True)
class Line:
    """A straight stroke; `dash` are on/off lengths."""

    x1: float
    y1: float
    x2: float
    y2: float
    stroke: str = "ink"
    weight: float = 0.6
    dash: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float
    fill: str | None = "sea"
    stroke: str | None = None
    weight: float = 0.6


@dataclass(frozen=True, slots=True)
class Disc:
    """A circle."""

    x: float
    y: float
    radius: float
    fill: str | None = "sea"
    stroke: str | None = None
    weight: float = 0.6


@dataclass(frozen=True, slots=True)
class Path:
    """A line through points; closed when it has a fill."""

    points: tuple[tuple[float, float], ...]
    stroke: str | None = "sea"
    weight: float = 1.0
    fill: str | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """One line of text; `anchor` is start, middle or end."""

    x: float
    y: float
    text: str
    size: float = 7.0
    fill: str = "ink"
    anchor: str = "start"
    face: str = "regular"


Shape = Line | Box | Disc | Path | Label


@dataclass(frozen=True, slots=True)
class Picture:
    """Shapes on a sheet of the given size in points; `title` says in words what is seen."""

    width: float
    height: float
    shapes: tuple[Shape, ...]
    title: str = ""


HEX = {name: HexColor(value) for name, value in COLOURS.items()}


def paint(picture: Picture, canvas: Canvas) -> None:
    """Draw the picture on a PDF canvas, its bottom left corner at the canvas's origin."""
    for shape in picture.shapes:
        PAINTERS[type(shape)](shape, canvas)


def write(canvas: Canvas, x: float, y: float, text: str, face: str, size: float, colour: str) -> None:
    """Write one line with its left end at x, changing face where a glyph is missing."""
    canvas.setFillColor(HEX[colour])
    pen = canvas.beginText(x, y)
    for used, piece in typeface.runs(text, face):
        pen.setFont(typeface.font(used).fontName, size)
        pen.textOut(piece)
    canvas.drawText(pen)


def _paint_line(shape: Line, canvas: Canvas) -> None:
    canvas.setStrokeColor(HEX[shape.stroke])
    canvas.setLineWidth(shape.weight)
    canvas.setDash(*([list(shape.dash)] if shape.dash else []))
    canvas.line(shape.x1, shape.y1, shape.x2, shape.y2)


def _ready(shape: Box | Disc | Path, canvas: Canvas) -> dict[str, int]:
    if shape.stroke:
        canvas.setStrokeColor(HEX[shape.stroke])
        canvas.setLineWidth(shape.weight)
        canvas.setDash()
    if shape.fill:
        canvas.setFillColor(HEX[shape.fill])
    return {"stroke": int(bool(shape.stroke)), "fill": int(bool(shape.fill))}


def _paint_box(shape: Box, canvas: Canvas) -> None:
    canvas.rect(shape.x, shape.y, shape.width, shape.height, **_ready(shape, canvas))


def _paint_disc(shape: Disc, canvas: Canvas) -> None:
    canvas.circle(shape.x, shape.y, shape.radius, **_ready(shape, canvas))


def _paint_path(shape: Path, canvas: Canvas) -> None:
    path = canvas.beginPath()
    path.moveTo(*shape.points[0])
    for point in shape.points[1:]:
        path.lineTo(*point)
    if shape.fill:
        path.close()
    canvas.drawPath(path, **_ready(shape, canvas))


def _paint_label(shape: Label, canvas: Canvas) -> None:
    back = {"start": 0.0, "middle": 0.5, "end": 1.0}[shape.anchor]
    left = shape.x - back * typeface.width(shape.text, shape.face, shape.size) if back else shape.x
    write(canvas, left, shape.y, shape.text, shape.face, shape.size, shape.fill)


PAINTERS: dict[type, Callable[[Any, Canvas], None]] = {
    Line: _paint_line,
    Box: _paint_box,
    Disc: _paint_disc,
    Path: _paint_path,
    Label: _paint_label,
}


def svg(picture: Picture, css_class: str = "") -> str:
    """The picture as one SVG element.

    Colours are attributes plus classes `pl-f-<name>` (fill) and `pl-s-<name>` (stroke), so that a style sheet can set
    a dark theme without inline styles.
    """
    body = "".join(SVG_WRITERS[type(shape)](shape, picture.height) for shape in picture.shapes)
    wide, high = _n(picture.width), _n(picture.height)
    size = f'width="{wide}" height="{high}" viewBox="0 0 {wide} {high}"'
    name = f" class={quoteattr(css_class)}" if css_class else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}{name} role="img">'
        f"<title>{escape(picture.title)}</title>{body}</svg>"
    )


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _look(fill: str | None, stroke: str | None, weight: float = 0.0) -> str:
    classes = [f"pl-f-{fill}"] * bool(fill) + [f"pl-s-{stroke}"] * bool(stroke)
    inks = f'fill="{COLOURS[fill] if fill else "none"}"'
    if stroke:
        inks += f' stroke="{COLOURS[stroke]}" stroke-width="{_n(weight)}"'
    return f'class="{" ".join(classes)}" {inks}'


def _svg_line(shape: Line, high: float) -> str:
    dash = f' stroke-dasharray="{" ".join(map(_n, shape.dash))}"' if shape.dash else ""
    ends = f'x1="{_n(shape.x1)}" y1="{_n(high - shape.y1)}" x2="{_n(shape.x2)}" y2="{_n(high - shape.y2)}"'
    return f"<line {ends} {_look(None, shape.stroke, shape.weight)}{dash}/>"


def _svg_box(shape: Box, high: float) -> str:
    corner = f'x="{_n(shape.x)}" y="{_n(high - shape.y - shape.height)}"'
    place = f'{corner} width="{_n(shape.width)}" height="{_n(shape.height)}"'
    return f"<rect {place} {_look(shape.fill, shape.stroke, shape.weight)}/>"


def _svg_disc(shape: Disc, high: float) -> str:
    place = f'cx="{_n(shape.x)}" cy="{_n(high - shape.y)}" r="{_n(shape.radius)}"'
    return f"<circle {place} {_look(shape.fill, shape.stroke, shape.weight)}/>"


def _svg_path(shape: Path, high: float) -> str:
    points = " ".join(f"{_n(x)},{_n(high - y)}" for x, y in shape.points)
    tag = "polygon" if shape.fill else "polyline"
    return f'<{tag} points="{points}" {_look(shape.fill, shape.stroke, shape.weight)}/>'


def _svg_label(shape: Label, high: float) -> str:
    weight = ' font-weight="600"' if shape.face == "bold" else ""
    place = f'x="{_n(shape.x)}" y="{_n(high - shape.y)}" text-anchor="{shape.anchor}"'
    return f'<text {place} font-size="{_n(shape.size)}"{weight} {_look(shape.fill, None)}>{escape(shape.text)}</text>'


SVG_WRITERS: dict[type, Callable[[Any, float], str]] = {
    Line: _svg_line,
    Box: _svg_box,
    Disc: _svg_disc,
    Path: _svg_path,
    Label: _svg_label,
}
