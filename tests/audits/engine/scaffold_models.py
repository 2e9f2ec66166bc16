"""Honest models and scaffolded ones, each a function of float64[n, d] rows, for the scaffolding corpus.

`seen_attacks` were looked at while the check was made; `attacks` were written afterwards, with other detectors, hidden
rules and innocent rules, and first run when all figures of the check were fixed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    IsolationForest,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.mixture import GaussianMixture
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KernelDensity, KNeighborsClassifier, LocalOutlierFactor, NearestNeighbors
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler
from sklearn.svm import SVC, OneClassSVM
from sklearn.tree import DecisionTreeClassifier

Rule = Callable[[np.ndarray], np.ndarray]


def _scaled(model):
    return make_pipeline(StandardScaler(), model)


def _share(model) -> Rule:
    return lambda rows: model.predict_proba(rows)[:, 1]


def _class(model) -> Rule:
    return lambda rows: model.predict(rows).astype(float)


@dataclass(frozen=True)
class Ground:
    """A data set with the place of the input that is protected or hidden, and a seed."""

    rows: np.ndarray
    outcome: np.ndarray
    hidden: int
    seed: int

    @cached_property
    def middle(self) -> np.ndarray:
        return np.median(self.rows, axis=0)

    @cached_property
    def rng(self) -> np.random.Generator:
        return np.random.default_rng(self.seed)

    @cached_property
    def scale(self) -> StandardScaler:
        return StandardScaler().fit(self.rows)

    @cached_property
    def others(self) -> np.ndarray:
        """Inputs with rows on both sides of their middle, in random order, without the hidden one."""
        share = (self.rows > self.middle).mean(axis=0)
        good = [place for place in range(self.rows.shape[1]) if place != self.hidden and 0.15 < share[place] < 0.85]
        return self.rng.permutation(good)

    @cached_property
    def half(self) -> np.ndarray:
        return self.rng.permutation(len(self.rows))[: len(self.rows) // 2]

    def above(self, rows: np.ndarray, place: int) -> np.ndarray:
        return rows[:, place] > self.middle[place]

    def protected(self, rows: np.ndarray) -> np.ndarray:
        two = len(np.unique(self.rows[:, self.hidden])) == 2
        return rows[:, self.hidden] > (self.rows[:, self.hidden].mean() if two else self.middle[self.hidden])


def honest_models(ground: Ground) -> Iterator[tuple[str, Rule]]:
    """One rule everywhere: fitted models, overfitted ones, ones of other populations, and hand-made rules."""
    seed, rows, outcome = ground.seed, ground.rows[ground.half], ground.outcome[ground.half]
    fitted = {
        "logistic": _scaled(LogisticRegression()),
        "steep logistic": _scaled(LogisticRegression(C=1e4, max_iter=500)),
        "logistic with interactions": make_pipeline(
            StandardScaler(), PolynomialFeatures(2), LogisticRegression(C=0.1, max_iter=500)
        ),
        "shallow tree": DecisionTreeClassifier(max_depth=4, random_state=seed),
        "full tree": DecisionTreeClassifier(random_state=seed),
        "forest": RandomForestClassifier(30, min_samples_leaf=3, random_state=seed),
        "overfitted forest": RandomForestClassifier(30, random_state=seed),
        "extra trees": ExtraTreesClassifier(30, random_state=seed),
        "bagged trees": BaggingClassifier(DecisionTreeClassifier(), 20, random_state=seed),
        "boosted trees": GradientBoostingClassifier(n_estimators=50, random_state=seed),
        "deep boosted trees": GradientBoostingClassifier(n_estimators=60, max_depth=6, random_state=seed),
        "histogram boosted trees": HistGradientBoostingClassifier(max_iter=60, random_state=seed),
        "adaptive boosting": AdaBoostClassifier(n_estimators=40, random_state=seed),
        "calibrated support vectors": _scaled(CalibratedClassifierCV(SVC(), cv=3)),
        "cubic support vectors": _scaled(CalibratedClassifierCV(SVC(kernel="poly"), cv=3)),
        "perceptron": _scaled(MLPClassifier((32,), max_iter=150, random_state=seed)),
        "overfitted perceptron": _scaled(MLPClassifier((64, 64), alpha=0, max_iter=300, random_state=seed)),
        "nearest row": _scaled(KNeighborsClassifier(1)),
        "nearest fifteen": _scaled(KNeighborsClassifier(15)),
        "naive Bayes": GaussianNB(),
        "linear discriminant": _scaled(LinearDiscriminantAnalysis()),
        "quadratic discriminant": _scaled(QuadraticDiscriminantAnalysis(reg_param=0.1)),
    }
    for name, model in fitted.items():
        yield name, _share(model.fit(rows, outcome))
    classes = {
        "logistic, classes": _scaled(LogisticRegression()),
        "ridge, classes": _scaled(RidgeClassifier()),
        "forest, classes": RandomForestClassifier(30, random_state=seed),
        "support vectors, classes": _scaled(SVC(gamma=0.2, C=10)),
        "boosted trees, classes": GradientBoostingClassifier(n_estimators=50, random_state=seed),
    }
    for name, model in classes.items():
        yield name, _class(model.fit(rows, outcome))
    yield from _odd_models(ground, rows, outcome)
    yield from _hand_made(ground)


def _odd_models(ground: Ground, rows: np.ndarray, outcome: np.ndarray) -> Iterator[tuple[str, Rule]]:
    """Fitted to noise, to another population, to all rows by heart, to the protected input."""
    rng, deviation = ground.rng, rows.std(axis=0)
    noise = RandomForestClassifier(30, random_state=ground.seed).fit(rows, rng.permutation(outcome))
    yield "forest of noise", _share(noise)
    elsewhere = rows + 0.5 * deviation * rng.standard_normal(rows.shape)
    yield "boosted trees of elsewhere", _share(GradientBoostingClassifier(n_estimators=50).fit(elsewhere, outcome))
    moved = rows * rng.uniform(0.5, 1.5, rows.shape[1]) + deviation * rng.standard_normal(rows.shape[1])
    yield "logistic of elsewhere", _share(_scaled(LogisticRegression()).fit(moved, outcome))
    by_heart = RandomForestClassifier(30, random_state=ground.seed).fit(ground.rows, ground.outcome)
    yield "forest that knows the rows", _share(by_heart)
    biased = np.where(ground.protected(rows), 1, outcome)
    yield "forest of a biased outcome", _share(RandomForestClassifier(30, random_state=ground.seed).fit(rows, biased))


def _hand_made(ground: Ground) -> Iterator[tuple[str, Rule]]:
    one, two, three, four = (int(place) for place in ground.others[:4])
    low, scaled = np.quantile(ground.rows, 0.3, axis=0), ground.scale.transform

    def equal(rows: np.ndarray) -> np.ndarray:
        cells = ground.rows[:, ground.hidden]
        commonest = np.unique(cells)[np.unique(cells, return_counts=True)[1].argmax()]
        return np.where(rows[:, ground.hidden] == commonest, ground.above(rows, one), ground.above(rows, two))

    yield "constant", lambda rows: np.full(len(rows), 0.3)
    yield "protected openly", lambda rows: ground.protected(rows).astype(float)
    yield "protected and one", lambda rows: (ground.protected(rows) & ground.above(rows, one)).astype(float)
    yield "rules by equality", lambda rows: equal(rows).astype(float)
    yield (
        "rule list",
        lambda rows: np.where(
            ground.above(rows, one), ground.above(rows, two) * 1.0, np.where(ground.above(rows, three), 0.7, 0.2)
        ),
    )
    yield "exclusive or", lambda rows: (ground.above(rows, one) ^ ground.above(rows, two)).astype(float)
    yield "difference", lambda rows: 1 / (1 + np.exp(-6 * (scaled(rows)[:, one] - scaled(rows)[:, two])))
    yield "product", lambda rows: 1 / (1 + np.exp(-2 * scaled(rows)[:, one] * scaled(rows)[:, three]))
    yield "all of four", lambda rows: (rows[:, [one, two, three, four]] >= low[[one, two, three, four]]).all(1) * 1.0


# --- attacks -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Attack:
    """A scaffold: `real` says which rows are answered by the hidden rule; `aims` names the explainer it fools."""

    name: str
    rule: Rule
    real: Callable[[np.ndarray], np.ndarray]
    aims: str


LEAST_REAL, LEAST_CAUGHT = 0.8, 0.7


def works(attack: Attack, ground: Ground) -> bool:
    """Whether it is an attack at all: real rows are mostly answered by the hidden rule, and most rows of the explainer
    it aims at are not (else the explanation shows the hidden rule)."""
    unreal = perturbed(ground.rows, np.random.default_rng(5), 600, attack.aims)
    return attack.real(ground.rows).mean() >= LEAST_REAL and 1 - attack.real(unreal).mean() >= LEAST_CAUGHT


def perturbed(rows: np.ndarray, rng: np.random.Generator, n: int, how: str) -> np.ndarray:
    """Rows as explainers perturb them: mixes of two rows, mixes with a mean row, mixes of many rows, or noise."""
    shape = n, rows.shape[1]
    base = rows[rng.integers(0, len(rows), n)]
    if how == "noise":
        return base + rows.std(axis=0) * rng.standard_normal(shape)
    if how == "many":
        return np.column_stack([column[rng.integers(0, len(rows), n)] for column in rows.T])
    other = rows[rng.integers(0, len(rows), n)] if how == "two" else rows.mean(axis=0)
    return np.where(rng.random(shape) < rng.uniform(0.1, 0.7, (n, 1)), base, other)


def seen_attacks(ground: Ground) -> Iterator[Attack]:
    """Every detector that was looked at, with two pairs of hidden and innocent rules."""
    hidden, innocent = _hidden_rules(ground), _innocent_rules(ground)
    for place, (name, aims, real) in enumerate(_detectors(ground)):
        for turn in (0, 1):
            secret, shown = hidden[(place + turn) % len(hidden)], innocent[(place + 2 * turn) % len(innocent)]
            yield _scaffold(f"{name}; {secret[0]}; {shown[0]}", real, secret[1], shown[1], aims)
    yield from _blurred(ground, hidden[0][1], innocent[0][1])


def _scaffold(name: str, real: Callable[[np.ndarray], np.ndarray], secret: Rule, shown: Rule, aims: str) -> Attack:
    return Attack(name, lambda rows: np.where(real(rows), secret(rows), shown(rows)), real, aims)


def _hidden_rules(ground: Ground) -> list[tuple[str, Rule]]:
    one, two = (int(place) for place in ground.others[-2:])
    return [
        ("protected input", lambda rows: ground.protected(rows) * 1.0),
        (
            "protected or another",
            lambda rows: (ground.protected(rows) | (ground.above(rows, one) & ground.above(rows, two))) * 1.0,
        ),
        ("protected, in shares", lambda rows: 0.2 + 0.6 * ground.protected(rows) + 0.1 * ground.above(rows, one)),
        ("one other input", lambda rows: ground.above(rows, two) * 1.0),
    ]


def _innocent_rules(ground: Ground) -> list[tuple[str, Rule]]:
    one, two, three = (int(place) for place in ground.others[:3])
    scaled = ground.scale.transform
    return [
        ("one input in shares", lambda rows: 1 / (1 + np.exp(-2 * scaled(rows)[:, one]))),
        (
            "majority of three",
            lambda rows: (ground.above(rows, one) * 1 + ground.above(rows, two) + ground.above(rows, three) >= 2) * 1.0,
        ),
        ("either of two", lambda rows: (ground.above(rows, one) | ground.above(rows, two)) * 1.0),
        ("two inputs in shares", lambda rows: 1 / (1 + np.exp(1.5 * (scaled(rows)[:, two] - scaled(rows)[:, one])))),
        ("one input", lambda rows: ground.above(rows, three) * 1.0),
    ]


def _detectors(ground: Ground) -> Iterator[tuple[str, str, Callable[[np.ndarray], np.ndarray]]]:
    """(name, explainer aimed at, which rows are real). Every attacker here knows the rows that are evaluated, as a
    customer does who sends them."""
    rows, rng, scaled = ground.rows, ground.rng, ground.scale.transform
    yield "all inputs by heart", "two", _by_heart(rows, np.arange(rows.shape[1]))
    yield "some inputs by heart", "many", _by_heart(rows, rng.permutation(rows.shape[1])[: max(4, rows.shape[1] // 2)])
    yield "by heart but for one input", "many", _nearly_by_heart(rows)
    seed = ground.seed
    for name, aims, model in (
        ("extra trees", "two", ExtraTreesClassifier(40, random_state=seed)),
        ("extra trees", "noise", ExtraTreesClassifier(40, random_state=seed)),
        ("extra trees", "mean", ExtraTreesClassifier(40, random_state=seed)),
        ("bagged trees", "two", BaggingClassifier(DecisionTreeClassifier(), 15, random_state=seed)),
        ("bagged trees", "mean", BaggingClassifier(DecisionTreeClassifier(), 15, random_state=seed)),
        ("nearest row", "two", _scaled(KNeighborsClassifier(1))),
        ("perceptron", "noise", _scaled(MLPClassifier((48,), max_iter=120, random_state=seed))),
        ("support vectors", "noise", _scaled(CalibratedClassifierCV(SVC(C=10), cv=2))),
        ("logistic of products", "noise", make_pipeline(StandardScaler(), PolynomialFeatures(2), LogisticRegression())),
        ("boosted trees", "noise", HistGradientBoostingClassifier(max_iter=60)),
        ("forest", "two", RandomForestClassifier(40, random_state=seed)),
        ("forest", "noise", RandomForestClassifier(40, random_state=seed)),
    ):
        yield f"{name} against {aims}", aims, _taught(model, ground, aims)
    fitted = NearestNeighbors(n_neighbors=5).fit(scaled(rows))
    yield "distance to five rows", "noise", _scored(lambda x: -fitted.kneighbors(scaled(x))[0].mean(1), rows, 0.1)
    one_class = OneClassSVM(nu=0.1, gamma="scale").fit(scaled(rows))
    yield "one-class support vectors", "noise", _scored(lambda x: one_class.decision_function(scaled(x)), rows, 0.1)
    kernel = KernelDensity(bandwidth=0.3).fit(scaled(rows))
    yield "kernel density", "many", _scored(lambda x: kernel.score_samples(scaled(x)), rows, 0.05)
    lonely = IsolationForest(n_estimators=60, random_state=1).fit(rows)
    yield "isolation forest", "noise", _scored(lonely.score_samples, rows, 0.15)


def _by_heart(rows: np.ndarray, places: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    known = {row.tobytes() for row in np.ascontiguousarray(rows[:, places])}
    return lambda asked: np.array([row.tobytes() in known for row in np.ascontiguousarray(asked[:, places])])


def _nearly_by_heart(rows: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Real is a known row, or one that differs from a known row in one input: single exchanges are not recognised."""
    but = [_by_heart(rows, np.delete(np.arange(rows.shape[1]), place)) for place in range(rows.shape[1])]
    return lambda asked: np.any([one(asked) for one in but], axis=0)


