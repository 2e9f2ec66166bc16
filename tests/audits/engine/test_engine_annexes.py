"""Legal annexes against the rules' own published tables."""

import json

import pytest
from bias_examples import HIRING, applicants, bias, cells, edition
from scipy import stats

from audits.annexes import MAKERS, annex_file, annex_of, annexes_of
from audits.annexes.counts import Category
from audits.annexes.four_fifths import compared
from audits.annexes.ll144 import SCORED, SELECTED, impact_table
from core.errors import NotFound

WHITE, BLACK, PACIFIC = "White", "Black or African American", "Native Hawaiian or Pacific Islander"
ASIAN, NATIVE, TWO = "Asian", "Native American or Alaska Native", "Two or More Races"
# 6 RCNY 5-301(b), example: applicants, selected, selection rate and impact ratio as printed.
SELECTION = {
    "sex": [("Male", 1390, 667, "48", "1.00"), ("Female", 1181, 555, "47", "0.979")],
    "race": [
        ("Hispanic or Latino", 408, 204, "50", "0.97"),
        (WHITE, 797, 412, "52", "1.00"),
        (BLACK, 390, 170, "44", "0.84"),
        (PACIFIC, 119, 52, "44", "0.85"),
        (ASIAN, 616, 302, "49", "0.95"),
        (NATIVE, 41, 18, "44", "0.85"),
        (TWO, 213, 96, "45", "0.87"),
    ],
    "both": [
        ("Hispanic, Male", 205, 90, "43.9", "0.841"),
        ("Hispanic, Female", 190, 82, "43.2", "0.827"),
        (f"{WHITE}, Male", 412, 215, "52.2", "1.000"),
        (f"{BLACK}, Male", 226, 95, "42.0", "0.806"),
        (f"{PACIFIC}, Male", 87, 37, "42.5", "0.815"),
        (f"{ASIAN}, Male", 321, 167, "52.0", "0.997"),
        (f"{NATIVE}, Male", 24, 11, "45.8", "0.878"),
        (f"{TWO}, Male", 115, 52, "45.2", "0.866"),
        (f"{WHITE}, Female", 385, 197, "51.2", "0.981"),
        (f"{BLACK}, Female", 164, 75, "45.7", "0.876"),
        (f"{PACIFIC}, Female", 32, 15, "46.9", "0.898"),
        (f"{ASIAN}, Female", 295, 135, "45.8", "0.877"),
        (f"{NATIVE}, Female", 17, 7, "41.2", "0.789"),
        (f"{TWO}, Female", 98, 44, "44.9", "0.860"),
    ],
}
# 6 RCNY 5-301(d), example: applicants, those above the median (from the rate), scoring rate and ratio as printed.
SCORING = {
    "sex": [("Male", 92, 50, "54.3", "1.00"), ("Female", 76, 34, "44.7", "0.82")],
    "race": [
        ("Hispanic or Latino", 28, 18, "64.2", "1.00"),
        (WHITE, 40, 15, "37.5", "0.58"),
        (BLACK, 32, 16, "50.0", "0.78"),
        (PACIFIC, 8, 5, "62.5", "0.97"),
        (ASIAN, 24, 10, "41.7", "0.65"),
        (NATIVE, 16, 10, "62.5", "0.97"),
        (TWO, 20, 10, "50.0", "0.78"),
    ],
    "both": [
        ("Hispanic, Male", 16, 12, "75", "1.00"),
        ("Hispanic, Female", 12, 6, "50", "0.67"),
        (f"{WHITE}, Male", 20, 7, "35", "0.47"),
        (f"{BLACK}, Male", 20, 10, "50", "0.67"),
        (f"{PACIFIC}, Male", 4, 3, "75", "1.00"),
        (f"{ASIAN}, Male", 12, 7, "58.3", "0.78"),
        (f"{NATIVE}, Male", 8, 5, "62.5", "0.83"),
        (f"{TWO}, Male", 12, 6, "50", "0.67"),
        (f"{WHITE}, Female", 20, 8, "40", "0.53"),
        (f"{BLACK}, Female", 12, 6, "50", "0.67"),
        (f"{PACIFIC}, Female", 4, 2, "50", "0.67"),
        (f"{ASIAN}, Female", 12, 3, "25", "0.33"),
        (f"{NATIVE}, Female", 8, 5, "62.5", "0.83"),
        (f"{TWO}, Female", 8, 4, "50", "0.67"),
    ],
}
PUBLISHED = [(SELECTED, key, SELECTION[key]) for key in SELECTION] + [(SCORED, key, SCORING[key]) for key in SCORING]


