"""The words and shapes of verdicts and states. Colour never speaks alone: each look has a shape and a word."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Verdict:
    """word: what is read; tone: the chip's class; shape: the drawing in it."""

    word: str
    tone: str
    shape: str


VERDICTS = {
    "fail": Verdict("fail", "is-fail", "cross"),
    "cannot_tell": Verdict("cannot tell", "is-doubt", "half"),
    "pass": Verdict("pass", "is-pass", "line"),
    "measured": Verdict("measured", "", "dot"),
    "not_run": Verdict("not tested", "", "ring"),
    "not_applicable": Verdict("does not apply", "", "ring"),
    "met": Verdict("met", "is-pass", "line"),
    "not_met": Verdict("not met", "is-fail", "cross"),
}
SEVERITIES = {
    "high": Verdict("high", "is-fail", "cross"),
    "medium": Verdict("medium", "is-doubt", "half"),
    "low": Verdict("low", "", "dot"),
}
GRAVITY = {"fail": 0, "not_met": 0, "cannot_tell": 1, "not_run": 3, "not_applicable": 3}

_TONES = {
    "is-met": ("line", "in_force bound accepted approved paid completed issued ready answered done"),
    "is-busy": (
        "dot",
        "queued running received requested asked open reported triaged coverage_review reserved decided proposed quote",
    ),
    "is-doubt": ("half", "refer referred reopened voided expired withdrawn superseded due"),
    "is-fail": ("cross", "failed dead refused declined decline rejected denied cancelled overdue deny"),
}
_LOOKS = {name: (tone, shape) for tone, (shape, names) in _TONES.items() for name in names.split()}
_WORDS = {
    "in_force": "in force",
    "coverage_review": "coverage review",
    "refer": "referred",
    "quote": "can be quoted",
    "decline": "declined",
    "deny": "denied",
    "dead": "given up",
    "requested": "being made",
    "queued": "waiting for a worker",
    "received": "being read",
    "asked": "being asked",
}


def state_words(state: str) -> str:
    """A state as the trade says it."""
    return _WORDS.get(state, str(state).replace("_", " "))


def state_look(state: str) -> Verdict:
    """The chip of a state; states that ask for nothing are grey."""
    tone, shape = _LOOKS.get(state, ("", "ring"))
    return Verdict(state_words(state), tone, shape)


def worst_first(verdict: str) -> int:
    """Sort key: failures at the top, then what cannot be told, what was not tested at the end."""
    return GRAVITY.get(verdict, 2)
