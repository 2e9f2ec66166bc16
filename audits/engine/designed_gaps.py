"""The priced family of gaps where rows are weighted or come in clusters: same groups, same rule, another law."""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from audits.engine.cases import Cases
from audits.engine.effective import Design, apart
from audits.engine.frame import Mask
from audits.engine.groups import Gap, GroupCounts, Metric
from audits.engine.spec import AuditSpec
from audits.engine.suite import Suite
from core.errors import InputRefused

METHOD = "approximate, linearised between clusters"
Family = Callable[[GroupCounts, Metric, Suite], list[Gap]]


def family_of(design: Design, cases: Cases, spec: AuditSpec) -> Family:
    """The gaps of a grouping under this design, as groups.gaps gives them of independent rows."""
    return partial(_gaps, design, _rows(cases, spec))


def _gaps(design: Design, rows: Mapping[str, Mask], counts: GroupCounts, metric: Metric, suite: Suite) -> list[Gap]:
    """Who is eligible goes by rows. Raises InputRefused where the rows of an eligible group are all of one cluster: no
    bound of it can be made, and so none of the family."""
    chosen = counts.eligible(metric, suite)
    if len(chosen) < 2:
        return []
    hit, base = rows[metric.k], np.logical_or.reduce([rows[name] for name in metric.n])
    codes, names = counts.grouping.groups.codes, counts.grouping.groups.names
    eligible = base & np.isin(codes, chosen)
    found = []
    for index in chosen:
        own, rest = eligible & (codes == index), eligible & (codes != index)
        found.append(_gap((counts.grouping.name, names[index]), hit, (own, rest), metric.sign, design, suite))
    return found


def _gap(named: tuple[str, str], hit: Mask, sides: tuple[Mask, Mask], sign: int, design: Design, suite: Suite) -> Gap:
    found = apart(hit, sides if sign > 0 else sides[::-1], design, suite.gamma)
    if found is None:
        raise InputRefused(
            f"The rows of {': '.join(named)}, or all others, are of one cluster or carry no weight.",
            field="cluster",
            limit="2 clusters with weight on each side of a gap",
            remedy="Send rows of more persons, or correct the column.",
        )
    one, other = (found.first, found.second) if sign > 0 else (found.second, found.first)
    sizes = int(sides[0].sum()), int(sides[1].sum())
    return Gap(*named, one.as_rate, other.as_rate, found.point, found.interval, found.p, METHOD, sizes)


def _rows(cases: Cases, spec: AuditSpec) -> Mapping[str, Mask]:
    """The rows behind each count of groups.by_name that a priced metric reads."""
    audited = cases.audited
    found = {
        "decided": cases.decided,
        "labelled": audited,
        "harm": audited & cases.harm,
        "tp": audited & cases.event & cases.positive,
        "fp": audited & ~cases.event & cases.positive,
        "fn": audited & cases.event & ~cases.positive,
        "tn": audited & ~cases.event & ~cases.positive,
    }
    wanted = cases.positive if spec.favourable_decision == "positive" else ~cases.positive
    return {**found, "favourable": cases.decided & wanted}
