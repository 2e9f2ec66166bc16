"""A search for the smallest change of a row that flips its decision, by questions alone (DOMAIN 1.0 rule 8).

Greedy by coordinates: every input is moved to the ends of its bound, the best move is kept, then the next input. Rows
that stay are tried at random places within the bounds. What flips is shrunk towards the row: inputs put back one by
one, then the rest by bisection (as in boundary attacks, Brendel, Rauber and Bethge 2018). All rows go forward together,
so that a question of the model is a batch. Not found within B questions is not proof that there is nothing to find.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from audits.engine.frame import Floats, Mask
from audits.engine.searchspace import Feature, Space

BATCH = 20  # random places of a row asked at once
BISECTIONS = 6  # the last step is a sixty-fourth of the change


@dataclass(frozen=True)
class SearchPlan:
    """rows: that are searched; queries: of each; bound: a number's largest move in inter-quartile ranges; most_changed:
    inputs of a row; others: values of a category that are tried; reserved: queries kept for shrinking; told: the lower
    bound of the share found above which it is a finding."""

    rows: int
    queries: int
    bound: float
    most_changed: int
    others: int
    reserved: int
    told: float


# Answers to candidate rows: which flip, and how far each is from flipping (smaller is nearer).
Ask = Callable[[NDArray[np.int64], Floats], tuple[Mask, Floats]]


@dataclass
class Hunt:
    """One row: where it stands, the best place so far, and what was found."""

    row: int
    origin: Floats
    left: int
    margin: float
    here: Floats = field(default_factory=lambda: np.zeros(0))
    found: Floats | None = None
    stuck: bool = False
    asked: int = 0

    @property
    def changed(self) -> NDArray[np.int64]:
        return np.flatnonzero(_differs(self.here, self.origin))

    def spend(self, count: int) -> int:
        """How many of `count` questions may still be asked."""
        allowed = max(0, min(count, self.left))
        self.left, self.asked = self.left - allowed, self.asked + allowed
        return allowed


def hunt_all(
    space: Space, rows: NDArray[np.int64], margins: Floats, ask: Ask, rng: np.random.Generator, plan: SearchPlan,
    say: Callable[[str], None] = lambda _text: None,
) -> list[Hunt]:  # fmt: skip
    """The rows, searched; `margins` are those of the rows as they are."""
    origins = space.vectors(rows)
    hunts = [
        Hunt(int(row), origin, max(0, plan.queries - plan.reserved), float(margin), origin.copy())
        for row, origin, margin in zip(rows, origins, margins, strict=True)
    ]
    for step in range(plan.most_changed):
        say(f"adversarial search: input {step + 1}")
        _step(hunts, ask, space, rng, plan)
    while any(hunt.found is None and hunt.left > 0 for hunt in hunts):
        say(f"adversarial search: {sum(hunt.found is not None for hunt in hunts)} of {len(hunts)} rows flipped")
        _restart(hunts, ask, space, rng, plan)
    for hunt in hunts:
        hunt.left += min(plan.reserved, plan.queries)
    say("adversarial search: shrinking what was found")
    _put_back(hunts, ask, space, plan)
    _bisect(hunts, ask, space)
    return hunts


def size(vector: Floats, origin: Floats, features: tuple[Feature, ...]) -> tuple[int, float]:
    """Inputs changed, and the largest move of a number in inter-quartile ranges."""
    changed = np.flatnonzero(_differs(vector, origin))
    moves = [abs(vector[i] - origin[i]) / features[i].spread for i in changed if not features[i].values]
    return len(changed), max(moves, default=0.0)


def _differs(first: Floats, second: Floats) -> Mask:
    return np.asarray((first != second) & ~(np.isnan(first) & np.isnan(second)))


def _asked(hunts: list[Hunt], candidates: list[Floats], ask: Ask) -> list[tuple[Mask, Floats]]:
    """One batch for all rows, and what it says of each."""
    sizes = [len(each) for each in candidates]
    if not sum(sizes):
        return [(np.zeros(0, bool), np.zeros(0)) for _ in hunts]
    origins = np.repeat([hunt.row for hunt in hunts], sizes)
    flips, margins = ask(origins, np.concatenate([each for each in candidates if len(each)]))
    cuts = np.cumsum(sizes)[:-1]
    return list(zip(np.split(flips, cuts), np.split(margins, cuts), strict=True))


def _step(hunts: list[Hunt], ask: Ask, space: Space, rng: np.random.Generator, plan: SearchPlan) -> None:
    """One more input changed: the best of all single moves from where each row stands."""
    going = [hunt for hunt in hunts if hunt.found is None and not hunt.stuck]
    candidates = []
    for hunt in going:
        moves = _moves(hunt, space.features, rng, plan)
        allowed = hunt.spend(len(moves))
        candidates.append(moves if allowed == len(moves) else moves[rng.permutation(len(moves))[:allowed]])
    for hunt, places, (flips, margins) in zip(going, candidates, _asked(going, candidates, ask), strict=True):
        if flips.any():
            hunt.found = _smallest(places[flips], hunt.origin, space.features)
        elif len(places) and margins.min() < hunt.margin:
            hunt.here, hunt.margin = places[int(margins.argmin())], float(margins.min())
        else:
            hunt.stuck = True


def _moves(hunt: Hunt, features: tuple[Feature, ...], rng: np.random.Generator, plan: SearchPlan) -> Floats:
    """Where the row may go by changing one input that is not changed yet."""
    moves = []
    for place, each in enumerate(features):
        start = hunt.origin[place]
        if np.isnan(start) or hunt.here[place] != start:
            continue
        for value in _ends(each, start, rng, plan):
            moved = hunt.here.copy()
            moved[place] = value
            moves.append(moved)
    return np.array(moves).reshape(-1, len(features))


def _ends(each: Feature, start: float, rng: np.random.Generator, plan: SearchPlan) -> list[float]:
    if each.values:
        others = [code for code in range(each.values) if code != start]
        return [float(code) for code in rng.permutation(others)[: plan.others]]
    ends = {each.placed(start - each.bound), each.placed(start + each.bound)}
    return sorted(end for end in ends if end != start and abs(end - start) <= each.bound * (1 + 1e-12))


def _restart(hunts: list[Hunt], ask: Ask, space: Space, rng: np.random.Generator, plan: SearchPlan) -> None:
    """Random places within the bounds of rows that are still to be flipped."""
    going = [hunt for hunt in hunts if hunt.found is None and hunt.left > 0]
    candidates = [_random(hunt, hunt.spend(BATCH), space.features, rng, plan) for hunt in going]
    for hunt, places, (flips, _margins) in zip(going, candidates, _asked(going, candidates, ask), strict=True):
        if flips.any():
            hunt.found = _smallest(places[flips], hunt.origin, space.features)


def _random(
    hunt: Hunt, count: int, features: tuple[Feature, ...], rng: np.random.Generator, plan: SearchPlan
) -> Floats:
    places, stated = np.tile(hunt.origin, (count, 1)), np.flatnonzero(~np.isnan(hunt.origin))
    for place in places:
        several = min(len(stated), int(rng.integers(1, plan.most_changed + 1)))
        for chosen in rng.choice(stated, size=several, replace=False):
            each, start = features[chosen], hunt.origin[chosen]
            if each.values:
                place[chosen] = (start + rng.integers(1, each.values)) % each.values
            else:
                place[chosen] = _within(each, start + each.bound * rng.uniform(-1, 1), start)
    return np.asarray(places)


def _within(each: Feature, number: float, start: float) -> float:
    """The place of a number that is not outside the bound after it was clipped or made whole."""
    placed = each.placed(number)
    return placed if abs(placed - start) <= each.bound * (1 + 1e-12) else float(start)


def _smallest(places: Floats, origin: Floats, features: tuple[Feature, ...]) -> Floats:
    return np.asarray(min(places, key=lambda place: (*size(place, origin, features), place.tolist())))


def _put_back(hunts: list[Hunt], ask: Ask, space: Space, plan: SearchPlan) -> None:
    """Inputs that need not change go back to what they were, one at a time."""
    for _ in range(plan.most_changed - 1):
        going, candidates = [], []
        for hunt in hunts:
            if hunt.found is None:
                continue
            changed = np.flatnonzero(_differs(hunt.found, hunt.origin))
            if len(changed) > 1:
                without = np.tile(hunt.found, (len(changed), 1))
                without[np.arange(len(changed)), changed] = hunt.origin[changed]
                going.append(hunt)
                candidates.append(without[: hunt.spend(len(without))])
        for hunt, places, (flips, _margins) in zip(going, candidates, _asked(going, candidates, ask), strict=True):
            if flips.any():
                hunt.found = _smallest(places[flips], hunt.origin, space.features)


def _bisect(hunts: list[Hunt], ask: Ask, space: Space) -> None:
    """Half of the way back, again and again: the numbers of what was found as near as they may be."""
    going = [hunt for hunt in hunts if hunt.found is not None]
    near = {id(hunt): 0.0 for hunt in going}
    far = {id(hunt): 1.0 for hunt in going}
    ends = {id(hunt): hunt.found for hunt in going}
    for _ in range(BISECTIONS):
        candidates = []
        for hunt in going:
            middle = (near[id(hunt)] + far[id(hunt)]) / 2
            between = _between(hunt.origin, np.asarray(ends[id(hunt)]), middle, space.features)
            candidates.append(between.reshape(1, -1)[: hunt.spend(1)])
        for hunt, places, (flips, _margins) in zip(going, candidates, _asked(going, candidates, ask), strict=True):
            if not len(places):
                continue
            middle = (near[id(hunt)] + far[id(hunt)]) / 2
            if flips[0]:
                hunt.found, far[id(hunt)] = places[0], middle
            else:
                near[id(hunt)] = middle


def _between(origin: Floats, end: Floats, share: float, features: tuple[Feature, ...]) -> Floats:
    """Numbers `share` of the way from the row to `end`; categories as at the end."""
    found = end.copy()
    for place, each in enumerate(features):
        if not each.values and _differs(end[place : place + 1], origin[place : place + 1])[0]:
            found[place] = each.placed(origin[place] + share * (end[place] - origin[place]))
    return found
