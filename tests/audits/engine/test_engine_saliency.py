"""Saliency: values against brute force and shap, maps against models that are known, checks against chance."""

from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import pytest
from model_examples import Told

from audits.engine import Frame, frame_from_arrays, run_suite, spec_parse
from audits.engine.frame import Column
from audits.engine.saliency.maps import deletion, occlusion
from audits.engine.saliency.regions import Grid
from audits.engine.saliency.scenes import Asking, Support, fillers, support_of
from audits.engine.saliency.telling import greys
from audits.engine.sameness import cell_hashes
from audits.interface import interface_parse
from audits.suites import suite_load
from core.errors import InputRefused
from tests.audits import image_examples
from tests.audits.image_examples import CHANNELS, HEIGHT, SIZE, WIDTH

EDITION = suite_load("PAS-2026.3")
SPEC = {
    "task": "binary",
    "label": "y",
    "positive_label": "light",
    "decision": {"column": "said", "op": "==", "value": "light"},
    "harmful_error": "either",
    "scores_expected": False,
}
FEW = {"pictures": 12, "patches": 24, "partition_rows": 44, "partitioned": 4, "copies": 2, "orders": 2, "steps": 6}


def suite(**figures):
    """The edition with its own figures of saliency replaced, and a shorter determinism."""
    checks = []
    for entry in EDITION.checks:
        if entry.name == "saliency":
            filed = {name: {"value": value, "assumption": "test"} for name, value in {**FEW, **figures}.items()}
            entry = replace(entry, figures={**entry.figures, **filed})
        checks.append(entry)
    return replace(EDITION, checks=tuple(checks))


# models that are known


@dataclass
class Redrawable(Told):
    """A told model whose copies answer by `copy(seed)`."""

    copy: object = None

    @contextmanager
    def randomised(self, seed):
        function = self.copy(seed)
        told = Told(function, self.interface)
        yield told.answers


def corner(encoded):
    """Light where the upper left corner is: shares of dark and light."""
    light = encoded.images.reshape(-1, HEIGHT, WIDTH, CHANNELS)[:, :4, :4].mean(axis=(1, 2, 3))
    share = 1 / (1 + np.exp(-(light - 110) / 20))
    return np.column_stack([1 - share, share])


def chance_filter(seed):
    """What a copy with weights at random does: shares by a random weight a pixel."""
    weights = np.random.default_rng(seed).normal(0, 1 / 200, SIZE)

    def answers(encoded):
        share = 1 / (1 + np.exp(-(encoded.images @ weights - (120 * weights).sum())))
        return np.column_stack([1 - share, share])

    return answers


def model_of(function=corner, copy=chance_filter):
    return Redrawable(function, image_examples.interface(), copy=copy)


def rows(count=300, seed=5, **more):
    pixels = image_examples.pictures(count, seed)
    labels = np.where(np.arange(count) % 2 == 0, "light", "dark").tolist()
    return frame_from_arrays({"photo": pixels, "y": labels, **more})


def audited(model=None, frame=None, figures=None, **more):
    return run_suite(
        frame or rows(),
        spec_parse(SPEC),
        suite(**(figures or {})),
        seed=3,
        dataset_digest="sha256:00",
        model=model or model_of(),
        **more,
    )


def check_of(result, name, subject=None):
    return next(check for check in result.checks if check.id == name and (subject is None or check.subject == subject))


def asking_of(function, at_once=5):
    told = Told(function, image_examples.interface())
    return Asking(told.answers, "photo", told.interface.image, at_once)


def test_a_map_finds_the_patch_that_the_model_looks_at_and_no_other():
    picture = image_examples.pictures(1)[0].reshape(HEIGHT, WIDTH, CHANNELS)
    regions, black = Grid(HEIGHT, WIDTH, 4).regions(), np.zeros_like(picture)
    found = occlusion(asking_of(corner), picture, black, regions, Support(1, odds=True))
    light = picture[:4, :4].mean()
    assert found[0] == pytest.approx(light / 20)  # log-odds are linear in the light
    assert np.allclose(found[1:], 0, atol=1e-12)


def test_how_many_are_asked_at_once_changes_nothing():
    picture = image_examples.pictures(1)[0].reshape(HEIGHT, WIDTH, CHANNELS)
    regions, black = Grid(HEIGHT, WIDTH, 2).regions(), np.zeros_like(picture)
    maps = [occlusion(asking_of(chance_filter(4), n), picture, black, regions, Support(0, True)) for n in (1, 3, 1000)]
    assert np.allclose(maps[0], maps[1], atol=1e-12)
    assert np.allclose(maps[0], maps[2], atol=1e-12)


