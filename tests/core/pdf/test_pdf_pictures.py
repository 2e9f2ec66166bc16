"""Pictures: the mark, the load line and the charts put things where the figures say."""

from itertools import pairwise
from xml.etree import ElementTree

import pytest

from core.pdf import charts
from core.pdf.charts.rows import Mark
from core.pdf.charts.scale import Scale, around, as_typed, brief
from core.pdf.loadline import BANDS, Reading, load_line, load_line_svg, strip, strip_svg, words
from core.pdf.mark import mark, mark_svg
from core.pdf.palette import COLOURS, VALUE_STEPS, GroupColours, heat_colour, value_colour
from core.pdf.shapes import Box, Disc, Label, Line, Path, svg

READING = Reading(64.8, "C", 58, 71, 2_000, 61.0)
ROWS = [charts.Reading("first", 0.4, 0.3, 0.5), charts.Reading("second", 0.2, 0.1, 0.3), charts.Reading("third", None)]
BEES = [charts.Bee(x / 50 - 1, x / 100) for x in range(101)] + [charts.Bee(0.5)]
PUSHES = [charts.Push("age", "23", -0.5), charts.Push("savings", "", 0.125)]
MAP = [[1.0, -1.0, 0.0], [0.5, -0.2, 0.1]]
TALL = charts.Seen(16, 9, 8, [[1.0, 0.5], [0.0, 0.2]], [[0, 128, 255]] * 5)
CURVE = charts.Curve("all", [charts.Point(x / 10, 0.1 + x / 50, x / 50, 0.2 + x / 50) for x in range(11)])
PICTURES = {
    "saliency": charts.saliency(charts.Seen(8, 12, 4, MAP, [[0, 90, 255, 255]] * 3), units="log-odds"),
    "tall saliency": charts.saliency(TALL),
    "saliency without its picture": charts.saliency(charts.Seen(8, 12, 4, MAP)),
    "saliency of nothing": charts.saliency(charts.Seen(8, 12, 4, [[0.0] * 3] * 2)),
    "mark": mark(),
    "load line": load_line(READING),
    "strip": strip(READING),
    "bars": charts.bars(ROWS, marks=[Mark(0.3, "limit")]),
    "dots": charts.dots(ROWS),
    "trend": charts.trend([charts.Band(f"Q{i}", i / 9, i / 10, i / 8) for i in range(8)]),
    "reliability": charts.reliability([charts.Bin(i / 10, i / 11, 0, 1, 100 + i) for i in range(1, 10)]),
    "histogram": charts.histogram([0, 1, 2], [5, 9]),
    "empty trend": charts.trend([charts.Band("Q1", None)]),
    "waterfall": charts.waterfall(
        [charts.Step("a", 10, "10"), charts.Step("b", -3, "-3"), charts.Step("all", 0, "7", True)]
    ),
    "beeswarm": charts.beeswarm([charts.Swarm("age", BEES, "0.5"), charts.Swarm("sex", [])], axis="log-odds"),
    "empty beeswarm": charts.beeswarm([]),
    "importance": charts.importance([charts.Ranked("age", 0.4, 0.3, 0.5, 1, 1, 2)], axis="log-odds"),
    "empty importance": charts.importance([]),
    "explanation": charts.explanation(0.25, PUSHES, -0.125, axis="log-odds"),
    "empty explanation": charts.explanation(0.0, [], 0.0),
    "curves": charts.curves([CURVE], marks=[Mark(0.2, "limit")], name="harm", axis="kept"),
    "curves by powers": charts.curves(
        [CURVE, charts.Curve("none", [charts.Point(0, 0.0), charts.Point(1, 1e40)], "slate", True)],
        powers=True,
        ticks=[(0.0, "2026-01-01"), (1.0, "2026-06-01")],
    ),
    "curves of nothing": charts.curves([charts.Curve("empty", [])]),
    "panels": charts.panels(
        ["a", "b"], ["group-1", "group-2"], [charts.Panel("rate", [charts.Dot(0.1, 0, 0.2), charts.Dot(None)])]
    ),
}


def of(picture, kind):
    return [shape for shape in picture.shapes if isinstance(shape, kind)]


def level_of_line(picture) -> float:
    return next(line.y1 for line in of(picture, Line) if line.stroke == "sea")


def test_load_line_words_are_those_of_the_design():
    assert words(READING) == "grade C, 64.8 (58 to 71), 2,000 rows"


def test_a_higher_score_floats_higher():
    levels = [level_of_line(load_line(Reading(score, "C"))) for score in (0, 30, 64.8, 100)]
    assert levels == sorted(set(levels))


def test_the_circle_is_crossed_by_the_line():
    picture = load_line(READING)
    assert of(picture, Disc)[0].y == level_of_line(picture)


