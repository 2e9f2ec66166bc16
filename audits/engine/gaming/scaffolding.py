"""Does the model answer rows that never were by another rule than real ones? (Slack et al. 2020, Fooling LIME and SHAP)

Explainers ask a model about rows that never were. A scaffolded model recognises them and answers innocently, so that
what it does to real rows stays out of every explanation. What the attack cannot avoid: the inputs that settle the
answers away from the data do not settle them on the data, although they would if one rule made both.

For a set of kept inputs K, with all others drawn anew:
    left on real rows    E (f(x) - f(x_K, fresh))^2 / E (f(x) - f(fresh))^2      x a real row
    left on unreal rows  E (f(z) - f(z_K, fresh))^2 / E (f(z) - f(fresh'))^2     z a row that never was
The second is the total Sobol index of the inputs outside K (Saltelli et al. 2008, section 4.5) for independent inputs.
The figure is the first less the second: about nought for a rule, however wild, that is the same everywhere, and about
one for a scaffold that is never missed. K and the kind of unreal row are chosen on one half of the rows and measured on
the other. One gate at one input is no scaffold: K takes the input that matters most near real rows as well, or a part
of the figure must remain when it does.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from audits.engine.bounds import Interval
from audits.engine.frame import Floats, Frame, frames_stacked
from audits.engine.gaming.hybrids import KINDS, Inputs, kinds_for, with_fresh
from audits.engine.streams import stream
from core.errors import InputRefused

Places = NDArray[np.int64]
LEAST_BLOCKS = 4  # two kept, two drawn anew
CONFIRMED = 12  # frames of confirm_rows that one question, with the wider one, asks about
LEAST_CHANGES = 5  # changed answers below which a normal interval says little


@dataclass(frozen=True)
class Figures:
    """What an edition files for the scaffolding check.

    least_rows       rows below which nothing is said: half choose the question, half answer it
    single_rows      rows of each kind at which each input is drawn anew alone
    search_rows      rows of each kind at which each set of kept inputs is tried
    confirm_rows     rows at which the chosen set is measured
    most_blocks      inputs beyond this number are drawn anew in groups
    most_kept        most inputs that are kept; at least two are, and at least two are drawn anew
    most_off         most inputs that are kept when only those are that matter away from the data
    wider_weight     times that the signs count with the input that matters most near the data kept as well
    least_variation  variation of the answers away from the data, as a share of that on it, below which it is none
    """

    least_rows: int
    single_rows: int
    search_rows: int
    confirm_rows: int
    most_blocks: int
    most_kept: int
    most_off: int
    wider_weight: float
    least_variation: float


@dataclass(frozen=True)
class Answers:
    """The model as one number a row (`ask`); with `classes` the numbers are names, which are equal or not."""

    ask: Callable[[Frame], Floats]
    classes: bool = False

    def apart(self, first: Floats, second: Floats) -> Floats:
        """Squared distance of each pair; of classes 0 or 1."""
        return np.asarray(first != second, dtype=np.float64) if self.classes else (first - second) ** 2

    def spread(self, found: Floats) -> float:
        """Expected distance of two of these answers."""
        if self.classes:
            shares = np.unique(found, return_counts=True)[1] / len(found)
            return float(1 - (shares**2).sum())
        return 2 * float(found.var()) if np.ptp(found) > 0 else 0.0


class Chosen(NamedTuple):
    """One kind of unreal rows, the places of the kept blocks, and the two detours: all others, in two halves. `wider`
    keeps one more: the block that matters most near the data, where it is not kept already."""

    kind: str
    kept: tuple[int, ...]
    detours: tuple[tuple[int, ...], tuple[int, ...]]
    wider: "Chosen | None" = None

    @property
    def put(self) -> tuple["Chosen", ...]:
        """Itself and the wider one."""
        return (self,) if self.wider is None else (self, self.wider)


class Signs(NamedTuple):
    """What is left on real and on unreal rows, by how much the first exceeds the second, and how far two detours agree;
    the figure is the lesser sign. `changes` is the least count of changed answers among the four means, `variation`
    that of unreal rows as a share of real ones."""

    near: float
    off: float
    gap: float
    agreement: float
    value: float
    interval: Interval
    changes: int
    variation: float
    rows: int


class Measured(NamedTuple):
    """The best question of each kind as it was found, and the one that was measured on the other rows."""

    tried: tuple[tuple[Chosen, Signs], ...]
    chosen: Chosen
    signs: Signs


def searched_most(plan: Figures, blocks: int) -> int:
    """Most rows that the search in one kind of unreal rows puts to the model."""
    questions = plan.most_kept - 1 + 2 * (plan.most_off - 1)
    return plan.single_rows * (2 + 2 * blocks) + plan.search_rows * (4 + 4 * questions)


def rows_most(plan: Figures, blocks: int) -> int:
    """Most rows that `measure` puts to the model."""
    return len(KINDS) * searched_most(plan, blocks) + CONFIRMED * plan.confirm_rows


def measure(
    inputs: Inputs, answers: Answers, plan: Figures, confidence: float, seed: int, say: Callable[[str], None]
) -> Measured | str:
    """The figure for a model, or why there is none.

    Raises InputRefused when the model fails at every kind of unreal row.
    """
    order = stream(seed, "scaffolding halves").permutation(inputs.whole.rows)
    search, confirm = np.sort(order[: len(order) // 2]), np.sort(order[len(order) // 2 :])
    tried: list[tuple[Chosen, Signs]] = []
    refused: InputRefused | None = None
    for kind in kinds_for(inputs):
        say(f"scaffolding: {kind} rows")
        probe = Probe(inputs, answers, kind, plan, confidence, stream(seed, f"scaffolding {kind}"))
        try:
            tried += probe.best(search)
        except InputRefused as error:
            refused = error
    if not tried and refused is not None:
        raise refused
    usable = [each for each in tried if each[1].variation >= plan.least_variation]
    if not usable:
        return "Away from the data the model gives nearly one answer to everything, so its rules cannot be compared."
    chosen = max(usable, key=lambda each: each[1].interval.low)[0]
    say("scaffolding: confirming")
    probe = Probe(inputs, answers, chosen.kind, plan, confidence, stream(seed, "scaffolding confirmed"))
    return Measured(tuple(tried), chosen, probe.signs(confirm, chosen))


@dataclass(frozen=True)
class Probe:
    """One kind of unreal rows put to the model."""

    inputs: Inputs
    answers: Answers
    kind: str
    plan: Figures
    confidence: float
    rng: np.random.Generator

    def _fresh(self, n: int) -> Frame:
        return KINDS[self.kind](self.inputs, self.rng, n)

    def _redrawn(self, rows: Frame, kept: Sequence[int]) -> Frame:
        """The rows with every block outside `kept` drawn anew."""
        others = [place for place in range(len(self.inputs.blocks)) if place not in kept]
        return with_fresh(rows, self._fresh(rows.rows), self.inputs.columns(others))

    def _asked(self, frames: Sequence[Frame]) -> Floats:
        """Float64[frames, rows]: all frames in one question, real rows among the others."""
        return self.answers.ask(frames_stacked(frames)).reshape(len(frames), -1)

    def _real(self, places: Places, most: int) -> Frame:
        drawn = self.rng.choice(places, size=min(most, len(places)), replace=False)
        return self.inputs.whole.take(np.sort(drawn))

    def best(self, places: Places) -> list[tuple[Chosen, Signs]]:
        """The question with the largest lower bound."""
        questions = self._questions(places)
        real = self._real(places, self.plan.search_rows)
        unreal = self._fresh(real.rows)
        frames = [real, unreal, self._redrawn(real, ()), self._redrawn(unreal, ())]
        frames += [frame for chosen in questions for frame in self._put(real, unreal, chosen)]
        found = self._asked(frames)
        signs, at = [], 4
        for chosen in questions:
            signs.append((chosen, self._signs(self._squares(found, at, len(chosen.put)), found[0])))
            at += 4 * len(chosen.put)
        return [max(signs, key=lambda each: each[1].interval.low)]

    def _put(self, real: Frame, unreal: Frame, chosen: Chosen) -> list[Frame]:
        """Both kinds of rows with all but the kept drawn anew, and real rows with one and the other half of it."""
        frames: list[Frame] = []
        for each in chosen.put:
            kept, (one, other) = each.kept, each.detours
            frames += [self._redrawn(real, kept), self._redrawn(unreal, kept)]
            frames += [self._redrawn(real, (*kept, *other)), self._redrawn(real, (*kept, *one))]
        return frames

    def _questions(self, places: Places) -> list[Chosen]:
        """Kept blocks: those that matter most away from the data, alone and in turn with those that matter near it."""
        blocks = range(len(self.inputs.blocks))
        real = self._real(places, self.plan.single_rows)
        unreal = self._fresh(real.rows)
        but = [[other for other in blocks if other != block] for block in blocks]  # everything kept but one
        found = self._asked([real, unreal] + [self._redrawn(rows, kept) for rows in (real, unreal) for kept in but])
        near, off = (
            self._order(found[row], found[start : start + len(but)]) for row, start in ((0, 2), (1, 2 + len(but)))
        )
        turns = list(dict.fromkeys(place for pair in zip(off, near, strict=True) for place in pair))
        most = len(but) - 2
        keeps = [tuple(sorted(turns[:size])) for size in range(2, min(most, self.plan.most_kept) + 1)]
        keeps += [tuple(sorted(off[:size])) for size in range(2, min(most, self.plan.most_off) + 1)]
        return [self._question(kept, near) for kept in dict.fromkeys(keeps)]

    def _question(self, kept: tuple[int, ...], near: Sequence[int]) -> Chosen:
        wider = None
        if near[0] not in kept and len(near) - len(kept) > 2:
            more = tuple(sorted((*kept, near[0])))
            wider = Chosen(self.kind, more, self._detours(more, near))
        return Chosen(self.kind, kept, self._detours(kept, near), wider)

    def _detours(self, kept: tuple[int, ...], near: Sequence[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The blocks that are not kept, dealt out in the order in which they matter near the data: what recognises
        real rows then lies on both detours."""
        others = [place for place in near if place not in kept]
        return tuple(others[0::2]), tuple(others[1::2])

    def signs(self, places: Places, chosen: Chosen) -> Signs:
        """The figure of one set on these rows, each used as often as the plan's number of rows allows."""
        real = self._real(places, self.plan.confirm_rows)
        times = self.plan.confirm_rows // real.rows
        many = real.take(np.repeat(np.arange(real.rows), times))
        unreal = self._fresh(many.rows)
        frames = [many, unreal, self._redrawn(many, ()), self._redrawn(unreal, ())]
        found = self._asked(frames + self._put(many, unreal, chosen))
        squares = [
            [each.reshape(real.rows, times).mean(axis=1) for each in one]
            for one in self._squares(found, 4, len(chosen.put))
        ]
        return self._signs(squares, found[0])

    def _order(self, base: Floats, changed: Floats) -> list[int]:
        """Blocks by how much drawing them anew moves the answers, most first."""
        moved = self.answers.apart(changed, base).mean(axis=1)
        return [int(place) for place in np.argsort(-moved, kind="stable")]

    def _squares(self, found: Floats, first: int, questions: int) -> list[list[Floats]]:
        """For each question distances float64[rows] of real rows from themselves redrawn, kept and whole; the same of
        unreal rows; of both detours from one another; and of both from the real row, added."""
        apart, every = self.answers.apart, []
        for at in range(first, first + 4 * questions, 4):
            pairs = ((0, at), (0, 2), (1, at + 1), (1, 3), (at + 2, at + 3))
            both = apart(found[0], found[at + 2]) + apart(found[0], found[at + 3])
            every.append([*(apart(found[one], found[other]) for one, other in pairs), both])
        return every

    def _signs(self, questions: Sequence[Sequence[Floats]], real: Floats) -> Signs:
        squares = questions[0]
        near, off = ratio_of_means(squares[0], squares[1])[0], ratio_of_means(squares[2], squares[3])[0]
        signs = _two_signs(squares)
        gap, agreement = signs[0][0], signs[1][0]
        for wider in questions[1:]:
            signs += [
                (self.plan.wider_weight * each, self.plan.wider_weight * moved) for each, moved in _two_signs(wider)
            ]
        ends = [self._around(each, moved, len(signs)) for each, moved in signs]
        interval = Interval(min(low for low, _ in ends), min(high for _, high in ends))
        spread, off_all = self.answers.spread(real), squares[3]
        variation = float(off_all.mean()) / spread if spread > 0 else math.inf
        changes = min(int((each > 0).sum()) for each in squares[:4])
        value = min(each for each, _ in signs)
        return Signs(near, off, gap, agreement, value, interval, changes, variation, len(off_all))

    def _around(self, value: float, influence: Floats, signs: int) -> tuple[float, float]:
        """Normal ends of one sign of several. The least of the lower ends errs no oftener than one does; the least of
        the upper ends may err as often as all, so these share that chance."""
        side = (1 - self.confidence) / 2
        error = float(influence.std(ddof=1)) / math.sqrt(len(influence))
        below, above = (-float(special.ndtri(chance)) for chance in (side, side / signs))
        return value - below * error, value + above * error


def _two_signs(squares: Sequence[Floats]) -> list[tuple[float, Floats]]:
    """What is left on real rows less what is left on unreal ones, and the agreement of detours, with the influences."""
    left_near, moved_near = ratio_of_means(squares[0], squares[1])
    left_off, moved_off = ratio_of_means(squares[2], squares[3])
    disagreed, moved = ratio_of_means(squares[4], squares[5])
    agreement = 1 - disagreed if squares[5].any() else 0.0
    return [(left_near - left_off, moved_near - moved_off), (agreement, -moved)]


def ratio_of_means(top: Floats, bottom: Floats) -> tuple[float, Floats]:
    """mean(top)/mean(bottom) and each row's influence on it, float64[rows] (the delta method); noughts over nought."""
    below = float(bottom.mean())
    if below <= 0:
        return 0.0, np.zeros(len(top))
    ratio = float(top.mean()) / below
    return ratio, (top - ratio * bottom) / below