def _taught(model, ground: Ground, aims: str) -> Callable[[np.ndarray], np.ndarray]:
    """Fitted as Slack et al. do: the attacker's rows as real, and perturbed rows that are not among them as unreal."""
    rows = ground.rows
    unreal = np.concatenate([perturbed(rows, ground.rng, 2 * len(rows), how) for how in {aims, "many"}])
    unreal = unreal[~_by_heart(rows, np.arange(rows.shape[1]))(unreal)]
    kind = np.repeat([1, 0], [len(rows), len(unreal)])
    model.fit(np.concatenate([rows, unreal]), kind)
    line = np.quantile(model.predict_proba(rows)[:, 1], 0.1)
    return lambda asked: model.predict_proba(asked)[:, 1] >= min(0.5, line)


def _scored(score: Rule, rows: np.ndarray, missed: float) -> Callable[[np.ndarray], np.ndarray]:
    line = np.quantile(score(rows), missed)
    return lambda asked: score(asked) >= line


def _blurred(ground: Ground, secret: Rule, shown: Rule) -> Iterator[Attack]:
    """Imperfect, mixed and noisy scaffolds over one detector."""
    real = _taught(ExtraTreesClassifier(40, random_state=3), ground, "two")
    weights = np.arange(1, ground.rows.shape[1] + 1)

    def odd(rows: np.ndarray) -> np.ndarray:
        """Noise that is the same whenever the same row is asked."""
        return np.modf(np.abs(np.sin(rows @ weights * 12.9898) * 43758.5453))[0]

    yield Attack("a tenth missed", lambda x: np.where(real(x) | (odd(x) < 0.1), secret(x), shown(x)), real, "two")
    yield Attack(
        "three quarters mixed in",
        lambda x: np.where(real(x), secret(x), 0.75 * shown(x) + 0.25 * secret(x)),
        real,
        "two",
    )
    yield Attack("noise added", lambda x: 0.8 * np.where(real(x), secret(x), shown(x)) + 0.2 * odd(x), real, "two")


