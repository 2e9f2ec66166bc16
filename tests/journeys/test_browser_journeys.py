"""One journey for each role, in a real browser under the strict policy, down to a phone's width."""

import io
import json
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Authority
from claims.models import Claim
from core.canonical import digest
from core.jobs.runner import drain
from policies.models import Policy, Quote
from tests import handing
from tests.book import audited, authorised, bound, model_made
from tests.portal.results import RESULT
from underwriting.models import ModelVersion, Pricing, RegisteredModel

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SCHEMA = """{"task": "binary", "label": "repaid", "positive_label": "1", "probability": "p",
 "decision": {"column": "p", "op": ">=", "value": "0.5"},
 "attributes": [{"name": "sex", "column": "sex", "source": "recorded"}]}"""
DIGEST = "sha256:" + "ab" * 32


@pytest.fixture
def at():
    return timezone.now()


def rows() -> bytes:
    """600 decisions of a decent model, the same every time."""
    lines = io.StringIO("p,repaid,sex\n")
    lines.seek(0, io.SEEK_END)
    for number in range(600):
        repaid = number % 3 != 0
        wrong = number % 50 == 0
        likely = 0.8 if repaid != wrong else 0.2
        lines.write(f"{likely + number % 7 / 100:.2f},{int(repaid)},{'f' if number % 2 else 'm'}\n")
    return lines.getvalue().encode()


def register(visitor) -> None:
    visitor.go("/models/new")
    visitor.fill(
        "/models/new",
        name="Retail credit",
        purpose="Approves or declines consumer loans.",
        use_class="CREDIT-RETAIL",
        industry="52",
        decisions_per_year="80000",
        autonomy="on_the_loop",
        criticality="high_risk",
        data_sensitivity="financial",
        third_party="own",
        jurisdiction="us_states_or_eu",
        validation_age="under_6m",
        schema=SCHEMA,
    )
    visitor.press("Register the model")


def upload(visitor, tmp_path, model) -> None:
    file = tmp_path / "decisions.csv"
    file.write_bytes(rows())
    visitor.go(f"/datasets/new?model={model.pk}")
    visitor.page.set_input_files("#file", str(file))
    visitor.fill("/datasets/new", source="Loan system, drawn at random.")
    visitor.press("Upload")


def test_an_owner_registers_a_model_uploads_decisions_and_reads_the_audit(visit, owner, tmp_path):
    olga = visit(owner)
    register(olga)
    model = RegisteredModel.objects.get(name="Retail credit")
    assert olga.title() == "Retail credit, not deployed, not on risk"
    olga.fill("/versions", label="3", digest=DIGEST)
    olga.send("/versions")
    assert olga.reads("Version 3 is registered")
    upload(olga, tmp_path, model)
    assert olga.title() == "decisions.csv, being read"
    drain()
    olga.page.wait_for_selector("h1:has-text('600 rows read')", timeout=10_000)
    olga.go(f"/models/{model.pk}")
    olga.send("/audits")
    drain()
    olga.page.wait_for_selector("h1:has-text('audited on 600 decisions')", timeout=10_000)
    assert olga.page.locator("[data-chart] svg").count() >= 3
    assert olga.reads("Not tested yet")
    assert olga.fits_a_phone()


def test_a_refused_upload_says_why_and_what_to_do(visit, owner, tmp_path):
    olga = visit(owner)
    file = tmp_path / "model.csv"
    file.write_bytes(b"\x80\x04\x95pickle\x94.")
    olga.go("/datasets/new")
    olga.page.set_input_files("#file", str(file))
    olga.page.locator("main button[type=submit]").click()
    olga.page.wait_for_selector("[data-upload-words].pl-wrong")
    assert olga.reads("not CSV or Parquet")
    # The browser itself notes every refused request; that one line is no complaint of ours.
    olga.complaints[:] = [line for line in olga.complaints if "415" not in line]


def test_a_key_is_shown_once_and_can_be_revoked(visit, owner):
    olga = visit(owner)
    olga.go("/keys")
    olga.fill("/keys", name="Nightly job")
    olga.press("Make the key")
    assert olga.page.locator("#new-key").inner_text().count(".") == 1
    olga.go("/keys")
    assert olga.page.locator("#new-key").count() == 0
    olga.press("Revoke")
    assert olga.reads("Nightly job is revoked")


