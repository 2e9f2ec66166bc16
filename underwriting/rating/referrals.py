"""When a machine may not quote: every rule that refers or declines, in one table.

Each rule reads the case and answers with the facts that make it apply, or None. Sources: DOMAIN D8, 1.0 rules 4, 5, 7,
10, 13, 20, 21, and sections 1.3, 1.4, 1.7.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from core.money import round_half_up
from underwriting.rating.arithmetic import four, multiply
from underwriting.rating.evidence import Evidence
from underwriting.rating.frequency import exposure
from underwriting.rating.plan import Plan
from underwriting.rating.risk import Risk, schedule_sum
from underwriting.rating.worksheet import Figures, Flag


@dataclass(frozen=True)
class Case:
    """What the rules look at; `figures` is None where there is no price."""

    risk: Risk
    evidence: Evidence
    plan: Plan
    figures: Figures | None


@dataclass(frozen=True)
class Rule:
    code: str
    kind: str  # refer, decline or subjectivity
    waivable: bool
    applies: Callable[[Case], str | None]
    resolves: str

    def flag(self, case: Case) -> Flag | None:
        reason = self.applies(case)
        return None if reason is None else Flag(self.code, reason, _filled(self.resolves, case.plan), self.waivable)


def flags(case: Case, kind: str) -> tuple[Flag, ...]:
    """The rules of `kind` that apply to `case`, in the order of the table."""
    found: Iterator[Flag | None] = (rule.flag(case) for rule in RULES if rule.kind == kind)
    return tuple(flag for flag in found if flag is not None)


def prices(case: Case) -> bool:
    """Whether the case can be priced at all: a reference rate, a measured error, no prohibited practice (rule 4)."""
    return not any(test(case) for test in (_no_class, _no_error, _prohibited))


def _filled(text: str, plan: Plan) -> str:
    rules = plan.audit_rules
    return text.format(rows=rules.minimum_rows, days=rules.e4_subjectivity_days, composite=plan.grades[-2][1])


def _no_class(case: Case) -> str | None:
    use = case.plan.use_class(case.risk.use_class)
    if use.outcome is None:
        return None
    return f"Use class {use.code} has no filed reference rate, so there is no price."


def _no_error(case: Case) -> str | None:
    error = case.evidence.dimensions["error"]
    if error.measured:
        return None
    return f"The harmful-error rate was not measured ({error.reason or error.state}); without it there is no price."


def _prohibited(case: Case) -> str | None:
    return _level_outcome(case, "decline")


def _level_refers(case: Case) -> str | None:
    return _level_outcome(case, "refer")


def _level_outcome(case: Case, outcome: str) -> str | None:
    for name, factor in sorted(case.plan.factors.items()):
        level = factor.level(case.risk.factors[name])
        if level.outcome == outcome:
            return f"{factor.title}: {level.title}."
    return None


def _few_rows(case: Case) -> str | None:
    least = case.plan.audit_rules.minimum_rows
    if case.evidence.rows >= least:
        return None
    return f"Only {case.evidence.rows} labelled decisions were audited; {least} are needed. The price is an indication."


def _old_audit(case: Case) -> str | None:
    most = case.plan.audit_rules.maximum_age_days
    if case.evidence.rerate or case.evidence.age_days <= most:
        return None
    return f"The audit was completed {case.evidence.age_days} days ago; the limit for a quote is {most}."


def _dependent(case: Case) -> str | None:
    if case.evidence.independent:
        return None
    return "The auditor is not independent of the model's developer."


def _withheld(case: Case) -> str | None:
    if not case.evidence.drift_withheld or case.evidence.dimensions["drift"].measured:
        return None
    return "Dated, labelled history is held but was not sent, so drift could not be measured."


def _measured_cap(case: Case) -> str | None:
    if case.figures is None:
        return None
    capped = sorted(
        {
            f"{term.dimension} ({line.peril}, {round_half_up(term.raw, 2)} held at {term.m})"
            for line in case.figures.lines
            for term in line.terms
            if term.at_cap
        }
    )
    if not capped:
        return None
    return f"A measured relativity is at its upper clip: {', '.join(capped)}. The premium would be too low."


def _relativity_cap(case: Case) -> str | None:
    if case.figures is None:
        return None
    top = case.plan.relativity.a_high
    capped = [line.peril for line in case.figures.lines if line.a >= top]
    return f"The audit relativity of {', '.join(capped)} is at its ceiling of {top}." if capped else None


def _grade_f(case: Case) -> str | None:
    worst = case.plan.grades[-1][0]
    if case.figures is None or case.figures.standing.grade != worst:
        return None
    return f"Grade {worst}: the composite relativity is {four(case.figures.standing.composite)}."


def _gamed(case: Case) -> str | None:
    if not case.evidence.gamed:
        return None
    return f"The audit may not show the model as it decides ({'; '.join(case.evidence.gamed)}). No proof of fraud."


def _worst_slice(case: Case) -> str | None:
    worst, q0 = case.evidence.worst_slice, case.plan.use_class(case.risk.use_class).q0_error
    if worst is None or q0 is None:
        return None
    ceiling = multiply(case.plan.audit_rules.slice_multiple, q0)
    if worst.low <= ceiling:
        return None
    return f"In {worst.name} the harmful-error rate is at least {worst.low}, over {ceiling} (twice the class's {q0})."


def _scale(case: Case) -> str | None:
    units, most = exposure(case.risk, case.plan), case.plan.exposure_refer_above
    if units <= most:
        return None
    decisions = f"{case.risk.decisions:,}"
    return f"{decisions} decisions a year are {units:f} units, over {most}: a linear exposure is not credible there."


def _second_underwriter(case: Case) -> str | None:
    total, most = schedule_sum(case.risk), case.plan.schedule.second_underwriter_above
    if abs(total) <= most:
        return None
    return f"The schedule items sum to {total}, beyond {most} either way."


def _unverified(case: Case) -> str | None:
    if case.evidence.evidence_class != "E4":
        return None
    return "The predictions are the customer's own and unverified (E4): the price is an indication."


RULES: tuple[Rule, ...] = (
    Rule("prohibited-practice", "decline", False, _prohibited, "Nothing: such a use is not insured."),
    Rule("use-class", "refer", False, _no_class, "An underwriter and the customer agree on a filed use class."),
    Rule("error-not-measured", "refer", False, _no_error, "Send enough labelled decisions to measure it."),
    Rule("too-few-rows", "refer", False, _few_rows, "Send at least {rows} labelled decisions; not bound before."),
    Rule("audit-too-old", "refer", True, _old_audit, "A new audit, or an underwriter's reasoned acceptance."),
    Rule("not-independent", "refer", True, _dependent, "An audit by somebody independent of the developer."),
    Rule("validation-overdue", "refer", True, _level_refers, "A new validation, or an underwriter's acceptance."),
    Rule("history-withheld", "refer", True, _withheld, "Send the dated history: at least four labelled periods."),
    Rule("measured-at-clip", "refer", True, _measured_cap, "Improve what is at the clip, or an underwriter decides."),
    Rule("relativity-at-cap", "refer", True, _relativity_cap, "Improve or measure the largest terms of that peril."),
    Rule("grade-f", "refer", False, _grade_f, "A new audit with a composite of {composite} or less; not bound before."),
    Rule("worst-slice", "refer", True, _worst_slice, "Improve that slice, or an underwriter accepts it."),
    Rule("evaluation-gamed", "refer", True, _gamed, "Ask the customer; an underwriter accepts the explanation."),
    Rule("scale", "refer", True, _scale, "An underwriter sets the exposure by hand."),
    Rule("second-underwriter", "refer", True, _second_underwriter, "A second underwriter agrees to the schedule."),
    Rule(
        "evidence-e4",
        "subjectivity",
        True,
        _unverified,
        "Evidence of class E1 to E3 within {days} days, or an underwriter's reasoned acceptance.",
    ),
)
