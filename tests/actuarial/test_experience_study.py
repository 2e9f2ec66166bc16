"""Experience as a study: from policies and claims made by the services, to the edits a draft would have."""

import io
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from pypdf import PdfReader

from actuarial.services import study_request
from core.actors import Actor
from core.errors import InputRefused
from core.jobs.runner import drain
from tests.actuarial.replays import replayed
from tests.book import bound
from tests.claims.conftest import desk_of

ACTUARY = Actor(kind="user", id="u-actuary", label="Ada Actuary")

pytestmark = pytest.mark.django_db


def made(at, **asked):
    study = study_request(kind="experience", asked=asked, actor=ACTUARY, at=at)
    with time_machine.travel(at, tick=True):
        drain()
    study.refresh_from_db()
    return study


@pytest.fixture
def desk(organisation, staff, now):
    return desk_of(organisation, staff, now, prior_claims=1, expected_claims="0.5")


@pytest.fixture
def other(desk, other_organisation, staff, now):
    """A second insured, in health care."""
    return bound(other_organisation, staff("underwriter", "otto"), now, name="Triage", industry="62")


def expected_of(policy, share):
    lines = policy.quote.pricing.worksheet["figures"]["lines"]
    return sum(Decimal(line["expected_claims"]) for line in lines) * share


def test_without_a_claim_only_what_is_believed_is_shown(desk, other, now):
    study = made(now + timedelta(days=200))
    assert study.state == "completed", study.reason
    assert study.result["lines"][0].startswith("No claim has been reported")
    assert study.result["edits"]["rows"] == []
    figures = study.result["figures"]
    assert (figures["claims"], figures["off_balance"]["new"]) == (0, "1.0000")
    assert float(figures["industries"]["52"]["own"]) < 1.2


def test_a_claim_moves_industry_insured_harm_and_level(desk, other, now):
    desk.reviewed()
    share = Decimal(101) / 365
    study = made(now + timedelta(days=100))
    figures = study.result["figures"]
    own, their = expected_of(desk.policy, share), expected_of(other, share)
    assert Decimal(figures["expected"]) == pytest.approx(own + their, abs=Decimal("1e-6"))
    assert figures["industries"]["52"]["claims"] == 1
    assert float(figures["industries"]["52"]["own"]) == pytest.approx(float(Decimal("1.2") * 5 / (4 + own)), abs=1e-6)
    assert float(figures["industries"]["62"]["own"]) == pytest.approx(
        float(Decimal("0.95") * 4 / (4 + their)), abs=1e-6
    )
    acme = next(row for row in figures["insureds"] if row["name"] == "Acme Credit")
    mod = Decimal(desk.policy.quote.pricing.worksheet["figures"]["experience_mod"])
    assert (acme["claims"], acme["old"]) == (2, "1.1667")
    assert Decimal(acme["new"]) == round(Decimal("4.5") / (3 + own / mod), 4)
    harm = figures["harm"]["ERR CREDIT-RETAIL"]
    assert harm["claims"] == 1
    assert Decimal(harm["mean"]) > Decimal(harm["prior"])
    assert set(figures["harm"]) == {"ERR CREDIT-RETAIL", "DISC CREDIT-RETAIL"}  # robustness was not measured
    rows = {row["path"]: row for row in study.result["edits"]["rows"]}
    assert set(rows) == {"industries.rows[52].i", "industries.rows[62].i", "loading.off_balance"}
    assert Decimal(rows["industries.rows[52].i"]["new"]) > Decimal("1.2")
    assert Decimal(rows["industries.rows[62].i"]["new"]) < Decimal("0.95")


def test_harmful_decisions_are_those_of_the_term_by_now(desk, now):
    """By hand: 400,000 decisions, 10 % harm, claims-made step of year 1, 73 days of 365; phi0 of DOMAIN 2.1."""
    study = made(now + timedelta(days=72))
    sheet = desk.policy.quote.pricing.worksheet
    figures = sheet["figures"]
    line = figures["lines"][0]
    harm = study.result["figures"]["harm"]["ERR CREDIT-RETAIL"]
    assert Decimal(harm["decisions"]) == Decimal(400_000) * Decimal("0.1") * Decimal(figures["step"]) / 5
    f0, k = Decimal(line["f0"]), Decimal(line["k"])
    assert Decimal(harm["prior"]) == pytest.approx(
        f0 * Decimal("1.2") * k / (100_000 * Decimal("0.12")), abs=Decimal("1e-12")
    )


def test_claims_of_one_incident_are_one_claim(desk, now):
    incident = desk.incident()
    desk.claim(incident=incident)
    desk.claim(incident=incident, claimant="Mo Roe")
    assert made(now + timedelta(days=50)).result["figures"]["claims"] == 1


def test_a_denied_claim_does_not_count_and_a_later_one_is_not_seen(desk, now):
    claim = desk.reviewed()
    desk.approve(desk.propose(claim, "deny", reason_codes=["no_liability"], clause="A1"))
    day = (now + timedelta(days=50)).date().isoformat()
    assert made(now + timedelta(days=60), valued=day).result["figures"]["claims"] == 0
    assert (
        made(now + timedelta(days=60), valued=(now + timedelta(days=3)).date().isoformat()).result["figures"]["claims"]
        == 1
    )
    assert made(now + timedelta(days=60), valued=now.date().isoformat()).result["figures"]["claims"] == 0


def test_a_claim_within_its_deductible_is_a_claim_for_rates_are_ground_up(desk, now):
    claim = desk.reviewed("20000")
    desk.approve(desk.propose(claim, "deny", reason_codes=["deductible"], clause="B2"))
    assert made(now + timedelta(days=60)).result["figures"]["claims"] == 1


def test_it_is_computed_again_and_set_on_paper(desk, other, now):
    desk.claim()
    study = made(now + timedelta(days=100))
    assert replayed(study) == study.result_digest
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(bytes(study.paper))).pages)
    for said in ("What a draft would change", "Finance and insurance", "Acme Credit", "loading.off_balance"):
        assert said in text


def test_an_empty_book_says_so(now):
    study = made(now)
    assert (study.state, "nothing was expected" in study.reason) == ("failed", True)


@pytest.mark.parametrize(
    "asked", [{"currency": "GOLD"}, {"valued": "2030-01-01"}, {"plan": "MRL-1999.01"}, {"alpha": 9}]
)
def test_what_cannot_be_asked_is_refused(now, asked):
    with pytest.raises(InputRefused):
        study_request(kind="experience", asked=asked, actor=ACTUARY, at=now)
