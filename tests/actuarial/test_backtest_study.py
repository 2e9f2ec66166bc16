"""The back-test as a study: the illustration that is sent, and a book whose claims the services made."""

import io
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from pypdf import PdfReader

from actuarial.models import Study
from actuarial.services import study_request
from core.actors import Actor
from core.errors import InputRefused
from core.jobs.runner import drain
from policies.models import Policy
from tests.actuarial.replays import replayed
from tests.book import bound, dimensions
from tests.claims.conftest import desk_of

ACTUARY = Actor(kind="user", id="u-actuary", label="Ada Actuary")
TABLE = {"grades": list("ABCDE"), "expected": ["9.1", "13.2", "20.5", "14.8", "6.9"], "claims": [6, 14, 22, 19, 11]}
PAIRS = {"pred": [1, 2, 3, 4, 5], "loss": [0, 1, 2, 6, 6]}

pytestmark = pytest.mark.django_db


def made(at, **asked):
    study = study_request(kind="backtest", asked=asked, actor=ACTUARY, at=at)
    with time_machine.travel(at, tick=True):
        drain()
    study.refresh_from_db()
    return study


@pytest.fixture
def desk(organisation, staff, now):
    return desk_of(organisation, staff, now)


@pytest.fixture
def worse(desk, other_organisation, staff, now) -> Policy:
    """A second insured whose model errs twice as often."""
    told = dimensions(7000)
    told["error"] |= {"k": 1600, "point": "0.228571", "u": "0.235000"}
    return bound(other_organisation, staff("underwriter", "otto"), now, name="Worse credit", told={"dimensions": told})


def test_the_illustration_says_trend_visible_and_no_single_grade(now):
    study = made(now, table=TABLE, pairs=PAIRS)
    assert study.state == "completed", study.reason
    first = study.result["lines"][0]
    assert first.startswith("The trend is visible, no single grade is significant")
    figures = study.result["figures"]
    assert {grade: round(float(row["value"]), 2) for grade, row in figures["grades"].items()} == {
        "A": 0.66, "B": 1.06, "C": 1.07, "D": 1.28, "E": 1.59,
    }  # fmt: skip
    assert (round(float(figures["grades"]["E"]["low"]), 2), round(float(figures["grades"]["E"]["high"]), 2)) == (
        0.80,
        2.85,
    )
    assert figures["significant_grades"] == []
    assert figures["gini"]["the losses sent"] == {"value": "0.453333", "error": "0.154503", "interval": None}
    assert any("not yet shown" in line for line in study.result["lines"][1:])
    assert replayed(study) == study.result_digest


def test_a_table_that_shows_nothing_says_so_and_when_it_would(now):
    study = made(now, table={**TABLE, "claims": [1, 1, 2, 2, 1], "yearly": "8"})
    lines = study.result["lines"]
    assert lines[0].startswith("Not yet shown: claims rise")
    assert "29 claims in all would show a factor of 1.5 from each grade to the next with 80 % power" in lines[1]
    assert "in 2.8 years, about July 2029" in lines[1]  # 22 more at 8 a year from 1 October 2026


def test_claims_against_the_grades_are_said_to_be(now):
    study = made(now, table={**TABLE, "claims": [40, 20, 10, 5, 1]})
    assert study.result["lines"][0].startswith("Claims run against the grades")
    assert "grades A, C, D, E differ from class" in study.result["lines"][0]


def test_a_book_without_claims_shows_nothing_yet(desk, worse, now):
    study = made(now + timedelta(days=99))
    assert study.state == "completed", study.reason
    assert study.result["lines"][0].startswith("Not yet shown: no claim has come of")
    assert "in more than a hundred years" in study.result["lines"][1]
    figures = study.result["figures"]
    grades = {policy.quote.pricing.grade for policy in (desk.policy, worse)}
    assert len(grades) == 2
    for policy in (desk.policy, worse):
        lines = policy.quote.pricing.worksheet["figures"]["lines"]
        at_class = sum(Decimal(line["expected_claims"]) / Decimal(line["a"]) for line in lines)
        told = Decimal(figures["grades"][policy.quote.pricing.grade]["expected"])
        assert told == pytest.approx(at_class * 100 / 365, abs=Decimal("1e-6"))
    assert [part["key"] for part in study.result["parts"]] == ["grades", "trend", "power", "lift", "fit"]


def test_a_claim_on_the_worse_model_is_counted_with_its_grade(desk, worse, now):
    desk = type(desk)(worse, desk.ada, desk.ben, now)
    desk.claim()
    study = made(now + timedelta(days=99))
    figures = study.result["figures"]
    assert figures["grades"][worse.quote.pricing.grade]["claims"] == 1
    share = Decimal(figures["grades"][worse.quote.pricing.grade]["expected"]) / Decimal(figures["expected"])
    assert Decimal(figures["trend"]["p_worse"]) == pytest.approx(share, abs=Decimal("1e-4"))
    assert study.result["lines"][0].startswith("Not yet shown")
    assert "gini-1" in [part["key"] for part in study.result["parts"]]
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(bytes(study.paper))).pages)
    for said in ("Not yet shown", "Lift and double lift", "Ordered Lorenz curve of claims", "What it would take"):
        assert said in text


def test_out_of_time_reads_older_policies_and_later_claims(desk, worse, organisation, staff, now):
    desk.claim()  # reported on the third day
    bound(organisation, staff("underwriter"), now + timedelta(days=40), name="Later")
    split = (now + timedelta(days=30)).date()
    study = made(now + timedelta(days=99), bound_before=split.isoformat())
    figures = study.result["figures"]
    whole = made(now + timedelta(days=99)).result["figures"]
    assert (figures["claims"], whole["claims"]) == (0, 1)
    older = made(now + timedelta(days=29)).result["figures"]  # what the same two earned in the thirty days before
    assert Decimal(figures["expected"]) == pytest.approx(Decimal(older["expected"]) * 70 / 30, abs=Decimal("1e-5"))


def test_an_empty_book_says_so(now):
    study = made(now)
    assert (study.state, "nothing earned" in study.reason or "anything earned" in study.reason) == ("failed", True)


@pytest.mark.parametrize(
    "asked",
    [
        {"slope": "1"}, {"slope": "21"}, {"buckets": 1}, {"buckets": True}, {"bound_before": "2030-01-01"},
        {"bound_before": "soon"}, {"currency": "GOLD"}, {"table": []}, {"table": {"grades": ["A"]}},
        {"table": {**TABLE, "more": 1}}, {"table": {**TABLE, "claims": [1]}}, {"table": {**TABLE, "claims": [1.5] * 5}},
        {"table": {**TABLE, "claims": [-1, 0, 0, 0, 0]}}, {"table": {**TABLE, "expected": ["0"] * 5}},
        {"table": {**TABLE, "expected": ["x"] * 5}}, {"table": {**TABLE, "grades": []}},
        {"table": {**TABLE, "yearly": "much"}}, {"pairs": {"pred": [1]}}, {"pairs": {**PAIRS, "loss": [0] * 5}},
        {"pairs": {**PAIRS, "loss": [1]}}, {"pairs": {**PAIRS, "premium": [0] * 5}},
        {"pairs": {**PAIRS, "premium": [1]}},
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_and_nothing_is_stored(now, asked):
    with pytest.raises(InputRefused):
        study_request(kind="backtest", asked=asked, actor=ACTUARY, at=now)
    assert not Study.objects.exists()
