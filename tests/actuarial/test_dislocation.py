"""The dislocation of a book: equal to the engine row by row, groups that add up, and nothing dropped."""

import copy
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
import time_machine

from actuarial.methods.dislocation import band, beyond, by_group, histogram_of, moved
from actuarial.services import study_request
from core.actors import Actor
from core.canonical import canonical_json
from core.errors import InputRefused
from core.jobs.runner import drain
from tests.actuarial.replays import replayed
from tests.book import bound
from tests.portal.conftest import portal  # noqa: F401 - fixture
from tests.underwriting.rating.rating_examples import evidence, plan, risk
from underwriting.plan_records import plan_get
from underwriting.rating import Evidence, Risk, plan_load, price
from underwriting.services import plan_draft_save, plan_draft_start
from underwriting.services.plans import plan_draft

ACTUARY = Actor(kind="user", id="u-actuary", label="Ada Actuary")
NAME = "MRL-2027.01"


@pytest.fixture(autouse=True)
def _few_cases(monkeypatch):
    """A worker tries a few cases of each draft here; test_rating_properties.py tries them all."""
    monkeypatch.setattr("underwriting.tasks.CASES", 2)


def drafted(now, **changed):
    """A draft of the launch plan with base rates `times` as high."""
    plan_draft_start(name=NAME, parent="MRL-2026.02", why="Try.", actor=ACTUARY, at=now)
    document = copy.deepcopy(plan_draft(NAME).json)
    document.update(changed.get("top", {}))
    for peril, times in changed.get("f0", {}).items():
        line = document["perils"]["lines"][peril]
        line["f0"] = str(Decimal(line["f0"]) * Decimal(times))
    for code in changed.get("without", ()):
        document["industries"]["rows"] = [row for row in document["industries"]["rows"] if row["code"] != code]
    plan_draft_save(name=NAME, document=document, why="Try.", actor=ACTUARY, at=now)


def made(now, **asked):
    study = study_request(kind="dislocation", asked={"plan": NAME, **asked}, actor=ACTUARY, at=now)
    with time_machine.travel(now, tick=True):
        drain()
    study.refresh_from_db()
    return study


@pytest.mark.django_db
def test_the_book_under_a_draft_is_what_the_engine_says_policy_by_policy(organisation, staff, now):
    policies = [
        bound(organisation, staff("underwriter"), now, name=f"Model {place}", decisions_per_year=400_000 * (place + 1))
        for place in range(3)
    ]
    drafted(now, f0={"ERR": "1.5", "DISC": "0.9"})
    study = made(now)
    assert study.state == "completed", study.reason
    draft, parent = plan_load(canonical_json(plan_draft(NAME).json)), plan_get("MRL-2026.02")
    for policy, told in zip(policies, study.result["figures"]["policies"], strict=True):
        pricing = policy.quote.pricing
        for filed, name in ((parent, "now"), (draft, "then")):
            sheet = price(Risk.from_dict(pricing.risk), Evidence.from_dict(pricing.evidence), filed)
            assert (told["policy"], told[name]) == (policy.number, str(sheet.premium))
    rows = study.result["figures"]["policies"]
    assert Decimal(study.result["figures"]["premium_then"]) == sum(Decimal(row["then"]) for row in rows)
    assert "No group has ten policies" in " ".join(study.result["lines"])
    assert study.paper[:5] == b"%PDF-"
    assert replayed(study) == study.result_digest


def rows_of(count):
    cases = [(risk(decisions=50_000 * (place + 1), prior_claims=place % 3), evidence()) for place in range(count)]
    return [(case.to_dict(), found.to_dict()) for case, found in cases]


def test_groups_add_up_to_the_book_and_few_are_said_to_be_few():
    rows = rows_of(30)
    found = moved(rows, plan("MRL-2026.01"), plan("MRL-2026.02"))
    names = [band(row[0]["decisions"]) for row in rows]
    groups = by_group(found, names)
    assert sum(group.policies for group in groups) + len(found.unrated) == 30
    assert sum(group.then for group in groups) == Decimal(int(found.then.sum())) / 100
    assert all(group.few == (group.policies < 10) for group in groups)
    assert all(group.over_cost >= 0 for group in groups)


def test_a_row_that_one_plan_cannot_rate_is_named():
    rows = rows_of(3)
    rows[1][0]["industry"] = "NOWHERE"
    found = moved(rows, plan("MRL-2026.02"), plan("MRL-2026.02"))
    assert list(found.unrated) == [1]
    assert "NOWHERE" in found.unrated[1]
    assert found.rows.tolist() == [0, 2]
    assert np.all(found.change == 0)


def test_the_histogram_holds_every_policy_and_the_shares_are_counted_by_hand():
    found = moved(rows_of(40), plan("MRL-2026.01"), plan("MRL-2026.02"))
    edges, counts = histogram_of(found)
    assert sum(counts) == 40
    assert len(edges) == len(counts) + 1 <= 26
    for limit, fall, rise in beyond(found):
        assert fall == sum(change < -float(limit) for change in found.change)
        assert rise == sum(change > float(limit) for change in found.change)


@pytest.mark.django_db
def test_an_empty_book_and_an_unknown_plan_say_so(now):
    drafted(now)
    assert "bound or in force" in made(now).reason
    with pytest.raises(InputRefused, match="neither a plan nor a draft"):
        study_request(kind="dislocation", asked={"plan": "MRL-1900.01"}, actor=ACTUARY, at=now)


@pytest.mark.django_db
def test_an_actuary_asks_from_the_drafts_page_and_compares_two_plans(portal, staff, organisation, now):  # noqa: F811
    bound(organisation, staff("underwriter"), now)
    drafted(now, f0={"SEC": "1.2"})
    ada = portal(staff("actuary"))
    assert "Rate the book under it" in ada.get(f"/plans/drafts/{NAME}").content.decode()
    answer = ada.post(f"/plans/drafts/{NAME}/dislocation", follow=True)
    drain()
    page = ada.get(answer.redirect_chain[-1][0]).content.decode()
    assert "would pay USD" in page
    assert portal(staff("underwriter")).post(f"/plans/drafts/{NAME}/dislocation").status_code == 403
    compared = ada.get("/plans", {"old": "MRL-2026.01", "new": "MRL-2026.02"}, follow=True)
    assert "from MRL-2026.01 to MRL-2026.02" in compared.content.decode()
    assert "CREDIT" in compared.content.decode()
    assert ada.get("/plans/MRL-2026.01/diff/MRL-1900.01").status_code == 404


@pytest.mark.django_db
def test_a_cancelled_or_expired_policy_is_not_of_the_live_book(organisation, staff, now):
    policy = bound(organisation, staff("underwriter"), now)
    drafted(now)
    type(policy).objects.filter(pk=policy.pk).update(state="expired")
    assert made(now + timedelta(days=1)).state == "failed"
