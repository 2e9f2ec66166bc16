"""The canonical form keeps digests whatever a database makes of a number."""

import json
from decimal import Decimal

import pytest

from core.canonical import canonical_json


@pytest.mark.parametrize("value", [1e16, 2.5e20, 1.23456789012e25, 1e300, -1e22])
def test_a_huge_figure_keeps_its_digest_when_it_comes_back_with_all_its_digits(value):
    """A database that keeps numbers exactly gives 1e22 back as a one with 22 noughts."""
    written = canonical_json({"value": value})
    assert b"e" not in written.removeprefix(b'{"value"')
    assert canonical_json(json.loads(written)) == written
    assert canonical_json({"value": int(Decimal(repr(value)))}) == written
    assert float(json.loads(written)["value"]) == pytest.approx(value, rel=1e-11)
