"""What an audit shall read beside its rows, chosen on the model's page; the insurer's challenge rows, set there too."""

import pytest

from audits.models import Companion, DataSet
from tests.book import COLUMNS, complete, model_made
from tests.portal.results import RESULT
from underwriting.models import AuditOrder, ChallengeSet

pytestmark = pytest.mark.django_db


@pytest.fixture
def model(organisation, now):
    return model_made(organisation, now)[0]


@pytest.fixture
def rows(organisation, now):
    """rows("name") is a ready data set; rows("name", "insurer") one that the insurer holds."""

    def make(name: str, custody: str = "customer") -> DataSet:
        return DataSet.objects.create(
            organisation=organisation,
            created_at=now,
            name=name,
            custody=custody,
            state=DataSet.State.READY,
            digest=f"sha256:{name}",
            size=4,
            rows=900,
            columns=[{"name": column, "type": "float64", "nulls": 0} for column in COLUMNS],
            uploaded_by="x",
        )

    return make


def test_an_order_names_what_else_shall_be_read_and_the_audits_page_tells_it(now, model, rows, portal, owner):
    browser, main, training = portal(owner), rows("decisions"), rows("fitted on")
    assert "What else shall it read?" in browser.get(f"/models/{model.pk}").text
    given = {"version": model.versions.get().pk, "dataset": main.pk, "purpose": "submission", "training": training.pk}
    answer = browser.post(f"/models/{model.pk}/audits", given, follow=True)
    (companion,) = Companion.objects.all()
    assert (companion.role, companion.dataset_id) == ("training", training.pk)
    assert "The audit is ordered." in answer.text
    complete(AuditOrder.objects.get(), now, 900, RESULT, "")
    assert "fitted on" in browser.get(f"/audits/{companion.run_id}").text


def test_the_insurers_staff_set_challenge_rows_and_members_see_nothing_of_it(model, rows, portal, owner, staff):
    held = rows("kept back", "insurer")
    rows("decisions")
    browser = portal(staff("underwriter"))
    assert "kept back" in browser.get(f"/models/{model.pk}").text
    answer = browser.post(f"/models/{model.pk}/challenge", {"dataset": held.pk}, follow=True)
    assert "Every later audit of this model reads these rows." in answer.text
    assert ChallengeSet.objects.get().dataset_id == held.pk
    page = portal(owner).get(f"/models/{model.pk}").text
    assert "kept back" not in page
    assert "Challenge rows" not in page
    assert portal(owner).post(f"/models/{model.pk}/challenge", {"dataset": held.pk}).status_code in (403, 404)
    assert ChallengeSet.objects.count() == 1


def test_rows_the_customer_sent_are_no_challenge(model, rows, portal, staff):
    own = rows("own")
    portal(staff("underwriter")).post(f"/models/{model.pk}/challenge", {"dataset": own.pk}, follow=True)
    assert not ChallengeSet.objects.exists()
