"""A version's file in words: whether it was handed over, how the data reaches it, what it said to a typed row."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from audits.engine.deciding import Decider
from audits.engine.spec import AuditSpec
from audits.interface import Interface
from audits.models import ModelFile
from core.pdf.charts.scale import as_typed, signed
from core.pdf.text import shown
from portal.attribution_story import ATTRIBUTION, answer_words, class_of, pushes_words
from portal.charts import explanation
from portal.words import Verdict
from reports.quarterly.caged import as_words, missing_words
from reports.quarterly.folding import inputs_folded

STATES = {
    None: Verdict("not handed over", "", "ring"),
    "received": Verdict("being examined", "is-busy", "dot"),
    "ready": Verdict("ready", "is-met", "line"),
    "refused": Verdict("refused", "is-fail", "cross"),
}
NO_INTERFACE = Verdict("recorded predictions only", "", "ring")
FORMATS = {
    "onnx": "ONNX",
    "xgboost-json": "XGBoost, JSON",
    "xgboost-ubj": "XGBoost, UBJ",
    "skops": "scikit-learn, by skops",
    "lightgbm-text": "LightGBM, text",
}
MEANS = {
    "probability": "a probability",
    "value": "a value",
    "class": "a class",
}


def handed_look(file: ModelFile | None, interface: Any) -> Verdict:
    """The chip of a version's file; without an interface there is nothing to hand over."""
    if file is None and interface is None:
        return NO_INTERFACE
    return STATES[file.state if file else None]


def interface_table(interface: Mapping[str, Any]) -> dict[str, Any]:
    """How each column reaches the model, in words."""
    rows = [(shown(item["column"]), as_words(item), missing_words(item)) for item in interface["inputs"]]
    return {"columns": ["column", "reaches the model as", "an empty cell is"], "rows": inputs_folded(rows)}


def output_words(interface: Mapping[str, Any]) -> str:
    """ "The model answers p_repaid, a probability: number 1 of its answer, counted from 0."."""
    output = interface["output"]
    said = f"The model answers {output['column']}, {MEANS.get(output['means'], output['means'])}"
    if output["means"] == "class":
        return f"{said}: the one with the largest number, of {_listed(output['classes'])}."
    place = output.get("index", -1)
    return (
        f"{said}: {'the last number' if place == -1 else f'number {place}, counted from 0,'} of its answer for a row."
    )


def _listed(classes: Sequence[str]) -> str:
    most = 12
    rest = f" and {len(classes) - most:,} more" if len(classes) > most else ""
    return f"{', '.join(shown(name) for name in classes[:most])}{rest}"


def facts_words(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What the examination found: (name, words)."""
    exact = "exact, from its trees" if facts.get("exact_trees") else "by sampling: it is asked many times"
    return [
        ("Format", FORMATS.get(facts["format"], facts["format"])),
        ("Run by", facts["runtime"]),
        ("Explanations", exact),
        ("Gets for a row", _gets(facts)),
        ("Answers for a row", _counted(facts["outputs"], "number")),
        ("Empty cells", facts["empty_cells"]),
    ]


def _gets(facts: Mapping[str, Any]) -> str:
    said = [_counted(facts[name], one) for name, one in (("features", "number"), ("texts", "text")) if facts[name]]
    return ", ".join(said)


def _counted(count: int, one: str) -> str:
    return f"{count:,} {one}{'' if count == 1 else 's'}"


def decision_words(answer: Mapping[str, Any], *, spec: AuditSpec, interface: Interface) -> str:
    """What the registered rule decides on this answer, by the audit's own code."""
    decider = Decider(spec, interface)
    if decider.why_not:
        return decider.why_not
    word = next(decider.words(decider.column(np.asarray([answer["answers"]], dtype=np.float64))))
    if not spec.decides:
        return f"The decision is {word}."
    side = "favourable" if word == spec.favourable_decision else "unfavourable"
    told = f", the {side} one" if spec.favourable_decision else ""
    rule = f"{spec.decision.column} {spec.decision.op} {spec.decision.value}"
    return f"The decision is {word}{told}: positive is {rule}."


def trial_told(answer: Mapping[str, Any], *, output: str, decision: str) -> dict[str, Any]:
    """An answered trial: the sentence, why in words, the drawing, and on what the explanation rests."""
    means = MEANS.get(answer["means"], answer["means"])
    said = f"The model answers {output} = {answer_words(answer['answer'])}, {means}"
    found = answer.get("explanation")
    told = {"said": said, "decision": decision, "unexplained": answer.get("unexplained")}
    answered = f"{output} = {answer_words(answer['answer'])}"
    return {**told, **(_explained(found, answered) if found else {})}


def _explained(found: Mapping[str, Any], answered: str) -> dict[str, Any]:
    parts, units = found["contributions"], found["units"]
    of = class_of(str(found.get("explained_output") or ""))
    if of:
        units, answered = f"{units} of class {of}", ""
    title = f"From the average answer to this one, {units}"
    chart = explanation(title, parts, base=found["base"], units=units, answered=answered)
    rows = [[shown(part["feature"]), _value(part["value"]), signed(part["contribution"])] for part in parts]
    return {
        "pushes": pushes_words(parts),
        "chart": chart,
        "table": {"columns": ["input", "value", f"contribution, {units}"], "rows": rows},
        "basis": [
            ("How", found["algorithm"]),
            (f"The average answer, {units}", answer_words(found["base"])),
            (f"This answer, {units}", answer_words(chart["answer"]) + (f", which is {answered}" if answered else "")),
        ],
        "attribution": ATTRIBUTION,
    }


def _value(value: Any) -> str:
    return "missing" if value is None else shown(as_typed(value))