def test_the_interval_is_a_band_around_the_line():
    picture = load_line(READING)
    band = of(picture, Box)[0]
    assert band.y < level_of_line(picture) < band.y + band.height


def test_without_a_score_the_line_says_so():
    assert "no score" in [label.text for label in of(load_line(Reading(None)), Label)]


def test_grade_bands_follow_from_the_composite_ceilings():
    from math import log

    ceilings = (0.75, 0.95, 1.15, 1.60, 2.50)
    assert [low for _, low in BANDS[:-1]] == pytest.approx(
        [100 * (1 - log(a / 0.5) / log(8)) for a in ceilings], abs=0.06
    )


def test_the_strip_is_48_by_16():
    root = ElementTree.fromstring(strip_svg(READING))
    assert (root.get("width"), root.get("height")) == ("48", "16")


@pytest.mark.parametrize(
    "made", [mark_svg(), load_line_svg(READING), strip_svg(READING), mark_svg(32, "paper", "brand")]
)
def test_svg_is_well_formed_and_carries_no_inline_style(made):
    tags = list(ElementTree.fromstring(made).iter())
    assert tags
    assert not any("style" in tag.attrib for tag in tags)


@pytest.mark.parametrize("name", PICTURES)
def test_every_shape_has_a_known_colour_and_lies_on_its_sheet(name):
    picture = PICTURES[name]
    used = {getattr(shape, part, None) for shape in picture.shapes for part in ("fill", "stroke")} - {None}
    assert used <= set(COLOURS)
    points = [(label.x, label.y) for label in of(picture, Label)] + [
        point for path in of(picture, Path) for point in path.points
    ]
    assert all(-1 <= x <= picture.width + 1 and -1 <= y <= picture.height + 1 for x, y in points)


@pytest.mark.parametrize("name", PICTURES)
def test_every_picture_can_be_written_as_svg(name):
    assert ElementTree.fromstring(svg(PICTURES[name])).tag.endswith("svg")


def test_bars_grow_with_their_values():
    first, second = of(charts.bars(ROWS), Box)
    assert first.width == pytest.approx(2 * second.width, rel=0.01)


def test_a_row_without_a_value_says_that_it_cannot_tell():
    assert "cannot tell" in [label.text for label in of(charts.bars(ROWS), Label)]


def test_waterfall_steps_begin_where_the_last_one_ended():
    up, down, total = of(PICTURES["waterfall"], Box)
    assert down.x + down.width == pytest.approx(up.x + up.width)
    assert total.width == pytest.approx(up.width - down.width)


def test_markup_in_a_label_is_escaped_in_svg():
    made = svg(charts.bars([charts.Reading("<script>", 0.1)]))
    assert "<script>" not in made
    assert "&lt;script&gt;" in made


def test_groups_keep_their_colour():
    colours = GroupColours()
    assert [colours.of(name) for name in "abca"] == ["group-1", "group-2", "group-3", "group-1"]


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0.12, 0.13), (-5, 5), (0, 20_044.04), (1e-9, 2e-9)])
def test_ticks_are_few_and_inside(low, high):
    ticks = Scale(low, high, 0, 100).ticks()
    assert 2 <= len(ticks) <= 7
    assert all(low - 1e-9 * abs(low) <= tick <= high * (1 + 1e-9) for tick in ticks)


def test_a_scale_of_nothing_still_stands():
    assert around([None, None], 0, 10)(0.5) == pytest.approx(5)


def test_the_points_of_a_swarm_stand_where_their_contribution_says():
    picture = charts.beeswarm([charts.Swarm("age", BEES)])
    zero = next(line.x1 for line in of(picture, Line) if line.stroke == "slate")
    low, high = (min(of(picture, Disc), key=lambda disc: side * disc.x) for side in (1, -1))
    assert (low.fill, high.fill) == ("value-0", "value-6")
    assert low.x < zero < high.x
    assert zero - low.x == pytest.approx(high.x - zero)


def test_points_of_one_place_pile_up_without_hiding_each_other_and_stay_in_their_row():
    tight = [charts.Bee(0.1, 0.5) for _ in range(7)]
    crowd = [charts.Bee(-0.1, 0.5) for _ in range(900)]
    picture = charts.beeswarm([charts.Swarm("few", tight), charts.Swarm("many", crowd)])
    levels = [disc.y for disc in of(picture, Disc) if disc.fill == "value-3"]
    assert len(set(levels[:7])) == 7
    assert max(levels[7:]) - min(levels[7:]) < 25


def test_the_swarm_is_the_same_for_the_same_points_in_any_order():
    assert charts.beeswarm([charts.Swarm("age", BEES[::-1])]) == charts.beeswarm([charts.Swarm("age", BEES)])


