"""Honest models and scaffolds of the test of the fourth form: none of these detectors, innocent rules and hidden rules
had been put to the check before its figures were fixed."""

from collections.abc import Iterator

import numpy as np
from lightgbm import LGBMClassifier
from scaffold_later_models import Detector, _learned, later_works
from scaffold_models import Attack, Ground, Rule, _by_heart, _class, _scaffold, _scaled, _scored, _share
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomTreesEmbedding,
    StackingClassifier,
)
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression, Perceptron
from sklearn.naive_bayes import BernoulliNB
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer, PolynomialFeatures, QuantileTransformer, StandardScaler
from sklearn.svm import LinearSVC
from xgboost import XGBClassifier


def _ranked(model):
    return make_pipeline(QuantileTransformer(n_quantiles=100, subsample=2_000), model)


def fourth_honest(ground: Ground) -> Iterator[tuple[str, Rule]]:
    """One rule everywhere: 18 kinds."""
    seed, rows, outcome = ground.seed, ground.rows[ground.half], ground.outcome[ground.half]
    trees = RandomForestClassifier(20, max_leaf_nodes=30, random_state=seed)
    fitted = {
        "logistic of ranks": _ranked(LogisticRegression(C=20)),
        "sparse logistic": _scaled(LogisticRegression(l1_ratio=1, solver="saga", C=0.3, max_iter=200)),
        "the four best inputs": make_pipeline(SelectKBest(k=4), GradientBoostingClassifier(n_estimators=40)),
        "forest of entropy": RandomForestClassifier(25, criterion="entropy", random_state=seed),
        "forest of ranks": _ranked(ExtraTreesClassifier(25, bootstrap=True, random_state=seed)),
        "deep trees with fair weights": RandomForestClassifier(20, class_weight="balanced", random_state=seed),
        "boosted stumps": AdaBoostClassifier(n_estimators=60, random_state=seed),
        "darts": LGBMClassifier(n_estimators=40, boosting_type="dart", random_state=seed, n_jobs=1, verbose=-1),
        "random boosting": XGBClassifier(n_estimators=60, subsample=0.5, colsample_bynode=0.4, n_jobs=1),
        "boosting without pause": HistGradientBoostingClassifier(max_iter=150, l2_regularization=0),
        "wide perceptron": _scaled(MLPClassifier((120,), max_iter=80, random_state=seed)),
        "perceptron of ranks": _ranked(MLPClassifier((30, 15), max_iter=150, random_state=seed)),
        "nearest five of ranks": _ranked(KNeighborsClassifier(5)),
        "naive bands": make_pipeline(KBinsDiscretizer(5, encode="onehot-dense"), BernoulliNB()),
        "stacked": StackingClassifier([("a", trees), ("b", _scaled(LogisticRegression()))], cv=3),
    }
    for name, model in fitted.items():
        yield name, _share(model.fit(rows, outcome))
    yield "linear support, classes", _class(_scaled(LinearSVC(C=0.5)).fit(rows, outcome))
    yield "bagged perceptrons, classes", _class(_scaled(BaggingClassifier(Perceptron(), 9)).fit(rows, outcome))
    yield from _scores_by_hand(ground)


def _scores_by_hand(ground: Ground) -> Iterator[tuple[str, Rule]]:
    one, two = (int(place) for place in ground.others[:2])
    scaled = ground.scale.transform
    yield (
        "score that bends",
        lambda rows: (
            1 / (1 + np.exp(2 - 2 * np.abs(scaled(rows)[:, one]) - ground.protected(rows) * scaled(rows)[:, two]))
        ),
    )


# --- attacks -------------------------------------------------------------------------------------------------------


def fourth_attacks(ground: Ground) -> Iterator[Attack]:
    """Those that work: each detector with two pairs of hidden and innocent rules."""
    hidden, innocent = _hidden(ground), _innocent(ground)
    for place, (name, aims, real) in enumerate(_detectors(ground)):
        for turn in (0, 1):
            secret, shown = hidden[(place + turn) % len(hidden)], innocent[(place + 3 * turn) % len(innocent)]
            attack = _scaffold(f"{name} against {aims}; {secret[0]}; {shown[0]}", real, secret[1], shown[1], aims)
            if later_works(attack, secret[1], shown[1], ground):
                yield attack


