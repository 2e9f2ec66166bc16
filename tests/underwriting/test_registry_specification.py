"""What a use class decides about an audit, against the table of DOMAIN 1.0."""

import pytest

from core.errors import InputRefused
from underwriting.rating import plan_load, plan_names
from underwriting.specification import class_facts, spec_build, spec_for

PLAN = plan_load("MRL-2026.02")
BINARY = {
    "task": "binary",
    "label": "y",
    "positive_label": "1",
    "decision": {"column": "p", "op": ">=", "value": "0.5"},
}
# use class, harmful error, favourable decision, gap, q0 error, q0 gap
TABLE = [
    ("CREDIT-PRIME", "false_negative", "positive", "selection_rate", "0.04", "0.06"),
    ("CREDIT-RETAIL", "false_negative", "positive", "selection_rate", "0.12", "0.12"),
    ("HIRING", "false_negative", "positive", "selection_rate", "0.15", "0.10"),
    ("HEALTH-TRIAGE", "false_negative", "positive", "miss_rate", "0.05", "0.08"),
    ("JUSTICE-RISK", "false_positive", "negative", "false_positive_rate", "0.20", "0.15"),
    ("FRAUD-BLOCK", "false_positive", "negative", "false_positive_rate", "0.05", "0.06"),
]


@pytest.mark.parametrize(("code", "harm", "favourable", "gap", "q0_error", "q0_gap"), TABLE)
def test_a_class_fixes_harm_gap_and_limits(code, harm, favourable, gap, q0_error, q0_gap):
    spec = spec_build(use_class=code, schema=BINARY, plan=PLAN)
    assert (spec["harmful_error"], spec["favourable_decision"], spec["gap_metric"]) == (harm, favourable, gap)
    assert spec["limits"]["performance.harmful_error"]["value"] == q0_error
    assert spec["limits"]["fairness.gap"]["value"] == q0_gap


@pytest.mark.parametrize("name", plan_names())
def test_every_class_of_every_plan_has_its_facts(name):
    assert set(plan_load(name).use_classes) <= set(class_facts())


@pytest.mark.parametrize(
    ("direction", "harm"), [("either", "either"), ("over", "false_positive"), ("under", "false_negative")]
)
def test_a_forecast_of_a_recorded_class_is_harmful_in_its_direction(direction, harm):
    schema = {**BINARY, "tolerance": "0.5", "direction": direction}
    spec = spec_build(use_class="PRICE-FORECAST", schema=schema, plan=PLAN)
    assert (spec["harmful_error"], spec["gap_metric"], spec["favourable_decision"]) == (harm, "none", None)


@pytest.mark.parametrize("missing", ["tolerance", "direction"])
def test_a_forecast_needs_tolerance_and_direction_beforehand(missing):
    schema = {"task": "regression", "label": "y", "decision": {"column": "p"}, "tolerance": "5", "direction": "over"}
    schema.pop(missing)
    with pytest.raises(InputRefused) as refused:
        spec_build(use_class="PRICE-FORECAST", schema=schema, plan=PLAN)
    assert refused.value.field == f"schema.{missing}"
    assert refused.value.remedy


@pytest.mark.parametrize("key", ["harmful_error", "favourable_decision", "gap_metric", "scores_expected", "limits"])
def test_the_customer_cannot_register_what_harm_is(key):
    with pytest.raises(InputRefused) as refused:
        spec_build(use_class="HIRING", schema={**BINARY, key: "positive"}, plan=PLAN)
    assert refused.value.field == f"schema.{key}"


def test_a_task_that_does_not_fit_the_class_is_refused():
    with pytest.raises(InputRefused) as refused:
        spec_build(use_class="JUSTICE-RISK", schema={**BINARY, "task": "regression"}, plan=PLAN)
    assert (refused.value.field, refused.value.limit) == ("schema.task", "binary, ranking")


def test_a_refusal_of_the_engine_names_the_schema():
    with pytest.raises(InputRefused) as refused:
        spec_build(use_class="HIRING", schema={**BINARY, "positive_label": None}, plan=PLAN)
    assert refused.value.field == "schema.positive_label"
    assert refused.value.message.startswith("schema.positive_label")


def test_without_attributes_the_gap_stays_asked_for():
    spec = spec_build(use_class="HEALTH-TRIAGE", schema=BINARY, plan=PLAN)
    assert (spec["attributes"], spec["gap_metric"]) in [([], "miss_rate"), ((), "miss_rate")]


@pytest.mark.django_db
def test_an_order_carries_the_whole_specification(order, model):
    assert order.audit_run.spec["harmful_error"] == "false_positive"
    assert order.audit_run.spec["attributes"][0]["name"] == "race"
    assert spec_for(model, PLAN)["label"] == order.audit_run.spec["label"]
