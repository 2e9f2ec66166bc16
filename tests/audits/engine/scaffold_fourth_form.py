"""The fourth form of the scaffolding check, over the parts of the third: tried in docs/decisions/0015-scaffolding.md.

1. Inputs that hold fewer than `LEAST_EFFECTIVE` independent things cannot tell: every row that never was is far off.
2. Columns of at most `FEW_VALUES` values keep to these values: a value that never was is no mix of rows.
3. What centred and noisy rows show counts less: honest models fade towards the centre, and noise breaks equality.
4. A flag needs two measurements, each with its own halves of the rows and its own rows that never were.
"""

from itertools import pairwise
from typing import Literal

import numpy as np

from audits.engine.frame import Column, Frame
from audits.engine.gaming.another_rule import effective
from audits.engine.gaming.hybrids import Inputs, kinds_for
from audits.engine.gaming.scaffolding import Answers, Figures, Probe, Signs
from audits.engine.streams import stream

LEAST_EFFECTIVE = 3
FEW_VALUES = 3
WEIGHTS = {"exchanged": 1.0, "centred": 0.6, "noise": 0.75}
LIMIT = 0.3
Found = Literal["flagged", "not flagged", "cannot tell"]


def kept_to_values(inputs: Inputs, rows: Frame) -> Frame:
    """The rows, with amounts that take few values at the nearest of these."""
    return rows.with_columns(
        *(
            Column(
                name,
                "float",
                values[np.searchsorted([(a + b) / 2 for a, b in pairwise(values)], cells.values)],
                cells.null,
            )
            for name in sorted(inputs.measures)
            if len(values := np.unique(inputs.whole.columns[name].values)) <= FEW_VALUES
            for cells in (rows.columns[name],)
        )
    )


class ValuesKept(Probe):
    def _fresh(self, n: int) -> Frame:
        return kept_to_values(self.inputs, super()._fresh(n))


def weighted(kind: str, signs: Signs) -> float:
    """The lower bound as it counts."""
    return WEIGHTS[kind] * signs.interval.low


def once(inputs: Inputs, answers: Answers, plan: Figures, confidence: float, seed: int) -> float | None:
    """The weighted lower bound on rows that did not choose the question; None where there is no rule to compare."""
    order = stream(seed, "scaffolding halves").permutation(inputs.whole.rows)
    search, confirm = np.sort(order[: len(order) // 2]), np.sort(order[len(order) // 2 :])

    def make(kind: str, name: str) -> ValuesKept:
        return ValuesKept(inputs, answers, kind, plan, confidence, stream(seed, name))

    tried = [found for kind in kinds_for(inputs) for found in make(kind, f"scaffolding {kind}").best(search)]
    usable = [(chosen, signs) for chosen, signs in tried if signs.variation >= plan.least_variation]
    if not usable:
        return None
    chosen = max(usable, key=lambda each: weighted(each[0].kind, each[1]))[0]
    return weighted(chosen.kind, make(chosen.kind, "scaffolding confirmed").signs(confirm, chosen))


def fourth(inputs: Inputs, answers: Answers, plan: Figures, confidence: float, seed: int) -> Found:
    """What the fourth form says of a model."""
    if effective(inputs) < LEAST_EFFECTIVE:
        return "cannot tell"
    for turn in (seed, seed + 1_000):
        low = once(inputs, answers, plan, confidence, turn)
        if low is None:
            return "cannot tell"
        if low <= LIMIT:
            return "not flagged"
    return "flagged"
