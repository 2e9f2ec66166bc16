"""What is explained: one number of the model's answer, the same one for every row.

probability, value  the number that the interface names
class               yes/no decisions: the number of the class that is the positive decision; else that of the class
                    which the model gives most rows, so that all rows are about one and the same function
"""

from dataclasses import dataclass

import numpy as np

from audits.engine.frame import Floats, canonical_text
from audits.engine.spec import AuditSpec
from audits.interface import Interface
from audits.trees import Trees


@dataclass(frozen=True)
class Target:
    """Number `index` (from 0) of `width` answers, with words for it and for the unit it comes in."""

    index: int
    width: int
    what: str
    units: str

    def of(self, answers: Floats) -> Floats:
        """The explained number of each row."""
        return np.asarray(answers[:, self.index])


@dataclass(frozen=True)
class MarginTarget:
    """The margin behind a target: margin `output` times `sign`, in `units`."""

    output: int
    sign: float
    units: str


def target_of(spec: AuditSpec, interface: Interface, base: Floats) -> Target:
    """The target under this specification; `base` float64[rows, k] are answers of the model."""
    output, width = interface.output, base.shape[1]
    if output.means != "class":
        return Target(output.index % width, width, f"{output.means} in {output.column}", output.means)
    index = _class_index(spec, interface, base)
    shares = bool((base >= 0).all() and np.allclose(base.sum(axis=1), 1, atol=1e-4))
    return Target(index, width, f"answer for class {output.classes[index]}", "probability" if shares else "answer")


def _class_index(spec: AuditSpec, interface: Interface, base: Floats) -> int:
    names = [canonical_text(name) for name in interface.output.classes]
    if spec.decides and spec.decision.op == "==" and canonical_text(spec.decision.value) in names:
        return names.index(canonical_text(spec.decision.value))
    return int(np.bincount(base.argmax(axis=1), minlength=len(names)).argmax())


def margin_of(target: Target, trees: Trees) -> MarginTarget:
    """The margin behind `target`. One logistic margin answers (1 - p, p): for the former it counts backwards."""
    if trees.link == "logistic" and trees.outputs == 1:
        return MarginTarget(0, 1.0 if target.index == target.width - 1 else -1.0, "log-odds")
    units = {"logistic": "log-odds", "softmax": "log-odds before softmax", "identity": target.units}[trees.link]
    return MarginTarget(target.index, 1.0, units)
