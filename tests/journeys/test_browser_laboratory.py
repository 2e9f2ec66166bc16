"""The laboratory in a browser: what stands beside an audit, its findings, a second reader, the insurer's own rows."""

import csv
import io

import pytest
from django.utils import timezone

from audits.models import AuditRun, DataSet
from core.jobs.runner import drain
from provenance.staging import stage
from tests import handing
from tests.book import CUSTOMER
from underwriting.models import ChallengeSet, RegisteredModel
from underwriting.services import artifact_hand_over

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
IDS = [f"case {place}" for place in range(handing.ROWS)]
AUDITED = f"h1:has-text('audited on {handing.ROWS} decisions')"


@pytest.fixture
def model(organisation) -> RegisteredModel:
    """A model whose rows are named, with two versions that were handed over and examined."""
    at = timezone.now()
    made = handing.model_of(organisation, at, schema={**handing.SCHEMA, "row_id": "id"})
    for label, file in (("first", handing.linear_file()), ("second", handing.boosted_file())):
        version = handing.version_of(made, file, at, label=label)
        artifact_hand_over(version=version, staged=stage([file], limit=len(file)), actor=CUSTOMER, at=at)
    drain()
    return made


def send(visitor, tmp_path, model: RegisteredModel, name: str, content: bytes, *, held: bool = False) -> None:
    """Upload rows through the page and let them be read."""
    file = tmp_path / name
    file.write_bytes(content)
    visitor.go(f"/datasets/new?model={model.pk}")
    visitor.page.set_input_files("#file", str(file))
    visitor.fill("/datasets/new", source="Loan system, drawn at random.")
    if held:
        visitor.page.check("[name=held_by][value=insurer]")
    visitor.press("Upload")
    drain()
    visitor.page.wait_for_selector("h1:has-text('rows read')", timeout=10_000)


def order(visitor, model: RegisteredModel, **beside: str) -> None:
    """Order an audit of the second version on the decisions, with what shall stand beside it, and let it be made."""
    visitor.go(f"/models/{model.pk}")
    versions = {row.label: str(row.pk) for row in model.versions.all()}
    datasets = {row.name: str(row.pk) for row in DataSet.objects.all()}
    visitor.fill("/audits", version=versions["second"], dataset=datasets["decisions.csv"])
    visitor.page.click("summary:has-text('What else shall it read?')")
    visitor.fill("/audits", **{role: (versions | datasets)[name] for role, name in beside.items()})
    visitor.send("/audits")
    drain()
    visitor.page.wait_for_selector(AUDITED, timeout=20_000)


def second_labels(visitor) -> bytes:
    """The file of drawn rows as the page gives it, filled in by a second reader who disputes five."""
    with visitor.page.expect_download() as waiting:
        visitor.page.click("a:has-text('Take the rows')")
    head, *rows = csv.reader(io.StringIO(waiting.value.path().read_text()))
    truth = dict(zip(IDS, handing.repaid(), strict=True))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    writer.writerows([name, truth[name] ^ (place < 5)] for place, (name, _) in enumerate(rows))
    return out.getvalue().encode()


def test_an_engineer_reads_findings_and_has_labels_read_again(visit, engineer, model, tmp_path):
    emma = visit(engineer)
    table = handing.table(handing.boosted_answers, id=IDS)
    send(emma, tmp_path, model, "decisions.csv", table)
    send(emma, tmp_path, model, "fitted.csv", b"".join(table.splitlines(keepends=True)[:201]))
    order(emma, model, training="fitted.csv", earlier_version="first")
    for words in ("What to act on", "Audited rows among the training rows", "What got worse since the earlier version"):
        assert emma.reads(words)
    emma.page.click("#labels summary:has-text('The figures as tables')")
    emma.page.click("#labels summary:has-text('Leakage')")
    assert emma.page.locator("#labels th:has-text('equal to a training row')").first.is_visible()
    assert emma.fits_a_phone()
    emma.press("Draw rows for a second reader")
    assert emma.title().endswith("rows wait for a second reader")
    assert emma.fits_a_phone()
    send(emma, tmp_path, model, "second.csv", second_labels(emma))
    order(emma, model, relabelled="second.csv")
    label = AuditRun.objects.latest("created_at").result["dimensions"]["label"]
    assert (label["state"], label["k"]) == ("measured", 5)
    assert "second reader disputes" in emma.page.locator("#labels").text_content()


def test_an_underwriter_sets_challenge_rows_that_no_member_sees(visit, staff, engineer, model, tmp_path):
    uma = visit(staff("underwriter"))
    send(uma, tmp_path, model, "kept-back.csv", handing.table(handing.boosted_answers, id=IDS), held=True)
    held = DataSet.objects.get()
    assert held.custody == "insurer"
    uma.go(f"/models/{model.pk}")
    uma.fill("/challenge", dataset=str(held.pk))
    uma.send("/challenge")
    assert uma.reads("Every later audit of this model reads these rows.")
    assert ChallengeSet.objects.get().dataset_id == held.pk
    emma = visit(engineer)
    emma.go(f"/models/{model.pk}")
    assert not emma.reads("Challenge rows")
    assert not emma.reads("kept-back")


def test_an_audit_that_waits_is_called_off(visit, engineer, model, tmp_path):
    emma = visit(engineer)
    send(emma, tmp_path, model, "decisions.csv", handing.table(handing.boosted_answers, id=IDS))
    emma.go(f"/models/{model.pk}")
    emma.send("/audits")
    emma.page.click("summary:has-text('Cancel this audit')")
    emma.press("Cancel it")
    assert emma.reads("was cancelled by")
    assert AuditRun.objects.get().state == "failed"
