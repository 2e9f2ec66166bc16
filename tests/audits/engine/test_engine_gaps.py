"""Which groups count, against whom, in which direction, and what is said when that cannot be told."""

import numpy as np
import pytest
from engine_examples import RACE, audit, check, groups_of, rows_of
from hypothesis import given, settings
from hypothesis import strategies as st

from audits.engine.bounds import Rate, newcombe, wald

SEX = {"name": "sex", "column": "sex", "source": "self-reported"}
SELECT = {"attributes": [RACE], "gap_metric": "selection_rate", "favourable_decision": "positive"}
FPR = {"attributes": [RACE], "gap_metric": "false_positive_rate"}


def gap(arrays, **spec):
    return audit(arrays, **spec).dimensions["gap"]


def test_each_group_stands_against_all_other_eligible_rows():
    found = gap(groups_of(a=(100, 1000), b=(300, 1000), c=(350, 500), tiny=(30, 30)), **FPR)
    rate, rest = Rate(350, 500), Rate(400, 2000)
    assert (found.figures["group"], found.figures["n_rest"]) == ("c", 2000)
    upper = max(bound(rate, rest, 1.281551565545).high for bound in (wald, newcombe))
    assert float(found.figures["u"]) == pytest.approx(upper, abs=1e-6)


@pytest.mark.parametrize(("n", "state"), [(99, "cannot_tell"), (100, "measured")])
def test_a_group_needs_a_hundred_rows(n, state):
    assert gap(groups_of(a=(200, 1000), b=(20, n)), **FPR).state == state


@pytest.mark.parametrize(("n", "state"), [(199, "cannot_tell"), (200, "measured")])
def test_a_group_needs_two_per_cent_of_the_rows(n, state):
    assert gap(groups_of(a=(200, 10_000 - n), b=(20, n)), **FPR).state == state


def test_eligibility_counts_the_metrics_own_denominator():
    """b has 150 rows but 50 without the event: too few for a false-positive rate, enough for a selection rate."""
    arrays = groups_of(a=(100, 500), b=(60, 150))
    arrays["y"] = np.concatenate([np.zeros(500), np.ones(100), np.zeros(50)]).astype(int)
    assert (gap(arrays, **FPR).state, gap(arrays, **SELECT).state) == ("cannot_tell", "measured")


def test_directions_name_the_group_that_fares_worse():
    arrays = groups_of(a=(700, 1000), b=(500, 1000))
    assert gap(arrays, **SELECT).figures["group"] == "b"
    assert gap(arrays, **{**SELECT, "favourable_decision": "negative"}).figures["group"] == "a"
    assert gap(arrays, **FPR).figures["group"] == "a"
    missed = {**arrays, "y": np.ones(2000, int)}
    assert gap(missed, attributes=[RACE], gap_metric="miss_rate").figures["group"] == "b"


def test_selection_counts_decisions_without_an_outcome():
    arrays = groups_of(a=(700, 1000), b=(500, 1000))
    arrays["y"] = [0 if decided else None for decided in arrays["d"]]
    found = audit(arrays, **SELECT)
    assert (found.dimensions["gap"].figures["n"], found.dimensions["error"].state) == (2000, "cannot_tell")
    assert any(finding.title == "Labels are missing by decision" for finding in found.findings)


def test_too_few_labels_cannot_tell_a_gap_of_outcomes():
    arrays = groups_of(a=(700, 1000), b=(500, 1000))
    arrays["y"] = [None if index % 4 == 0 else 0 for index in range(2000)]
    assert gap(arrays, **FPR).state == "cannot_tell"


def test_one_attribute_that_cannot_be_told_leaves_the_whole_gap_untold():
    arrays = groups_of(a=(700, 1000), b=(500, 1000)) | {"sex": ["f"] * 2000}
    found = audit(arrays, **{**FPR, "attributes": [RACE, SEX]})
    assert found.dimensions["gap"].state == "cannot_tell"
    assert "sex" in found.dimensions["gap"].reason
    assert check(found, "fairness.gap", "race: a").value == pytest.approx(0.2)


def test_no_attribute_is_not_run_and_no_metric_is_not_applicable():
    arrays = groups_of(a=(7, 10), b=(5, 10))
    assert gap(arrays, gap_metric="false_positive_rate").state == "not_run"
    assert gap(arrays, attributes=[RACE]).state == "not_applicable"