def test_an_underwriter_prices_offers_and_binds_what_the_owner_accepts(visit, staff, owner, organisation, at):
    uma_user = staff("underwriter")
    authorised(uma_user, Authority.Kind.BIND, "5000000")
    _, version = model_made(organisation, at)
    order = audited(version, at, told=RESULT)
    uma = visit(uma_user)
    assert uma.title() == "1 thing waits for a person"
    uma.go(f"/audits/{order.audit_run_id}")
    uma.fill("/price", limit="1000000", aggregate="1000000", deductible="25000", inception=f"{at:%Y-%m-%d}")
    uma.press("Make the price")
    assert uma.reads("Price of what was not tested")
    assert uma.page.locator("[data-chart=fall] svg").count() == 1
    assert uma.fits_a_phone()
    uma.press("Replay")
    assert uma.reads("every byte is the same")
    uma.press("Offer the quote")
    quote = Quote.objects.get(pricing=Pricing.objects.get())
    olga = visit(owner)
    olga.go(f"/quotes/{quote.pk}")
    olga.press("Accept the quote")
    uma.go(f"/quotes/{quote.pk}")
    uma.fill("/bind", inception=f"{at:%Y-%m-%d}", acceptance_reason="Rows were sampled by the insurer.")
    uma.press("Bind the cover")
    assert "on risk until" in uma.title()
    drain()
    olga.go("/documents")
    assert olga.reads("Declarations")
    assert olga.fits_a_phone()


def test_an_owner_asks_for_a_report_and_watches_it_until_it_is_issued(visit, staff, owner, organisation, at):
    policy = bound(organisation, staff("underwriter"), at - timedelta(days=3), told=RESULT)
    olga = visit(owner)
    olga.go("/documents")
    olga.fill("/reports", model=str(policy.model_id))
    olga.send("/reports")
    assert olga.title().endswith("being made")
    drain()
    olga.page.wait_for_selector("h1:has-text('issued')", timeout=10_000)
    assert olga.reads("Open the PDF")
    assert olga.fits_a_phone()


def test_an_administrator_adds_a_customer_and_its_owner(visit, staff):
    adam = visit(staff("administrator"))
    adam.go("/customers")
    adam.fill("/customers/new", name="Third Bank", country="US")
    adam.send("/customers/new")
    assert adam.title().startswith("Third Bank")
    adam.press("Add or remove people")
    adam.fill("/members/new", name="Tom Third", email="tom@third.example")
    adam.send("/members/new")
    assert len(adam.page.locator("#new-password").inner_text()) >= 12
    assert adam.fits_a_phone()


def test_adjusters_take_a_claim_from_notice_to_payment(visit, staff, owner, organisation, at):
    policy = bound(organisation, staff("underwriter"), at - timedelta(days=3))
    ada, ben, cy = (staff("adjuster", name) for name in ("ada", "ben", "cy"))
    for person in (ada, ben, cy):
        authorised(person, Authority.Kind.CLAIM, "9000000")
    claim = reported(visit(owner), policy, at)
    first = visit(ada)
    reviewed(first, claim)
    second = visit(ben)
    second.go(f"/claims/{claim.pk}")
    second.fill("/approve", why="Agreed.")
    second.press("Approve")
    third = visit(cy)
    third.go(f"/claims/{claim.pk}")
    third.fill("/payments", payee="Jo Doe", key="BANK-1")
    third.send("/payments")
    assert third.reads("65,000.00")
    third.fill("/close", why="Paid in full.")
    third.send("/close")
    assert third.title().endswith("closed")
    assert third.fits_a_phone()


def reported(olga, policy: Policy, at) -> Claim:
    olga.go("/incidents/new")
    when = f"{at - timedelta(days=1):%Y-%m-%dT%H:%M}"
    olga.fill(
        "/incidents/new",
        occurred_at=when,
        discovered_at=when,
        description="An applicant was refused by mistake.",
        entity="An applicant.",
        harm_event="Refused a loan.",
        linked_to="The score decided.",
        system_behaviour="Scored a reliable payer as risky.",
        peril="ERR",
    )
    olga.press("Report the incident")
    olga.fill("/claims/new", claimant="Jo Doe", amount="90000", made_on=f"{at:%Y-%m-%d}", country="US")
    olga.press("Report the claim")
    assert olga.title().endswith("reported")
    assert not olga.reads("What is set aside")
    return Claim.objects.get(policy=policy)


