"""The clock of API tests stands at the tests' own now, and runs on from there."""

import pytest
import time_machine


@pytest.fixture
def clock(now):
    with time_machine.travel(now, tick=True) as moved:
        yield moved
