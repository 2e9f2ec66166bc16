"""The audit of a model that was run: what its page draws and says, and what it keeps from members."""

import json
import re
from copy import deepcopy
from html import unescape

import pytest

from accounts.roles import ALL_STAFF
from audits.engine.rowtables import without_rows
from audits.models import DataSet
from portal.attribution_story import answer_words, pushes_words, typical_values, units_of
from portal.audit_story import families_of, unlike
from portal.charts import ALL_OTHERS, beeswarm, explanation
from portal.lookups import datasets_open, typical_of
from tests.book import audited, model_made
from tests.model_results import INTERFACE, SECTIONS, with_model
from tests.portal.handed import file_made, version_made
from tests.portal.results import RESULT
from tests.portal.test_portal_pages import inline

RUN = with_model(RESULT)
CANARY = 71839.524617


def told(answer) -> str:
    """The page's words."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def family(name: str, result=RUN):
    return next(one for one in families_of(result) if one.name == name)


@pytest.fixture
def order(organisation, now):
    """A completed audit in which the model was run."""
    _, version = model_made(organisation, now)
    return audited(version, now, told=RUN)


# what is drawn


def test_the_families_of_a_run_model_have_charts_and_tables():
    assert [chart["kind"] for chart in family("attribution").charts] == ["intervals", "beeswarm", "explanation"]
    assert [chart["kind"] for chart in family("robustness").charts] == ["intervals"]
    assert "It is no cause" in family("attribution").say
    assert {title for title, _ in family("model").tables} == {"facts", "reproduction", "determinism"}


def test_importance_carries_its_interval_and_its_ranks():
    first = family("attribution").charts[0]["rows"][0]
    assert (first["label"], first["low"] < first["value"] < first["high"]) == ("duration", True)
    assert first["note"] == "rank 1 to 2"


def test_the_swarm_has_every_case_and_a_table_of_its_spread():
    swarm = family("attribution").charts[1]
    cases = SECTIONS["attribution"]["beeswarm"]["rows"]
    assert sum(len(row["bees"]) for row in swarm["rows"]) == len(cases)
    spread = dict(family("attribution").tables)["spread of the contributions"]
    assert sum(row[-1] for row in spread["rows"]) == len(cases)


def test_a_family_outside_its_limit_is_drawn_red():
    result = deepcopy(RUN)
    for check in result["checks"]:
        if check["subject"] == "missing":
            check |= {"verdict": "fail", "limit": {"op": "<=", "value": 0.03}}
    rows = {row["label"]: row["tone"] for row in family("robustness", result).charts[0]["rows"]}
    assert rows == {"noise": "plain", "missing": "fail"}


def test_many_pushes_become_the_largest_and_all_others():
    parts = [{"feature": f"f{place}", "value": place, "contribution": 1 / (place + 1)} for place in range(15)]
    drawn = explanation("x", parts, base=0.5, units="log-odds", most=10)
    assert [step["label"] for step in drawn["steps"]][-1] == ALL_OTHERS
    assert drawn["answer"] == pytest.approx(0.5 + sum(step["value"] for step in drawn["steps"]))


def test_a_single_rest_keeps_its_name():
    parts = [{"feature": f"f{place}", "value": None, "contribution": 1.0} for place in range(11)]
    assert len(explanation("x", parts, base=0, units="", most=10)["steps"]) == 11
    assert explanation("x", parts, base=0, units="", most=10)["steps"][-1]["label"] == "f10: missing"


def test_a_class_that_is_explained_is_named_with_its_units():
    section = {"method": {"columns": ["what", "value"], "rows": [["units", "probability"]]}}
    assert units_of(section) == "probability"
    section["method"]["rows"].append(["explained output", "answer for class html"])
    assert units_of(section) == "probability of class html"


def test_an_answer_beside_its_threshold_is_told_to_four_digits():
    assert answer_words(0.499886) == "0.4999"


def test_direction_marks_in_a_label_are_shown_as_code_points():
    rows = [{"feature": "\u202eegami", "value": "\u202ex", "position": None, "contribution": 0.1}]
    drawn = json.dumps(beeswarm("x", rows, units=""), ensure_ascii=False)
    assert "\u202e" not in drawn
    assert "‹U+202E›egami" in drawn


@pytest.mark.parametrize(
    ("pushes", "said"),
    [
        ([("a", -1.0)], "a pushes it down"),
        ([("a", 2.0), ("b", 1.0), ("c", -3.0)], "a and b push it up, c pushes it down"),
        ([("a", 0.0)], ""),
    ],
)
def test_the_hardest_pushes_are_told_in_words(pushes, said):
    assert pushes_words([{"feature": name, "contribution": push} for name, push in pushes]) == said


def test_typical_values_are_the_middle_ones_of_what_was_explained():
    found = typical_values(SECTIONS["attribution"])
    assert found["duration"] == "50"
    assert found["purpose"] in ("car", "education", "repairs")


# what is said


@pytest.mark.parametrize("who", ["owner", "viewer", "underwriter"])
def test_the_page_of_a_run_model_renders_under_the_strict_policy(portal, staff, request, order, who):
    browser = portal(staff(who) if who in ALL_STAFF else request.getfixturevalue(who))
    answer = browser.get(f"/audits/{order.audit_run_id}")
    assert answer.status_code == 200
    assert inline(answer.content.decode()) == []
    for said in ("What its answers rest on", "It is no cause", "xgboost 3.2.0", "24,600"):
        assert said in told(answer)


def test_an_artifact_that_does_not_reproduce_is_said_in_red_at_the_top(portal, owner, organisation, now):
    result = deepcopy(RUN)
    for check in result["checks"]:
        if check["id"] == "model.reproduces":
            check |= {"verdict": "fail", "sentence": "700 of 1,600 recorded answers are not the model's."}
    assert unlike(result).startswith("700 of 1,600")
    assert unlike(RUN) == ""
    _, version = model_made(organisation, now)
    page = portal(owner).get(f"/audits/{audited(version, now, told=result).audit_run_id}")
    assert "is not proved to be the one that decided" in told(page)
    assert "700 of 1,600 recorded answers" in told(page)


def test_the_class_of_evidence_is_told_with_its_reason(portal, owner, order):
    page = told(portal(owner).get(f"/audits/{order.audit_run_id}"))
    assert "E4: The customer's own predictions were measured" in page
    assert "E4 The customer's own predictions were measured" in told(
        portal(owner).get(f"/models/{order.version.model_id}")
    )


def test_an_audit_of_predictions_says_what_was_not_tested_as_ever(portal, owner, policy):
    page = told(portal(owner).get(f"/audits/{policy.quote.pricing.order.audit_run_id}"))
    assert "What its answers rest on" not in page
    assert "Rows asked in the cage" not in page


# rows that the insurer holds


@pytest.fixture
def held(organisation, now):
    """An audit of a run model on rows that the insurer holds, with a cell that no member may ever read."""
    result = deepcopy(RUN)
    for title in ("example 1", "beeswarm"):
        result["sections"]["attribution"][title]["rows"][0][1] = CANARY
    order = audited(model_made(organisation, now)[1], now, told=result)
    DataSet.objects.update(custody="insurer", state="refused", reason=f"Cell {CANARY}", problem={"remedy": f"{CANARY}"})
    return order


@pytest.mark.parametrize(("who", "sees"), [("owner", False), ("engineer", False), ("viewer", False), ("auditor", True)])
def test_no_member_reads_a_cell_of_rows_that_the_insurer_holds(portal, staff, request, held, who, sees):
    browser = portal(staff(who) if who in ALL_STAFF else request.getfixturevalue(who))
    run = held.audit_run
    pages = [browser.get(f"/audits/{run.pk}"), browser.get(f"/datasets/{run.dataset_id}")]
    assert [page.status_code for page in pages] == [200, 200]
    for page in pages:
        html = page.content.decode()
        assert (str(int(CANARY)) in html.replace(",", "")) is sees
        assert "insurer" in html


def test_columns_of_held_rows_are_the_insurers_own(portal, owner, staff, held):
    DataSet.objects.update(state="ready")
    path = f"/datasets/{held.audit_run.dataset_id}"
    assert "Read as" not in told(portal(owner).get(path))
    assert "Read as" in told(portal(staff("underwriter")).get(path))


def test_without_rows_keeps_what_is_about_all_of_them():
    kept = without_rows(RUN)["sections"]["attribution"]
    assert "importance" in kept
    assert not {"beeswarm", "examples", "example 1"} & set(kept)


def test_held_rows_are_not_offered_to_members(organisation, held):
    class Member:
        is_staff = False
        memberships = {organisation.pk: "owner"}

    DataSet.objects.update(state="ready")
    assert list(datasets_open(Member(), organisation.pk)) == []
    DataSet.objects.update(custody="customer")
    assert datasets_open(Member(), organisation.pk).count() == 1


def test_a_form_is_prefilled_from_the_customers_own_rows_only(organisation, now):
    model, _ = model_made(organisation, now)
    sex = {"column": "sex", "as": "one_hot", "categories": ["f", "m"]}
    version = version_made(model, now, {**INTERFACE, "inputs": [sex]})
    file = file_made(version, now)
    result = deepcopy(RUN)
    bees = result["sections"]["attribution"]["beeswarm"]
    bees["rows"] = [["sex", value, None, 0.1] for value in "fmm"]
    audited(version, now, told=result)
    assert typical_of(file) == {"sex": "m"}
    DataSet.objects.update(custody="insurer")
    assert typical_of(file) == {}


@pytest.mark.parametrize(
    ("who", "status", "offered"), [("underwriter", 200, True), ("owner", 200, False), ("adjuster", 403, False)]
)
def test_only_staff_are_asked_who_holds_the_rows(portal, staff, request, order, who, status, offered):
    browser = portal(staff(who) if who in ALL_STAFF else request.getfixturevalue(who))
    answer = browser.get(f"/datasets/new?model={order.version.model_id}")
    assert answer.status_code == status
    assert ('name="held_by"' in answer.content.decode()) is offered
