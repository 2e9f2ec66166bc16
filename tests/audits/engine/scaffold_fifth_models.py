"""Honest models and scaffolds of the test of the fifth form: none of these detectors, innocent rules and hidden rules
had been put to the check before its figures were fixed."""

from collections.abc import Iterator

import numpy as np
from lightgbm import LGBMClassifier
from scaffold_later_models import Detector, _learned, later_works
from scaffold_models import Attack, Ground, Rule, _class, _scaffold, _scaled, _scored, _share
from scipy import stats
from sklearn.calibration import CalibratedClassifierCV
from sklearn.decomposition import KernelPCA
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.mixture import BayesianGaussianMixture, GaussianMixture
from sklearn.naive_bayes import CategoricalNB, GaussianNB
from sklearn.neighbors import KNeighborsClassifier, NearestCentroid, NearestNeighbors
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, KBinsDiscretizer, PolynomialFeatures, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from xgboost import XGBClassifier


def fifth_honest(ground: Ground) -> Iterator[tuple[str, Rule]]:
    """One rule everywhere: 18 kinds."""
    seed, rows, outcome = ground.seed, ground.rows[ground.half], ground.outcome[ground.half]
    light = {"n_estimators": 40, "random_state": seed, "n_jobs": 1, "verbose": -1}
    boosted = GradientBoostingClassifier(n_estimators=60, subsample=0.6, max_depth=4, random_state=seed)
    fitted = {
        "pruned tree": DecisionTreeClassifier(ccp_alpha=0.004, random_state=seed),
        "tree of large leaves": DecisionTreeClassifier(min_samples_leaf=15, random_state=seed),
        "forest of few inputs": RandomForestClassifier(40, max_features=1, min_samples_leaf=2, random_state=seed),
        "extreme stumps": XGBClassifier(n_estimators=80, max_depth=1, learning_rate=0.3, n_jobs=1),
        "extreme forest": XGBClassifier(n_estimators=40, max_depth=5, reg_lambda=5, min_child_weight=5, n_jobs=1),
        "light extra trees": LGBMClassifier(extra_trees=True, num_leaves=15, **light),
        "light forest": LGBMClassifier(boosting_type="rf", bagging_freq=1, bagging_fraction=0.6, **light),
        "histograms of small leaves": HistGradientBoostingClassifier(max_iter=60, max_leaf_nodes=6, random_state=seed),
        "sampled boosting, calibrated": CalibratedClassifierCV(boosted, method="sigmoid", cv=3),
        "logistic of squares": make_pipeline(
            StandardScaler(), PolynomialFeatures(2, interaction_only=True), LogisticRegression(C=0.02, max_iter=400)
        ),
        "elastic net by steps": _scaled(
            SGDClassifier(loss="log_loss", penalty="elasticnet", alpha=0.003, random_state=seed)
        ),
        "support vectors, sigmoid curve": _scaled(CalibratedClassifierCV(SVC(C=2, gamma="auto"), cv=3)),
        "naive Bayes, calibrated": CalibratedClassifierCV(GaussianNB(), method="isotonic", cv=3),
        "naive categories": make_pipeline(
            KBinsDiscretizer(4, encode="ordinal", strategy="kmeans"),
            FunctionTransformer(lambda x: np.clip(x, 0, 3)),
            CategoricalNB(min_categories=4),
        ),
        "logistic perceptron": _scaled(MLPClassifier((16,), activation="logistic", max_iter=200, random_state=seed)),
    }
    for name, model in fitted.items():
        yield name, _share(model.fit(rows, outcome))
    yield "nearest centre, classes", _class(_scaled(NearestCentroid()).fit(rows, outcome))
    yield "mixture of each outcome", _mixtures(ground, rows, outcome)
    yield "scorecard", _scorecard(ground, rows, outcome)


