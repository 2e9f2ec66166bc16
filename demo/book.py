"""The demo's book: five real models, their registration and data; two of them are handed over and run in the cage.

Covers, exposures and registrations are our assumptions, and so are the factors, directions, ranges and units that are
registered: they were written before the audit was run on them. The exposures of credit and triage are large enough that
the minimum premium does not hide every step of the worksheet; COMPAS is registered with a validation older than 24
months, for ProPublica's of 2016 is the last independent one we know of.

What has no real data has no part here: nobody read these rows a second time, and no reviewer was tested with seeded
errors, so re-labelling and oversight are shown as not run. Rows that the insurer holds would be made up as well.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from demo import credit, textlines
from demo.models import breast_cancer

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Handed:
    """One version's file as it is handed over, and how columns reach it."""

    notes: str
    artifact: Callable[[], bytes]
    interface: Callable[[], dict[str, Any]]


@dataclass(frozen=True)
class Entry:
    """One model of the book: who owns it, how it is registered, which rows are sent, which cover is asked."""

    key: str
    insured: dict[str, str]
    registration: dict[str, Any]
    artifact: str  # what the declared digest is taken of, where the model itself stays at home
    data_name: str
    data_source: str
    data: Callable[[], bytes]
    live_from: str
    historic: bool = False
    gzipped: bool = False
    media: str = "text/csv"
    training: tuple[str, Callable[[], bytes]] | None = None  # name and rows of what the model was trained on
    cover: dict[str, Any] = field(default_factory=dict)
    handed: tuple[Handed, ...] = ()  # versions whose files are handed over, in their order
    tells: tuple[tuple[str, str | None], ...] = ()  # checks whose sentences the summary repeats, with what about


def _file(name: str) -> Callable[[], bytes]:
    return (DATA / name).read_bytes


# The tax table files New York, the United Kingdom and Germany; premium tax of other places is not computed here.
COVER = {"limit": "1000000", "aggregate": "1000000", "deductible": "25000", "tax_jurisdiction": "NONE"}

COMPAS = Entry(
    key="compas",
    insured={"name": "Broward Pretrial Services", "country": "US", "address": "Fort Lauderdale, Florida"},
    registration={
        "name": "COMPAS recidivism score",
        "purpose": "Scores defendants from 1 to 10 for the risk of re-arrest within two years.",
        "population": "Defendants scored in Broward County, Florida, in 2013 and 2014.",
        "use_class": "JUSTICE-RISK",
        "industry": "92a",
        "harm_text": "A person not re-arrested within two years is scored medium or high. The label is re-arrest, "
        "not crime.",
        "decisions_per_year": 7000,
        "autonomy": "in_the_loop",
        "criticality": "high_risk",
        "data_sensitivity": "personal",
        "third_party": "opaque_api",
        "jurisdiction": "us_states_or_eu",
        "validation_age": "over_24m",
        "dependencies": [{"kind": "vendor", "name": "Northpointe COMPAS", "version": "2013"}],
        "currency": "USD",
        "schema": {
            "task": "binary",
            "label": "two_year_recid",
            "positive_label": "1",
            "decision": {"column": "decile_score", "op": ">=", "value": "5"},
            "score": "decile_score",
            "attributes": [
                {"name": "race", "column": "race", "source": "recorded"},
                {"name": "sex", "column": "sex", "source": "recorded"},
                {"name": "age", "column": "age_cat", "source": "recorded"},
            ],
            "intersections": [["race", "sex"]],
            "slices": [{"name": "charge degree", "column": "c_charge_degree"}],
            "legitimate": [
                {"name": "prior counts", "column": "priors_count"},
                {"name": "charge degree", "column": "c_charge_degree"},
            ],
            "row_id": "row_id",
        },
    },
    artifact="COMPAS decile score as deployed in Broward County",
    data_name="ProPublica two-year file",
    data_source="ProPublica, compas-scores-two-years.csv; names, birth dates and case numbers removed",
    data=_file("compas_two_years.csv"),
    live_from="2013-01-01T00:00:00Z",
    historic=True,
    cover=COVER,
    tells=(("fairness.conditional", "race: African-American"), ("fairness.worst_pair", "False-positive rate")),
)

