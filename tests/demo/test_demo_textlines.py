"""A published vision model in the cage: it answers as outside, reads what it was made to read, and its maps hold."""

import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from audits.canonical import canonical_read, canonical_write
from audits.engine import Frame, encode, run_suite, spec_parse
from audits.interface import interface_parse
from audits.sandbox.cage import CagedModel, model_open
from audits.sandbox.models.shape import Batch
from audits.sandbox.runner import table_open
from audits.suites import suite_load
from demo import textlines

LINES = 60
INTERFACE = interface_parse(textlines.interface())
SPEC = {
    "task": "binary",
    "label": "turned",
    "positive_label": "180",
    "decision": {"column": "said", "op": "==", "value": "180"},
    "scores_expected": False,
}
FEW = {"pictures": 6, "patches": 40, "partition_rows": 44, "partitioned": 2, "copies": 1, "orders": 2, "steps": 6}


@dataclass
class Opened:
    """The engine's model over an open cage, without a database."""

    file: Any
    cage: CagedModel
    interface = INTERFACE
    digest = textlines.digest()
    format = "onnx"
    trees = None

    @property
    def runtime(self) -> str:
        return self.cage.facts.runtime

    def answers(self, frame: Frame) -> np.ndarray:
        return put(self.cage, frame)

    def again(self, frame: Frame) -> np.ndarray:
        with model_open(self.file, interface=INTERFACE) as fresh:
            return put(fresh, frame)

    @contextmanager
    def randomised(self, seed: int) -> Iterator[Any]:
        with model_open(self.file, interface=INTERFACE, randomised=seed) as copy:
            yield lambda frame: put(copy, frame)


def put(cage: CagedModel, frame: Frame) -> np.ndarray:
    encoded = encode(frame, INTERFACE)
    return cage.answers(Batch(encoded.numbers, encoded.texts, encoded.images))


@pytest.fixture(scope="module")
def lines() -> Frame:
    """The rendered lines, read in the cage and written canonically."""
    out = io.BytesIO()
    with tempfile.TemporaryFile() as raw:
        raw.write(textlines.table(LINES))
        raw.flush()
        with table_open(raw) as table:
            canonical_write(table, out)
    return canonical_read(out, ["turned", "said", "share", "line"])


@pytest.fixture(scope="module")
def result(lines):
    suite, checks = suite_load("PAS-2026.3"), []
    for entry in suite.checks:
        few = {name: {"value": value, "assumption": "test"} for name, value in FEW.items()}
        checks.append(replace(entry, figures={**entry.figures, **few}) if entry.name == "saliency" else entry)
    wanted = ("data", "performance", "model", "robustness", "saliency", "slips", "adversarial")
    kept = [entry for entry in checks if entry.name in wanted]
    plan = replace(suite.model, determinism_rows=20)
    with tempfile.TemporaryFile() as file:
        file.write(textlines.artifact())
        file.flush()
        with model_open(file, interface=INTERFACE) as cage:
            return run_suite(
                lines,
                spec_parse(SPEC),
                replace(suite, checks=tuple(kept), model=plan),
                seed=20261001,
                dataset_digest="",
                model=Opened(file, cage),
            )


def check_of(result, name):
    return next(check for check in result.checks if check.id == name)


def test_the_file_is_the_one_its_readme_names():
    assert textlines.digest() in (textlines.FOLDER / "README.md").read_text()


def test_the_pictures_are_the_same_on_every_run_and_half_of_them_are_turned():
    pixels, turned = textlines.pictures(20)
    again, _ = textlines.pictures.__wrapped__(20)
    assert np.array_equal(pixels, again)
    assert (pixels.shape, int(turned.sum())) == ((20, 48 * 192 * 3), 10)


def test_pixels_reach_the_audit_as_they_were_drawn(lines):
    assert np.array_equal(lines.columns["line"].values, textlines.pictures(LINES)[0])


def test_the_caged_model_says_what_it_says_outside_and_the_same_each_time(result):
    assert check_of(result, "model.reproduces").verdict == "pass"
    assert check_of(result, "model.deterministic").verdict == "pass"


def test_it_reads_the_direction_of_nearly_all_lines(result):
    assert check_of(result, "performance.accuracy").value > 0.85


def test_its_maps_are_its_own_and_foretell_what_covering_does(result):
    assert check_of(result, "saliency.additivity").verdict == "pass"
    random = check_of(result, "saliency.randomised_weights")
    assert (random.n, random.verdict == "fail") == (6, False)
    assert random.value < 0.7
    assert check_of(result, "saliency.faithful").value > 0.6
    assert result.dimensions["robustness"].state == "measured"


def test_changes_of_cells_are_not_run_on_pictures_and_blame_no_model(result):
    assert {check_of(result, f"robustness.{name}").verdict for name in ("slips", "jumps", "adversarial")} == {"not_run"}
    assert not [
        finding for finding in result.findings if finding.check in ("robustness.slips", "robustness.adversarial")
    ]