def _mixtures(ground: Ground, rows: np.ndarray, outcome: np.ndarray) -> Rule:
    """Bayes' rule over a mixture of normals for each outcome."""
    scaled = ground.scale.transform
    models = [
        GaussianMixture(n_components=3, covariance_type="diag", reg_covar=0.1, random_state=ground.seed).fit(
            scaled(rows[outcome == y])
        )
        for y in (0, 1)
    ]

    def chance(asked: np.ndarray) -> np.ndarray:
        odds = models[1].score_samples(scaled(asked)) - models[0].score_samples(scaled(asked))
        return 1 / (1 + np.exp(-np.clip(odds, -30, 30)))

    return chance


def _scorecard(ground: Ground, rows: np.ndarray, outcome: np.ndarray) -> Rule:
    """Points by fifth of each input from its own odds (weight of evidence), added up and cut off at a cap."""
    edges = np.quantile(ground.rows, [0.2, 0.4, 0.6, 0.8], axis=0)

    def fifths(asked: np.ndarray) -> np.ndarray:
        return (asked[None] > edges[:, None]).sum(axis=0)

    base = np.log((outcome.sum() + 1) / ((1 - outcome).sum() + 1))
    known, points = fifths(rows), np.zeros((5, rows.shape[1]))
    for place in range(rows.shape[1]):
        for fifth in range(5):
            here = outcome[known[:, place] == fifth]
            points[fifth, place] = np.log((here.sum() + 1) / ((1 - here).sum() + 1)) - base

    def chance(asked: np.ndarray) -> np.ndarray:
        total = points[fifths(asked), np.arange(rows.shape[1])].sum(axis=1)
        return 1 / (1 + np.exp(-np.clip(total + base, -3, 3)))

    return chance


# --- attacks -------------------------------------------------------------------------------------------------------


def fifth_attacks(ground: Ground) -> Iterator[Attack]:
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
    scaled = ground.scale.transform
    return [
        (
            "the protected, with a slope",
            lambda rows: 1 / (1 + np.exp(1 - 3 * ground.protected(rows) - scaled(rows)[:, one])),
        ),
        ("the protected where low", lambda rows: 0.1 + 0.8 * (ground.protected(rows) & ~ground.above(rows, two))),
        (
            "two rates",
            lambda rows: np.where(
                ground.protected(rows), 0.9 - 0.3 * ground.above(rows, one), 0.1 + 0.2 * ground.above(rows, two)
            ),
        ),
    ]


def _innocent(ground: Ground) -> list[tuple[str, Rule]]:
    one, two, three = (int(place) for place in ground.others[:3])
    scaled = ground.scale.transform
    return [
        ("gentle slope", lambda rows: 1 / (1 + np.exp(-0.8 * scaled(rows)[:, one] - 1.2 * scaled(rows)[:, two]))),
        (
            "steps of three",
            lambda rows: 0.2 + 0.25 * sum(1.0 * ground.above(rows, p) for p in (one, two, three)),
        ),
        ("one unless another", lambda rows: (ground.above(rows, two) & ~ground.above(rows, one)) * 0.9),
        ("three steps", lambda rows: np.searchsorted([-0.5, 0.5], scaled(rows)[:, three]) / 2),
        ("one or the sum", lambda rows: (ground.above(rows, one) | (scaled(rows)[:, [two, three]].sum(1) > 0.5)) * 1.0),
    ]


