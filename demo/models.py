"""Out-of-fold predictions of a model that is trained here: the audit sees only rows a model was not fitted on."""

import csv
import io

from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

FOLDS = StratifiedKFold(n_splits=10, shuffle=True, random_state=20260930)


def breast_cancer() -> bytes:
    """CSV: row_id, diagnosis (malignant/benign), p_malignant out of fold."""
    bundle = load_breast_cancer()
    malignant = bundle.target == 0
    model = make_pipeline(StandardScaler(), LogisticRegression(C=1.0, max_iter=2000))
    p_malignant = cross_val_predict(model, bundle.data, malignant, cv=FOLDS, method="predict_proba")[:, 1]
    rows = [
        {"row_id": i, "diagnosis": "malignant" if ill else "benign", "p_malignant": f"{p:.6f}"}
        for i, (ill, p) in enumerate(zip(malignant, p_malignant, strict=True), start=1)
    ]
    return _csv(rows)


def _csv(rows: list[dict[str, object]]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()