def test_deletion_by_the_true_order_falls_faster_than_by_chance_and_the_reverse_slower():
    picture = image_examples.pictures(1)[0].reshape(HEIGHT, WIDTH, CHANNELS)
    regions, black = Grid(HEIGHT, WIDTH, 2).regions(), np.zeros_like(picture)
    support, asking = Support(1, True), asking_of(chance_filter(8))
    found = occlusion(asking, picture, black, regions, support)
    gains = []
    for order in (found, -found):
        rng = np.random.default_rng(1)
        curves = deletion(asking, picture, black, regions, support, found=order, steps=8, orders=4, rng=rng)
        assert len(curves.by_map) == len(curves.at_random) == 7
        gains.append(curves.gain)
    assert gains[0] > 0 > gains[1]


@pytest.mark.parametrize(
    ("answer", "output", "support"),
    [
        ([0.2, 0.8], {"means": "class", "classes": ["a", "b"]}, Support(1, True)),
        ([0.9, 0.4], {"means": "class", "classes": ["a", "b"]}, Support(0, False)),
        ([-3.0, 4.0], {"means": "class", "classes": ["a", "b"]}, Support(1, False)),
        ([0.3], {"means": "probability"}, Support(-1, True, True)),
        ([0.3, 0.7], {"means": "probability"}, Support(-1, True)),
        ([0.3, 0.7], {"means": "probability", "index": 0}, Support(0, True, True)),
        ([0.3], {"means": "value"}, Support(-1, False)),
    ],
)
def test_what_is_explained_is_the_models_support_for_what_it_said(answer, output, support):
    sizes = image_examples.interface().to_dict()["inputs"][0]
    interface = interface_parse({"inputs": [sizes], "output": {"column": "p", **output}})
    assert support_of(np.array(answer), interface) == support


def test_shares_that_are_one_in_32_bits_still_move():
    sure = np.array([[1.0, 1e-12], [1.0, 1e-14]])
    assert Support(0, True).of(sure) == pytest.approx(-np.log([1e-12, 1e-14]))
    assert np.isfinite(Support(0, True).of(np.array([[0.0], [1.0]]))).all()
    assert np.isfinite(Support(1, True).of(np.array([[1.0, 0.0]]))).all()


def test_fillers_are_the_datas_mean_and_do_not_hang_on_the_order_of_rows():
    pixels = image_examples.pictures(50)
    column = Column("photo", "image", pixels, np.zeros(50, bool))
    found = fillers(column, image_examples.interface().image)
    assert np.array_equal(found["mean picture"].reshape(-1), np.rint(pixels.mean(axis=0)))
    assert np.array_equal(found["mean colour"][0, 0], np.rint(pixels.reshape(-1, CHANNELS).mean(axis=0)))
    turned = fillers(replace(column, values=pixels[::-1]), image_examples.interface().image)
    assert all(np.array_equal(found[name], turned[name]) for name in found)


# the check


def test_a_model_that_looks_at_one_corner_is_shown_to_do_so():
    found = audited()
    table = found.sections["saliency"]["mean map"]
    largest = max(table.rows, key=lambda row: row[2])
    assert (largest[0], largest[1]) in {(1, 1), (1, 2), (2, 1), (2, 2)}
    grid = dict(found.sections["saliency"]["method"].rows)
    assert grid["patch rows"] * grid["patch columns"] <= 24
    outside = [row[2] for row in table.rows if (row[0] - 1) * grid["patch edge in pixels"] >= 4]
    assert max(outside) == 0
    for name in ("saliency.additivity", "saliency.randomised_weights", "saliency.faithful"):
        assert check_of(found, name).verdict == "pass", check_of(found, name)
    assert {item.about for item in found.findings if item.check.startswith("saliency")} == set()


def test_a_map_that_stays_with_weights_at_random_fails():
    found = audited(model_of(copy=lambda _seed: corner))
    check = check_of(found, "saliency.randomised_weights")
    assert (check.verdict, check.value) == ("fail", 1.0)
    (finding,) = [item for item in found.findings if item.check == check.id]
    assert finding.severity == "high"
    assert "not the model" in finding.text


def test_a_map_that_agrees_turned_round_only_in_size_is_found_as_well():
    def opposite(_seed):
        return lambda encoded: corner(encoded)[:, ::-1]

    check = check_of(audited(model_of(copy=opposite)), "saliency.randomised_weights")
    assert (check.verdict, check.value) == ("fail", 1.0)


