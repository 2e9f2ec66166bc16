"""The rows and files the demo sends: real data, rows no model was fitted on, the same on every run."""

import csv
import io

import numpy as np
import onnxruntime
import pytest

from demo import book, credit
from demo.models import breast_cancer


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode())))


def test_the_credit_model_is_audited_on_the_rows_it_was_not_trained_on():
    trained, audited = credit._parts()
    sent = rows(credit.held_out())
    assert (len(sent), len(trained), set(trained) & set(audited)) == (600, 400, set())
    assert sorted({row["age_group"] for row in sent}) == ["25_or_under", "over_25"]


def test_the_training_rows_are_those_of_the_trees_and_no_audited_ones():
    trained, sent = rows(credit.trained_on()), rows(credit.held_out())
    assert (len(trained), list(trained[0])) == (400, list(sent[0]))
    assert {row["row_id"] for row in trained}.isdisjoint(row["row_id"] for row in sent)


def test_every_registered_column_is_in_the_rows():
    for entry in (book.GERMAN, book.COMPAS):
        schema, (first, *_) = entry.registration["schema"], rows(entry.data())
        named = [schema["row_id"], *(part["column"] for part in schema["legitimate"])]
        named += [part["column"] for key in ("monotone", "units", "ranges") for part in schema.get(key, ())]
        assert set(named) <= set(first)


def test_every_audited_row_lies_in_the_registered_ranges():
    ranges = book.GERMAN.registration["schema"]["ranges"]
    for row in rows(credit.held_out()):
        assert all(float(one["low"]) <= float(row[one["column"]]) <= float(one["high"]) for one in ranges)


def test_both_forms_of_the_credit_model_answer_alike():
    session = onnxruntime.InferenceSession(credit.as_onnx(), providers=["CPUExecutionProvider"])
    answers = session.run(None, {"features": credit._matrix().astype(np.float32)})[1][credit._parts()[1], 1]
    recorded = [float(row["p_good"]) for row in rows(credit.held_out())]
    assert answers == pytest.approx(recorded, abs=1e-6)


def test_every_category_of_the_rows_stands_in_the_interface():
    listed = {one["column"]: one.get("categories") for one in credit.interface()["inputs"]}
    for row in rows(credit.held_out()):
        assert all(row[name] in values for name, values in listed.items() if values)


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
