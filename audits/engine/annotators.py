"""Whether the people who label agree with one another (coefficients: audits/engine/agreement.py)."""

from itertools import combinations
from typing import Any

import numpy as np

from audits.engine import words
from audits.engine.agreement import Coefficient, cohen, fleiss, krippendorff, label_counts
from audits.engine.bounds import cp_interval
from audits.engine.frame import Codes, Frame, canonical_text
from audits.engine.registry import Subject
from audits.engine.result import Check, Part, Table
from audits.engine.verdicts import Judge
from core.errors import InputRefused

AGREEMENT = ("labels.annotators_agree", "Rows on which all annotators agree")
ALPHA = ("labels.alpha", "Agreement of annotators beyond chance")
MOST_CLASSES = 100


def measure(subject: Subject) -> Part:
    """Pairs of annotators, rows on which all agree, Fleiss' kappa and Krippendorff's alpha."""
    judge, names = subject.judge, subject.judge.spec.annotators
    if len(names) < 2:
        reason = "The labels of one annotator alone say nothing of agreement."
        return Part(tuple(judge.silent(*ask, "not_run", reason) for ask in (AGREEMENT, ALPHA)))
    codes, classes = _codes(subject.frame, names)
    counts = label_counts(codes, classes)
    labels = counts.sum(axis=1)
    several = labels >= 2
    k = int((counts.max(axis=1, initial=0)[several] == labels[several]).sum())
    agree = judge.rate(*AGREEMENT, k, int(several.sum()), "rows with two labels or more", "have one label only")
    alpha = krippendorff(counts)
    complete = counts[labels == len(names)]
    table = _coefficients(alpha, fleiss(complete), int((labels == 1).sum()), int((labels == 0).sum()), judge)
    checks = (agree, _alpha_check(alpha, judge))
    return Part(checks, {"agreement": table, "annotators": _pairs(codes, classes, judge)}, judge.findings(checks))


def _codes(frame: Frame, columns: tuple[str, ...]) -> tuple[Codes, int]:
    """int32[rows, annotators] into the classes that any of them uses, -1 where one gave none; and how many classes."""
    groups = [frame.column(name, "annotators").groups for name in columns]
    names = sorted({canonical_text(text) for each in groups for text in each.names})
    if len(names) > MOST_CLASSES:
        raise InputRefused(
            f"The annotators use {len(names):,} different labels.",
            field="annotators",
            limit=f"{MOST_CLASSES} classes",
            remedy="Register columns of classes, or merge classes.",
        )
    place = {name: code for code, name in enumerate(names)}
    tables = [np.array([place[canonical_text(text)] for text in each.names] + [-1], dtype=np.int32) for each in groups]
    return np.stack([table[each.codes] for table, each in zip(tables, groups, strict=True)], axis=1), max(len(names), 1)


def _alpha_check(alpha: Coefficient, judge: Judge) -> Check:
    confidence = judge.suite.confidence
    interval = alpha.interval(confidence)
    if alpha.value is None or interval is None:
        reason = (
            f"{words.count(alpha.n, 'row')} with two labels or more; at least 100 with some disagreement and no class "
            "that is nearly absent are needed for an interval."
        )
        return judge.silent(*ALPHA, "cannot_tell", reason, n=alpha.n)
    sentence = (
        f"Krippendorff's alpha is {alpha.value:.2f} ({interval.low:.2f} to {interval.high:.2f}): 1 is full agreement, "
        "0 what chance alone gives. Where people disagree, an error against one of them is not surely an error."
    )
    method = "Krippendorff 2011, nominal; linear influence of rows, Student in log(1 - alpha), two-sided 90 %"
    return judge.check(*ALPHA, alpha.value, interval, sentence, alpha.n, confidence=confidence, method=method)


def _coefficients(alpha: Coefficient, kappa: Coefficient, single: int, none: int, judge: Judge) -> Table:
    rows = (
        _row("Krippendorff's alpha, missing labels allowed", alpha, judge),
        _row("Fleiss' kappa, rows that all annotators labelled", kappa, judge),
        ("rows with one label only", single, None, None, None, ""),
        ("rows that no annotator labelled", none, None, None, None, ""),
    )
    return Table(("coefficient", "rows", "value", "low", "high", "note"), rows)


def _row(name: str, found: Coefficient, judge: Judge) -> tuple[Any, ...]:
    interval = found.interval(judge.suite.confidence)
    if interval is not None:
        return (name, found.n, found.value, interval.low, interval.high, "")
    return (name, found.n, found.value, None, None, "too little for an interval")


def _pairs(codes: Codes, classes: int, judge: Judge) -> Table:
    """Each pair: rows both labelled, how many alike with the exact interval, Cohen's kappa with its own."""
    confidence, rows = judge.suite.confidence, []
    for (a, first), (b, second) in combinations(enumerate(judge.spec.annotators), 2):
        both = (codes[:, a] >= 0) & (codes[:, b] >= 0)
        n, k = int(both.sum()), int((both & (codes[:, a] == codes[:, b])).sum())
        around = cp_interval(k, n, confidence) if n else None
        shares = (k / n, around.low, around.high) if around else (None, None, None)
        rows.append((first, second, n, k, *shares, *_row("", cohen(codes[:, a], codes[:, b], classes), judge)[2:]))
    columns = ("annotator", "other", "rows", "agree", "share", "low", "high")
    return Table((*columns, "kappa", "kappa low", "kappa high", "note"), tuple(rows))
