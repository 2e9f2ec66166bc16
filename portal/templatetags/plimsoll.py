"""Figures, dates and money as the house writes them, and its small drawings: mark, icon, chip, load line."""

from collections.abc import Mapping, Sized
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django import template
from django.forms import BoundField, Form
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from actuarial.paper import FIGURES, cell_words
from core.money import amount_text, round_half_up
from core.pdf.charts import Seen, saliency
from core.pdf.figures import general
from core.pdf.loadline import Reading, load_line_svg, strip_svg, words
from core.pdf.mark import mark_svg
from core.pdf.shapes import svg
from portal.handover_story import FORMATS
from portal.stories import version_words
from portal.words import SEVERITIES, VERDICTS, Verdict, state_look, state_words
from portal.worksheet_story import DIMENSIONS
from reports.quarterly.exhibits import limit_of, measured
from underwriting.models import ModelVersion

register = template.Library()
NONE = "–"


def _decimal(value: object) -> Decimal | None:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


@register.filter
def day(value: object) -> str:
    """A date or moment as "23 Nov 2026"; ISO text is read first."""
    found = _moment(value)
    return NONE if found is None else f"{found.day}\u00a0{found:%b}\u00a0{found.year}"


@register.filter
def moment(value: object) -> str:
    """A moment as "23 Nov 2026, 14:05 UTC"."""
    found = _moment(value)
    if not isinstance(found, datetime):
        return day(value)
    return f"{day(found)}, {found:%H:%M}\u00a0UTC"


def _moment(value: object) -> date | datetime | None:
    if isinstance(value, str) and value:
        try:
            value = datetime.fromisoformat(value) if len(value) > 10 else date.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, datetime) and timezone.is_aware(value):
        return timezone.localtime(value)
    return value if isinstance(value, date) else None


@register.simple_tag
def money(amount: object, currency: str = "") -> SafeString:
    """An amount with its currency, to the cent: USD 19,319.56."""
    number = _decimal(amount)
    text = NONE if number is None else f"{currency} {amount_text(number)}".strip()
    return format_html('<span class="pl-num">{}</span>', text.replace(" ", "\u00a0"))


@register.filter
def amount(value: object) -> str:
    """An amount to the cent without its currency, for columns whose head names it."""
    number = _decimal(value)
    return NONE if number is None else amount_text(number)


@register.filter
def percent(value: object, places: int = 1) -> str:
    """A share as "17.8 %"."""
    number = _decimal(value)
    return NONE if number is None else f"{round_half_up(number * 100, places)}\u202f%"


@register.filter
def decimals(value: object, places: int = 4) -> str:
    """A figure at a fixed number of decimals."""
    number = _decimal(value)
    return NONE if number is None else f"{round_half_up(number, places):,}"


@register.filter
def count(value: object) -> str:
    """A whole number with thousands separated."""
    number = _decimal(value)
    return NONE if number is None else f"{number:,.0f}"


@register.filter
def figure(value: object) -> str:
    """A measured figure of unknown kind, as the papers print it."""
    return general(value)


@register.filter
def study_rows(table: Mapping[str, Any]) -> list[list[dict[str, Any]]]:
    """The rows of a study's table as its paper words them, each cell with what it leads to."""
    kinds = [column["kind"] for column in table["columns"]]
    return [[_study_cell(cell, kind) for cell, kind in zip(row, kinds, strict=True)] for row in table["rows"]]


def _study_cell(cell: Any, kind: str) -> dict[str, Any]:
    href = cell["href"] if isinstance(cell, Mapping) else ""
    return {"text": cell_words(cell, kind), "href": href, "is_figure": kind in FIGURES}


@register.filter
def value_of(check: Mapping[str, Any]) -> tuple[str, str]:
    """A check's figure and its interval, as the papers print them: "17.8 %", "17.0 to 18.6"."""
    value, _, interval = measured(check).partition(" (")
    return value, interval.removesuffix(")")


@register.filter
def small_print(check: Mapping[str, Any]) -> str:
    """What stands under a check: its rows, how the interval is made, the limit as the papers print it."""
    needed = check["rows_needed"]
    parts = [
        f"{count(check['n'])} rows" if check["n"] else "",
        check["method"] or "",
        f"limit {limit_of(check)}" if check["limit"] else "",
        f"about {count(needed)} rows would tell" if needed else "",
    ]
    return " · ".join(part for part in parts if part)


