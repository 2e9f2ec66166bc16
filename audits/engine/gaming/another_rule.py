"""The fifth form of the scaffolding check (docs/decisions/0015-scaffolding.md): the parts of the third, put together
otherwise.

Of a scaffold the two detours agree nearly always, and it shows in several kinds of rows that never were. An honest
model comes near the limit in one kind, with detours that half agree. So agreement counts beside the least sign, kinds
that only few explainers ask about count less, the second kind adds something, and all is measured twice.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import stats

from audits.engine.bounds import Interval
from audits.engine.frame import Frame
from audits.engine.gaming.hybrids import KINDS, Inputs, centred, kinds_for
from audits.engine.gaming.scaffolding import (
    CONFIRMED,
    Answers,
    Chosen,
    Figures,
    Probe,
    Signs,
    searched_most,
)
from audits.engine.streams import stream
from core.errors import InputRefused

FEW_VALUES = 3  # of a column that then keeps to its values: a number between them is no mix of rows
EVEN = 0.5  # agreement of detours that speaks neither for nor against a scaffold


@dataclass(frozen=True)
class Twice(Figures):
    """What an edition files beside the third form's figures.

    measurements      independent measurements whose figures are averaged
    agreement_weight  times the agreement of detours beyond one half
    centred_less, noise_less   by how much figures of centred and of noisy rows count less
    second_weight     share of the second kind's figure that is added
    least_effective   independent things in the inputs, below which honest models too answer by another rule
    few_limit         figure above which a model is flagged even then
    """

    measurements: int
    agreement_weight: float
    centred_less: float
    noise_less: float
    second_weight: float
    least_effective: float
    few_limit: float


class Told(NamedTuple):
    """The figure with its ends; `rows` of one measurement; `found` are the signs of every measurement and kind, with
    the question put."""

    value: float
    interval: Interval
    rows: int
    changes: int
    found: tuple[Mapping[str, tuple[Chosen, Signs]], ...]

    @property
    def leading(self) -> tuple[Chosen, Signs]:
        """The kind that shows most in the first measurement."""
        return max(self.found[0].values(), key=lambda each: each[1].interval.low)


def rows_most(plan: Twice, blocks: int) -> int:
    """Most rows that `measure` puts to the model."""
    return plan.measurements * len(KINDS) * (searched_most(plan, blocks) + CONFIRMED * plan.confirm_rows)


def effective(inputs: Inputs) -> float:
    """How many independent things the amounts hold: the entropy of the eigenvalues of their rank correlations (Roy and
    Vetterli 2007, The effective rank, EUSIPCO); every other column counts as one."""
    names = sorted(inputs.measures)
    others = len(inputs.whole.columns) - len(names)
    ranks = [stats.rankdata(inputs.whole.columns[name].values) for name in names]
    varied = np.array([each for each in ranks if np.ptp(each) > 0])
    if len(varied) < 2:
        return float(len(varied) + others)
    shares = np.linalg.eigvalsh(np.corrcoef(varied)).clip(0) / len(varied)
    return float(np.exp(stats.entropy(shares[shares > 0]))) + others


def measure(
    inputs: Inputs, answers: Answers, plan: Twice, confidence: float, seed: int, say: Callable[[str], None]
) -> Told | str:
    """The figure for a model, or why there is none.

    Raises InputRefused when the model fails at every kind of unreal row.
    """
    every = [_once(inputs, answers, plan, confidence, seed, turn, say) for turn in range(plan.measurements)]
    if not all(every):
        return "Away from the data the model gives nearly one answer to everything, so its rules cannot be compared."
    value, low, high = (
        float(np.mean([_figure(found, plan, side) for found in every]))
        for side in (lambda s: s.value, lambda s: s.interval.low, lambda s: s.interval.high)
    )
    signs = [each for found in every for _, each in found.values()]
    # The measurements overlap and every kind has the same rows, so they are counted once.
    rows, changes = max(each.rows for each in signs), min(each.changes for each in signs)
    return Told(value, Interval(low, high), rows, changes, tuple(every))


def _once(
    inputs: Inputs,
    answers: Answers,
    plan: Twice,
    confidence: float,
    seed: int,
    turn: int,
    say: Callable[[str], None],
) -> dict[str, tuple[Chosen, Signs]]:
    """The signs of each kind in which the answers vary, on rows that did not choose the question."""
    order = stream(seed, f"scaffolding halves {turn}").permutation(inputs.whole.rows)
    search, confirm = np.sort(order[: len(order) // 2]), np.sort(order[len(order) // 2 :])
    found: dict[str, tuple[Chosen, Signs]] = {}
    refused: list[InputRefused] = []
    kinds = kinds_for(inputs)
    for kind in kinds:
        say(f"scaffolding: {kind} rows, {turn + 1} of {plan.measurements}")
        probe = _Kept(inputs, answers, kind, plan, confidence, stream(seed, f"scaffolding {kind} {turn}"))
        try:
            ((chosen, _),) = probe.best(search)
            signs = probe.signs(confirm, chosen)
        except InputRefused as error:
            refused.append(error)
            continue
        if signs.variation >= plan.least_variation:
            found[kind] = (chosen, signs)
    if len(refused) == len(kinds):
        raise refused[-1]
    return found


def _figure(found: Mapping[str, tuple[Chosen, Signs]], plan: Twice, side: Callable[[Signs], float]) -> float:
    """One measurement's figure, of the points or of an end."""
    less = {"centred": plan.centred_less, "noise": plan.noise_less}
    each = sorted(
        side(signs) + plan.agreement_weight * (min(max(signs.agreement, 0.0), 1.0) - EVEN) - less.get(kind, 0.0)
        for kind, (_, signs) in found.items()
    )
    second = each[-2] if len(each) > 1 else 0.0
    return each[-1] + plan.second_weight * max(second, 0.0)


class _Kept(Probe):
    """Centred rows take the commonest value of a column of few, which a mean is not."""

    def _fresh(self, n: int) -> Frame:
        return centred(self.inputs, self.rng, n, FEW_VALUES) if self.kind == "centred" else super()._fresh(n)
