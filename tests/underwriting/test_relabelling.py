"""The blind re-labelling sample: drawn once by us after the rows came, labelled by a second reader, then measured."""

import pytest
from django.db import DatabaseError, transaction

from audits.models import AuditRun, DataSet, RelabelSample
from tests.handing import ROWS, SCHEMA, linear_answers, linear_file, model_of, repaid, table, version_of

pytestmark = pytest.mark.django_db
IDS = [f"case {place}" for place in range(ROWS)]


@pytest.fixture
def credit(organisation, now):
    """A model whose rows are named."""
    return model_of(organisation, now, schema={**SCHEMA, "row_id": "id"})


@pytest.fixture
def rows(sent, engineer):
    return sent(engineer, table(linear_answers, id=IDS))


@pytest.fixture
def order(ready, rows, audited, engineer):
    """An audit of named rows."""
    return audited(engineer, ready(linear_file()), rows)


def address(order) -> str:
    return f"/api/v1/audits/{order.audit_run_id}/relabelling"


def second_labels(ids, wrong=0) -> bytes:
    """What a second reader says of these rows, another label for the first `wrong` of them."""
    truth = dict(zip(IDS, repaid(), strict=True))
    told = [(name, truth[name] ^ (place < wrong)) for place, name in enumerate(ids)]
    return ("id,repaid\n" + "".join(f"{name},{label}\n" for name, label in told)).encode()


def measured(api, engineer, order, dataset, work_jobs):
    body = {"dataset": str(order.audit_run.dataset_id), "beside": {"relabelled": str(dataset.pk)}}
    made = api(engineer).post(f"/api/v1/versions/{order.version_id}/audits", body, format="json")
    assert made.status_code == 201, made.json()
    work_jobs()
    return AuditRun.objects.get(pk=made.json()["audit"]["id"])


def test_drawn_rows_labelled_again_measure_the_label_dimension(order, rows, sent, engineer, api, work_jobs):
    drawn = api(engineer).post(address(order))
    assert drawn.status_code == 201, drawn.json()
    ids = drawn.json()["rows"]
    assert len(ids) == len(set(ids)) <= ROWS
    assert set(ids) <= set(IDS)
    assert api(engineer).get(address(order)).json() == drawn.json()
    run = measured(api, engineer, order, sent(engineer, second_labels(ids, wrong=7)), work_jobs)
    label = run.result["dimensions"]["label"]
    assert (label["state"], label["k"], label["n"]) == ("measured", 7, len(ids))
    assert run.seed == RelabelSample.objects.get().seed
    assert order.audit_run.result["dimensions"]["label"]["state"] == "not_run"


def test_rows_that_were_not_drawn_tell_nothing(order, sent, engineer, api, work_jobs):
    ids = set(api(engineer).post(address(order)).json()["rows"])
    chosen = [name for name in IDS if name not in ids][:50] or pytest.skip("every row was drawn")
    run = measured(api, engineer, order, sent(engineer, second_labels(chosen)), work_jobs)
    assert run.result["dimensions"]["label"]["state"] == "cannot_tell"


def test_a_sample_is_drawn_once_and_stays(order, engineer, api):
    assert api(engineer).get(address(order)).status_code == 404
    first = api(engineer).post(address(order)).json()
    assert api(engineer).post(address(order)).status_code == 409
    for act in (lambda found: found.update(seed=1), lambda found: found.delete()):
        with pytest.raises(DatabaseError, match=r"append-only|permission denied"), transaction.atomic():
            act(RelabelSample.objects.all())
    assert api(engineer).get(address(order)).json()["rows"] == first["rows"]


def test_the_same_rows_sent_again_have_no_other_sample(order, sent, audited, engineer, api):
    first = api(engineer).post(address(order)).json()
    again = audited(engineer, order.version, sent(engineer, table(linear_answers, id=IDS), name="the same"))
    assert again.audit_run.dataset_id != order.audit_run.dataset_id
    assert api(engineer).post(address(again)).status_code == 409
    assert api(engineer).get(address(again)).json()["rows"] == first["rows"]


def test_second_labels_without_a_draw_are_refused(ready, rows, sent, audited, engineer, api):
    version = ready(linear_file())
    labels = sent(engineer, second_labels(IDS[:50]))
    body = {"dataset": str(rows.pk), "beside": {"relabelled": str(labels.pk)}}
    refused = api(engineer).post(f"/api/v1/versions/{version.pk}/audits", body, format="json")
    assert refused.status_code == 409
    assert "were drawn for a second reader" in refused.json()["detail"]
    assert not AuditRun.objects.exists()


def test_rows_without_names_cannot_be_drawn(organisation, now, hand, engineer, work_jobs, sent, audited, api):
    nameless = model_of(organisation, now, name="Nameless")
    version = version_of(nameless, linear_file(), now)
    assert hand(engineer, version, linear_file()).status_code == 201
    work_jobs()
    order = audited(engineer, version, sent(engineer, table(linear_answers)))
    refused = api(engineer).post(address(order))
    assert (refused.status_code, refused.json()["field"]) == (422, "schema.row_id")


@pytest.mark.parametrize("who", ["viewer", "stranger", "nobody"])
def test_who_may_not_draw_draws_nothing(who, request, order, api):
    client = api() if who == "nobody" else api(request.getfixturevalue(who))
    assert client.post(address(order)).status_code in (401, 403, 404)
    assert not RelabelSample.objects.exists()


def test_a_member_draws_nothing_from_rows_that_the_insurer_holds(order, engineer, api):
    DataSet.objects.update(custody="insurer")
    for answer in (api(engineer).post(address(order)), api(engineer).get(address(order))):
        assert answer.status_code == 403
    assert not RelabelSample.objects.exists()