def digits(text):
    return len(text.partition(".")[2])


@pytest.mark.parametrize(("rate", "key", "printed"), PUBLISHED)
def test_every_line_of_the_rules_own_tables(rate, key, printed):
    told = impact_table([Category(name, n, k) for name, n, k, *_ in printed], rate)
    for row, (name, n, k, share, ratio) in zip(cells(told), printed, strict=True):
        assert (row["category"], row["individuals"]) == (name, n)
        # The rule prints 18/28 as 64.2 %: it cuts there where it rounds elsewhere.
        assert 100 * k / n == pytest.approx(
            float(share), abs=10 ** -digits(share) if share == "64.2" else 0.5 * 10 ** -digits(share)
        )
        assert row[rate.lower()] == k / n
        assert row["impact ratio"] == pytest.approx(float(ratio), abs=0.5 * 10 ** -digits(ratio) + 1e-9)


@pytest.mark.parametrize(
    ("rates", "printed"),
    [((44.7, 54.3), 0.82), ((37.5, 64.2), 0.58), ((50.0, 64.2), 0.78), ((62.5, 64.2), 0.97), ((41.7, 64.2), 0.65)],
)
def test_the_vectors_of_the_domain_paper(rates, printed):
    told = cells(
        impact_table([Category("x", 1000, int(10 * rates[0])), Category("y", 1000, int(10 * rates[1]))], SCORED)
    )
    assert round(told[0]["impact ratio"], 2) == printed


def test_a_category_below_two_per_cent_keeps_its_count_and_rate_and_gets_the_reason():
    categories = [Category(name, n, k) for name, n, k, *_ in SELECTION["race"]]
    told = {row["category"]: row for row in cells(impact_table(categories, SELECTED, exclude_below=0.02, why="rare"))}
    native = told[NATIVE]  # 41 of 2,584 is 1.6 %
    assert (native["individuals"], native["selection rate"]) == (41, 18 / 41)
    assert (native["impact ratio"], native["note"]) == (None, "rare")
    assert [name for name, row in told.items() if row["note"]] == [NATIVE]


def test_a_rare_category_never_sets_the_highest_rate():
    told = cells(impact_table([Category("a", 990, 400), Category("b", 10, 10)], SELECTED, exclude_below=0.02, why="x"))
    assert [row["impact ratio"] for row in told] == [1.0, None]


@pytest.mark.parametrize("categories", [[], [Category("a", 0, 0)], [Category("a", 5, 0), Category("b", 7, 0)]])
def test_without_anybody_selected_there_is_no_ratio(categories):
    assert all(row["impact ratio"] is None for row in cells(impact_table(categories, SELECTED)))


@pytest.fixture(scope="module")
def result():
    return bias(applicants()).to_dict()


