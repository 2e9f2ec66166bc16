"""A paper of ten pages with ten charts (P9), beside the same charts as bitmaps set by the same library."""

import io
import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from benchmarks.measure import Case, Figures
from core.pdf import charts
from core.pdf.document import Document
from core.pdf.paper import Meta
from core.pdf.tables import Column, Row

PAGES, ROWS = 10, 12


def cases() -> Iterator[Case]:
    """Both papers have ten pages, a chart with intervals and its table on each."""
    yield Case(
        "P9 paper of 10 pages and 10 charts, as vectors",
        lambda: _counted(_ours()),
        "the same number of pages",
        lambda: _counted(_bitmaps()),
        "matplotlib",
        tolerance=0,
        count=1,
        unit="papers",
    )


def _values(page: int) -> list[tuple[str, float, float, float]]:
    rng = np.random.default_rng(page)
    middles = rng.uniform(0.05, 0.4, ROWS)
    return [(f"group {row + 1}", value, value - 0.03, value + 0.03) for row, value in enumerate(middles)]


def _counted(data: bytes) -> Figures:
    """Pages, by their own marks in the file, so that no time is spent on reading it."""
    return np.array([len(re.findall(rb"/Type /Page\b", data))], dtype=float)


def _ours() -> bytes:
    meta = Meta(
        id="B-1", title="Ten charts", author="Plimsoll", subject="Benchmark", digest="sha256:0", page_size="A4",
        running_head="Ten charts", stamp="", made_on="2026-01-01",
    )  # fmt: skip
    doc = Document(meta)
    for page in range(PAGES):
        if page:
            doc.new_page()
        doc.section(f"section-{page}", f"Page {page + 1}")
        readings = [charts.Reading(*row) for row in _values(page)]
        doc.figure(f"figure-{page}", "Shares by group", charts.bars(readings, axis="share of decisions"), "")
        rows = [Row((name, *(f"{part:.1%}" for part in parts))) for name, *parts in _values(page)]
        doc.table(
            f"table-{page}", "Shares", [Column("Group"), *(Column(x, True) for x in ("value", "low", "high"))], rows
        )
    return doc.build()


def _bitmaps() -> bytes:
    """Charts drawn by matplotlib at 150 dots an inch, set with their tables by ReportLab's own flowables."""
    from reportlab.platypus import Image, PageBreak, SimpleDocTemplate, Table

    target, story = io.BytesIO(), []
    for page in range(PAGES):
        values = _values(page)
        story += [Image(_png(values), 425, 220), Table([list(map(str, row)) for row in values]), PageBreak()]
    SimpleDocTemplate(target).build(story[:-1])
    return target.getvalue()


def _png(values: list[tuple[str, float, float, float]]) -> Any:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6, 3.1), dpi=150)
    names, middles, lows, highs = zip(*values, strict=True)
    spread = [np.subtract(middles, lows), np.subtract(highs, middles)]
    axes.barh(names, middles, xerr=spread)
    axes.set_xlabel("share of decisions")
    figure.tight_layout()
    target = io.BytesIO()
    figure.savefig(target, format="png")
    pyplot.close(figure)
    target.seek(0)
    return target
