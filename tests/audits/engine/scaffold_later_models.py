"""Honest models and scaffolds of the scaffolding corpus's last test: none of these detectors, innocent rules and hidden
rules had been put to the check before its figures were fixed."""

from collections.abc import Callable, Iterator

import numpy as np
from lightgbm import LGBMClassifier
from scaffold_models import Attack, Ground, Rule, _class, _scaffold, _scaled, _scored, _share, perturbed
from scaffold_models import works as hides
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import KMeans
from sklearn.covariance import EllipticEnvelope
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import (
    BaggingClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomTreesEmbedding,
    VotingClassifier,
)
from sklearn.kernel_approximation import Nystroem, RBFSampler
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer, PolynomialFeatures, SplineTransformer, StandardScaler
from sklearn.tree import DecisionTreeClassifier, ExtraTreeClassifier
from xgboost import XGBClassifier

Detector = Callable[[np.ndarray], np.ndarray]


def _light(seed: int, **more) -> LGBMClassifier:
    return LGBMClassifier(n_estimators=50, random_state=seed, n_jobs=1, verbose=-1, **more)


def _extreme(seed: int, **more) -> XGBClassifier:
    return XGBClassifier(n_estimators=50, random_state=seed, n_jobs=1, **more)


def _logistic() -> LogisticRegression:
    return LogisticRegression(max_iter=400)


def later_honest(ground: Ground) -> Iterator[tuple[str, Rule]]:
    """One rule everywhere: 31 kinds."""
    seed, rows, outcome = ground.seed, ground.rows[ground.half], ground.outcome[ground.half]
    few = ExtraTreesClassifier(25, min_samples_leaf=4, random_state=seed)
    fitted = {
        "extra trees by heart": ExtraTreesClassifier(25, random_state=seed),
        "extra trees with larger leaves": few,
        "one extra tree": ExtraTreeClassifier(random_state=seed),
        "bagged extra trees": BaggingClassifier(ExtraTreeClassifier(), 15, random_state=seed),
        "deep forest by heart": RandomForestClassifier(25, bootstrap=False, max_features=0.5, random_state=seed),
        "forest of stumps": RandomForestClassifier(40, max_depth=2, random_state=seed),
        "bagged nearest three": _scaled(BaggingClassifier(KNeighborsClassifier(3), 4, random_state=seed)),
        "nearest seven by distance": _scaled(KNeighborsClassifier(7, weights="distance")),
        "light boosting": _light(seed),
        "light boosting by heart": _light(seed, num_leaves=60, min_child_samples=1, learning_rate=0.3),
        "extreme boosting": _extreme(seed, max_depth=3),
        "extreme boosting by heart": _extreme(seed, max_depth=9, learning_rate=0.5),
        "monotone boosting": HistGradientBoostingClassifier(
            max_iter=40, monotonic_cst=[1] * rows.shape[1], random_state=seed
        ),
        "perceptron of three layers": _scaled(MLPClassifier((24, 24, 24), max_iter=150, random_state=seed)),
        "tanh perceptron by heart": _scaled(
            MLPClassifier((80,), activation="tanh", alpha=0, solver="lbfgs", max_iter=300, random_state=seed)
        ),
        "additive splines": make_pipeline(StandardScaler(), SplineTransformer(5), _logistic()),
        "logistic in bands": make_pipeline(
            KBinsDiscretizer(4, strategy="uniform"), LogisticRegression(C=0.5, max_iter=400)
        ),
        "random waves": make_pipeline(
            StandardScaler(), RBFSampler(gamma=0.1, n_components=150, random_state=seed), _logistic()
        ),
        "kernel logistic": make_pipeline(StandardScaler(), Nystroem(n_components=120, random_state=seed), _logistic()),
        "cubes of all": make_pipeline(
            StandardScaler(),
            PolynomialFeatures((3, 3), interaction_only=True),
            LogisticRegression(C=0.05, max_iter=400),
        )
        if rows.shape[1] < 15
        else _scaled(LogisticRegression(C=10, max_iter=400)),
        "vote of three": VotingClassifier(
            [("a", _scaled(_logistic())), ("b", DecisionTreeClassifier(max_depth=6)), ("c", GaussianNB())],
            voting="soft",
        ),
        "calibrated forest": CalibratedClassifierCV(RandomForestClassifier(15, random_state=seed), method="isotonic"),
    }
    for name, model in fitted.items():
        yield name, _share(model.fit(rows, outcome))
    yield "nearest three, classes", _class(_scaled(KNeighborsClassifier(3)).fit(rows, outcome))
    yield "extra trees, classes", _class(ExtraTreesClassifier(25, random_state=seed).fit(rows, outcome))
    yield (
        "kernel ridge, classes",
        _class(make_pipeline(StandardScaler(), Nystroem(n_components=100), RidgeClassifier()).fit(rows, outcome)),
    )
    yield from _of_others(ground, rows, outcome)
    yield from _by_hand(ground)


