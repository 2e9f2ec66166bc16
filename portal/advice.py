"""What to do about a finding, in one or two sentences: by check, else by its family. Never a promise, never a cause."""

from collections.abc import Mapping
from typing import Any

OF_CHECKS = {
    "calibration.by_group": "Calibrate again with this group's own outcomes, or have people decide its cases.",
    "drift.alarm": "Find out what changed since the reference rows before the model goes on deciding alone.",
    "fairness.conditional": "The gap stays among people alike in the registered factors: look at the inputs that "
    "carry it, or register the factor that explains it.",
    "fairness.exchange": "Leave the attribute out of the model's inputs, or write down why it must be one.",
    "fairness.proxy": "Look at the inputs that stand for the attribute, and leave out those the model can spare.",
    "gaming.canaries": "The insurer asks how the model came to know these rows. It is a flag, not a proof.",
    "gaming.challenge_error": "The insurer asks how the audited rows were chosen. It is a flag, not a proof.",
    "gaming.reused_rows": "Send rows that no earlier audit has seen.",
    "labels.disagreement": "Settle the disputed labels with a third reader, then send the rows again.",
    "labels.duplicates": "Send each case once.",
    "labels.leakage": "Take out the rows the model was trained on, and send others.",
    "labels.leakage_near": "Take out the rows the model was trained on, and send others.",
    "attribution.monotonicity": "Hold the model to the direction when it is trained, or correct the registration.",
    "model.reproduces": "Hand over the file that decides, and send the answers it gave.",
    "model.deterministic": "Fix the seed or the batch size with which the model answers.",
    "robustness.adversarial": "Have people look at cases near the threshold, and at inputs that applicants choose.",
}
OF_FAMILIES = {
    "attribution": "Give nobody a reason by this explanation until it holds.",
    "calibration": "Calibrate the stated probabilities again on outcomes of late.",
    "data": "Mend the columns named and send the rows again.",
    "drift": "Find out which feed or population changed, and whether errors changed with it.",
    "fairness": "See whether the gap stays among people alike, and which inputs carry it, before anything is changed.",
    "gaming": "The insurer asks how the rows and the model were made. It is a flag, not a proof.",
    "labels": "Have a second reader label a sample that we draw.",
    "model": "Hand over the file that decides.",
    "oversight": "Give reviewers time and training, and test them again with new seeded errors.",
    "performance": "Move the threshold, or hand the least certain cases to people.",
    "robustness": "Check inputs before they reach the model, and hand cases near the threshold to people.",
    "saliency": "Show nobody these maps as a reason until they hold.",
    "slices": "Look at what is different about these rows, and have people decide them until it is known.",
    "uncertainty": "Hand the least certain cases to people.",
    "versions": "Look at the groups that got worse before this version goes on deciding.",
}


def advice(finding: Mapping[str, Any]) -> str:
    """What to do about it; empty for a family nobody has written about."""
    check = str(finding["check"])
    return OF_CHECKS.get(check) or OF_FAMILIES.get(check.partition(".")[0], "")
