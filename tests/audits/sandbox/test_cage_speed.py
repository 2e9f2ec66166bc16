"""What the cage costs: from asking for a child to its first answer, and in a batch beside the same runtime uncaged."""

import statistics
import tempfile
import time
from collections.abc import Callable

import lightgbm
import numpy as np
import pytest
import skops.io
import xgboost
from skl2onnx import to_onnx
from sklearn.ensemble import GradientBoostingClassifier

from audits.interface import Input, Interface, Output
from audits.sandbox.cage import model_open
from audits.sandbox.models.load import model_load
from audits.sandbox.models.shape import Batch
from audits.sandbox.runner import table_open

pytestmark = pytest.mark.long
WIDE = 20
LAUNCHES = 100
INTERFACE = Interface(tuple(Input(f"x{n}", "number") for n in range(WIDE)), Output("p", "probability"))
CHANCE = np.random.default_rng(1)
ROWS = CHANCE.normal(size=(2_000, WIDE))
LABELS = (ROWS[:, 0] + ROWS[:, 1] * ROWS[:, 2] > 0).astype(int)


def _onnx(trees: int) -> bytes:
    model = GradientBoostingClassifier(n_estimators=trees, max_depth=4).fit(ROWS, LABELS)
    return to_onnx(model, ROWS[:1].astype(np.float32), options={"zipmap": False}).SerializeToString()


def _skops(trees: int) -> bytes:
    return skops.io.dumps(GradientBoostingClassifier(n_estimators=trees, max_depth=4).fit(ROWS, LABELS))


def _xgboost(trees: int, form: str) -> bytes:
    model = xgboost.XGBClassifier(n_estimators=trees, max_depth=6, n_jobs=1).fit(ROWS, LABELS)
    return bytes(model.get_booster().save_raw(form))


def _lightgbm(trees: int) -> bytes:
    model = lightgbm.LGBMClassifier(n_estimators=trees, num_leaves=31, n_jobs=1, verbose=-1).fit(ROWS, LABELS)
    return model.booster_.model_to_string().encode()


MODELS: dict[str, Callable[[int], bytes]] = {
    "onnx": _onnx,
    "skops": _skops,
    "xgboost-json": lambda trees: _xgboost(trees, "json"),
    "xgboost-ubj": lambda trees: _xgboost(trees, "ubj"),
    "lightgbm-text": _lightgbm,
}
SMALL, LARGE = 3, 100


def _times(act: Callable[[], object], repeats: int = LAUNCHES) -> tuple[float, float]:
    """Milliseconds: the median, and the 95th percentile."""
    taken = []
    for _ in range(repeats):
        started = time.perf_counter()
        act()
        taken.append(1000 * (time.perf_counter() - started))
    return statistics.median(taken), statistics.quantiles(taken, n=20)[-1]


@pytest.mark.parametrize("form", MODELS)
def test_a_small_model_is_ready_soon(form):
    """What the cage itself takes: checking a large model costs what it costs uncaged."""
    data, batch = MODELS[form](SMALL), Batch(ROWS[:1])
    with tempfile.TemporaryFile() as file:
        file.write(data)

        def launch() -> None:
            with model_open(file, interface=INTERFACE) as model:
                model.answers(batch)

        launch()
        middle, slow = _times(launch)
    print(f"{form}: {len(data):,} bytes, first answer p50 {middle:.0f} ms, p95 {slow:.0f} ms")
    assert slow <= 150


def test_a_small_table_is_read_soon():
    with tempfile.TemporaryFile() as file:
        file.write(b"y,p,group\n" + b"1,0.5,a\n0,0.25,b\n" * 500)

        def launch() -> None:
            with table_open(file) as table:
                list(table.batches())

        launch()
        middle, slow = _times(launch)
    print(f"table of 1,000 rows: p50 {middle:.0f} ms, p95 {slow:.0f} ms")
    assert slow <= 150


@pytest.mark.parametrize("form", MODELS)
@pytest.mark.parametrize("rows", [1_000, 20_000])
def test_a_large_batch_costs_little_more_than_uncaged(form, rows):
    data = MODELS[form](LARGE)
    batch = Batch(CHANCE.normal(size=(rows, WIDE)))
    plain = model_load(data, INTERFACE)
    with tempfile.TemporaryFile() as file:
        file.write(data)
        with model_open(file, interface=INTERFACE) as model:
            assert np.allclose(model.answers(batch), plain.answers(batch), atol=1e-7)
            caged, _ = _times(lambda: model.answers(batch), 20)
    uncaged, _ = _times(lambda: plain.answers(batch), 20)
    print(f"{form}, {rows:,} rows: caged {caged:.2f} ms, uncaged {uncaged:.2f} ms, {caged / uncaged - 1:+.0%}")
    assert caged <= 1.1 * uncaged + 1 + rows / 2_000