@pytest.mark.parametrize(("n", "crossed"), [(299, False), (300, True)])
def test_an_intersection_needs_three_hundred_rows_a_group(n, crossed):
    arrays = groups_of(a=(100, 2 * n), b=(200, 2 * n)) | {"sex": (["f"] * n + ["m"] * n) * 2}
    spec = {**FPR, "attributes": [RACE, SEX], "intersections": [["race", "sex"]]}
    subjects = {each.subject for each in audit(arrays, **spec).checks if each.id == "fairness.gap"}
    assert ("race x sex: a, f" in subjects) is crossed


def test_an_intersection_that_is_not_registered_is_not_measured():
    arrays = groups_of(a=(100, 900), b=(200, 900)) | {"sex": ["f", "m"] * 900}
    assert "race x sex" not in audit(arrays, **{**FPR, "attributes": [RACE, SEX]}).sections["fairness"]


@settings(max_examples=15, deadline=None)
@given(st.lists(st.booleans(), min_size=600, max_size=600))
def test_a_withheld_attribute_drops_no_row(hidden):
    arrays = groups_of(a=(100, 300), b=(150, 300))
    arrays["race"] = [None if hide else race for hide, race in zip(hidden, arrays["race"], strict=True)]
    found = audit(arrays, **FPR)
    rows = rows_of(found.to_dict()["sections"]["fairness"]["race"], "group")
    assert sum(row["n"] for row in rows.values()) == found.rows["total"] == 600
    assert (rows["not stated"]["n"], rows["not stated"]["eligible"]) == (sum(hidden), "no")
    assert found.dimensions["error"].figures["n"] == 600


def test_an_attribute_withheld_altogether_is_not_fair():
    arrays = groups_of(a=(100, 300), b=(150, 300)) | {"race": [None] * 600}
    found = audit(arrays, **FPR)
    assert found.dimensions["gap"].state == "cannot_tell"
    assert any(finding.check == "fairness.not_stated" for finding in found.findings)


def test_findings_survive_holm_only():
    """b's p of about .03 alone would be a finding; with four groups in the family it is not."""
    rates = {"a": (200, 1000), "b": (238, 1000), "c": (195, 1000), "d": (400, 1000)}
    found = audit(groups_of(**rates), **FPR)
    assert [item.title for item in found.findings if item.check == "fairness.gap"] == ["race: d fares worse"]


def test_worst_gap_comes_first_and_a_gap_within_the_limit_passes():
    found = audit(groups_of(a=(100, 2000), b=(120, 2000)), **FPR)
    gaps = [each for each in found.checks if each.id == "fairness.gap"]
    assert [(each.subject, each.verdict) for each in gaps] == [("race: b", "pass"), ("race: a", "pass")]


def test_too_many_groups_are_refused_with_a_remedy():
    arrays = groups_of(a=(10, 500)) | {"race": [f"g{index}" for index in range(500)]}
    found = audit(arrays, **FPR)
    assert found.dimensions["gap"].state == "cannot_tell"
    assert "500 different values" in found.dimensions["gap"].reason
    finding = next(item for item in found.findings if item.check == "fairness.gap")
    assert "Send it in bands, such as age groups." in finding.text


def test_a_numeric_attribute_is_grouped_by_value():
    arrays = groups_of(a=(100, 300), b=(150, 300)) | {"race": np.repeat([1, 2], 300)}
    assert gap(arrays, **FPR).figures["group"] == "2"


def test_a_proxied_attribute_says_so():
    arrays = groups_of(a=(100, 300), b=(150, 300))
    found = check(audit(arrays, **{**FPR, "attributes": [{**RACE, "source": "proxied"}]}), "fairness.not_stated")
    assert found.sentence.endswith("Source: proxied. Proxies usually shrink gaps.")


def test_a_test_that_shows_no_difference_never_passes():
    even, few = groups_of(a=(300, 600), b=(290, 600)), groups_of(a=(5, 6), b=(1, 6))
    for arrays in (even, few):  # of the few, |z| is 2.3 but Fisher's p is .08
        found = check(audit(arrays, **SELECT), "fairness.significance")
        assert found.verdict == "cannot_tell"
        assert found.sentence.endswith("that is no proof of equal treatment.")
    assert check(audit(groups_of(a=(400, 600), b=(290, 600)), **SELECT), "fairness.significance").verdict == "fail"


@pytest.mark.parametrize(("n", "verdict"), [(5, "cannot_tell"), (60, "fail")])
def test_a_ratio_of_nought_fails_only_where_the_difference_is_shown(n, verdict):
    arrays = groups_of(a=(n * 2 // 5, n), b=(0, n))
    assert check(audit(arrays, **SELECT), "fairness.four_fifths").verdict == verdict