def test_a_value_without_an_order_is_a_ring_and_no_ink():
    picture = charts.beeswarm([charts.Swarm("sex", [charts.Bee(0.5)])])
    assert {(disc.fill, disc.stroke) for disc in of(picture, Disc)} == {("white", "mist")}


def test_the_ramp_runs_over_its_whole_length():
    steps = [value_colour(place / 100) for place in range(101)]
    assert steps == sorted(steps)
    assert len(set(steps)) == VALUE_STEPS


def test_an_explanation_leads_from_the_base_to_the_answer():
    base, answer = of(PICTURES["explanation"], Disc)
    down, up = of(PICTURES["explanation"], Path)
    assert down.points[0][0] == base.x
    assert down.points[2][0] == up.points[0][0]
    assert up.points[2][0] == pytest.approx(answer.x)


def test_a_push_down_is_told_by_shape_and_sign_not_by_colour_alone():
    down, up = of(PICTURES["explanation"], Path)
    assert down.points[2][0] < down.points[0][0]
    assert up.points[2][0] > up.points[0][0]
    said = [label.text for label in of(PICTURES["explanation"], Label)]
    assert {"\u22120.500", "+0.125"} <= set(said)


def test_importance_shows_the_rank_with_its_span():
    assert "1 to 2" in [label.text for label in of(PICTURES["importance"], Label)]


@pytest.mark.parametrize(("value", "said"), [(0.34, "0.340"), (-1.6512, "\u22121.65"), (12_500, "12,500"), (0.0, "0")])
def test_a_push_is_written_with_three_digits(value, said):
    assert brief(value) == said


@pytest.mark.parametrize(("value", "said"), [(48.0, "48"), (-1.5, "\u22121.5"), (12_500, "12,500"), ("own", "own")])
def test_a_value_stands_as_it_was_typed(value, said):
    assert as_typed(value) == said


def coloured(name: str) -> dict[str, float]:
    """The area of each colour of a picture, in points."""
    found: dict[str, float] = {}
    for box in of(PICTURES[name], Box):
        if box.fill:
            found[box.fill] = found.get(box.fill, 0.0) + box.width * box.height
    return found


def test_a_patch_for_the_answer_is_amber_and_one_against_it_blue():
    boxes = [box for box in of(PICTURES["saliency without its picture"], Box) if box.fill][:6]
    assert [box.fill[:6] for box in boxes] == ["heat-6", "heat-0", "heat-3", "heat-5", "heat-2", "heat-3"]
    assert boxes[0].y > boxes[3].y
    assert boxes[0].x < boxes[1].x


def test_the_strongest_patches_are_framed_and_those_against_in_dashes():
    lines = of(PICTURES["saliency without its picture"], Line)
    assert [bool(line.dash) for line in lines] == [False] * 4 + [True] * 4


def test_a_picture_is_drawn_plain_and_again_with_its_map():
    areas = coloured("saliency")
    assert {"heat-3-0", "heat-3-7"} <= set(areas)
    assert any(name.startswith("heat-6") for name in areas)
    assert any(name.startswith("heat-0") for name in areas)


def test_a_map_without_minus_has_a_scale_from_nought():
    words = [label.text for label in of(PICTURES["tall saliency"], Label)]
    assert "0" in words
    assert "1.00" in words
    assert not any("\u2212" in word for word in words)


@pytest.mark.parametrize(("share", "step"), [(-1, 0), (-5, 0), (-0.1, 3), (0, 3), (0.2, 4), (1, 6), (9, 6)])
def test_steps_of_heat_are_even_and_end_at_the_largest(share, step):
    assert heat_colour(share) == f"heat-{step}-7"
    assert heat_colour(share, 0.0) == f"heat-{step}-0"
    assert heat_colour(share, 2.0) in COLOURS


def test_by_powers_a_tenfold_rise_is_as_tall_wherever_it_stands():
    points = [charts.Point(place, 10.0**place) for place in range(4)]
    picture = charts.curves([charts.Curve("e", points)], powers=True, wording=brief)
    levels = [disc.y for disc in of(picture, Disc)]
    steps = [high - low for low, high in pairwise(levels)]
    assert steps == pytest.approx([steps[0]] * 3)
    assert steps[0] > 5


def test_names_at_the_ends_of_curves_never_lie_on_one_another():
    alike = [charts.Curve(name, [charts.Point(0, 0.1), charts.Point(1, 0.2)]) for name in "abc"]
    levels = sorted(label.y for label in of(charts.curves(alike), Label) if label.face == "bold")
    assert all(high - low >= 8 for low, high in pairwise(levels))
