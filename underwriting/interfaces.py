"""An interface beside the registered schema: what the model answers is what is measured, and it is told none of it."""

from collections.abc import Mapping
from typing import Any

from audits.interface import Interface, Output, interface_parse
from core.errors import InputRefused


def interface_check(*, interface: Mapping[str, Any], schema: Mapping[str, Any]) -> Interface:
    """The interface, checked by itself and against the schema. Raises InputRefused with the path interface...

    The output's column is the schema's decision, probability or score column, the latter two for numbers alone; a
    confidence column is its probability or score column. Neither the label nor any column of recorded predictions is an
    input: a model that reads them would only repeat them.
    """
    found = interface_parse(interface)
    measured, scores = predictions(schema), {schema.get("probability"), schema.get("score")}
    if found.output.column not in {schema["decision"]["column"], *scores}:
        raise _refused("output.column", "is not what the schema measures", measured)
    if found.output.confidence is not None and found.output.confidence not in scores:
        raise _refused("output.confidence", "is neither probability nor score of the schema", measured)
    _refuse_class_as_number(found.output, schema, scores)
    _refuse_answers_as_inputs(found, {schema["label"], *measured})
    return found


def predictions(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """The columns of the schema in which a model's answers are recorded: decision, probability, score, interval."""
    interval = schema.get("interval") or {}
    named = (schema["decision"]["column"], schema.get("probability"), schema.get("score"))
    columns = dict.fromkeys((*named, interval.get("low"), interval.get("high")))
    return tuple(name for name in columns if name)


def recorded(interface: Interface, schema: Mapping[str, Any]) -> tuple[str, ...]:
    """Those of them which the model does not answer itself: an audit takes them as the customer recorded them."""
    answered = {interface.output.column, interface.output.confidence}
    return tuple(name for name in predictions(schema) if name not in answered)


def _refuse_class_as_number(output: Output, schema: Mapping[str, Any], scores: set[Any]) -> None:
    """A class is no number to set a threshold on, and the share of the likelier of two is not the event's chance."""
    if output.means == "class" and output.column in scores:
        raise InputRefused(
            f"interface.output.column {output.column!r} holds numbers and the model's answer is a class.",
            field="interface.output.column",
            limit="probability or value",
            remedy="Answer the number itself (probability or value), or name the decision's column.",
        )
    if output.confidence is not None and schema["task"] != "multiclass":
        raise InputRefused(
            f"interface.output.confidence does not go with task {schema['task']}.",
            field="interface.output.confidence",
            limit="multiclass",
            remedy="Answer the probability of the event, and let the schema decide on it.",
        )


def _refuse_answers_as_inputs(interface: Interface, told: set[str]) -> None:
    for place, one in enumerate(interface.inputs):
        if one.column in told:
            raise InputRefused(
                f"interface.inputs[{place}].column {one.column!r} is the label, or holds recorded predictions.",
                field=f"interface.inputs[{place}].column",
                limit="columns that the model knows before it answers",
                remedy="Leave it out of the inputs.",
            )


def _refused(key: str, what: str, columns: tuple[str, ...]) -> InputRefused:
    return InputRefused(
        f"interface.{key} {what}.",
        field=f"interface.{key}",
        limit=", ".join(columns),
        remedy="Name one of these columns, or register another schema.",
    )
