"""The elasticities' posterior against statsmodels, quadrature and simulated books."""

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
import statsmodels.api as sm
import time_machine
from scipy.integrate import quad
from scipy.stats import truncnorm

from actuarial.methods.elasticity import Observed, Prior, posterior, prior_sds
from actuarial.services import study_request
from core.actors import Actor
from core.errors import InputRefused
from core.jobs.runner import drain
from tests.actuarial.replays import replayed
from tests.claims.conftest import desk_of

SEED = 11


def book(draw, n, beta, level=0.0, scale=2.0):
    x = draw.normal(0, 0.6, (n, len(beta)))
    expected = draw.uniform(0.2, 1, n) * scale
    return Observed(draw.poisson(expected * np.exp(level + x @ np.array(beta))).astype(float), expected, x)


def test_with_a_wide_prior_it_is_statsmodels_regression():
    seen = book(np.random.default_rng(1), 4000, [0.8, 0.3], level=0.2)
    found = posterior(seen, Prior(np.array([0.5, 0.5]), np.array([1e4, 1e4]), 1e4), seed=SEED)
    peer = sm.GLM(
        seen.claims, sm.add_constant(seen.x), family=sm.families.Poisson(), offset=np.log(seen.expected)
    ).fit()
    assert found.mode == pytest.approx(peer.params, abs=1e-6)
    assert found.sd == pytest.approx(peer.bse, rel=0.03)
    assert found.mean == pytest.approx(peer.params, abs=0.1 * peer.bse.max())


@pytest.mark.parametrize("filed", [0.05, 0.4])
def test_one_elasticity_is_integrated_as_by_quadrature(filed):
    seen = book(np.random.default_rng(2), 60, [0.1])
    prior = Prior(np.array([filed]), np.array([0.2]), 1e-6)  # the level is held at nought
    found = posterior(seen, prior, seed=SEED)

    def density(beta):
        predictor = seen.x[:, 0] * beta
        fit = seen.claims @ predictor - seen.expected @ np.exp(predictor)
        return np.exp(fit - 0.5 * ((beta - filed) / 0.2) ** 2)

    whole = quad(density, 0, 3)[0]
    mean = quad(lambda b: b * density(b), 0, 3)[0] / whole
    sd = np.sqrt(quad(lambda b: (b - mean) ** 2 * density(b), 0, 3)[0] / whole)
    assert (found.mean[1], found.sd[1]) == pytest.approx((mean, sd), rel=0.02)
    assert quad(density, 0, found.low[1])[0] / whole == pytest.approx(0.05, abs=0.01)
    assert quad(density, 0, found.high[1])[0] / whole == pytest.approx(0.95, abs=0.01)


def test_without_claims_to_learn_from_the_filed_stand():
    prior = Prior(np.array([1.0, 0.1]), np.array([0.2, 0.2]), 0.5)
    nothing = Observed(np.zeros(1), np.zeros(1), np.zeros((1, 2)))
    found = posterior(nothing, prior, seed=SEED)
    assert found.mode[1:] == pytest.approx(prior.filed)
    cut = truncnorm(-0.5, np.inf, 0.1, 0.2)  # a Normal(.1, .2) cut off at nought
    assert (found.mean[2], found.sd[2]) == pytest.approx((cut.mean(), cut.std()), rel=0.03)
    assert prior_sds(prior, seed=SEED) == pytest.approx(found.sd[1:])


def test_no_elasticity_falls_below_nought_whatever_the_claims_say():
    seen = book(np.random.default_rng(3), 3000, [-0.8])
    found = posterior(seen, Prior(np.array([0.2]), np.array([0.2]), 0.5), seed=SEED)
    assert found.mode[1] == 0
    assert 0 <= found.mean[1] < 0.02


def test_intervals_cover_what_books_were_made_with():
    draw, prior = np.random.default_rng(4), Prior(np.array([0.6]), np.array([0.3]), 0.3)
    covered = 0
    for _ in range(200):
        truth = abs(draw.normal(0.6, 0.3))
        seen = book(draw, 150, [truth], level=draw.normal(0, 0.3), scale=0.5)
        found = posterior(seen, prior, seed=SEED)
        covered += found.low[1] <= truth <= found.high[1]
    assert 168 <= covered <= 193  # 90 % within four standard errors


