"""One answer explained on its own, as the page on which a model is tried needs it."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audits.engine.attribution import explaining
from audits.engine.attribution.explaining import Explained, Source
from audits.engine.attribution.leaves import Forest
from audits.engine.attribution.sampling import affordable
from audits.engine.attribution.tables import cells_of
from audits.engine.attribution.target import margin_of, target_of
from audits.engine.frame import Column, Frame, number_text
from audits.engine.model import Asked, Model
from audits.engine.spec import AuditSpec
from audits.engine.streams import sample, stream
from audits.engine.suite import ModelPlan


def explain_one(
    model: Model, row: Frame, spec: AuditSpec, plan: ModelPlan, *, seed: int, background: Frame | None = None
) -> dict[str, Any] | None:
    """The explanation of the one row of `row`, JSON-ready; None where nothing says what stands for an input that is not
    known: no trees with covers, and no `background` rows (any that hold the input columns, a data set's say).

    {algorithm, units, explained_output, base, answer, total, contributions: [{feature, value, contribution}]}, largest
    contribution first. `answer` is the explained number of the model's answer; base and contributions add up to
    `total`, which is the same number in `units` (log-odds for trees with a logistic link). Raises InputRefused for a
    row that cannot be encoded and for a model that fails.
    """
    asked, inputs = Asked(model), row.only(model.interface.columns)
    base = asked.answers(inputs)
    target = target_of(spec, model.interface, base)
    source = Source(inputs, base, asked, target, plan)
    found = _explained(source, background, stream(seed, "attribution of one row"))
    return None if found is None else _written(found, source)


def _explained(source: Source, background: Frame | None, rng: np.random.Generator) -> Explained | None:
    trees, here = source.trees, np.zeros(1, dtype=np.int64)
    exact = trees is not None and explaining.trees_gap(source, trees, here) <= explaining.CLOSE
    if trees is not None and exact and Forest(trees, margin_of(source.target, trees).output).covered:
        return explaining.explain_trees(source, trees, here, here[:0])
    if background is None or not background.rows:
        return None
    whole = _above(source, background, rng)
    others = np.arange(1, whole.inputs.rows)
    if trees is not None and exact:
        return explaining.explain_trees(whole, trees, here, others)
    return explaining.explain_sampled(whole, here, others, rng, lambda *_: None)


def _above(source: Source, background: Frame, rng: np.random.Generator) -> Source:
    """The source with as many background rows beneath its row as the plan affords."""
    columns, plan = source.interface.columns, source.plan
    _, others = affordable(1, min(background.rows, plan.background_rows), len(columns), plan.sampled_rows)
    chosen = background.take(sample(rng, background.rows, others))
    both = {name: _stacked(column, chosen.columns[name]) for name, column in source.inputs.columns.items()}
    return replace(source, inputs=Frame(both))


def _written(found: Explained, source: Source) -> dict[str, Any]:
    parts, here = found.contributions[0], np.zeros(1, dtype=np.int64)
    columns = source.interface.columns
    return {
        "algorithm": found.algorithm,
        "units": found.units,
        "explained_output": source.target.what,
        "base": found.base,
        "answer": float(source.target.of(source.base)[0]),
        "total": found.base + float(parts.sum()),
        "contributions": [
            {
                "feature": columns[i],
                "value": cells_of(source.inputs.columns[columns[i]], here)[0],
                "contribution": float(parts[i]),
            }
            for i in np.argsort(-np.abs(parts), kind="stable")
        ],
    }


def _stacked(first: Column, second: Column) -> Column:
    """The cells of both, one under the other: numbers with numbers, anything else as text."""
    null = np.concatenate([first.null, second.null])
    if {first.kind, second.kind} <= {"int", "float"}:
        values = np.concatenate([first.values, second.values]).astype(np.float64)
        return Column(first.name, "float", np.where(null, 0.0, values), null)
    texts = np.concatenate([_texts(first), _texts(second)])
    names, codes = np.unique(np.where(null, "", texts).astype(str), return_inverse=True)
    return Column(first.name, "category", codes.astype(np.int32), null, tuple(str(name) for name in names))


def _texts(column: Column) -> NDArray[Any]:
    found = cells_of(column, np.arange(len(column.values)))
    return np.array(
        [number_text(float(cell)) if isinstance(cell, int | float) else cell for cell in found], dtype=object
    )
