"""From a registered model to the audit specification (contract A): the schema the customer pre-registered, and what
the use class decides about it. What counts as harm is never the customer's choice (DOMAIN 1.0, table and rules 1 to 3).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from audits.engine.spec_reader import spec_parse
from core.errors import InputRefused
from underwriting.models import RegisteredModel
from underwriting.rating import Plan
from underwriting.rating.plan import UseClass

FACTS_FILE = Path(__file__).resolve().parent / "use_classes.json"
SCHEMA_KEYS = (
    "task",
    "label",
    "positive_label",
    "decision",
    "probability",
    "score",
    "harm_matrix",
    "tolerance",
    "direction",
    "interval",
    "attributes",
    "intersections",
    "slices",
    "drift",
    "loss",
    "probabilities",
    "legitimate",
    "annotators",
    "human",
    "row_id",
    "monotone",
    "units",
    "ranges",
    "weight",
    "cluster",
    "inferred",
)
# Which error a forecast's harmful direction means when the recorded outcome is a class, not a number.
ERROR_BY_DIRECTION = {"over": "false_positive", "under": "false_negative", "either": "either"}


@dataclass(frozen=True)
class ClassFacts:
    """What a use class decides about an audit beside the plan's figures; `needs` are schema keys it requires."""

    tasks: tuple[str, ...]
    positive: str
    harmful_error: str
    favourable_decision: str | None
    needs: tuple[str, ...]


@lru_cache(maxsize=1)
def class_facts() -> Mapping[str, ClassFacts]:
    """The facts of underwriting/use_classes.json by use class."""
    classes = json.loads(FACTS_FILE.read_text())["classes"]
    return {
        code: ClassFacts(
            tasks=tuple(row["tasks"]),
            positive=row["positive"],
            harmful_error=row["harmful_error"],
            favourable_decision=row["favourable_decision"],
            needs=tuple(row["needs"]),
        )
        for code, row in classes.items()
    }


def spec_for(model: RegisteredModel, plan: Plan) -> dict[str, Any]:
    """The audit specification of `model` under `plan`, checked and with every default written out."""
    return spec_build(use_class=model.use_class, schema=model.schema, plan=plan)


def spec_build(*, use_class: str, schema: Mapping[str, Any], plan: Plan) -> dict[str, Any]:
    """Schema + class; raises InputRefused that names the schema's field."""
    _refuse_unknown(schema)
    facts, filed = class_facts()[use_class], plan.use_class(use_class)
    _refuse_unfit(use_class, facts, schema)
    derived = {
        "harmful_error": _harmful_error(facts, schema),
        "favourable_decision": facts.favourable_decision,
        "gap_metric": filed.gap_metric,
        "scores_expected": "ece" not in filed.not_applicable,
        "limits": _limits(filed),
    }
    return _parsed({**schema, **derived})


def _parsed(document: dict[str, Any]) -> dict[str, Any]:
    try:
        return spec_parse(document).to_dict()
    except InputRefused as refused:
        field = (refused.field or "").replace("spec", "schema", 1)
        message = refused.message.replace("spec.", "schema.")
        raise InputRefused(message, field=field, limit=refused.limit, remedy=refused.remedy) from refused


def _refuse_unknown(schema: Mapping[str, Any]) -> None:
    unknown = sorted(set(schema) - set(SCHEMA_KEYS))
    if unknown:
        raise InputRefused(
            f"schema.{unknown[0]} is not registered by the customer.",
            field=f"schema.{unknown[0]}",
            limit=", ".join(SCHEMA_KEYS),
            remedy="Remove it: what counts as harm follows from the use class.",
        )


def _refuse_unfit(use_class: str, facts: ClassFacts, schema: Mapping[str, Any]) -> None:
    if schema.get("task") not in facts.tasks:
        raise InputRefused(
            f"schema.task {schema.get('task')!r} does not fit the use class {use_class}.",
            field="schema.task",
            limit=", ".join(facts.tasks),
            remedy="Register one of these tasks, or another use class.",
        )
    for key in facts.needs:
        if schema.get(key) is None:
            raise InputRefused(
                f"schema.{key} is missing: {use_class} is judged against a tolerance and a direction fixed beforehand.",
                field=f"schema.{key}",
                limit="over, under, either" if key == "direction" else "a number of at least 0, as text",
                remedy="Register it before data is seen; without one, ask an underwriter.",
            )


def _harmful_error(facts: ClassFacts, schema: Mapping[str, Any]) -> str:
    if facts.harmful_error != "by_direction":
        return facts.harmful_error
    return ERROR_BY_DIRECTION.get(str(schema["direction"]), "either")


def _limits(filed: UseClass) -> dict[str, dict[str, str]]:
    """The class's filed reference rates replace the suite's own limits."""
    rates = {"performance.harmful_error": filed.q0_error, "fairness.gap": filed.q0_gap}
    return {check: {"op": "<=", "value": str(rate)} for check, rate in rates.items() if rate is not None}
