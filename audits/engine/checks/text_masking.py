"""Which words of a text input the answers go by, and how many decisions hang on one of them."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from audits.engine import words
from audits.engine.attribution.explainer import Explainer, decider_of, explainer_of
from audits.engine.attribution.masking import Masking, Text, masked
from audits.engine.attribution.means import mean_around
from audits.engine.bounds import cp_interval
from audits.engine.registry import Need, Registered, Subject
from audits.engine.result import Check, Finding, Part, Table
from audits.engine.streams import sample

ID, TITLE = "attribution.text", "Decisions that hang on a single word"
TOKENS = (
    "column",
    "word",
    "rows",
    "mean",
    "low",
    "high",
    "mean absolute",
    "raises",
    "share raised",
    "share low",
    "share high",
)
EXAMPLES = ("row", "column", "word", "contribution", "standard error", "answer", "answer without it")
SHOWN_ROWS, SHOWN_WORDS = 3, 10


@dataclass(frozen=True)
class Plan:
    """rows: explained; spans: parts that a text is cut into at most; exact: spans up to which all coalitions are asked;
    pairs: pairs of coalitions beyond; word_rows: rows that must hold a word for it to be told; words: told at most."""

    rows: int
    spans: int
    exact: int
    pairs: int
    word_rows: int
    words: int

    @property
    def masking(self) -> Masking:
        return Masking(self.spans, self.exact, self.pairs)


def model_rows(subject: Subject) -> int:
    plan = subject.plan(Plan)
    return len(subject.model.interface.texts) * plan.rows * plan.masking.dearest


def run(subject: Subject, rng: np.random.Generator) -> Part:
    plan = subject.plan(Plan)
    explainer = explainer_of(subject, 0)
    rows = sample(rng, explainer.source.inputs.rows, plan.rows)
    told: dict[str, list[Text]] = {}
    checks: list[Check] = []
    for column in explainer.source.interface.texts:
        found = []
        for place, row in enumerate(rows):
            if place % 10 == 0:
                subject.say(f"text: {column}, row {place + 1:,} of {len(rows):,}")
            found.append(masked(explainer, column, int(row), plan.masking, rng))
        told[column] = [text for text, _ in found if text.spans]
        checks.append(_check(explainer, column, found, subject))
    tables = {
        "text words": _words_table(told, subject, plan),
        "text method": _method(explainer, told, subject, plan),
    }
    if subject.show_rows:
        tables["text examples"] = _examples(told)
    return Part(tuple(checks), tables, subject.judge.findings(tuple(checks)) + _one_word(told, plan))


def _check(explainer: Explainer, column: str, found: list[tuple[Text, Any]], subject: Subject) -> Check:
    """Decisions that become others when one word, or span of words, is taken out of the text."""
    judge, decider = subject.judge, decider_of(subject)
    if decider.why_not:
        return judge.silent(ID, TITLE, "not_run", decider.why_not, subject=column)
    hanging, n = 0, 0
    for text, answers in found:
        if text.spans:
            n += 1
            before = decider.column(np.repeat(answers[:1], len(answers) - 1, axis=0))
            hanging += bool(decider.differ(before, decider.column(answers[1:])).any())
    return judge.rate(
        ID, TITLE, hanging, n, f"rows with words in {column}", "change their decision when a single word is taken out",
        subject=column,
    )  # fmt: skip


def _by_word(texts: list[Text]) -> Mapping[str, list[float]]:
    """For each word, in small letters, the sum of its contributions in each row that holds it."""
    found: dict[str, list[float]] = defaultdict(list)
    for text in texts:
        here: dict[str, float] = defaultdict(float)
        for span, part in zip(text.spans, text.contributions, strict=True):
            if " " not in span:
                here[span.casefold().strip(".,;:!?\"'()")] += float(part)
        for word, part in here.items():
            if word:
                found[word].append(part)
    return found


def _words_table(told: Mapping[str, list[Text]], subject: Subject, plan: Plan) -> Table:
    """Words that enough rows hold; what a few rows say is theirs alone. A word in many rows has an interval of its
    mean; the share of rows in which it raises the answer has an exact one in any case."""
    confidence, rows = subject.judge.suite.confidence, []
    least = max(plan.word_rows, subject.judge.least_told)
    for column, texts in told.items():
        listed = []
        for word, parts in _by_word(texts).items():
            if len(parts) >= least:
                values = np.sort(np.array(parts))
                around, up = mean_around(values, confidence), int((values > 0).sum())
                share = cp_interval(up, len(values), confidence)
                ends = (around and around.low, around and around.high)
                shares = (up, up / len(values), share.low, share.high)
                size = float(np.abs(values).mean())
                listed.append((column, word, len(values), float(values.mean()), *ends, size, *shares))
        rows += sorted(listed, key=lambda line: (-line[6] * line[2], line[1]))[: plan.words]
    return Table(TOKENS, tuple(rows))


def _method(explainer: Explainer, told: Mapping[str, list[Text]], subject: Subject, plan: Plan) -> Table:
    every = [text for texts in told.values() for text in texts]
    errors = [float(text.error.max()) for text in every if text.error is not None]
    gaps = [abs(text.base + float(np.sort(text.contributions).sum()) - text.answer) for text in every]
    rows = (
        ("algorithm", f"Shapley values of words by taking them out; all coalitions up to {plan.exact} words, "
                      f"else odd-order regression on {plan.pairs} pairs of them"),
        ("stands for a word that is not known", "nothing: it is taken out; other inputs stay as they are"),
        ("units", explainer.source.target.units),
        ("explained output", explainer.source.target.what),
        ("texts explained", len(every)),
        ("of them exactly", len(every) - len(errors)),
        ("spans a text at most", plan.spans),
        ("largest standard error", max(errors, default=None)),
        ("mean of the largest standard errors", float(np.mean(errors)) if errors else None),
        ("additivity largest error", max(gaps, default=None)),
        ("seed", subject.judge.seed),
    )  # fmt: skip
    return Table(("what", "value"), rows)


def _examples(told: Mapping[str, list[Text]]) -> Table:
    """The rows whose text moves the answer most, with their leading words; rows are counted from 1."""
    rows = []
    for column, texts in told.items():
        for text in sorted(texts, key=lambda each: (-abs(each.answer - each.base), each.row))[:SHOWN_ROWS]:
            for i in np.argsort(-np.abs(text.contributions), kind="stable")[:SHOWN_WORDS]:
                error = None if text.error is None else float(text.error[i])
                part = (text.spans[i], float(text.contributions[i]), error)
                rows.append((text.row + 1, column, *part, text.answer, float(text.without[i])))
    return Table(EXAMPLES, tuple(rows))


def _one_word(told: Mapping[str, list[Text]], plan: Plan) -> tuple[Finding, ...]:
    """Nothing moves: the text is an input in name only."""
    dead = [column for column, texts in told.items() if texts and not any(text.contributions.any() for text in texts)]
    return tuple(
        Finding(
            "low",
            f"A text input moves no answer: {column}",
            f"In {words.count(len(told[column]), 'row')} no word of {column} changed the answer when it was taken out.",
            ID,
            column,
        )
        for column in dead
    )


CHECK = Registered(
    name="text_masking",
    section="attribution",
    asks=((ID, TITLE),),
    run=run,
    needs=(Need.MODEL, Need.TEXT),
    plan=Plan,
    model_rows=model_rows,
)
