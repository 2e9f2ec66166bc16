"""The page of a laboratory audit: findings first, families worst first, long parts when they are asked for."""

import csv
import io
import re
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audits.models import DataSet, RelabelSample
from core.pdf.figures import share
from portal.advice import OF_FAMILIES, advice
from portal.audit_story import FAMILIES, acts_of, families_of, untested_by_reason
from portal.charts import longest, point
from portal.tables import MOST_ROWS, worded
from tests.book import CUSTOMER, audited, model_made
from tests.portal.laboratory_results import MANY, laboratory
from tests.portal.test_portal_pages import inline
from underwriting.services import audit_order

LARGEST_PAGE = 400_000
FOLD = {"HX-Request": "true"}
RESULT = laboratory()


def family(name: str):
    return next(one for one in families_of(RESULT) if one.name == name)


def told(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


@pytest.fixture
def order(organisation, now):
    return audited(model_made(organisation, now)[1], now, told=RESULT)


@pytest.fixture
def address(order) -> str:
    return f"/audits/{order.audit_run_id}"


# what is told, and in which order


def test_findings_stand_before_every_family_the_gravest_first(portal, owner, address):
    page = portal(owner).get(address).content.decode()
    places = [page.index(words) for words in ("Finding 1<", "Finding 2<", "Finding 0<", 'id="gaming"')]
    assert places == sorted(places)
    assert "Said 1. What to do: The insurer asks how the model came to know these rows." in told(page)


def test_a_finding_leads_to_a_family_that_is_on_the_page(portal, owner, address):
    page = portal(owner).get(address).content.decode()
    wanted = set(re.findall(r'href="#([a-z_]+)"', page))
    assert {"gaming", "fairness", "drift"} <= wanted
    assert wanted <= set(re.findall(r'id="([a-z_-]+)"', page))


def test_a_finding_of_a_family_without_anything_to_read_leads_nowhere():
    acts = acts_of(RESULT, families_of(RESULT))
    assert {act.finding["check"]: act.family for act in acts}["saliency.additivity"] is None


def test_every_family_has_a_title_and_advice():
    assert set(FAMILIES) == set(OF_FAMILIES)
    assert advice({"check": "of.tomorrow"}) == ""


def test_what_failed_is_never_folded_and_a_family_of_tomorrow_not_lost():
    families = families_of(RESULT)
    assert all(row["verdict"] != "fail" for one in families for row in one.rest)
    assert "A new family" in [one.title for one in families]
    shown = sum(len(one.first) + len(one.rest) for one in families)
    assert shown == sum(1 for row in RESULT["checks"] if row["verdict"] != "not_run")


def test_families_whose_checks_fail_come_first_then_those_that_cannot_tell():
    order = {"fail": 0, "cannot_tell": 1}
    found = [order.get(one.checks[0]["verdict"], 2) for one in families_of(RESULT)]
    assert found == sorted(found)
    assert len(set(found)) > 1


def test_what_was_not_run_stands_under_its_reason():
    ((reason, rows), *_) = untested_by_reason(RESULT)
    assert (reason, len(rows)) == ("No images.", 4)


# what is drawn


def test_the_worst_pair_is_drawn_with_both_groups_and_red_where_its_check_failed():
    chart = family("fairness").charts[0]
    assert [(row["label"], row["tone"]) for row in chart["rows"]] == [
        ("Selection rate, race: b", "fail"),
        ("Selection rate, race: c", "fail"),
    ]


def test_evidence_over_time_is_clipped_for_the_eye_and_keeps_its_limit():
    chart = family("drift").charts[1]
    assert [row["value"] for row in chart["points"]] == [3.5, 1e6, 0.01]
    assert (chart["log"], chart["limit"]["value"]) == (True, 20)


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("uncertainty", ["trend", "intervals"]),
        ("calibration", ["reliability"]),
        ("oversight", ["intervals"]),
        ("gaming", ["intervals"]),
    ],
)
def test_families_are_drawn_from_their_tables(name, kinds):
    assert [chart["kind"] for chart in family(name).charts] == kinds


def test_what_got_worse_is_signed_and_red():
    chart = family("versions").charts[0]
    assert chart["signed"]
    assert [row["tone"] for row in chart["rows"]] == ["fail", "plain"]


def test_a_cut_chart_says_how_many_there_were():
    chart = longest("x", [point(str(place), place / 100) for place in range(30)])
    assert (len(chart["rows"]), chart["rows"][0]["value"], chart["of"]) == (12, 0.29, 30)
    assert "of" not in longest("x", [point("a", 1.0)])


# tables


def test_a_table_is_worded_as_on_paper():
    table = worded(
        "labels", {"columns": ["column", "share", "low", "high", "n"], "rows": [["x", 0.123456, 0.1, 0.2, 90]]}
    )
    assert [head.title for head in table.heads] == ["Column", "Share (interval)", "n"]
    assert table.rows == [[("x", False), (f"{share(0.123456)} (10.0 to 20.0)", True), ("90", True)]]


def test_a_huge_table_is_cut_and_says_so(portal, owner, address):
    page = portal(owner).get(f"{address}/families/slices?part=tables", headers=FOLD).content.decode()
    assert f"The first {MOST_ROWS} of {MANY:,} rows." in page
    assert f"slice {MOST_ROWS}" not in page