def test_the_annex_of_an_audit_is_its_counts_by_sex_race_and_both(result):
    annex = annex_of("nyc_ll144", result)
    assert set(annex.tables) == {
        *(
            f"{title}: {rate}"
            for title in ("Sex", "Race/ethnicity", "Intersectional")
            for rate in ("selection rate", "scoring rate")
        ),
        "Unknown and left out",
    }
    arrays = applicants()
    sex = {row["category"]: row for row in cells(annex.tables["Sex: selection rate"])}
    for name in ("f", "m"):
        mine = [d for d, s in zip(arrays["d"], arrays["sex"], strict=True) if s == name]
        assert (sex[name]["individuals"], sex[name]["selected"]) == (len(mine), sum(mine))
    unknown = {row["categories"]: row for row in cells(annex.tables["Unknown and left out"])}
    silent = sum(race is None for race in arrays["race"])
    assert [unknown[name]["individuals of an unknown category"] for name in unknown] == [0, silent, silent]
    scored = cells(annex.tables["Race/ethnicity: scoring rate"])
    middle = sorted(arrays["p"])[1499:1501]
    above = sum(p > sum(middle) / 2 for p, race in zip(arrays["p"], arrays["race"], strict=True) if race == "a")
    assert scored[0]["above the median"] == above
    assert len(cells(annex.tables["Intersectional: selection rate"])) == 8


def test_four_fifths_and_z_are_the_plain_ones(result):
    rows = cells(annex_of("four_fifths", result).tables["Ratio and test"], grouping="sex")
    low, high = sorted(rows, key=lambda row: row["rate"])
    assert low["ratio"] == pytest.approx(low["rate"] / high["rate"])
    chi2 = stats.chi2_contingency(
        [[row["selected"], row["n"] - row["selected"]] for row in (low, high)], correction=False
    ).statistic
    assert low["z"] ** 2 == pytest.approx(chi2)
    assert high["at least 4/5"] == "highest rate"


def test_the_worked_example_of_the_domain_paper():
    rows = list(compared("x", [Category("best", 3000, 1620), Category("group", 1200, 570)], 0.02))
    assert (round(rows[1][5], 4), rows[1][6], round(rows[1][7], 3), rows[1][9]) == (0.8796, "yes", 3.810, "z")
    few = list(compared("x", [Category("best", 12, 9), Category("group", 12, 3)], 0.02))[1]
    assert (few[6], few[9]) == ("no", "Fisher exact")


def test_articles_name_the_checks_that_answer_them_and_the_worst_verdict(result):
    rows = {row["article"]: row for row in cells(annex_of("eu_ai_act", result).tables["Articles and checks"])}
    bias_row = rows["10(2)(f)"]
    assert bias_row["outside"] == sum(check["verdict"] == "fail" for check in result["checks"])
    assert bias_row["verdict"] == "outside a limit"
    assert "Worst pair of groups" in bias_row["checks"]
    assert rows["15(5)"]["verdict"] == "no check of this audit"


def test_a_result_without_group_counts_says_why_there_is_no_table():
    empty = {"sections": {}, "checks": [], "spec": {"attributes": HIRING["attributes"]}}
    told = {annex.id: annex.why_not for annex in annexes_of(empty)}
    assert "nobody is selected or scored" in told["nyc_ll144"]
    assert told["four_fifths"] == "No selection rate by group was measured."
    nobody = annex_of("nyc_ll144", {**empty, "spec": {"attributes": [{"name": "age"}]}})
    assert "Neither sex nor race" in nobody.why_not


def test_categories_left_out_for_want_of_room_are_told():
    arrays = applicants()
    cramped = bias(arrays, suite=edition("bias_groups", most_cells=5)).to_dict()
    rows = {row["categories"]: row for row in cells(annex_of("nyc_ll144", cramped).tables["Unknown and left out"])}
    assert rows["Intersectional"]["categories told"].startswith("not all")
    assert rows["Sex"]["categories told"] == "all"


@pytest.mark.parametrize("name", MAKERS)
def test_every_annex_states_its_source_and_status_as_of_a_date(name):
    filed = annex_file(name)
    assert filed["id"] == name
    assert all(filed[key].strip() for key in ("title", "source", "status", "as_of"))
    assert filed["statements"]
    assert "complian" not in json.dumps(filed).replace("not compliance", "").replace("is complied with", "")


def test_an_annex_that_is_not_there_is_refused():
    with pytest.raises(NotFound, match="no annex"):
        annex_file("../secrets")
