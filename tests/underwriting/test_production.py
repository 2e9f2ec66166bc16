"""Production says which file it runs: kept, held against the version live then, a referral where it differs."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from accounts.selectors import principal_of_user
from core.canonical import digest
from core.errors import InputRefused
from core.journal import journal_of
from tests.claims.conftest import desk_of
from underwriting.models import ProductionReport
from underwriting.production import SIGN, production_reports, production_said
from underwriting.services import deployment_switch, price_make, production_report, version_register

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
PATH = "/api/v1/models/{}/production"


@pytest.fixture
def live(model, version, actor, now):
    deployment_switch(model=model, version=version, live_from=now - HOUR, actor=actor, at=now)
    return version


def reported(model, of, actor, now):
    return production_report(model=model, digest=of, observed_at=now, actor=actor, at=now)


def test_a_report_is_held_against_the_version_live_at_its_moment(model, live, actor, now):
    other = version_register(model=model, label="next", digest=digest(b"next"), actor=actor, at=now)
    said = [
        production_said(reported(model, of, actor, now)).state
        for of in (live.digest, other.digest, digest(b"no one's"))
    ]
    assert said == ["equal", "another version", "unknown file"]
    early = production_report(model=model, digest=live.digest, observed_at=now - 2 * HOUR, actor=actor, at=now)
    assert production_said(early).state == "nothing live"


def test_a_later_switch_does_not_change_what_was_said(model, live, actor, now):
    reported(model, live.digest, actor, now)
    other = version_register(model=model, label="next", digest=digest(b"next"), actor=actor, at=now)
    deployment_switch(model=model, version=other, live_from=now + HOUR, actor=actor, at=now)
    (said,) = production_reports(model)
    assert (said.state, said.live) == ("equal", live)


def test_reports_are_journalled_and_never_changed(model, live, actor, now):
    report = reported(model, digest(b"x"), actor, now)
    entry = journal_of(subject_kind="model", subject_id=model.pk).last()
    assert (entry.action, entry.detail["said"]) == ("model.production_reported", "unknown file")
    with pytest.raises(DatabaseError), transaction.atomic():
        ProductionReport.objects.filter(pk=report.pk).update(digest=live.digest)
    with pytest.raises(DatabaseError), transaction.atomic():
        report.delete()


@pytest.mark.parametrize("wrong", ["", "abc", "sha256:12", "sha256:" + "g" * 64, "md5:" + "0" * 64])
def test_what_is_no_digest_is_refused_and_nothing_kept(model, live, actor, now, wrong):
    with pytest.raises(InputRefused) as refused:
        reported(model, wrong, actor, now)
    assert refused.value.field == "digest"
    with pytest.raises(InputRefused) as refused:
        production_report(model=model, digest=live.digest, observed_at=now + HOUR, actor=actor, at=now)
    assert refused.value.field == "observed_at"
    assert not ProductionReport.objects.exists()


def test_another_file_in_production_refers_the_next_price_until_it_is_mended(organisation, staff, now):
    desk = desk_of(organisation, staff, now)
    old = desk.policy.quote.pricing
    model, actor = old.order.version.model, principal_of_user(staff("underwriter")).actor

    def again():
        return price_make(order=old.order, terms=old.terms, actor=actor, at=now)

    def codes(pricing):
        return {row.code: row.reason for row in pricing.referrals.all()}

    assert "evaluation-gamed" not in codes(again())
    reported(model, digest(b"another"), actor, now)
    assert SIGN in codes(again())["evaluation-gamed"]
    production_report(model=model, digest=old.order.version.digest, observed_at=now + HOUR, actor=actor, at=now + HOUR)
    assert "evaluation-gamed" not in codes(again())


@pytest.mark.parametrize(("who", "status"), [("owner", 201), ("engineer", 201), ("viewer", 403), ("stranger", 404)])
def test_who_may_report(who, status, request, api, model, live):
    answer = api(request.getfixturevalue(who)).post(PATH.format(model.pk), {"digest": live.digest}, format="json")
    assert answer.status_code == status
    assert ProductionReport.objects.count() == (status == 201)
    if status == 201:
        assert answer.data["state"] == "equal"


def test_the_anonymous_and_staff_report_nothing_and_staff_read(api, client, staff, owner, model, live):
    assert client.post(PATH.format(model.pk), {"digest": live.digest}).status_code == 401
    api(owner).post(PATH.format(model.pk), {"digest": digest(b"y")}, format="json")
    insurer = api(staff("underwriter"))
    assert insurer.post(PATH.format(model.pk), {"digest": live.digest}, format="json").status_code == 403
    (item,) = insurer.get(PATH.format(model.pk)).data["items"]
    assert (item["state"], item["digest"]) == ("unknown file", digest(b"y"))
    assert ProductionReport.objects.count() == 1