def test_a_model_without_copies_leaves_that_question_open_alone():
    found = audited(Told(corner, image_examples.interface()))
    check = check_of(found, "saliency.randomised_weights")
    assert check.verdict == "not_run"
    assert "cannot be redrawn" in check.reason
    assert check_of(found, "saliency.additivity").verdict == "pass"


def test_a_copy_that_fails_leaves_that_question_open_alone():
    def failing(_seed):
        def answers(_encoded):
            raise InputRefused("It died.")

        return answers

    assert check_of(audited(model_of(copy=failing)), "saliency.randomised_weights").verdict == "not_run"


def test_a_model_that_does_not_look_has_no_map_to_judge():
    def blind(encoded):
        return np.tile([0.3, 0.7], (len(encoded.images), 1))

    found = audited(model_of(blind, lambda _seed: blind))
    for name in ("saliency.randomised_weights", "saliency.faithful", "saliency.fillers"):
        assert check_of(found, name).verdict == "cannot_tell"
    assert check_of(found, "saliency.additivity").verdict == "pass"


def test_a_model_that_dies_of_a_covered_picture_is_a_finding_and_the_rest_goes_on():
    def brittle(encoded):
        if (encoded.images == 0).mean(axis=1).max() > 0.04:
            raise InputRefused("It died of a black patch.", field="model")
        return corner(encoded)

    found = audited(model_of(brittle))
    check = check_of(found, "saliency.additivity")
    assert (check.verdict, check.reason) == ("cannot_tell", "It died of a black patch.")
    assert any(item.check == check.id for item in found.findings)
    assert check_of(found, "performance.harmful_error").value is not None


def test_few_pictures_tell_no_middle():
    frame = rows(3)
    check = check_of(audited(frame=frame), "saliency.randomised_weights")
    assert (check.verdict, check.n) == ("cannot_tell", 3)


def test_pictures_that_are_not_there_are_not_explained():
    frame, gone = rows(), np.arange(300) >= 20
    column = replace(frame.columns["photo"], null=gone)
    found = audited(frame=frame.with_columns(column))
    assert all(row[1] <= 20 for row in found.sections["saliency"]["examples"].rows)
    empty = frame.with_columns(replace(column, null=np.ones(300, bool)))
    assert check_of(audited(frame=empty), "saliency.additivity").reason == "No row of the data has a picture."


def test_single_pictures_of_rows_that_nobody_may_see_are_not_told():
    told = set(audited(show_rows=False).sections["saliency"])
    assert told == {"method", "mean map", "deletion", "agreement"}
    few = set(audited(show_rows=False, figures={"pictures": 6}).sections["saliency"])
    assert few == {"method", "agreement"}


def test_examples_carry_the_picture_its_map_and_parts_that_add_up():
    found = audited()
    section = found.sections["saliency"]
    for number, _row, support, base, units in section["examples"].rows:
        assert units == "log-odds"
        assert len(section[f"map {number}"].rows) == len(section["mean map"].rows)
        parts = [row[4] for row in section[f"parts {number}"].rows]
        assert base + sum(parts) == pytest.approx(support, abs=1e-9)
        lines = [bytes.fromhex(row[1]) for row in section[f"pixels {number}"].rows]
        assert (len(lines), {len(line) for line in lines}) == (HEIGHT, {WIDTH})


def test_it_asks_no_more_than_it_says_and_says_the_same_twice():
    model = model_of()
    first, second = audited(model), audited(model_of())
    assert first.to_bytes() == second.to_bytes()
    asked = dict(first.sections["saliency"]["method"].rows)["pictures put to the model"]
    pictures, patches = 12, 24
    assert asked == pictures * ((patches + 1) * (3 + 2) + 3 * 5) + 4 * 44


def test_recorded_predictions_beside_pictures_are_audited_without_looking_at_them():
    frame = rows(said=["light", "dark"] * 150)
    found = run_suite(frame, spec_parse(SPEC), suite(), seed=3, dataset_digest="")
    assert check_of(found, "saliency.additivity").verdict == "not_run"
    assert check_of(found, "performance.accuracy").value == 1.0


def test_a_table_model_is_told_that_it_has_no_pictures():
    from model_examples import SPEC as PEOPLE
    from model_examples import model_of as table_model
    from model_examples import people

    quick = replace(EDITION, model=replace(EDITION.model, sampled_cells=60_000))
    found = run_suite(
        frame_from_arrays(people()), spec_parse(PEOPLE), quick, seed=3, dataset_digest="", model=table_model()
    )
    assert check_of(found, "saliency.faithful").reason == "The model has no input of images."