def reviewed(ada, claim: Claim) -> None:
    ada.go(f"/claims/{claim.pk}")
    ada.fill("/triage", severity="moderate", why="Seen.")
    ada.send("/triage")
    ada.fill("/coverage", prior_knowledge="no", other_insurance="none")
    ada.page.check("[name=exclusions_looked]")
    ada.send("/coverage")
    assert ada.reads("every line is met")
    ada.fill("/reserves", part="indemnity", delta="65000", reason="As claimed, less the deductible.")
    ada.send("/reserves")
    ada.fill("/decisions", outcome="accept", payee="Jo Doe", why="Shown.")
    ada.send("/decisions")
    assert ada.reads("waits for a second person")


INTERFACE = json.dumps(handing.INTERFACE)


def hand_over(olga, tmp_path, model: RegisteredModel) -> ModelVersion:
    """A version with its interface, and its file through the browser."""
    file = tmp_path / "model.json"
    file.write_bytes(handing.boosted_file())
    olga.go(f"/models/{model.pk}")
    olga.fill("/versions", label="3", digest=digest(file.read_bytes()), interface=INTERFACE)
    olga.send("/versions")
    version = ModelVersion.objects.get(model=model)
    assert olga.title() == "Credit by file, version 3, not handed over"
    olga.page.set_input_files("#file", str(file))
    olga.press("Hand it over")
    olga.page.wait_for_selector("h1:has-text('being examined')", timeout=10_000)
    drain()
    olga.page.wait_for_selector("h1:has-text('handed over and ready')", timeout=10_000)
    return version


def audit(olga, tmp_path, model: RegisteredModel) -> None:
    """The rows that the model decided, and its audit on them."""
    file = tmp_path / "decisions.csv"
    file.write_bytes(handing.table())
    olga.go(f"/datasets/new?model={model.pk}")
    olga.page.set_input_files("#file", str(file))
    olga.fill("/datasets/new", source="Loan system, drawn at random.")
    olga.press("Upload")
    drain()
    olga.go(f"/models/{model.pk}")
    olga.send("/audits")
    drain()
    olga.page.wait_for_selector(f"h1:has-text('audited on {handing.ROWS} decisions')", timeout=10_000)


def test_an_owner_hands_a_model_over_reads_what_it_rests_on_and_tries_it(visit, owner, organisation, at, tmp_path):
    model = handing.model_of(organisation, at)
    olga = visit(owner)
    version = hand_over(olga, tmp_path, model)
    assert olga.fits_a_phone()
    audit(olga, tmp_path, model)
    assert olga.reads("What its answers rest on")
    assert olga.reads("in the insurer's cage on the customer's rows")
    assert olga.page.locator("[data-chart] svg").count() >= 7
    assert olga.fits_a_phone()
    olga.go(f"/versions/{version.pk}/try")
    olga.page.fill("[name=in0]", "1.5")
    olga.page.select_option("[name=in2]", label="rent")
    olga.press("Ask the model")
    drain()
    olga.page.wait_for_selector("h1:has-text('The model answers p_repaid =')", timeout=10_000)
    assert olga.reads("It is no cause")
    assert olga.page.locator("[data-chart=explanation] svg").count() == 1
    assert olga.fits_a_phone()


def test_a_file_that_is_not_the_version_is_refused_in_words(visit, owner, organisation, at, tmp_path):
    model = handing.model_of(organisation, at)
    version = handing.version_of(model, handing.boosted_file(), at)
    olga = visit(owner)
    file = tmp_path / "model.pkl"
    for content, words in ((b"\x80\x04\x95pickle\x94.", "pickle"), (handing.linear_file(), "was registered as")):
        file.write_bytes(content)
        olga.go(f"/versions/{version.pk}")
        olga.page.set_input_files("#file", str(file))
        olga.page.locator("main button[type=submit]").click()
        olga.page.wait_for_selector("[data-upload-words].pl-wrong")
        assert olga.reads(words)
    # The browser itself notes every refused request; that one line is no complaint of ours.
    olga.complaints[:] = [line for line in olga.complaints if not re.search("409|415|422", line)]
