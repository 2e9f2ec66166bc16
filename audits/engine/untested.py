"""What recorded predictions alone cannot show, said as plainly as what they can (DOMAIN 1.0 rules 4, 8, 12)."""

from audits.engine.result import Dimension, Part
from audits.engine.verdicts import Judge

ROBUSTNESS = "Robustness needs the model itself, not its predictions."
LABEL = "No blind re-labelled random sample was sent."


def measure(judge: Judge) -> Part:
    """The two dimensions that a predictions-only audit does not run, with the reason."""
    checks = (
        judge.silent("robustness.flip_rate", "Decisions flipped by small changes", "not_run", ROBUSTNESS),
        judge.silent("labels.disagreement", "Labels that a second reader disputes", "not_run", LABEL),
    )
    return Part(
        checks, dimensions={"robustness": Dimension("not_run", ROBUSTNESS), "label": Dimension("not_run", LABEL)}
    )
