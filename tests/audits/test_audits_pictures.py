"""The whole way of a model of pictures: both files uploaded, read and opened in the cage, audited, told."""

import numpy as np
import pyarrow as pa
import pytest
from django.utils import timezone

from audits.modelfiles import modelfile_register
from audits.models import AuditRun, DataSet, ModelFile
from audits.sandbox.models.load import model_load
from audits.sandbox.models.shape import Batch
from audits.services import audit_request
from audits.trials import inputs_check
from core.actors import system
from core.errors import InputRefused
from provenance.staging import stage
from tests.audits import image_examples
from tests.audits.conftest import parquet_bytes

pytestmark = pytest.mark.django_db
SPEC = {
    "task": "binary",
    "label": "y",
    "positive_label": "light",
    "decision": {"column": "said", "op": "==", "value": "light"},
    "scores_expected": False,
}
COUNT = 120


def rows(**more) -> bytes:
    """The pictures, their labels, and what the network says of them."""
    pixels = image_examples.pictures(COUNT)
    answers = model_load(image_examples.network(), image_examples.interface()).answers(
        Batch(np.zeros((COUNT, 0)), (), pixels)
    )
    columns = {
        "photo": image_examples.cells(pixels),
        "y": ["light", "dark"] * (COUNT // 2),
        "said": [("dark", "light")[best] for best in answers.argmax(axis=1)],
        "share": answers.max(axis=1),
    }
    return parquet_bytes(pa.table({**columns, **more}))


@pytest.fixture
def handed(organisation, work_jobs):
    """handed(bytes) is the model file of the network's interface after its examination."""

    def hand(data: bytes, interface=None) -> ModelFile:
        file = modelfile_register(
            organisation=organisation,
            staged=stage([data], limit=10**9),
            interface=interface or image_examples.interface(),
            name="network",
            actor=system("test"),
            at=timezone.now(),
        )
        work_jobs()
        file.refresh_from_db()
        return file

    return hand


@pytest.fixture
def audited(organisation, work_jobs):
    def audit(dataset: dict, file: ModelFile | None, **more) -> AuditRun:
        found = DataSet.objects.get(pk=dataset["id"])
        run = audit_request(
            organisation=organisation,
            dataset=found,
            spec=SPEC,
            model_file=file,
            suite="PAS-2026.3",
            actor=system("test"),
            at=timezone.now(),
            **more,
        )
        work_jobs()
        run.refresh_from_db()
        return run

    return audit


def test_a_model_of_pictures_goes_the_whole_way(sent, owner, handed, audited):
    dataset = sent(owner, rows())
    assert (dataset["state"], dataset["rows"]) == ("ready", COUNT)
    assert {"name": "photo", "type": "pixels", "nulls": 0} in dataset["columns"]
    file = handed(image_examples.network())
    assert (file.state, file.reason) == ("ready", "")
    assert file.facts["empty_cells"] == "A row without any value is answered."
    run = audited(dataset, file)
    assert (run.state, run.problem) == ("completed", None)
    checks = {check["id"]: check for check in run.result["checks"]}
    assert checks["model.reproduces"]["verdict"] == checks["model.deterministic"]["verdict"] == "pass"
    assert checks["saliency.additivity"]["verdict"] == "pass"
    assert checks["saliency.randomised_weights"]["n"] == 24
    assert checks["saliency.faithful"]["value"] > 0.5
    assert run.result["dimensions"]["robustness"]["state"] == "measured"
    assert len(run.result["sections"]["saliency"]["mean map"]["rows"]) == 96


def test_pictures_that_no_audit_reads_are_left_alone(sent, owner, audited):
    run = audited(sent(owner, rows()), None)
    assert run.state == "completed"
    checks = {check["id"]: check["verdict"] for check in run.result["checks"]}
    assert (checks["saliency.additivity"], checks["performance.accuracy"]) == ("not_run", "measured")


def test_a_model_whose_layout_is_another_is_refused_with_words(handed):
    file = handed(image_examples.network("NHWC"))
    assert file.state == "refused"
    assert "does not take the image" in file.reason
    assert file.problem["verdict"] == "rejected"


def test_pictures_of_another_size_fail_the_audit_by_name(sent, owner, handed, audited):
    small = pa.table(
        {"photo": image_examples.cells(image_examples.pictures(COUNT)[:, 3:]), "y": ["light", "dark"] * 60}
    )
    run = audited(sent(owner, parquet_bytes(small)), handed(image_examples.network()))
    assert run.state == "failed"
    assert run.problem["field"] == "photo"


def test_a_picture_cannot_be_typed():
    with pytest.raises(InputRefused, match="cannot be typed"):
        inputs_check({"photo": "AAEC"}, image_examples.interface())
    assert inputs_check({}, image_examples.interface()) == {"photo": None}