def _detectors(ground: Ground) -> Iterator[tuple[str, str, Detector]]:
    """(name, explainer aimed at, which rows are real). All know the rows that are evaluated."""
    rows, seed, scaled = ground.rows, ground.seed, ground.scale.transform
    squares = make_pipeline(StandardScaler(), PolynomialFeatures(2), StandardScaler())
    for name, aims, model in (
        (
            "histogram boosting",
            "many",
            HistGradientBoostingClassifier(max_iter=80, max_leaf_nodes=63, random_state=seed),
        ),
        ("histogram boosting", "two", HistGradientBoostingClassifier(max_iter=80, random_state=seed)),
        ("extra trees of differences", "two", make_pipeline(_Pairs(), ExtraTreesClassifier(40, random_state=seed))),
        ("forest of products", "many", make_pipeline(squares, RandomForestClassifier(40, random_state=seed))),
        ("support vectors", "many", _scaled(CalibratedClassifierCV(SVC(C=20, gamma=0.3), cv=2))),
        ("perceptron of three layers", "two", _scaled(MLPClassifier((64, 32, 16), max_iter=120, random_state=seed))),
        ("nearest by angle", "many", _scaled(KNeighborsClassifier(1, metric="cosine"))),
        (
            "light boosting",
            "mean",
            LGBMClassifier(n_estimators=60, num_leaves=40, n_jobs=1, verbose=-1, random_state=seed),
        ),
        ("perceptron", "noise", _scaled(MLPClassifier((60, 20), max_iter=100, alpha=0.01, random_state=seed))),
    ):
        yield name, aims, _learned(model, ground, aims)
    copula = _copula(rows)
    yield "normal copula", "many", _scored(copula, rows, 0.1)
    mixture = BayesianGaussianMixture(n_components=12, reg_covar=1e-3, max_iter=50, random_state=seed).fit(scaled(rows))
    yield "Bayesian mixture", "noise", _scored(lambda x: mixture.score_samples(scaled(x)), rows, 0.1)
    curved = KernelPCA(n_components=30, kernel="rbf", gamma=0.05, fit_inverse_transform=True, random_state=seed).fit(
        scaled(rows)
    )
    yield (
        "curved axes",
        "noise",
        _scored(
            lambda x: -((curved.inverse_transform(curved.transform(scaled(x))) - scaled(x)) ** 2).sum(1), rows, 0.1
        ),
    )
    yield "three parts near known rows", "many", _parts_near(scaled(rows), scaled, seed)
    yield "triples by heart", "many", _triples_by_heart(rows)


class _Pairs(FunctionTransformer):
    """All scaled inputs and the differences of neighbours."""

    def __init__(self) -> None:
        super().__init__(lambda x: np.hstack([x, np.diff(x / (np.abs(x).mean(axis=0) + 1e-9), axis=1)]))


def _copula(rows: np.ndarray) -> Rule:
    """Log density of a normal copula over the inputs' ranks, with a bonus for values that are known."""
    order, n = np.sort(rows, axis=0), len(rows)

    def normals(asked: np.ndarray) -> np.ndarray:
        ranks = [
            (np.searchsorted(column, cells, "left") + np.searchsorted(column, cells, "right")) / 2
            for column, cells in zip(order.T, asked.T, strict=True)
        ]
        return stats.norm.ppf((np.column_stack(ranks) + 0.5) / (n + 1))

    known = normals(rows)
    inverse = np.linalg.inv(np.corrcoef(known.T) + 0.02 * np.eye(rows.shape[1]))
    return lambda asked: (
        -np.einsum("ij,jk,ik->i", normals(asked), inverse, normals(asked)) + (normals(asked) ** 2).sum(1)
    )


def _parts_near(known: np.ndarray, scaled: Rule, seed: int) -> Detector:
    """Real where each of three overlapping parts of the inputs lies near that part of a known row."""
    width = known.shape[1]
    order = np.random.default_rng(seed).permutation(width)
    parts = [np.sort(np.delete(order, np.arange(start, width, 3))) for start in range(3)]
    near = [NearestNeighbors(n_neighbors=1).fit(known[:, part]) for part in parts]
    return lambda asked: np.all(
        [fit.kneighbors(scaled(asked)[:, part])[0][:, 0] < 0.02 * width for fit, part in zip(near, parts, strict=True)],
        axis=0,
    )


def _triples_by_heart(rows: np.ndarray) -> Detector:
    """Real where nearly all neighbouring triples of inputs, in eight bands each, are those of a known row."""
    edges = np.quantile(rows, np.arange(1, 8) / 8, axis=0)

    def codes(asked: np.ndarray) -> np.ndarray:
        bands = (asked[None] > edges[:, None]).sum(axis=0)
        return bands + 8 * np.roll(bands, 1, axis=1) + 64 * np.roll(bands, 2, axis=1)

    known = [np.unique(column) for column in codes(rows).T]

    def real(asked: np.ndarray) -> np.ndarray:
        hits = [np.isin(column, cells) for column, cells in zip(codes(asked).T, known, strict=True)]
        return np.asarray(np.mean(hits, axis=0) >= 0.95)

    return real
