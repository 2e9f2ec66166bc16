"""What an audit specification may say, and that every refusal names field, limit and remedy."""

import pytest
from engine_examples import BINARY, CALIFORNIA, COMPAS, RACE

from audits.engine import spec_parse
from audits.suites import suite_load
from core.errors import InputRefused, NotFound

REGRESSION = {"task": "regression", "label": "y", "decision": {"column": "p"}, "tolerance": "0.5", "direction": "over"}


@pytest.mark.parametrize("mapping", [BINARY, COMPAS, CALIFORNIA, REGRESSION])
def test_what_is_read_is_written_and_read_again(mapping):
    written = spec_parse(mapping).to_dict()
    assert spec_parse(written).to_dict() == written
    assert {key: written[key] for key in ("task", "label", "decision")} == {
        key: mapping[key] for key in ("task", "label", "decision")
    }


def test_numbers_may_stand_for_text():
    assert (
        spec_parse({**BINARY, "positive_label": 1, "limits": {"x": {"op": "<=", "value": 0.2}}}).positive_label == "1"
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"task": "guessing"}, "spec.task"),
        ({"label": None}, "spec.label"),
        ({"label": ["y"]}, "spec.label"),
        ({"colour": "red"}, "spec.colour"),
        ({"positive_label": None}, "spec.positive_label"),
        ({"decision": "d"}, "spec.decision"),
        ({"decision": {"column": "d"}}, "spec.decision.op"),
        ({"decision": {"column": "d", "op": ">=", "value": "high"}}, "spec.decision.value"),
        ({"decision": {"column": "d", "op": ">=", "value": "inf"}}, "spec.decision.value"),
        ({"harmful_error": "typo"}, "spec.harmful_error"),
        ({"gap_metric": "selection_rate"}, "spec.favourable_decision"),
        ({"attributes": "race"}, "spec.attributes"),
        ({"attributes": [RACE, RACE]}, "spec.attributes[1].name"),
        ({"attributes": [RACE], "intersections": [["race", "sex"]]}, "spec.intersections"),
        ({"attributes": [RACE], "intersections": [["race", "race"]]}, "spec.intersections"),
        ({"harm_matrix": {"a": "b"}}, "spec.harm_matrix"),
        ({"harm_matrix": {}}, "spec.harm_matrix"),
        ({"harm_matrix": {"a": [], "b": ["b"]}}, "spec.harm_matrix"),
        ({"interval": {"low": "l", "high": "h", "nominal": "90"}}, "spec.interval.nominal"),
        ({"drift": {"timestamp": "t", "period": "week"}}, "spec.drift.period"),
        ({"drift": {"timestamp": "t", "reference": {"column": "c"}}}, "spec.drift.reference.value"),
        ({"scores_expected": "yes"}, "spec.scores_expected"),
        ({"limits": ["x"]}, "spec.limits"),
        ({"limits": {"fairness.gap": {"op": "<=", "value": "much"}}}, "spec.limits.fairness.gap.value"),
    ],
)
def test_a_refusal_names_field_limit_and_remedy(changes, field):
    with pytest.raises(InputRefused) as refusal:
        spec_parse({**BINARY, **changes})
    assert refusal.value.field == field
    assert refusal.value.limit
    assert refusal.value.remedy


@pytest.mark.parametrize("name", ["tolerance", "direction"])
def test_a_forecast_without_tolerance_and_direction_is_refused(name):
    with pytest.raises(InputRefused, match=name):
        spec_parse({**REGRESSION, name: None})


def test_a_negative_tolerance_is_refused():
    with pytest.raises(InputRefused, match="negative"):
        spec_parse({**REGRESSION, "tolerance": "-1"})


def test_the_suite_is_published_data():
    suite = suite_load("PAS-2026.1")
    assert (suite.gamma, suite.bootstraps, suite.group_rows, suite.group_share) == (0.9, 1000, 100, 0.02)
    assert all(limit.assumption for limit in suite.limits.values())
    assert suite.digest.startswith("sha256:")


@pytest.mark.parametrize("name", ["PAS-1999.1", "../../secrets", "__init__"])
def test_an_unknown_suite_is_not_found(name):
    with pytest.raises(NotFound):
        suite_load(name)


@pytest.mark.parametrize("data", [b"{", b"{}", b"[]", b'{"id": "x", "limits": {}}'])
def test_a_broken_suite_is_refused(data):
    with pytest.raises(InputRefused, match="cannot be read"):
        suite_load(data)
