"""Writing: studies, and the drafts that follow from them."""

from actuarial.services.drafts import study_edits, study_to_draft
from actuarial.services.studies import study_failed, study_keep, study_made, study_replay, study_request

__all__ = [
    "study_edits",
    "study_failed",
    "study_keep",
    "study_made",
    "study_replay",
    "study_request",
    "study_to_draft",
]