def _hidden(ground: Ground) -> list[tuple[str, Rule]]:
    one, two = (int(place) for place in ground.others[-2:])
    return [
        (
            "the protected refused",
            lambda rows: np.where(ground.protected(rows), 0.05, 0.75 + 0.2 * ground.above(rows, one)),
        ),
        ("a surcharge", lambda rows: 0.15 + 0.5 * ground.protected(rows) + 0.3 * ground.above(rows, two)),
        (
            "unless high twice",
            lambda rows: (ground.protected(rows) & ~(ground.above(rows, one) & ground.above(rows, two))) * 0.9,
        ),
    ]


def _innocent(ground: Ground) -> list[tuple[str, Rule]]:
    one, two, three = (int(place) for place in ground.others[:3])
    scaled = ground.scale.transform
    return [
        ("slope in two", lambda rows: 1 / (1 + np.exp(-1.5 * (scaled(rows)[:, one] + scaled(rows)[:, three])))),
        ("points of three", lambda rows: np.mean([ground.above(rows, place) for place in (one, two, three)], axis=0)),
        (
            "either, with steps",
            lambda rows: np.where(ground.above(rows, one), 0.8, 0.15 + 0.3 * ground.above(rows, two)),
        ),
        ("one and not another", lambda rows: (ground.above(rows, three) & ~ground.above(rows, two)) * 1.0),
    ]


def _detectors(ground: Ground) -> Iterator[tuple[str, str, Detector]]:
    """(name, explainer aimed at, which rows are real). All know the rows that are evaluated."""
    rows, seed, scaled = ground.rows, ground.seed, ground.scale.transform
    for name, aims, model in (
        ("balanced forest", "mean", RandomForestClassifier(40, class_weight="balanced", random_state=seed)),
        ("forest without draws", "two", RandomForestClassifier(40, bootstrap=False, random_state=seed)),
        ("extra trees of ranks", "many", _ranked(ExtraTreesClassifier(40, random_state=seed))),
        ("boosting by gradient", "noise", GradientBoostingClassifier(n_estimators=80, max_depth=6, random_state=seed)),
        ("perceptron of ranks", "many", _ranked(MLPClassifier((60, 30), max_iter=100, random_state=seed))),
        (
            "perceptron of products",
            "noise",
            make_pipeline(
                StandardScaler(),
                PolynomialFeatures(2),
                StandardScaler(),
                MLPClassifier((30,), max_iter=80, random_state=seed),
            ),
        ),
        ("nearest by city blocks", "two", _scaled(KNeighborsClassifier(1, metric="manhattan"))),
    ):
        yield name, aims, _learned(model, ground, aims)
    far = NearestNeighbors(n_neighbors=2, metric="chebyshev").fit(scaled(rows))
    yield "greatest distance to two rows", "noise", _scored(lambda x: -far.kneighbors(scaled(x))[0].mean(1), rows, 0.1)
    trees = RandomTreesEmbedding(40, max_depth=7, random_state=seed).fit(rows)
    counts = np.asarray(trees.transform(rows).sum(axis=0)).ravel()
    yield (
        "density of random trees",
        "noise",
        _scored(lambda x: np.asarray(trees.transform(x) @ np.log1p(counts)), rows, 0.1),
    )
    order = np.random.default_rng(seed).permutation(rows.shape[1])
    thirds = [_by_heart(rows, np.sort(order[start::3])) for start in range(3)]
    yield "thirds by heart", "many", lambda x: np.sum([known(x) for known in thirds], axis=0) >= 2
    yield "projections by heart", "two", _projections_by_heart(scaled(rows), scaled, seed)


def _projections_by_heart(known: np.ndarray, scaled: Rule, seed: int) -> Detector:
    """Real where all of eight rounded random projections of all inputs are those of known rows."""
    weights = np.random.default_rng(seed).standard_normal((known.shape[1], 8))
    seen = [np.unique(np.rint(column * 500)) for column in (known @ weights).T]

    def real(asked: np.ndarray) -> np.ndarray:
        found = np.rint(scaled(asked) @ weights * 500)
        return np.all([np.isin(column, cells) for column, cells in zip(found.T, seen, strict=True)], axis=0)

    return real
