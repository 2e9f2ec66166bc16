"""The rows the demo sends are out-of-fold predictions of the real data, the same on every run."""

import csv
import io

from demo.models import breast_cancer, german_credit


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode())))


def test_german_credit_keeps_the_published_counts():
    sent = rows(german_credit())
    assert len(sent) == 1000
    assert sum(row["repaid"] == "good" for row in sent) == 700
    assert sum(row["sex"] == "male" and row["repaid"] == "good" for row in sent) / 690 == 0.7231884057971014
    assert sum(row["age_group"] == "25_or_under" for row in sent) == 190


def test_breast_cancer_keeps_the_published_counts():
    sent = rows(breast_cancer())
    assert len(sent) == 569
    assert sum(row["diagnosis"] == "malignant" for row in sent) == 212


def test_predictions_are_out_of_fold_and_repeatable():
    first, second = rows(breast_cancer()), rows(breast_cancer())
    assert first == second
    certain = sum(float(row["p_malignant"]) in (0.0, 1.0) for row in first)
    assert certain < len(first)
    missed = sum(row["diagnosis"] == "malignant" and float(row["p_malignant"]) < 0.5 for row in first)
    assert 0 < missed < 30
