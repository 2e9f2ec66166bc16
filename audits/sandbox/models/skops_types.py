"""What a skops file may hold: our list, fixed here. The file's own idea of what is trusted is never asked.

Left out on purpose: functions, methods and partials; neighbours (their trees and labels are raw indexes), Gaussian
processes, splines, and anything outside scikit-learn.
"""


def _names(module: str, names: str) -> set[str]:
    return {f"{module}.{name}" for name in names.split()}


OBJECTS: frozenset[str] = frozenset(
    set()
    | _names("sklearn.pipeline", "Pipeline FeatureUnion")
    | _names("sklearn.compose._column_transformer", "ColumnTransformer")
    | _names("sklearn.compose._target", "TransformedTargetRegressor")
    | _names("sklearn.linear_model._base", "LinearRegression")
    | _names("sklearn.linear_model._logistic", "LogisticRegression LogisticRegressionCV")
    | _names("sklearn.linear_model._ridge", "Ridge RidgeCV RidgeClassifier RidgeClassifierCV")
    | _names("sklearn.linear_model._coordinate_descent", "Lasso LassoCV ElasticNet ElasticNetCV")
    | _names("sklearn.linear_model._bayes", "BayesianRidge ARDRegression")
    | _names("sklearn.linear_model._huber", "HuberRegressor")
    | _names("sklearn.linear_model._glm.glm", "PoissonRegressor GammaRegressor TweedieRegressor")
    | _names("sklearn.linear_model._quantile", "QuantileRegressor")
    | _names("sklearn.linear_model._stochastic_gradient", "SGDClassifier SGDRegressor")
    | _names("sklearn.linear_model._perceptron", "Perceptron")
    | _names("sklearn.linear_model._theil_sen", "TheilSenRegressor")
    | _names("sklearn.linear_model._least_angle", "Lars LassoLars")
    | _names("sklearn.linear_model._omp", "OrthogonalMatchingPursuit")
    | _names("sklearn.tree._classes", "DecisionTreeClassifier DecisionTreeRegressor ExtraTreeClassifier")
    | _names("sklearn.tree._classes", "ExtraTreeRegressor")
    | _names("sklearn.ensemble._forest", "RandomForestClassifier RandomForestRegressor ExtraTreesClassifier")
    | _names("sklearn.ensemble._forest", "ExtraTreesRegressor")
    | _names("sklearn.ensemble._gb", "GradientBoostingClassifier GradientBoostingRegressor")
    | _names(
        "sklearn.ensemble._hist_gradient_boosting.gradient_boosting",
        "HistGradientBoostingClassifier HistGradientBoostingRegressor",
    )
    | _names("sklearn.ensemble._hist_gradient_boosting.predictor", "TreePredictor")
    | _names("sklearn.ensemble._hist_gradient_boosting.binning", "_BinMapper")
    | _names("sklearn.ensemble._weight_boosting", "AdaBoostClassifier AdaBoostRegressor")
    | _names("sklearn.ensemble._bagging", "BaggingClassifier BaggingRegressor")
    | _names("sklearn.ensemble._voting", "VotingClassifier VotingRegressor")
    | _names("sklearn.ensemble._stacking", "StackingClassifier StackingRegressor")
    | _names("sklearn.svm._classes", "SVC NuSVC LinearSVC SVR NuSVR LinearSVR")
    | _names("sklearn.neural_network._multilayer_perceptron", "MLPClassifier MLPRegressor")
    | _names("sklearn.naive_bayes", "GaussianNB MultinomialNB BernoulliNB ComplementNB")
    | _names("sklearn.discriminant_analysis", "LinearDiscriminantAnalysis QuadraticDiscriminantAnalysis")
    | _names("sklearn.calibration", "CalibratedClassifierCV _CalibratedClassifier _SigmoidCalibration")
    | _names("sklearn.isotonic", "IsotonicRegression")
    | _names("sklearn.dummy", "DummyClassifier DummyRegressor")
    | _names("sklearn.multiclass", "OneVsRestClassifier OneVsOneClassifier")
    | _names("sklearn.model_selection._search", "GridSearchCV RandomizedSearchCV")
    | _names(
        "sklearn.preprocessing._data", "StandardScaler MinMaxScaler MaxAbsScaler RobustScaler Normalizer Binarizer"
    )
    | _names("sklearn.preprocessing._data", "QuantileTransformer PowerTransformer")
    | _names("sklearn.preprocessing._polynomial", "PolynomialFeatures")
    | _names("sklearn.preprocessing._discretization", "KBinsDiscretizer")
    | _names("sklearn.preprocessing._encoders", "OneHotEncoder OrdinalEncoder")
    | _names("sklearn.preprocessing._target_encoder", "TargetEncoder")
    | _names("sklearn.preprocessing._label", "LabelEncoder LabelBinarizer")
    # ColumnTransformer makes one of it for a passthrough; a function in it would be refused as a function.
    | _names("sklearn.preprocessing._function_transformer", "FunctionTransformer")
    | _names("sklearn.feature_extraction.text", "CountVectorizer TfidfVectorizer TfidfTransformer HashingVectorizer")
    | _names("sklearn.impute._base", "SimpleImputer MissingIndicator")
    | _names("sklearn.impute._knn", "KNNImputer")
    | _names("sklearn.decomposition._pca", "PCA")
    | _names("sklearn.decomposition._truncated_svd", "TruncatedSVD")
    | _names("sklearn.feature_selection._variance_threshold", "VarianceThreshold")
    | _names("sklearn.feature_selection._univariate_selection", "SelectKBest SelectPercentile")
    | _names("sklearn.feature_selection._from_model", "SelectFromModel")
    | _names("sklearn.feature_selection._rfe", "RFE RFECV")
    | _names("sklearn._loss.link", "HalfLogitLink IdentityLink Interval LogitLink LogLink MultinomialLogit")
    | _names("sklearn._loss.loss", "AbsoluteError ExponentialLoss HalfBinomialLoss HalfGammaLoss HalfMultinomialLoss")
    | _names("sklearn._loss.loss", "HalfPoissonLoss HalfSquaredError HalfTweedieLoss HalfTweedieLossIdentity HuberLoss")
    | _names("sklearn._loss.loss", "PinballLoss")
)
LOSSES: frozenset[str] = frozenset(
    _names("sklearn._loss._loss", "CyAbsoluteError CyExponentialLoss CyHalfBinomialLoss CyHalfGammaLoss CyHuberLoss")
    | _names("sklearn._loss._loss", "CyHalfMultinomialLoss CyHalfPoissonLoss CyHalfSquaredError CyHalfTweedieLoss")
    | _names("sklearn._loss._loss", "CyHalfTweedieLossIdentity CyPinballLoss")
    | _names("sklearn.linear_model._sgd_fast", "EpsilonInsensitive Hinge ModifiedHuber SquaredEpsilonInsensitive")
    | _names("sklearn.linear_model._sgd_fast", "SquaredHinge")
)
TREE = "sklearn.tree._tree.Tree"
PLAIN: frozenset[str] = frozenset(_names("builtins", "str int float bool"))
SCALARS: frozenset[str] = frozenset(
    _names("numpy", "bool bool_ int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32 float64 str_")
)
DICTS: frozenset[str] = frozenset({"builtins.dict", "collections.OrderedDict", "sklearn.utils._bunch.Bunch"})
# What skops is told to trust beside its own defaults: every name that can come out of our walk.
TRUSTED: tuple[str, ...] = tuple(sorted(OBJECTS | LOSSES | {TREE, "numpy.dtype"} | PLAIN | SCALARS | DICTS))

# Attributes that training leaves behind and predicting never reads, or that would start threads or write: set to this.
SET_ASIDE: dict[str, str] = {
    **dict.fromkeys(("random_state", "_random_state", "_rng", "_feature_subsample_rng", "_optimizer"), "null"),
    **dict.fromkeys(
        ("n_jobs", "memory", "score_func", "cv", "_checked_cv_orig", "cv_results_", "scorer_", "scorers_", "scoring"),
        "null",
    ),
    "verbose": "0",
}