CALIFORNIA = Entry(
    key="california",
    insured={"name": "Pacific Homes Valuation", "country": "US", "address": "Sacramento, California"},
    registration={
        "name": "California house price class",
        "purpose": "Forecasts whether a house sells above the regional median; offers are priced on it.",
        "population": "Houses valued between October 2020 and May 2022 (synthetic clock).",
        "use_class": "PRICE-FORECAST",
        "industry": "53",
        "harm_text": "The recorded class is wrong in either direction.",
        "decisions_per_year": 9000,
        "autonomy": "on_the_loop",
        "criticality": "minimal",
        "data_sensitivity": "none",
        "third_party": "own",
        "jurisdiction": "us_states_or_eu",
        "validation_age": "6_12m",
        "currency": "USD",
        "schema": {
            "task": "binary",
            "label": "clf_target",
            "positive_label": "1",
            "decision": {"column": "y_pred", "op": "==", "value": "1"},
            "probability": "y_pred_proba",
            # The class is 0 or 1, so an error above one half is a wrong class.
            "tolerance": "0.5",
            "direction": "either",
            "drift": {
                "timestamp": "timestamp",
                "period": "month",
                "reference": {"column": "partition", "value": "reference"},
                "features": [
                    "MedInc",
                    "HouseAge",
                    "AveRooms",
                    "AveBedrms",
                    "Population",
                    "AveOccup",
                    "Latitude",
                    "Longitude",
                ],
            },
        },
    },
    artifact="California class forecaster, recorded predictions",
    data_name="Recorded forecasts, October 2020 to May 2022",
    data_source="nannyml 0.13.1, modified California Housing; recorded predictions of its classifier",
    data=_file("california_housing_predictions.csv.gz"),
    live_from="2020-10-01T00:00:00Z",
    historic=True,
    gzipped=True,
    cover=COVER,
    tells=(("drift.estimate_off", None), ("drift.alarm", None)),
)

GERMAN = Entry(
    key="german",
    insured={"name": "Hansa Retail Credit", "country": "DE", "address": "Hamburg, Germany"},
    registration={
        "name": "Retail credit approval",
        "purpose": "Approves or refuses consumer loans.",
        "population": "Applicants of a German bank (Statlog, 1994): all were granted credit.",
        "use_class": "CREDIT-RETAIL",
        "industry": "52",
        "harm_text": "A person who would have repaid is refused. All rows were granted credit: selective labels.",
        "decisions_per_year": 400000,
        "autonomy": "on_the_loop",
        "criticality": "high_risk",
        "data_sensitivity": "financial",
        "third_party": "own",
        "jurisdiction": "us_states_or_eu",
        "validation_age": "under_6m",
        "currency": "USD",
        "schema": {
            "task": "binary",
            "label": "repaid",
            "positive_label": "good",
            "decision": {"column": "p_good", "op": ">=", "value": "0.5"},
            "probability": "p_good",
            "attributes": [
                {"name": "sex", "column": "sex", "source": "recorded"},
                {"name": "age group", "column": "age_group", "source": "recorded"},
            ],
            "intersections": [["sex", "age group"]],
            "slices": [{"name": "age group", "column": "age_group"}],
            "legitimate": [{"name": "checking account", "column": "status_of_existing_checking_account"}],
            "row_id": "row_id",
            # What a lender would sign: a longer loan, or one that takes more of the income, is never the safer one.
            "monotone": [
                {"column": "duration_in_month", "way": "down"},
                {"column": "installment_rate_in_percentage_of_disposable_income", "way": "down"},
            ],
            "units": [{"column": "credit_amount", "factor": "100"}],
            "ranges": [
                {"column": "duration_in_month", "low": "1", "high": "72"},
                {"column": "credit_amount", "low": "100", "high": "20000"},
                {"column": "installment_rate_in_percentage_of_disposable_income", "low": "1", "high": "4"},
            ],
        },
    },
    artifact="60 boosted trees of depth 3, trained on 400 of the 1,000 applicants",
    data_name="600 applicants no tree has seen",
    data_source="UCI Statlog German Credit; recorded answers of the model trained in demo/credit.py",
    data=credit.held_out,
    live_from="2026-10-01T00:00:00Z",
    historic=True,
    training=("400 applicants the trees were trained on", credit.trained_on),
    cover={"limit": "2000000", "aggregate": "2000000", "deductible": "25000", "tax_jurisdiction": "DE"},
    handed=(
        Handed("60 boosted trees, XGBoost's binary form", credit.as_xgboost, credit.interface),
        Handed("the same trees as ONNX", credit.as_onnx, credit.interface),
    ),
    tells=(
        ("labels.leakage", None),
        ("attribution.monotonicity", "duration_in_month"),
        ("versions.churn", None),
        ("versions.score_change", "p_good"),
    ),
)

