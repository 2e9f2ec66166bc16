"""Charts as pictures: thin axes, direct labels, intervals as bands or whiskers, one palette, no legend boxes.

Each function takes plain values and returns a core.pdf.shapes.Picture. Every chart in a paper has its table.
"""

from core.pdf.charts.beeswarm import Bee, Swarm, beeswarm, five_numbers
from core.pdf.charts.curves import Curve, Point, curves
from core.pdf.charts.explanation import Push, explanation
from core.pdf.charts.importance import Ranked, importance
from core.pdf.charts.lines import Band, Bin, histogram, reliability, trend
from core.pdf.charts.panels import Dot, Panel, panels
from core.pdf.charts.rows import Reading, bars, dots
from core.pdf.charts.saliency import Seen, saliency
from core.pdf.charts.waterfall import Step, waterfall

__all__ = [
    "Band",
    "Bee",
    "Bin",
    "Curve",
    "Dot",
    "Panel",
    "Point",
    "Push",
    "Ranked",
    "Reading",
    "Seen",
    "Step",
    "Swarm",
    "bars",
    "beeswarm",
    "curves",
    "dots",
    "explanation",
    "five_numbers",
    "histogram",
    "importance",
    "panels",
    "reliability",
    "saliency",
    "trend",
    "waterfall",
]