def test_pictures_where_values_are_needed_are_refused_by_name():
    for change in ({"label": "photo"}, {"decision": {"column": "photo", "op": "==", "value": "light"}}):
        with pytest.raises(InputRefused, match="raw pixels"):
            run_suite(
                rows(said=["light", "dark"] * 150), spec_parse({**SPEC, **change}), suite(), seed=3, dataset_digest=""
            )
    odd = {"attributes": [{"name": "photo", "column": "photo", "source": "recorded"}]}
    found = run_suite(
        rows(said=["light", "dark"] * 150), spec_parse({**SPEC, **odd}), suite(), seed=3, dataset_digest=""
    )
    assert any("raw pixels" in item.text for item in found.findings)
    assert check_of(found, "performance.accuracy").value == 1.0


@pytest.mark.parametrize("values", [np.zeros((300, SIZE - 1), np.uint8), np.zeros(300), ["a"] * 300])
def test_a_column_that_is_not_the_interfaces_picture_is_refused(values):
    frame = frame_from_arrays({"photo": values, "y": ["light", "dark"] * 150})
    with pytest.raises(InputRefused, match="the interface says") as caught:
        audited(frame=frame)
    assert caught.value.field == "photo"


def test_an_answer_that_is_no_number_is_refused_as_of_any_model():
    def odd(encoded):
        return np.full((len(encoded.images), 2), np.nan)

    with pytest.raises(InputRefused, match="out of range"):
        audited(model_of(odd))


def test_explanations_of_columns_point_to_saliency():
    found = audited()
    for name in ("attribution.additivity", "attribution.drivers"):
        check = check_of(found, name)
        assert check.verdict == "not_run"
        assert "saliency" in check.reason


# small changes


def test_small_changes_of_pictures_rate_robustness():
    found = audited()
    dimension = found.dimensions["robustness"]
    assert dimension.state == "measured"
    table = found.sections["robustness"]["families"]
    assert [row[0] for row in table.rows] == ["pixel noise", "brightness", "covered patch"]
    assert {row[2] for row in table.rows} == {300}
    touched = {row[0]: row[2] for row in found.sections["robustness"]["columns"].rows}
    assert touched == {"pixel noise": 300, "brightness": 300, "covered patch": 300}


def test_a_model_at_the_edge_flips_with_the_light_and_one_that_is_sure_does_not():
    def edgy(encoded):
        light = encoded.images.mean(axis=1)
        share = (light > np.median(light)).astype(float)
        return np.column_stack([1 - share, share])

    def deaf(encoded):
        return np.tile([0.3, 0.7], (len(encoded.images), 1))

    flips = [check_of(audited(model_of(one)), "robustness.flip_rate", "brightness").value for one in (edgy, deaf)]
    assert flips[0] > 0.2
    assert flips[1] == 0


def test_an_edition_without_families_for_pictures_says_so():
    found = run_suite(rows(), spec_parse(SPEC), suite_load("PAS-2026.2"), seed=3, dataset_digest="", model=model_of())
    assert found.dimensions["robustness"].state == "cannot_tell"
    assert "files no small changes of pictures" in found.dimensions["robustness"].reason


# the shown picture


def test_a_shown_picture_is_the_brightness_of_its_squares():
    rng = np.random.default_rng(3)
    picture = rng.integers(0, 256, (96, 192, 3)).astype(np.uint8)
    found = greys(picture)
    assert found.size <= 4_096
    edge = 96 // found.shape[0]
    light = picture.astype(int) @ np.array([299, 587, 114]) // 1000
    assert found[0, 0] == light[:edge, :edge].sum() // light[:edge, :edge].size
    flat = np.full((7, 5, 1), 9, np.uint8)
    assert np.array_equal(greys(flat), np.full((7, 5), 9))


def test_the_frames_rows_are_those_of_the_pictures():
    frame = rows(7)
    assert isinstance(frame, Frame)
    assert frame.take(np.array([3, 3])).columns["photo"].values.shape == (2, SIZE)


def test_pictures_that_are_the_same_are_the_same_rows_and_no_others():
    pixels = image_examples.pictures(6)
    pixels[4] = pixels[1]
    hashes = cell_hashes(frame_from_arrays({"photo": pixels}).columns["photo"])
    assert hashes[4] == hashes[1]
    assert len(set(hashes.tolist())) == 5