TRIAGE = Entry(
    key="triage",
    insured={"name": "Wisconsin Breast Clinic", "country": "US", "address": "Madison, Wisconsin"},
    registration={
        "name": "Breast cancer triage",
        "purpose": "Flags fine-needle aspirates for urgent review.",
        "population": "Patients of one Wisconsin clinic (569 aspirates, 1995).",
        "use_class": "HEALTH-TRIAGE",
        "industry": "62",
        "harm_text": "A malignant tumour is not flagged and treatment is delayed.",
        "decisions_per_year": 60000,
        "autonomy": "in_the_loop",
        "criticality": "safety_component",
        "data_sensitivity": "special",
        "third_party": "own",
        "jurisdiction": "us_states_or_eu",
        "validation_age": "under_6m",
        "currency": "USD",
        "schema": {
            "task": "binary",
            "label": "diagnosis",
            "positive_label": "malignant",
            "decision": {"column": "p_malignant", "op": ">=", "value": "0.5"},
            "probability": "p_malignant",
        },
    },
    artifact="logistic regression, C 1.0, 10 folds, seed 20260930",
    data_name="Out-of-fold predictions, 569 aspirates",
    data_source="Breast Cancer Wisconsin (diagnostic), as bundled with scikit-learn; predictions out of fold",
    data=breast_cancer,
    live_from="2026-10-01T00:00:00Z",
    historic=True,
    cover=COVER,
)

TEXT_LINES = Entry(
    key="textlines",
    insured={"name": "Northern Document Desk", "country": "GB", "address": "Leeds, United Kingdom"},
    registration={
        "name": "Text direction of scanned lines",
        "purpose": "Says of a line of a scanned page whether it stands upright or upside down, before it is read.",
        "population": "Synthetic: words of an insurer's trade, rendered upright or turned; no photographs.",
        "use_class": "OTHER",
        "industry": "51b",
        "harm_text": "A line is turned the wrong way and its words are lost.",
        "decisions_per_year": 500000,
        "autonomy": "on_the_loop",
        "criticality": "minimal",
        "data_sensitivity": "none",
        "third_party": "opaque_api",
        "jurisdiction": "us_states_or_eu",
        "validation_age": "6_12m",
        "dependencies": [{"kind": "vendor", "name": "PP-OCR mobile v2.0", "version": "rapidocr-onnxruntime 1.4.4"}],
        "currency": "USD",
        "schema": {
            "task": "multiclass",
            "label": "turned",
            "decision": {"column": "said"},
            "probability": "share",
            "row_id": "number",
        },
    },
    artifact="PP-OCR mobile v2.0, text direction",
    data_name="Rendered lines of text (synthetic)",
    data_source="rendered by demo/textlines.py from a seed; answers of the model run outside the cage",
    data=textlines.table,
    live_from="2026-10-01T00:00:00Z",
    media="application/vnd.apache.parquet",
    cover=COVER,
    handed=(Handed("the ONNX file as its package ships it", textlines.artifact, textlines.interface),),
    tells=(("saliency.randomised_weights", None), ("saliency.faithful", None)),
)

BOOK = (COMPAS, CALIFORNIA, GERMAN, TRIAGE, TEXT_LINES)