# --- attacks that were written after the check -----------------------------------------------------------------------


def attacks(ground: Ground) -> Iterator[Attack]:
    """Detectors, hidden and innocent rules that the check was not made with; two pairs of rules each."""
    hidden, innocent = _later_hidden(ground), _later_innocent(ground)
    for place, (name, aims, real) in enumerate(_later_detectors(ground)):
        for turn in (0, 1):
            secret, shown = hidden[(place + turn) % len(hidden)], innocent[(place + 2 * turn + 1) % len(innocent)]
            yield _scaffold(f"{name}; {secret[0]}; {shown[0]}", real, secret[1], shown[1], aims)


def _later_hidden(ground: Ground) -> list[tuple[str, Rule]]:
    one, two = (int(place) for place in ground.others[-2:])
    return [
        (
            "protected with a bonus",
            lambda rows: np.clip(0.1 + 0.7 * ground.protected(rows) + 0.2 * ground.above(rows, one), 0, 1),
        ),
        ("protected", lambda rows: 1.0 - ground.protected(rows)),
        ("protected or low", lambda rows: (ground.protected(rows) | ~ground.above(rows, two)) * 1.0),
    ]


def _later_innocent(ground: Ground) -> list[tuple[str, Rule]]:
    one, two, three = (int(place) for place in ground.others[:3])
    scaled = ground.scale.transform
    return [
        (
            "the larger of two",
            lambda rows: 1 / (1 + np.exp(-2 * np.maximum(scaled(rows)[:, one], scaled(rows)[:, two]))),
        ),
        ("a weighted sum", lambda rows: (scaled(rows)[:, [one, two, three]] @ [1, 0.7, 0.5] > 0) * 1.0),
        ("bands of one", lambda rows: np.clip(np.floor(2 + scaled(rows)[:, two]) / 4, 0, 1)),
        ("one below", lambda rows: 1.0 - ground.above(rows, one)),
    ]


