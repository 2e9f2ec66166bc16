"""Out-of-fold predictions of two models that are trained here: the audit sees only rows a model was not fitted on."""

import csv
import io
from pathlib import Path

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

DATA = Path(__file__).parent / "data"
FOLDS = StratifiedKFold(n_splits=10, shuffle=True, random_state=20260930)
# Approve at an even chance or better: the usual default, chosen before any audit was run.
CREDIT_NUMBERS = (
    "duration_in_month",
    "credit_amount",
    "installment_rate_in_percentage_of_disposable_income",
    "present_residence_since",
    "number_of_existing_credits_at_this_bank",
)
# Sex, age and foreign worker are pre-registered for the audit and kept from the model.
CREDIT_CATEGORIES = (
    "status_of_existing_checking_account",
    "credit_history",
    "purpose",
    "savings_account_and_bonds",
    "present_employment_since",
    "other_debtors_or_guarantors",
    "property",
    "other_installment_plans",
    "housing",
    "job",
    "telephone",
)


def german_credit() -> bytes:
    """CSV: row_id, sex, age_group, repaid (good/bad), p_good out of fold."""
    with (DATA / "german_credit.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    good = np.array([row["creditability"] == "good" for row in rows])
    table = np.array([[row[name] for name in (*CREDIT_NUMBERS, *CREDIT_CATEGORIES)] for row in rows], dtype=object)
    numbers = list(range(len(CREDIT_NUMBERS)))
    categories = list(range(len(CREDIT_NUMBERS), table.shape[1]))
    columns = ColumnTransformer(
        [("numbers", StandardScaler(), numbers), ("categories", OneHotEncoder(handle_unknown="ignore"), categories)]
    )
    model = make_pipeline(columns, LogisticRegression(C=0.3, max_iter=2000))
    p_good = cross_val_predict(model, table, good, cv=FOLDS, method="predict_proba")[:, 1]
    kept = [
        {
            "row_id": row["row_id"],
            "sex": row["sex"],
            "age_group": row["age_group"],
            "repaid": row["creditability"],
            "p_good": f"{p:.6f}",
        }
        for row, p in zip(rows, p_good, strict=True)
    ]
    return _csv(kept)


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
