"""What the insurer keeps to itself, and what is told only to those who handle a claim."""

import pytest

from claims.adjustment import Answers
from claims.services import claim_triage, coverage_check_run, decision_propose, reserve_set
from tests.book import authorised

SECRETS = ("What is set aside", "Is it covered", "Seen by the adjuster", "12,345.00", "Left of the aggregate")


@pytest.fixture
def worked(claim, staff, now):
    """The claim with a check, a reserve and an open proposal."""
    ada = authorised(staff("adjuster", "ada"), "claim", "9000000")
    claim_triage(
        claim=claim,
        severity="low",
        systemic=False,
        country="",
        why="Seen by the adjuster",
        actor=ada,
        at=claim.reported_at,
    )
    coverage_check_run(claim=claim, answers=Answers(), actor=ada, at=claim.reported_at)
    reserve_set(claim=claim, part="alae", delta=12345, reason="Seen by the adjuster", actor=ada, at=claim.reported_at)
    return claim


@pytest.mark.parametrize("who", ["owner", "engineer", "viewer"])
def test_a_customer_reads_no_reserve_check_or_reason(portal, request, worked, who):
    page = portal(request.getfixturevalue(who)).get(f"/claims/{worked.pk}").content.decode()
    assert [secret for secret in SECRETS if secret in page] == []
    assert "Claim triaged" in page


def test_the_adjuster_reads_them(portal, staff, worked):
    page = portal(staff("adjuster", "ada")).get(f"/claims/{worked.pk}").content.decode()
    assert [secret for secret in SECRETS if secret not in page] == []


@pytest.mark.parametrize(
    ("who", "sees"),
    [("owner", True), ("engineer", True), ("viewer", False), ("underwriter", False), ("adjuster", True)],
)
def test_the_claimant_is_named_to_those_who_handle_the_claim(portal, staff, request, claim, who, sees):
    user = staff(who) if who in ("underwriter", "adjuster") else request.getfixturevalue(who)
    page = portal(user).get(f"/claims/{claim.pk}").content.decode()
    assert ("Jo Doe" in page) is sees


def test_an_open_proposal_is_the_insurers_own(portal, owner, staff, worked):
    ada = authorised(staff("adjuster", "ada"), "claim", "9000000")
    decision_propose(
        claim=worked,
        outcome="withdraw",
        loss=None,
        payee="",
        reason_codes=(),
        clause="",
        why="Given up by letter",
        actor=ada,
        at=worked.reported_at,
    )
    assert "Given up by letter" not in portal(owner).get(f"/claims/{worked.pk}").content.decode()
    assert "Given up by letter" in portal(staff("adjuster", "ada")).get(f"/claims/{worked.pk}").content.decode()
