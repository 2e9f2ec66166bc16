"""Stated figures: DOMAIN's worked ones, told whole, and what is refused."""

import pytest
import time_machine

from actuarial.models import Study
from actuarial.services import study_request
from core.actors import Actor
from core.errors import InputRefused
from core.jobs.runner import drain
from tests.actuarial.replays import replayed

ACTUARY = Actor(kind="user", id="u-actuary", label="Ada Actuary")
RATE = {"name": "Industry", "alpha": 4, "b": 160, "claims": 7, "exposure": 180}
INSURED = {"name": "Acme", "a": "2.5", "claims": 0, "expected": "0.30"}
SECTORS = {
    "f0": "0.02",
    "alpha": 4,
    "cap": "0.25",
    "rows": [
        {"code": "52", "i": "1.20", "claims": 6, "expected": "4"},
        {"code": "62", "i": "0.95", "claims": 1, "expected": "3"},
    ],
}


def made(now, **asked):
    study = study_request(kind="stated", asked=asked, actor=ACTUARY, at=now)
    with time_machine.travel(now, tick=True):
        drain()
    study.refresh_from_db()
    assert study.state == "completed", study.reason
    return study


@pytest.mark.django_db
def test_worked_figures_are_told_whole(now):
    study = made(now, rates=[RATE], insureds=[INSURED], industries=SECTORS)
    figures = study.result["figures"]
    assert figures["rates"][0] == {
        "name": "Industry", "mean": "0.032353", "low": "0.018144", "high": "0.049889", "z": "0.529412",
    }  # fmt: skip
    assert figures["insureds"][0]["x"] == "0.8929"
    first, second = (figures["industries"][code] for code in ("52", "62"))
    assert float(first["new"]) > 1.2
    assert float(second["new"]) < 0.95
    assert float(first["balanced"]) / 1.2 * 4 + float(second["balanced"]) / 0.95 * 3 == pytest.approx(7, abs=1e-5)
    assert [part["key"] for part in study.result["parts"]] == ["rates", "insureds", "industries"]
    assert "edits" not in study.result
    assert replayed(study) == study.result_digest


@pytest.mark.django_db
@pytest.mark.parametrize(
    "asked",
    [
        {}, {"rates": []}, {"rates": {}}, {"rates": [{**RATE, "more": 1}]}, {"rates": [{**RATE, "claims": 1.5}]},
        {"rates": [{**RATE, "claims": -1}]}, {"rates": [{**RATE, "b": 0}]}, {"rates": [{**RATE, "alpha": "much"}]},
        {"insureds": [{**INSURED, "a": 0}]}, {"insureds": [{**INSURED, "expected": "-1"}]},
        {"industries": {**SECTORS, "cap": "1"}}, {"industries": {**SECTORS, "f0": 0}}, {"industries": {"rows": []}},
        {"industries": {**SECTORS, "rows": [{"code": "52", "i": "0", "claims": 1, "expected": "1"}]}},
    ],
)  # fmt: skip
def test_what_cannot_be_believed_is_refused_and_nothing_is_stored(now, asked):
    with pytest.raises(InputRefused):
        study_request(kind="stated", asked=asked, actor=ACTUARY, at=now)
    assert not Study.objects.exists()
