"""Damaged model files: nearly none may end a process once they have passed our checks."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from audits.sandbox.models.shape import FORMATS

RUNNER = Path(__file__).with_name("mutants.py")
LONG = ("onnx", "xgboost-json", "xgboost-ubj", "lightgbm-text", "skops")


def counts(form: str, number: int, guard: str, seed: int = 1) -> dict[str, int]:
    command = [sys.executable, str(RUNNER), form, str(number), str(seed), guard]
    path = os.pathsep.join([str(RUNNER.parents[3]), str(RUNNER.parent)])
    around = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=1_500, env=around)
    assert done.returncode == 0, done.stderr[-2_000:]
    found = json.loads(done.stdout)
    assert sum(found.values()) == number
    return found


@pytest.mark.parametrize("form", FORMATS)
def test_a_damaged_file_is_refused_raised_or_answered(form):
    found = counts(form, 80, "on")
    assert set(found) <= {"rejected", "raised", "answered"}, found
    assert found["rejected"] > 8


@pytest.mark.long
@pytest.mark.parametrize("form", LONG)
def test_of_2500_damaged_files_at_most_one_in_a_thousand_ends_its_process(form):
    checked, unchecked = counts(form, 2_500, "on"), counts(form, 2_500, "off")
    print(f"{form}: checked {checked}, unchecked {unchecked}")
    assert checked.get("died", 0) + checked.get("late", 0) <= 2
