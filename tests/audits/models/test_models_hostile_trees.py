"""No XGBoost or LightGBM file that means harm reaches its library; each is refused with the reason."""

import lightgbm
import pytest
import xgboost
from format_examples import refused
from hostile_trees import hostile_json, hostile_light, hostile_ubj

FILES = {
    f"{kind}: {name}": found
    for kind, files in (("json", hostile_json()), ("ubj", hostile_ubj()), ("light", hostile_light()))
    for name, found in files.items()
}


@pytest.fixture(autouse=True)
def _no_native_load(monkeypatch):
    """A file that gets past the checks fails the test instead of its process."""

    def refuse(*args, **kwargs):
        raise AssertionError("the library was asked")

    import audits.sandbox.models.lightgbm_model
    import audits.sandbox.models.xgboost_model  # noqa: F401

    monkeypatch.setattr(xgboost, "Booster", refuse)
    monkeypatch.setattr(lightgbm, "Booster", refuse)


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_is_refused_with_its_reason(name):
    data, code = FILES[name]
    assert refused(data, code)
