"""Where the harmful error is worst, among slices that nobody named: searched on one half, confirmed on the other."""

import numpy as np

from audits.engine import slice_findings
from audits.engine.registry import Registered, Subject
from audits.engine.result import Part
from audits.engine.slice_search import SearchPlan


def run(subject: Subject, rng: np.random.Generator) -> Part:
    tools = slice_findings.Tools(subject.plan(SearchPlan), rng, subject.say)
    return slice_findings.measure(subject.frame, subject.cases, searched(subject), subject.judge, tools)


def searched(subject: Subject) -> list[str]:
    """The model's inputs, and every column registered as attribute, slice, legitimate factor or drift feature; never
    the outcome, the decision or what states them."""
    spec, names = subject.judge.spec, set(subject.interface.columns if subject.interface else ())
    names |= {item.column for item in spec.attributes}
    names |= {item.column for item in (*spec.slices, *spec.legitimate)}
    names |= set(spec.drift.features) if spec.drift else set()
    names -= {
        spec.label,
        spec.decision.column,
        *filter(None, (spec.probability, spec.score, spec.row_id, spec.weight, spec.cluster)),
    }
    return sorted(names & set(subject.frame.columns))


CHECK = Registered(
    name="slice_search",
    section="slices",
    asks=(
        (slice_findings.COUNT, slice_findings.COUNT_TITLE),
        (slice_findings.WORST, slice_findings.WORST_TITLE),
    ),
    run=run,
    plan=SearchPlan,
)