def test_the_same_seed_gives_the_same_figures():
    seen, prior = book(np.random.default_rng(5), 50, [0.5]), Prior(np.array([0.5]), np.array([0.2]), 0.5)
    assert posterior(seen, prior, seed=3).mean.tolist() == posterior(seen, prior, seed=3).mean.tolist()


@pytest.mark.parametrize("wrong", [{"claims": [-1.0]}, {"expected": [np.inf]}, {"x": [[np.nan]]}])
def test_what_is_no_count_is_refused(wrong):
    given = {"claims": [1.0], "expected": [1.0], "x": [[0.0]], **wrong}
    with pytest.raises(InputRefused):
        posterior(Observed(**{k: np.array(v) for k, v in given.items()}), Prior(np.ones(1), np.ones(1), 1.0), seed=1)


ACTUARY = Actor(kind="user", id="u-actuary", label="Ada Actuary")


def made(at, **asked):
    study = study_request(kind="elasticities", asked=asked, actor=ACTUARY, at=at)
    with time_machine.travel(at, tick=True):
        drain()
    study.refresh_from_db()
    return study


@pytest.mark.django_db
def test_a_policy_brings_what_its_worksheet_expects_and_measured(organisation, staff, now):
    desk = desk_of(organisation, staff, now)
    desk.reviewed("300000")
    study = made(now + timedelta(days=364))
    assert study.state == "completed", study.reason
    lines = {line["peril"]: line for line in desk.policy.quote.pricing.worksheet["figures"]["lines"]}
    for peril, (row,) in study.inputs["observed"].items():
        product = Decimal(row["expected"])
        for term in lines[peril]["terms"]:
            if term["dimension"] in row["x"]:
                assert float(row["x"][term["dimension"]]) == pytest.approx(
                    np.log(float(term["value"]) / float(term["reference"]))
                )
            else:
                product /= Decimal(term["m"])
        class_claims = Decimal(lines[peril]["expected_claims"]) / Decimal(lines[peril]["a"])
        assert float(product) == pytest.approx(float(class_claims))
    assert sum(row[0]["claims"] for row in study.inputs["observed"].values()) == 1
    assert study.result["lines"][0].startswith("Not yet shown")
    assert study.paper[:5] == b"%PDF-"
    assert replayed(study) == study.result_digest


@pytest.mark.django_db
def test_observations_that_are_sent_move_an_elasticity(now):
    draw = np.random.default_rng(9)
    x, expected = draw.normal(0, 0.8, 2000), draw.uniform(0.5, 3, 2000)
    claims = draw.poisson(expected * np.exp(0.7 * x))
    rows = [
        {"claims": int(n), "expected": str(e), "x": {"robustness": str(v)}}
        for n, e, v in zip(claims, expected, x, strict=True)
    ]
    study = made(now, observed={"SEC": rows})
    moved = {(row["peril"], row["dimension"]): row for row in study.result["figures"]["rows"]}
    robustness = moved["SEC", "robustness"]
    assert (robustness["filed"], robustness["learnt"]) == ("0.60", True)
    assert float(robustness["low"]) < 0.7 < float(robustness["high"])
    assert not moved["ERR", "ece"]["learnt"]
    assert float(moved["ERR", "ece"]["mode"]) == float(moved["ERR", "ece"]["filed"])
    (edit,) = study.result["edits"]["rows"]
    assert (edit["path"], edit["old"]) == ("perils.lines.SEC.betas.robustness", "0.60")
    assert float(edit["new"]) == pytest.approx(float(robustness["mode"]), abs=0.005)


@pytest.mark.parametrize(
    "asked",
    [
        {"prior_sd": "0"},
        {"level_sd": "much"},
        {"observed": [1]},
        {"observed": {"FIRE": []}},
        {"observed": {"ERR": [{"claims": 1}]}},
        {"observed": {"ERR": [{"claims": -1, "expected": "1", "x": {}}]}},
        {"observed": {"ERR": [{"claims": 1, "expected": "NaN", "x": {}}]}},
        {"valued": "2999-01-01"},
    ],
)
def test_what_cannot_be_asked_is_refused(asked, now):
    with pytest.raises(InputRefused):
        study_request(kind="elasticities", asked=asked, actor=ACTUARY, at=now)
