"""Plans that must not be read: each is refused with the place of the fault, never with a stray exception."""

import copy
import json

import pytest

from core.errors import InputRefused
from underwriting.rating import plan_load
from underwriting.rating.plan_reader import FOLDER

LAUNCH = json.loads((FOLDER / "MRL-2026.02.json").read_bytes())
ERR = ("perils", "lines", "ERR")
FAULTS = [
    ((*ERR, "f0"), "1e400", "plan.perils.lines.ERR.f0"),
    ((*ERR, "f0"), "NaN", "plan.perils.lines.ERR.f0"),
    ((*ERR, "betas", "error"), "-1", "plan.perils.lines.ERR.betas.error"),
    ((*ERR, "ilf", "abc"), "1", "plan.perils.lines.ERR.ilf.abc"),
    ((*ERR, "ilf", "NaN"), "1", "plan.perils.lines.ERR.ilf.NaN"),
    ((*ERR, "ilf", "10000000"), "9", "ERR: the marginal rate per unit of limit rises"),
    ((*ERR, "ilf"), {}, "ERR: the limit factor at the basic limit is not 1"),
    (("claims_made", "steps"), [], "plan.claims_made.steps"),
    (("claims_made", "steps"), ["x"], "plan.claims_made.steps"),
    (("grades",), [], "plan.grades"),
    (("industries", "rows", 0, "interval"), ["1"], "plan.industries.rows[0].interval"),
    (("industries", "rows"), [*LAUNCH["industries"]["rows"], LAUNCH["industries"]["rows"][0]], "filed twice"),
    (("effective_to",), "2025-01-01", "ends before it begins"),
    (("surprise",), 1, "surprise"),
]


@pytest.mark.parametrize(("path", "value", "named"), FAULTS)
def test_a_faulty_plan_is_refused_where_the_fault_is(path, value, named):
    document = copy.deepcopy(LAUNCH)
    part = document
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    with pytest.raises(InputRefused) as refused:
        plan_load(json.dumps(document).encode())
    assert named in f"{refused.value.field} {refused.value}"