@register.filter
def breakable(value: object) -> SafeString:
    """A column's name that may go on in the next line after each underscore."""
    return mark_safe("_<wbr>".join(conditional_escape(part) for part in str(value).split("_")))  # noqa: S308 - escaped


@register.filter
def version(row: ModelVersion) -> str:
    """A version in a sentence: "version 3"."""
    return version_words(row)


@register.filter
def digest(value: object) -> SafeString:
    """A digest short enough to compare by eye; the whole one in its title."""
    text = str(value or "")
    if not text:
        return mark_safe(NONE)  # noqa: S308 - a constant
    kind, _, rest = text.rpartition(":")
    return format_html('<code title="{}">{}{}…</code>', text, f"{kind}:" if kind else "", rest[:12])


@register.filter
def plainly(value: object) -> str:
    """A code as words: on_the_loop becomes "on the loop"."""
    return str(value if value not in (None, "") else NONE).replace("_", " ").replace("-", " ")


@register.filter
def dimension(name: str) -> str:
    """A priced dimension in words."""
    return DIMENSIONS.get(name, name).capitalize()


@register.filter
def state(value: str) -> str:
    """A state as the trade says it."""
    return state_words(value)


@register.filter
def model_format(value: str) -> str:
    """The format of a model file as its makers call it."""
    return FORMATS.get(value, value)


@register.filter
def more(items: Sized, noun: str) -> str:
    """What a fold holds: "12 more checks"."""
    return f"{len(items):,} more {noun}{'s' if len(items) != 1 else ''}"


@register.filter
def get(mapping: Mapping[str, Any], key: str) -> Any:
    """mapping[key], or None: for keys that are no attribute names."""
    return mapping.get(key) if hasattr(mapping, "get") else None


@register.filter
def words_of(text: str) -> list[str]:
    """A list written in a template."""
    return text.split()


@register.filter
def bound(form: Form, name: str) -> BoundField:
    """One field of a form by name, for forms laid out in parts."""
    return form[name]


@register.simple_tag
def icon(name: str) -> SafeString:
    """One icon of the sprite, hidden from readers: a word stands beside it."""
    return format_html(
        '<svg class="pl-icon" aria-hidden="true"><use href="{}#{}"/></svg>', static("vendor/icons/icons.svg"), name
    )


@register.simple_tag
def mark(size: int = 26, colour: str = "paper") -> SafeString:
    """The mark, drawn by the same hand as on paper."""
    return mark_safe(mark_svg(float(size), colour, "pl-mark"))  # noqa: S308 - our own drawing


@register.inclusion_tag("components/chip.html")
def verdict(value: str) -> dict[str, Verdict]:
    """The chip of a check's verdict: a shape and a word."""
    return {"look": VERDICTS.get(value, VERDICTS["not_run"])}


@register.inclusion_tag("components/chip.html")
def severity(value: str) -> dict[str, Verdict]:
    """The chip of a finding's severity."""
    return {"look": SEVERITIES.get(value, SEVERITIES["low"])}


@register.inclusion_tag("components/chip.html")
def badge(value: str) -> dict[str, Verdict]:
    """The chip of a state."""
    return {"look": state_look(value)}


def _reading(shown: Mapping[str, Any] | None) -> Reading:
    return Reading(**shown) if shown else Reading(score=None)


@register.simple_tag
def strip(shown: Mapping[str, Any] | None) -> SafeString:
    """The score in a table: the 48 by 16 strip and its words."""
    reading = _reading(shown)
    drawing = mark_safe(strip_svg(reading))  # noqa: S308 - our own drawing
    return format_html('<span class="pl-strip">{}<span class="pl-num">{}</span></span>', drawing, words(reading))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


@register.simple_tag
def load_line(shown: Mapping[str, Any] | None) -> SafeString:
    """The score as the large load line, its words below."""
    reading = _reading(shown)
    drawing = mark_safe(load_line_svg(reading))  # noqa: S308 - our own drawing
    return format_html('<div class="pl-loadline">{}<p>{}</p></div>', drawing, _sentence(words(reading)))


@register.simple_tag
def saliency_map(seen: Seen, units: str) -> SafeString:
    """A picture with its saliency map, drawn as on paper; its words are escaped there."""
    drawing = mark_safe(svg(saliency(seen, units=units)))  # noqa: S308 - our own drawing
    return format_html('<div class="pl-drawing">{}</div>', drawing)
