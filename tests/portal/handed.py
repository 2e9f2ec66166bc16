"""A version whose model was handed over, in every state, and rows that were put to it: rows of the tables, no cage."""

from copy import deepcopy
from datetime import datetime
from typing import Any

from audits.models import ModelFile, Trial
from core.canonical import digest
from tests.book import CUSTOMER
from tests.model_results import INTERFACE
from underwriting.models import Handover, ModelVersion, RegisteredModel
from underwriting.services import version_register

FACTS = {
    "format": "xgboost-json",
    "runtime": "xgboost 3.2.0",
    "features": 6,
    "texts": 0,
    "outputs": 2,
    "exact_trees": True,
    "exact_trees_why": "40 trees were read and checked: explanations are exact.",
    "empty_cells": "A row without any value is answered.",
}
PROBLEM = {
    "detail": "This is a pickle.",
    "field": "file",
    "limit": "no pickle",
    "remedy": "Save it with skops.",
    "verdict": "rejected",
}
INPUTS = {"duration": 48.0, "credit_amount": 12_500.0, "age": None, "purpose": "education"}
PARTS = [
    {"feature": "duration", "value": 48.0, "contribution": -0.812},
    {"feature": "purpose", "value": "education", "contribution": 0.3},
    {"feature": "credit_amount", "value": 12_500.0, "contribution": -0.071},
    {"feature": "age", "value": None, "contribution": 0.0},
]
ANSWER = {
    "answers": [0.436, 0.564],
    "means": "probability",
    "answer": 0.564,
    "explanation": {
        "algorithm": "exact path-dependent",
        "units": "log-odds",
        "base": 0.84,
        "answer": 0.257,
        "contributions": PARTS,
    },
    "unexplained": None,
}


def version_made(model: RegisteredModel, at: datetime, interface: Any = INTERFACE, label: str = "v2") -> ModelVersion:
    """A version with an interface."""
    return version_register(
        model=model, label=label, digest=digest(label.encode()), interface=interface, actor=CUSTOMER, at=at
    )


def file_made(version: ModelVersion, at: datetime, state: str = "ready", **changed: Any) -> ModelFile:
    """Its file in a state, as the examination would leave it."""
    told: dict[str, Any] = {}
    if state == "ready":
        told = {"facts": FACTS, "format": FACTS["format"]}
    if state == "refused":
        told = {"reason": "This is a pickle.", "problem": PROBLEM}
    file = ModelFile.objects.create(
        organisation=version.organisation,
        created_at=at,
        digest=version.digest,
        size=84_000,
        interface=version.interface,
        uploaded_by=CUSTOMER.label,
        state=state,
        **{**told, **changed},
    )
    Handover.objects.create(organisation=version.organisation, created_at=at, version=version, model_file=file)
    return file


def trial_made(file: ModelFile, at: datetime, state: str = "answered", **changed: Any) -> Trial:
    """A row that was put to the model."""
    told: dict[str, Any] = {"answer": deepcopy(ANSWER)} if state == "answered" else {}
    if state == "failed":
        told = {"reason": "The model died.", "problem": {**PROBLEM, "verdict": "model_fault"}}
    return Trial.objects.create(
        organisation=file.organisation,
        created_at=at,
        model_file=file,
        state=state,
        asked_by=CUSTOMER.label,
        **{"inputs": INPUTS, **told, **changed},
    )
