"""Handing a model over, what is told of its file, and rows put to it: for every role, and for nobody else."""

import json
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.roles import ALL_STAFF
from audits.interface import interface_parse
from audits.models import Trial
from portal.forms.models import INTERFACE_SAMPLE
from tests.book import model_made
from tests.model_results import INTERFACE
from tests.portal.handed import INPUTS, PARTS, file_made, trial_made, version_made
from tests.portal.test_portal_pages import inline
from underwriting.models import ModelVersion

DIGEST = "sha256:" + "ab" * 32
MARKUP = '<img src=x onerror="alert(1)">'
HOSTILE = [MARKUP, "‮drowssap", "x" * 190, "</script><script>alert(1)</script>"]
TYPED = {"in0": "48", "in1": "12500.5", "in2": "", "in3": "1"}


def told(answer) -> str:
    """The page's words, tags and blanks taken out."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


@pytest.fixture
def model(organisation, now):
    return model_made(organisation, now)[0]


@pytest.fixture
def version(model, now):
    return version_made(model, now)


@pytest.fixture
def file(version, now):
    return file_made(version, now)


@pytest.fixture
def trial(file, now):
    return trial_made(file, now)


def things(version, trial) -> list[str]:
    return [f"/versions/{version.pk}", f"/versions/{version.pk}/try", f"/trials/{trial.pk}"]


# who sees what


@pytest.mark.parametrize("who", ["owner", "engineer", "underwriter", "actuary", "auditor"])
def test_version_trial_and_form_render_under_the_strict_policy(portal, staff, request, version, trial, who):
    browser = portal(staff(who) if who in ALL_STAFF else request.getfixturevalue(who))
    for path in things(version, trial):
        answer = browser.get(path)
        assert answer.status_code == 200, path
        assert inline(answer.content.decode()) == [], path


@pytest.mark.parametrize("who", ["viewer", "adjuster"])
def test_whoever_may_not_try_sees_the_version_and_no_trial(portal, staff, request, version, trial, who):
    browser = portal(staff(who) if who in ALL_STAFF else request.getfixturevalue(who))
    assert browser.get(f"/versions/{version.pk}").status_code == 200
    assert "Try it" not in told(browser.get(f"/versions/{version.pk}"))
    for path in things(version, trial)[1:]:
        assert browser.get(path).status_code == 403, path


def test_a_stranger_finds_nothing(portal, stranger, version, trial):
    browser = portal(stranger)
    for path in [*things(version, trial), f"/versions/{version.pk}/progress", f"/trials/{trial.pk}/progress"]:
        assert browser.get(path).status_code == 404, path


@pytest.mark.parametrize(
    ("who", "offered"), [("owner", True), ("engineer", True), ("viewer", False), ("underwriter", True)]
)
def test_the_file_form_is_offered_to_whoever_may_hand_over(portal, staff, request, version, who, offered):
    browser = portal(staff(who) if who in ALL_STAFF else request.getfixturevalue(who))
    html = browser.get(f"/versions/{version.pk}").content.decode()
    assert (f'data-upload="/api/v1/versions/{version.pk}/artifact"' in html) is offered


# states


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (None, "not handed over"),
        ("received", "being examined"),
        ("ready", "handed over and ready"),
        ("refused", "its file was refused"),
    ],
)
def test_the_title_says_what_became_of_the_file(portal, owner, version, now, state, said):
    if state:
        file_made(version, now, state)
    assert said in told(portal(owner).get(f"/versions/{version.pk}"))


def test_a_refused_file_says_why_and_takes_another(portal, owner, version, now):
    file_made(version, now, "refused")
    page = portal(owner).get(f"/versions/{version.pk}")
    assert "This is a pickle." in told(page)
    assert "Save it with skops." in told(page)
    assert "data-upload" in page.content.decode()
    assert "Save it with skops." in told(portal(owner).get(f"/models/{version.model_id}"))


def test_a_ready_file_is_described_and_takes_no_other(portal, owner, version, file):
    page = portal(owner).get(f"/versions/{version.pk}")
    for said in ("XGBoost, JSON", "xgboost 3.2.0", "exact, from its trees", "6 numbers"):
        assert said in told(page)
    assert "data-upload" not in page.content.decode()


def test_a_version_without_an_interface_cannot_be_handed_over(portal, owner, model):
    first = model.versions.get()
    page = portal(owner).get(f"/versions/{first.pk}")
    assert "Register the same digest once more" in told(page)
    assert "data-upload" not in page.content.decode()


def test_the_interface_is_told_in_words(portal, owner, version):
    page = told(portal(owner).get(f"/versions/{version.pk}"))
    assert "The model answers p_repaid, a probability: number 1, counted from 0" in page
    assert "one 0-or-1 feature each: car; education; repairs" in page


def test_progress_is_polled_while_the_file_is_examined_and_reloads_then(portal, owner, version, now):
    file = file_made(version, now, "received")
    page = portal(owner).get(f"/versions/{version.pk}/progress").content.decode()
    assert "every 2s" in page
    type(file).objects.update(state="ready")
    assert portal(owner).get(f"/versions/{version.pk}/progress")["HX-Refresh"] == "true"


# registering an interface


def test_a_version_with_its_interface_is_frozen_and_asks_for_the_file(portal, owner, model):
    given = {"label": "v3", "digest": DIGEST, "interface": json.dumps(INTERFACE)}
    page = portal(owner).post(f"/models/{model.pk}/versions", given, follow=True)
    assert "not handed over" in told(page)
    assert ModelVersion.objects.get(label="v3").interface["inputs"][2]["missing"] == -1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"as": "float"}, "interface.inputs[0].as"),
        ({"categories": ["a"]}, "does not go with number"),
        ({"kolumn": "x"}, "is not a known key"),
    ],
)
def test_a_wrong_interface_names_its_path_and_keeps_what_was_typed(portal, owner, model, change, said):
    wrong = {**INTERFACE, "inputs": [{"column": "duration", "as": "number", **change}]}
    given = {"label": "v3", "digest": DIGEST, "interface": json.dumps(wrong)}
    page = portal(owner).post(f"/models/{model.pk}/versions", given)
    assert page.status_code == 422
    assert said in told(page)
    assert 'value="v3"' in page.content.decode()
    assert not ModelVersion.objects.filter(label="v3").exists()


def test_an_interface_beside_the_schema_is_refused_with_the_services_own_words(portal, owner, model):
    wrong = {**INTERFACE, "output": {**INTERFACE["output"], "column": "elsewhere"}}
    given = {"label": "v3", "digest": DIGEST, "interface": json.dumps(wrong)}
    page = portal(owner).post(f"/models/{model.pk}/versions", given)
    assert page.status_code == 422
    assert "is not what the schema measures" in told(page)


@pytest.mark.parametrize("typed", ["{", "[1]", "null"])
def test_text_that_is_no_interface_is_refused_or_none(portal, owner, model, typed):
    page = portal(owner).post(f"/models/{model.pk}/versions", {"label": "v3", "digest": DIGEST, "interface": typed})
    assert page.status_code == (302 if typed == "null" else 422)


def test_the_example_beside_the_form_can_be_read():
    assert len(interface_parse(json.loads(INTERFACE_SAMPLE)).inputs) == 4


# trying


def test_a_typed_row_becomes_a_trial_with_numbers_categories_and_nothing(portal, owner, version, file):
    answer = portal(owner).post(f"/versions/{version.pk}/try", TYPED)
    made = Trial.objects.get()
    assert answer["Location"] == f"/trials/{made.pk}"
    assert made.inputs == {"duration": 48.0, "credit_amount": 12_500.5, "age": None, "purpose": "education"}
    page = portal(owner).get(answer["Location"])
    assert "every 2s" in page.content.decode()


@pytest.mark.parametrize("wrong", [{"in0": "many"}, {"in0": "inf"}, {"in0": "nan"}, {"in3": "7"}, {"in3": "car"}])
def test_a_wrong_row_is_refused_at_its_field_and_keeps_the_rest(portal, owner, version, file, wrong):
    page = portal(owner).post(f"/versions/{version.pk}/try", {**TYPED, **wrong})
    assert page.status_code == 422
    assert "pl-wrong" in page.content.decode()
    assert 'value="12500.5"' in page.content.decode()
    assert not Trial.objects.exists()


@pytest.mark.parametrize("state", [None, "received", "refused"])
def test_without_a_ready_file_there_is_nothing_to_try(portal, owner, version, now, state):
    if state:
        file_made(version, now, state)
    assert portal(owner).get(f"/versions/{version.pk}/try").status_code == 404
    assert portal(owner).post(f"/versions/{version.pk}/try", TYPED).status_code == 404


@pytest.mark.parametrize(("who", "status"), [("viewer", 403), ("adjuster", 403), ("stranger", 404)])
def test_others_put_no_row(portal, staff, request, version, file, who, status):
    user = staff(who) if who in ALL_STAFF else request.getfixturevalue(who)
    assert portal(user).post(f"/versions/{version.pk}/try", TYPED).status_code == status
    assert not Trial.objects.exists()


def test_an_answer_is_a_sentence_with_its_explanation_beside_it(portal, owner, trial):
    page = portal(owner).get(f"/trials/{trial.pk}")
    for said in (
        "The model answers p_repaid = 0.5640, a probability",
        "The decision is read from column",
        "purpose pushes it up, duration and credit_amount push it down",
        "exact path-dependent",
        "It is no cause",
    ):
        assert said in told(page)
    chart = json.loads(re.search(r'<script id="explanation"[^>]*>(.*?)</script>', page.content.decode(), re.S)[1])
    level = chart["base"] + sum(step["value"] for step in chart["steps"])
    assert chart["answer"] == pytest.approx(level)
    assert sum(step["value"] for step in chart["steps"]) == pytest.approx(sum(part["contribution"] for part in PARTS))


def test_the_decision_follows_the_registered_rule(portal, owner, organisation, now):
    schema = {"task": "binary", "label": "repaid", "positive_label": "1", "probability": "p_repaid"}
    schema["decision"] = {"column": "p_repaid", "op": ">=", "value": "0.5"}
    model = model_made(organisation, now, schema=schema, name="By its own answer")[0]
    page = portal(owner).get(f"/trials/{trial_made(file_made(version_made(model, now), now), now).pk}")
    assert "The decision is positive, the favourable one: positive is p_repaid &gt;= 0.5." in told(page)


def test_an_answer_without_explanation_says_why(portal, owner, file, now):
    answer = {**trial_made(file, now).answer, "explanation": None, "unexplained": "No audit has drawn a background."}
    page = portal(owner).get(f"/trials/{trial_made(file, now, answer=answer).pk}")
    assert "Not explained. No audit has drawn a background." in told(page)


def test_a_failed_trial_says_why(portal, owner, file, now):
    page = told(portal(owner).get(f"/trials/{trial_made(file, now, 'failed').pk}"))
    assert "The model did not answer" in page
    assert "The model died." in page


def test_an_answered_trial_reloads_the_page_that_polls(portal, owner, file, trial, now):
    assert portal(owner).get(f"/trials/{trial.pk}/progress")["HX-Refresh"] == "true"
    waiting = trial_made(file, now, "asked")
    assert "every 2s" in portal(owner).get(f"/trials/{waiting.pk}/progress").content.decode()


def test_the_row_stays_in_the_form_beside_its_answer(portal, owner, trial):
    html = portal(owner).get(f"/trials/{trial.pk}").content.decode()
    assert f'value="{INPUTS["duration"]:g}"' in html
    assert re.search(r'<option value="1" selected[^>]*>education</option>', html)


def test_a_wide_model_is_sent_to_the_api(portal, owner, model, now):
    wide = {**INTERFACE, "inputs": [{"column": f"f{place}", "as": "number"} for place in range(301)]}
    version = version_made(model, now, wide, "wide")
    file_made(version, now)
    page = portal(owner).get(f"/versions/{version.pk}/try")
    assert f"/api/v1/versions/{version.pk}/trials" in told(page)


# figures that do not grow, words that do nothing


def asked(browser, path: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert browser.get(path).status_code == 200
    return len(seen)


QUERIES = [23, 9, 11, 9]  # model, version, trial, try


def test_more_versions_and_trials_ask_the_database_no_more(portal, owner, model, version, file, trial, now):
    paths = [f"/models/{model.pk}", f"/versions/{version.pk}", f"/trials/{trial.pk}", f"/versions/{version.pk}/try"]
    first = [asked(portal(owner), path) for path in paths]
    for number in range(3):
        trial_made(file_made(version_made(model, now, label=f"more {number}"), now), now)
        trial_made(file, now)
    assert [asked(portal(owner), path) for path in paths] == first
    assert first == QUERIES


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_columns_and_categories_are_shown_and_never_obeyed(portal, owner, model, now, name):
    one = {"column": name, "as": "one_hot", "categories": [name, "b"]}
    if not name.isprintable():
        one["column"] = "plain"
    version = version_made(model, now, {**INTERFACE, "inputs": [one]}, "hostile")
    parts = [{"feature": name, "value": name, "contribution": 0.1}]
    file = file_made(version, now)
    answer = trial_made(file, now).answer
    answer["explanation"]["contributions"] = parts
    trial = trial_made(file, now, answer=answer, inputs={one["column"]: name})
    for path in (f"/versions/{version.pk}", f"/versions/{version.pk}/try", f"/trials/{trial.pk}"):
        html = portal(owner).get(path).content.decode()
        assert "<img" not in html, path
        assert "\u202e" not in html, path
        assert "<script>alert" not in html, path
        assert inline(html) == [], path