def _of_others(ground: Ground, rows: np.ndarray, outcome: np.ndarray) -> Iterator[tuple[str, Rule]]:
    """Fitted to one side of a column, to mixed rows, and to each group of the protected input by itself."""
    seed, one = ground.seed, int(ground.others[0])
    side = ~ground.above(rows, one)
    yield "forest of one side", _share(RandomForestClassifier(25, random_state=seed).fit(rows[side], outcome[side]))
    mixed = perturbed(rows, np.random.default_rng(seed), len(rows), "many")
    yield "boosting of mixed rows", _share(GradientBoostingClassifier(n_estimators=40).fit(mixed, outcome))
    groups = [np.ones(len(rows), bool) if np.ptp(outcome[kept]) == 0 else kept for kept in _sides(ground, rows)]
    models = [DecisionTreeClassifier(max_depth=5).fit(rows[kept], outcome[kept]) for kept in groups]
    yield (
        "a tree for each group",
        lambda asked: np.where(ground.protected(asked), *(_share(model)(asked) for model in models)),
    )


def _sides(ground: Ground, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    group = ground.protected(rows)
    return group, ~group


def _by_hand(ground: Ground) -> Iterator[tuple[str, Rule]]:
    one, two, three, four = (int(place) for place in ground.others[:4])
    edges = np.quantile(ground.rows, [0.25, 0.5, 0.75], axis=0)

    def points(rows: np.ndarray) -> np.ndarray:
        total = sum((rows[:, [place]] > edges[:, place]).sum(axis=1) for place in (one, two, three, four))
        return np.asarray(total + 3 * ground.protected(rows)) / 15

    def steps(rows: np.ndarray) -> np.ndarray:
        high = [rows[:, place] > edges[1, place] for place in (one, two, three)]
        return np.select([high[0] & high[1], high[0], high[1] & high[2]], [0.9, 0.6, 0.4], 0.1)

    yield "points with the protected input", points
    yield "steps that never fall", steps
    yield (
        "tariff of factors",
        lambda rows: 0.05 * np.prod([1 + 0.8 * ground.above(rows, p) for p in (one, two, three)], 0),
    )
    yield "protected against one", lambda rows: (ground.protected(rows) ^ ground.above(rows, two)) * 1.0


# --- attacks -------------------------------------------------------------------------------------------------------

LEAST_MOVED = 0.1  # mean change of the real rows' answers below which the hidden rule hides next to nothing


def later_works(attack: Attack, secret: Rule, shown: Rule, ground: Ground) -> bool:
    """As `works` of the earlier corpus; and the hidden rule is another one than the innocent one on real rows."""
    moved = np.abs(secret(ground.rows) - shown(ground.rows)).mean()
    return bool(moved >= LEAST_MOVED) and hides(attack, ground)


def later_attacks(ground: Ground) -> Iterator[Attack]:
    """Those that work: each detector with two pairs of hidden and innocent rules."""
    hidden, innocent = _hidden(ground), _innocent(ground)
    for place, (name, aims, real) in enumerate(_detectors(ground)):
        for turn in (0, 1):
            secret, shown = hidden[(place + turn) % len(hidden)], innocent[(place + 2 * turn) % len(innocent)]
            attack = _scaffold(f"{name} against {aims}; {secret[0]}; {shown[0]}", real, secret[1], shown[1], aims)
            if later_works(attack, secret[1], shown[1], ground):
                yield attack


def _hidden(ground: Ground) -> list[tuple[str, Rule]]:
    one, two = (int(place) for place in ground.others[-2:])
    return [
        ("the protected pay more", lambda rows: 0.05 + 0.85 * ground.protected(rows)),
        ("protected and not high", lambda rows: (ground.protected(rows) & ~ground.above(rows, one)) * 1.0),
        (
            "two of three",
            lambda rows: (0.0 + ground.protected(rows) + ground.above(rows, one) + ground.above(rows, two)) / 3,
        ),
        ("protected against one", lambda rows: (ground.protected(rows) ^ ground.above(rows, two)) * 0.8 + 0.1),
    ]


def _innocent(ground: Ground) -> list[tuple[str, Rule]]:
    one, two, three = (int(place) for place in ground.others[:3])
    scaled = ground.scale.transform
    high = np.quantile(ground.rows, 0.7, axis=0)
    return [
        ("both of two", lambda rows: (ground.above(rows, one) & ground.above(rows, three)) * 1.0),
        ("points of two", lambda rows: (1.0 * ground.above(rows, one) + (rows[:, two] > high[two])) / 2),
        ("steep in one", lambda rows: 1 / (1 + np.exp(-4 * (scaled(rows)[:, three] - 0.2)))),
        ("one under another", lambda rows: (scaled(rows)[:, one] < scaled(rows)[:, two]) * 1.0),
        ("ladder", lambda rows: np.where(ground.above(rows, two), 0.9, np.where(ground.above(rows, one), 0.5, 0.1))),
    ]


def _detectors(ground: Ground) -> Iterator[tuple[str, str, Detector]]:
    """(name, explainer aimed at, which rows are real)."""
    rows, seed, scaled = ground.rows, ground.seed, ground.scale.transform
    near = rows.shape[1]
    for name, aims, model in (
        ("light boosting", "two", _light(seed, num_leaves=63, min_child_samples=3)),
        ("light boosting", "noise", _light(seed)),
        ("extreme boosting", "mean", _extreme(seed, max_depth=8)),
        ("extreme boosting", "many", _extreme(seed, max_depth=6)),
        ("trees of half the columns", "two", BaggingClassifier(DecisionTreeClassifier(), 20, max_features=0.6)),
        (
            "random waves",
            "noise",
            make_pipeline(StandardScaler(), RBFSampler(gamma=0.05, n_components=250), LogisticRegression()),
        ),
        ("nearest three by distance", "two", _scaled(KNeighborsClassifier(3, weights="distance"))),
        (
            "discriminant of products",
            "many",
            make_pipeline(StandardScaler(), PolynomialFeatures(2), LinearDiscriminantAnalysis()),
        ),
        ("tanh perceptron", "noise", _scaled(MLPClassifier((50,), activation="tanh", max_iter=150, random_state=seed))),
    ):
        yield name, aims, _learned(model, ground, aims)
    robust = EllipticEnvelope(support_fraction=0.9, random_state=seed).fit(
        scaled(rows) + 0.01 * ground.rng.standard_normal(rows.shape)
    )
    yield "robust ellipse", "noise", _scored(lambda x: robust.score_samples(scaled(x)), rows, 0.1)
    centres = KMeans(60, n_init=1, random_state=seed).fit(scaled(rows))
    yield "distance to sixty centres", "noise", _scored(lambda x: -centres.transform(scaled(x)).min(axis=1), rows, 0.1)
    street = NearestNeighbors(n_neighbors=1, metric="manhattan").fit(scaled(rows))
    yield "within reach of a row", "two", lambda x: street.kneighbors(scaled(x))[0][:, 0] < 0.05 * near
    narrow = MLPRegressor(hidden_layer_sizes=(24, max(2, near // 3), 24), max_iter=150, random_state=seed).fit(
        scaled(rows), scaled(rows)
    )
    yield "bottleneck", "noise", _scored(lambda x: -((narrow.predict(scaled(x)) - scaled(x)) ** 2).sum(1), rows, 0.1)
    yield "leaves by heart", "many", _leaves_by_heart(rows, seed)
    yield "sum by heart", "two", _sum_by_heart(rows)


def _learned(model, ground: Ground, aims: str) -> Detector:
    """Taught on real rows against what the explainer makes; the line keeps nine real rows of ten."""
    rows, rng = ground.rows, np.random.default_rng(ground.seed)
    unreal = np.concatenate([perturbed(rows, rng, 2 * len(rows), how) for how in dict.fromkeys((aims, "two"))])
    kind = np.repeat([1, 0], [len(rows), len(unreal)])
    model.fit(np.concatenate([rows, unreal]), kind)
    line = np.quantile(model.predict_proba(rows)[:, 1], 0.1)
    return lambda asked: model.predict_proba(asked)[:, 1] >= min(0.6, line)


def _leaves_by_heart(rows: np.ndarray, seed: int) -> Detector:
    """Real where nearly all pairs of leaves of neighbouring random trees hold a known row."""
    trees = RandomTreesEmbedding(16, max_depth=4, random_state=seed).fit(rows)
    found = trees.apply(rows).astype(np.int64)
    pairs = [set((found[:, place] * 1_000 + found[:, place + 1]).tolist()) for place in range(15)]

    def real(asked: np.ndarray) -> np.ndarray:
        leaves = trees.apply(asked).astype(np.int64)
        known = [np.isin(leaves[:, place] * 1_000 + leaves[:, place + 1], list(pairs[place])) for place in range(15)]
        return np.mean(known, axis=0) >= 0.95

    return real


def _sum_by_heart(rows: np.ndarray) -> Detector:
    """Real where a weighted sum of all inputs, rounded, is that of a known row."""
    weights = np.sqrt(np.arange(2, rows.shape[1] + 2)) / (rows.std(axis=0) + 1e-9)
    known = np.unique(np.rint(rows @ weights * 1e5))
    return lambda asked: np.isin(np.rint(asked @ weights * 1e5), known)