# how it is handed out


def test_the_page_is_light_however_long_its_tables(portal, owner, address):
    page = portal(owner).get(address).content
    assert len(page) < LARGEST_PAGE
    assert b"slice 4999" not in page
    assert inline(page.decode()) == []


def test_a_fold_asks_for_its_part_alone(portal, owner, address):
    browser = portal(owner)
    folds = re.findall(r'hx-get="([^"]+/families/[^"]+)"', browser.get(address).content.decode())
    assert len(folds) > 10
    for fold in folds:
        answer = browser.get(fold, headers=FOLD)
        assert answer.status_code == 200
        assert "<html" not in answer.content.decode()
        assert told(answer.content.decode())


def test_every_family_has_a_page_of_its_own(portal, owner, address):
    for one in families_of(RESULT):
        page = portal(owner).get(f"{address}/families/{one.name}").content.decode()
        assert inline(page) == []
        assert all(row["title"] in unescape(page) for row in one.checks)
    assert portal(owner).get(f"{address}/families/nothing").status_code == 404


def test_a_family_is_no_business_of_a_stranger(portal, stranger, address):
    assert portal(stranger).get(f"{address}/families/fairness").status_code == 404


def test_a_fold_asks_the_database_a_fixed_number_of_questions(portal, owner, address):
    counts, browser = [], portal(owner)
    for name in ("gaming", "fairness"):
        with CaptureQueriesContext(connection) as seen:
            browser.get(f"{address}/families/{name}?part=checks", headers=FOLD)
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 8


def test_members_get_no_table_of_single_rows_that_the_insurer_holds(portal, owner, staff, address):
    DataSet.objects.update(custody="insurer")
    path = f"{address}/families/labels?part=tables"
    assert "case 9" not in portal(owner).get(path, headers=FOLD).content.decode()
    assert "case 9" not in portal(owner).get(f"{address}/families/labels").content.decode()
    assert "case 9" in portal(staff("underwriter")).get(path, headers=FOLD).content.decode()


# a second reader


@pytest.fixture
def drawn(order, now):
    return RelabelSample.objects.create(
        organisation=order.organisation,
        created_at=now,
        dataset=order.audit_run.dataset,
        seed=1,
        row_id="case",
        row_ids=["case 7", "case, 8"],
        drawn_by=CUSTOMER.label,
    )


@pytest.mark.parametrize(("who", "offered"), [("owner", True), ("engineer", True), ("viewer", False)])
def test_drawing_rows_is_offered_to_those_who_may(portal, request, address, who, offered):
    page = portal(request.getfixturevalue(who)).get(address).content.decode()
    assert ("Draw rows for a second reader" in page) is offered


def test_the_drawn_rows_are_told_and_taken_away_as_a_file_to_fill_in(portal, owner, address, drawn):
    browser = portal(owner)
    assert "2 rows of" in told(browser.get(address).content.decode())
    page = told(browser.get(f"{address}/relabelling").content.decode())
    assert "2 rows wait for a second reader" in page
    assert "Re-labelled sample".lower() in page.lower()
    file = browser.get(f"{address}/relabelling.csv")
    assert file["Content-Disposition"].startswith("attachment")
    rows = list(csv.reader(io.StringIO(file.content.decode())))
    assert rows == [["case", "repaid"], ["case 7", ""], ["case, 8", ""]]


def test_names_of_held_rows_are_told_to_staff_alone(portal, owner, staff, address, drawn):
    DataSet.objects.update(custody="insurer")
    for path in ("/relabelling", "/relabelling.csv"):
        answer = portal(owner).get(address + path)
        assert answer.status_code == 403
        assert "case 7" not in answer.content.decode()
        assert "case 7" in portal(staff("underwriter")).get(address + path).content.decode()
    assert "A second reader" not in portal(owner).get(address).content.decode()


def test_nothing_is_drawn_where_rows_have_no_names(portal, owner, address):
    answer = portal(owner).post(f"{address}/relabelling", follow=True)
    assert "registers no row_id" in told(answer.content.decode())
    assert not RelabelSample.objects.exists()


# calling off


@pytest.fixture
def waiting(order, now) -> str:
    """The address of an audit that no worker has taken up."""
    again = audit_order(
        version=order.version, dataset=order.audit_run.dataset, purpose="submission", actor=CUSTOMER, at=now
    )
    return f"/audits/{again.audit_run_id}"


@pytest.mark.parametrize(("who", "status"), [("owner", 302), ("engineer", 302), ("viewer", 403)])
def test_a_running_audit_is_called_off_by_those_who_may(portal, request, waiting, who, status):
    browser = portal(request.getfixturevalue(who))
    assert ("Cancel this audit" in browser.get(waiting).content.decode()) is (status == 302)
    assert browser.post(f"{waiting}/cancel").status_code == status
    called_off = "was cancelled by" in told(browser.get(waiting).content.decode())
    assert called_off is (status == 302)


def test_a_finished_audit_cannot_be_called_off(portal, owner, address):
    browser = portal(owner)
    assert "Cancel this audit" not in browser.get(address).content.decode()
    assert "cannot be cancelled" in told(browser.post(f"{address}/cancel", follow=True).content.decode())
