"""Reserves and indication as studies: from the claim ledger, and from a triangle that is sent."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine

from actuarial.ledger import earnings, moves_of
from actuarial.registry import kind_named
from actuarial.services import study_request
from claims.services import payment_make, reserve_set
from core.actors import Actor
from core.errors import InputRefused
from core.jobs.runner import drain
from tests.actuarial.triangles import PUBLISHED, published
from tests.claims.conftest import desk_of

ACTUARY = Actor(kind="user", id="u-actuary", label="Ada Actuary")
PAYER = Actor(kind="user", id="u-payer", label="Pia Payer")

pytestmark = pytest.mark.django_db


def made(kind, at, **asked):
    study = study_request(kind=kind, asked=asked, actor=ACTUARY, at=at)
    with time_machine.travel(at, tick=True):
        drain()
    study.refresh_from_db()
    return study


def sent(name):
    triangle = published(name)
    rows = [row[row == row].tolist() for row in triangle.values]
    return {"origins": list(triangle.origins), "ages": list(triangle.ages), "values": rows}


@pytest.fixture
def desk(organisation, staff, now):
    return desk_of(organisation, staff, now)


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_triangle_sent_gives_its_published_figures(name, now):
    study = made("reserving", now, triangle=sent(name))
    figures, (ibnr, error, next_year) = study.result["figures"], PUBLISHED[name]
    assert float(figures["reserve"]) == pytest.approx(ibnr, abs=0.006)
    assert float(figures["mack_error"]) == pytest.approx(error, abs=0.006)
    assert float(figures["next_year_error"]) == pytest.approx(next_year, abs=0.006)


def test_the_ledger_gives_paid_and_incurred(desk, now):
    claim = desk.reviewed("300000")
    later = now + timedelta(days=3)
    reserve_set(claim=claim, part="indemnity", delta=Decimal(200_000), reason="First view.", actor=desk.ada, at=later)
    reserve_set(claim=claim, part="alae", delta=Decimal(10_000), reason="Counsel.", actor=desk.ada, at=later)
    reserve_set(claim=claim, part="ulae", delta=Decimal(1_000), reason="Handling.", actor=desk.ada, at=later)
    claim.refresh_from_db()
    desk.approve(desk.propose(claim))
    payment_make(claim=claim, amount=Decimal(50_000), payee="Jo Doe", key="p1", actor=PAYER, at=now + timedelta(days=9))
    valued = (now + timedelta(days=30)).date()

    def known(**asked):
        rows = moves_of(basis="report", measure="incurred", currency="USD", peril=None, until=valued, **asked)
        return sum(Decimal(row["amount"]) for row in rows)

    assert known() == 210_000
    study = made("reserving", now + timedelta(days=30), valued=valued.isoformat())
    assert Decimal(study.result["figures"]["known"]) == 210_000
    paid = made("reserving", now + timedelta(days=30), measure="paid")
    assert Decimal(paid.result["figures"]["known"]) == 50_000
    other = made("reserving", now + timedelta(days=30), peril="SEC")
    assert Decimal(other.result["figures"]["known"]) == 0


def test_a_young_book_reserves_by_what_its_price_expects(desk, now):
    study = made("reserving", now + timedelta(days=364))
    term = earnings(currency="USD")[0]
    expected = sum(term.pure.values())
    assert study.result["figures"]["selected"] == "Bornhuetter-Ferguson"
    assert Decimal(study.result["figures"]["reserve"]) == pytest.approx(
        expected * (1 - Decimal("0.4292")), abs=Decimal("0.02")
    )


def test_an_empty_book_says_so(now):
    study = made("reserving", now)
    assert (study.state, "nothing to reserve" in study.reason) == ("failed", True)


@pytest.mark.parametrize(
    "asked",
    [
        {"basis": "underwriting"},
        {"measure": "guessed"},
        {"peril": "FIRE"},
        {"currency": "GOLD"},
        {"valued": "2030-01-01"},
        {"valued": "yesterday"},
        {"pattern": ["0.5"]},
        {"pattern": "0.5"},
        {"pattern": ["much"]},
        {"triangle": [1]},
        {"triangle": {"origins": ["1", "2"], "ages": [12, 24], "values": [[1, 2], [1]], "premium": [1]}},
        {"triangle": {"origins": ["1", "2"], "ages": [12, 24], "values": [[1, 2], [1]], "more": 1}},
        {"triangle": {"origins": ["1", "2"], "ages": [12, "x"], "values": [[1, 2], [1]]}},
    ],
)
def test_what_cannot_be_reserved_is_refused(now, asked):
    with pytest.raises(InputRefused):
        study_request(kind="reserving", asked=asked, actor=ACTUARY, at=now)


def test_a_stated_loss_ratio_gives_the_worked_indication(now):
    asked = {"loss_ratio": "0.72", "claims": 210, "fixed": "0.06", "complement": "0.03"}
    figures = made("indication", now, **asked).result["figures"]
    assert (figures["indicated"], figures["selected"]) == ("0.116800", "0.068240")


def test_the_books_own_indication_compares_what_was_earned(desk, now):
    study = made("indication", now + timedelta(days=200))
    assert study.state == "completed", study.reason
    term = earnings(currency="USD")[0]
    earned = Decimal(study.inputs["book"]["charged"])
    assert abs(earned - term.premium * 201 / 365) < Decimal("0.01")
    assert study.inputs["book"]["on_level"] == study.inputs["book"]["charged"]
    assert Decimal(study.result["figures"]["loss_ratio"]) > 0  # what the price expects is still to come
    assert study.result["figures"]["credibility"] == "0.000000"
    assert study.result["edits"]["rows"] == []  # nothing is believed before the first claim


def test_an_indication_made_before_it_proposed_anything_is_computed_as_it_was(now):
    study = made("indication", now, loss_ratio="0.72", claims=210, fixed="0.06")
    older = {name: value for name, value in study.inputs.items() if name != "off_balance"}
    parts = [part for part in study.result["parts"] if part["key"] != "edits"]
    told = {name: value for name, value in study.result.items() if name != "edits"}
    assert kind_named("indication").compute(older) == {**told, "parts": parts}


@pytest.mark.parametrize("asked", [{"loss_ratio": "0.7"}, {"claims": 3}, {"trend": "much"}, {"currency": "GOLD"}])
def test_what_cannot_be_indicated_is_refused(now, asked):
    with pytest.raises(InputRefused):
        study_request(kind="indication", asked=asked, actor=ACTUARY, at=now)
