"""Are the rows whose recorded answer is missing others than those that have one? Fisher's exact test of two rates."""

from typing import NamedTuple

from audits.engine.bounds import Rate, fisher_p


class Missing(NamedTuple):
    """`p` two-sided by Fisher's exact test, `least_p` the smallest that these numbers of rows could give."""

    p: float
    least_p: float


def missing_test(missing: Rate, present: Rate) -> Missing:
    """Of the same share among rows with and without a recorded answer; both sides need rows."""
    hits = int(missing.k + present.k)
    most = min(int(missing.n), hits)
    fewest = max(0, hits - int(present.n))
    extremes = [fisher_p(Rate(k, missing.n), Rate(hits - k, present.n)) for k in (fewest, most)]
    return Missing(fisher_p(missing, present), min(extremes))
