"""What each row is, as one byte, and the joint counts of bytes and groups: every group rate is a marginal of them."""

import numpy as np
from numpy.typing import NDArray

from audits.engine.cases import Cases
from audits.engine.compiled.counting import joint_counts
from audits.engine.frame import Codes, Mask
from audits.engine.spec import AuditSpec

# The bits of a row's state.
DECIDED, AUDITED, HARM, WRONG, EVENT, POSITIVE, SCORED, PAST = (1 << place for place in range(8))
STATES = 256

States = NDArray[np.uint8]
Counts = NDArray[np.int64]


def states_of(cases: Cases, past: Mask | None = None) -> States:
    """The state of every row; the two bits of the score lie on decided rows that have one, the second on those whose
    score is `past` the median."""
    masks = {
        DECIDED: cases.decided,
        AUDITED: cases.audited,
        HARM: cases.harm,
        WRONG: cases.wrong,
        EVENT: cases.event,
        POSITIVE: cases.positive,
    }
    if cases.score is not None:
        masks[SCORED] = cases.decided & np.isfinite(cases.score)
    if past is not None:
        masks[PAST] = past
    found = np.zeros(len(cases.decided), np.uint8)
    for bit, mask in masks.items():
        found |= mask.view(np.uint8) * np.uint8(bit)
    return found


def past_median(cases: Cases, spec: AuditSpec) -> Mask | None:
    """Decisions whose score lies on the favourable side of the sample's median (LL144's scoring rate); None without
    scores."""
    if cases.score is None:
        return None
    scored, score = cases.decided & np.isfinite(cases.score), cases.score
    middle = np.median(score[scored]) if scored.any() else 0.0
    return np.asarray(scored & (score < middle if spec.favourable_decision == "negative" else score > middle))


def joint(codes: Codes, groups: int, states: States) -> Counts:
    """Counts[group, state]; rows without a group (code -1) stand in the last row."""
    counts = np.zeros((groups + 1, STATES), np.int64)
    joint_counts(codes, states, counts)
    return counts


def marginal(counts: Counts, bits: int, without: int = 0) -> Counts:
    """Rows of each group whose state has all of `bits` and none of `without`."""
    state = np.arange(STATES)
    chosen = ((state & bits) == bits) & ((state & without) == 0)
    return np.asarray(counts[:, chosen].sum(axis=1))


def by_name(counts: Counts, spec: AuditSpec, scored: bool) -> dict[str, Counts]:
    """The counts that group metrics are made of, by name; the confusion cells only where decisions are yes or no."""
    found = {
        "decided": marginal(counts, DECIDED),
        "labelled": marginal(counts, AUDITED),
        "harm": marginal(counts, AUDITED | HARM),
    }
    if spec.decides:
        found |= {
            "tp": marginal(counts, AUDITED | EVENT | POSITIVE),
            "fp": marginal(counts, AUDITED | POSITIVE, EVENT),
            "fn": marginal(counts, AUDITED | EVENT, POSITIVE),
            "tn": marginal(counts, AUDITED, EVENT | POSITIVE),
        }
    if spec.decides and spec.favourable_decision is not None:
        wanted, other = (POSITIVE, 0) if spec.favourable_decision == "positive" else (0, POSITIVE)
        found["favourable"] = marginal(counts, DECIDED | wanted, other)
    if scored:
        found |= {"scored": marginal(counts, SCORED), "past_median": marginal(counts, SCORED | PAST)}
    return found
