"""What was not looked at, said as plainly as what was (DOMAIN 1.0 rules 4, 8, 12)."""

from audits.engine.result import Check, Dimension, Part
from audits.engine.verdicts import Judge

ROBUSTNESS = "Robustness needs the model itself, not its predictions."
LABEL = "No blind re-labelled random sample was sent."
MODEL = "No model was handed over, so nothing but its recorded answers could be looked at."
ATTRIBUTION = "An explanation needs the model itself, not its predictions."
OF_A_MODEL = (
    ("model.reproduces", "Recorded answers that the model does not give", MODEL),
    ("model.deterministic", "Answers that differ when asked again", MODEL),
    ("attribution.additivity", "Contributions that do not add up", ATTRIBUTION),
    ("attribution.rank_stability", "Agreement of rankings", ATTRIBUTION),
    ("attribution.drivers", "Inputs that drive the answers", ATTRIBUTION),
)


def measure_labels(judge: Judge) -> Part:
    """The dimension that no audit runs yet."""
    check = judge.silent("labels.disagreement", "Labels that a second reader disputes", "not_run", LABEL)
    return Part((check,), dimensions={"label": Dimension("not_run", LABEL)})


def measure(judge: Judge) -> Part:
    """What an audit of recorded predictions does not run; an edition that takes models names those checks too."""
    labels = measure_labels(judge)
    flips = judge.silent("robustness.flip_rate", "Decisions flipped by small changes", "not_run", ROBUSTNESS)
    checks: tuple[Check, ...] = (flips, *labels.checks)
    if judge.suite.model is not None:
        checks += tuple(judge.silent(name, title, "not_run", reason) for name, title, reason in OF_A_MODEL)
    return Part(checks, dimensions={"robustness": Dimension("not_run", ROBUSTNESS), **labels.dimensions})
