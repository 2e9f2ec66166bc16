"""No skops file that means harm is loaded; each is refused with the reason."""

import pytest
import skops.io
from format_examples import asked, linear, load, refused, rows, sklearn_bytes
from hostile_skops import hostile

FILES = hostile()


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_is_refused_with_its_reason(name):
    data, code = FILES[name]
    assert refused(data, code)


def test_what_the_library_trusts_by_default_is_not_enough(monkeypatch):
    """It would load any of scikit-learn's estimators; ours is a shorter list, and the file that it reads is ours."""
    seen = []
    real = skops.io.loads
    monkeypatch.setattr(skops.io, "loads", lambda data, trusted: seen.append(data) or real(data, trusted=trusted))
    sent = sklearn_bytes(linear())
    assert asked(load(sent), rows(3, gaps=False)).shape == (3, 2)
    assert seen
    assert sent not in seen