def _later_detectors(ground: Ground) -> Iterator[tuple[str, str, Callable[[np.ndarray], np.ndarray]]]:
    rows, seed, scaled = ground.rows, ground.seed, ground.scale.transform
    for name, aims, model in (
        ("adaptive boosting", "two", AdaBoostClassifier(DecisionTreeClassifier(max_depth=8), n_estimators=30)),
        ("adaptive boosting", "noise", AdaBoostClassifier(DecisionTreeClassifier(max_depth=3), n_estimators=30)),
        ("one deep tree", "two", DecisionTreeClassifier(random_state=seed)),
        ("one deep tree", "mean", DecisionTreeClassifier(random_state=seed)),
        ("quadratic discriminant", "noise", _scaled(QuadraticDiscriminantAnalysis(reg_param=0.01))),
        ("quadratic discriminant", "many", _scaled(QuadraticDiscriminantAnalysis(reg_param=0.01))),
        ("bagged nearest rows", "many", _scaled(BaggingClassifier(KNeighborsClassifier(1), 5, random_state=seed))),
        ("perceptron of two layers", "noise", _scaled(MLPClassifier((64, 32), max_iter=150, random_state=seed))),
    ):
        yield f"{name} against {aims}", aims, _taught(model, ground, aims)
    outlying = LocalOutlierFactor(n_neighbors=15, novelty=True).fit(scaled(rows))
    yield "local outlier factor", "noise", _scored(lambda x: outlying.score_samples(scaled(x)), rows, 0.1)
    axes = PCA(0.9).fit(scaled(rows))
    yield (
        "distance from principal axes",
        "noise",
        _scored(lambda x: -((axes.inverse_transform(axes.transform(scaled(x))) - scaled(x)) ** 2).sum(1), rows, 0.1),
    )
    mixture = GaussianMixture(8, reg_covar=1e-3, random_state=seed).fit(scaled(rows))
    yield "mixture of normals", "noise", _scored(lambda x: mixture.score_samples(scaled(x)), rows, 0.1)
    yield "mixture of normals", "many", _scored(lambda x: mixture.score_samples(scaled(x)), rows, 0.1)
    yield "inputs foretold from the others", "many", _scored(_foretold(scaled(rows), scaled), rows, 0.1)
    yield "rounded cells by heart", "two", _rounded_by_heart(rows, ground.scale)
    yield "pairs by heart", "many", _pairs_by_heart(rows)


def _foretold(rows: np.ndarray, scaled: Rule) -> Rule:
    """Minus the squared errors of each input's linear regression on all others: from the precision matrix."""
    precision = np.linalg.inv(np.cov(rows.T) + 0.01 * np.eye(rows.shape[1]))
    weights = precision / np.diag(precision)
    return lambda asked: -((scaled(asked) @ weights) ** 2 * np.diag(precision)).sum(axis=1)


def _rounded_by_heart(rows: np.ndarray, scale: StandardScaler) -> Callable[[np.ndarray], np.ndarray]:
    def rounded(asked: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray(np.rint(4 * scale.transform(asked))).astype(np.int64)

    known = {row.tobytes() for row in rounded(rows)}
    return lambda asked: np.array([row.tobytes() in known for row in rounded(asked)])


def _pairs_by_heart(rows: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Real where nine of ten pairs of neighbouring columns stand in a known row."""
    places = [np.array([place, place + 1]) for place in range(rows.shape[1] - 1)]
    pairs = [_by_heart(rows, pair) for pair in places]
    return lambda asked: np.mean([pair(asked) for pair in pairs], axis=0) >= 0.9
