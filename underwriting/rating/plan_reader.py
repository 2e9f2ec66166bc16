"""Plan files to frozen plans: strict keys, exact figures, a hash over canonical JSON. The only I/O of this room."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

from core.canonical import canonical_json, digest
from core.errors import InputRefused, NotFound
from core.money import currency_code, to_decimal
from underwriting.rating.diff import figure_of, leaves
from underwriting.rating.plan import (
    PERILS,
    AggregateRow,
    AuditRules,
    Factor,
    Industry,
    IndustryBasis,
    Level,
    Loading,
    Median,
    Midterm,
    Peril,
    Plan,
    Relativity,
    Schedule,
    TaxLine,
    TaxTable,
    UseClass,
)
from underwriting.rating.publish import publish_check
from underwriting.rating.strict import Strict

FOLDER = Path(__file__).resolve().parent.parent / "plans"
SCHEMA = "plimsoll.rate-plan/1"
TAX_SCHEMA = "plimsoll.taxes/1"
TAX_FILE = "taxes-2026"
LARGEST_POWER = 15


def plan_names() -> tuple[str, ...]:
    """The ids of the plans in underwriting/plans, oldest first."""
    return tuple(sorted(path.stem for path in FOLDER.glob("MRL-*.json")))


def plan_load(source: str | bytes, *, taxes: str | bytes = TAX_FILE) -> Plan:
    """The plan named `source`, or the plan in the JSON bytes given; `taxes` likewise.

    Raises NotFound for an unknown name and InputRefused, with the path, for anything that is not exactly a plan.
    """
    data = _json(source)
    _sizes(data)
    plan = _plan(Strict(data, "plan"), digest(canonical_json(data)), tax_load(taxes))
    problems = publish_check(plan)
    if problems:
        raise InputRefused("; ".join(problems), field="plan", remedy="correct the plan before it is published")
    return plan


def _sizes(data: Any) -> None:
    """Refuse a figure that no plan can mean, before arithmetic meets it."""
    for path, value in leaves(data, "plan"):
        figure = figure_of(value)
        if figure is not None and abs(figure.adjusted()) > LARGEST_POWER:
            raise InputRefused(
                f"{path} is out of all proportion",
                field=path,
                limit="10^-15 to below 10^16",
                remedy="correct the figure",
            )


def tax_load(source: str | bytes = TAX_FILE) -> TaxTable:
    """The tax table named `source`, or in the JSON bytes given."""
    data = _json(source)
    node = Strict(data, "taxes")
    _expect(node, TAX_SCHEMA)
    table = TaxTable(
        id=node.text("id"),
        hash=digest(canonical_json(data)),
        source=node.text("source"),
        jurisdictions=_jurisdictions(node.node("jurisdictions")),
    )
    node.text("note")
    node.done()
    return table


def _json(source: str | bytes) -> Any:
    if isinstance(source, bytes):
        return _parse(source, "plan")
    known = {path.stem: path for path in FOLDER.glob("*.json")}
    if source not in known:
        raise NotFound(
            f"there is no file {source!r} among the plans",
            field="plan",
            limit=", ".join(sorted(known)),
            remedy="name a plan that exists",
        )
    return _parse(known[source].read_bytes(), source)


def _parse(data: bytes, name: str) -> Any:
    def refuse(text: str) -> Any:
        raise InputRefused(f"{name} holds the float {text}", field=name, remedy="write figures as text")

    try:
        return json.loads(data, parse_float=refuse, parse_constant=refuse)
    except (UnicodeDecodeError, json.JSONDecodeError) as problem:
        raise InputRefused(f"{name} is not JSON: {problem}", field=name, remedy="send valid JSON") from None


def _expect(node: Strict, schema: str) -> None:
    found = node.text("schema")
    if found != schema:
        raise InputRefused(
            f"schema {found!r} is unknown", field=node.where("schema"), limit=schema, remedy="convert the file"
        )


def _plan(node: Strict, identity: str, taxes: TaxTable) -> Plan:
    _expect(node, SCHEMA)
    node.text("note")
    industries, basis = _industries(node.node("industries"))
    plan = Plan(
        id=node.text("id"),
        hash=identity,
        title=node.text("title"),
        assumption=node.text("assumption"),
        currency=currency_code(node.text("currency")),
        effective_from=_day(node, "effective_from"),
        effective_to=node.maybe_day("effective_to"),
        taxes=taxes,
        **_exposure(node.node("exposure")),
        **_perils(node.node("perils")),
        loading=_loading(node.node("loading")),
        relativity=_relativity(node.node("relativity")),
        grades=_grades(node.nodes("grades")),
        comparison_mix=_mix(node.node("comparison_mix")),
        factors=_factors(node.node("factors")),
        **_oversight(node.node("oversight")),
        use_classes=_use_classes(node.node("use_classes")),
        industries=industries,
        industry_basis=basis,
        experience_a=_experience(node.node("experience")),
        **_claims_made(node.node("claims_made")),
        schedule=_schedule(node.node("schedule")),
        aggregate=_aggregate(node.node("aggregate")),
        midterm=_midterm(node.node("midterm")),
        audit_rules=_audit_rules(node.node("audit_rules")),
        evidence_classes=_texts(node.node("evidence_classes")),
        **_honesty(node.node("honesty")),
    )
    node.done()
    return plan


def _exposure(node: Strict) -> dict[str, Any]:
    _assumed(node, "base")
    return {"exposure_unit": node.number("unit", low="1"), "exposure_refer_above": _last(node, "refer_above")}


def _perils(node: Strict) -> dict[str, Any]:
    _assumed(node)
    lines = node.node("lines")
    perils = {code: _peril(code, lines.node(code)) for code in PERILS}
    lines.done()
    share = node.number("largest_deductible_share", low="0", high="1")
    return {
        "basic_limit": _last(node, "basic_limit"),
        "largest_deductible_share": share,
        "perils": MappingProxyType(perils),
    }


def _peril(code: str, node: Strict) -> Peril:
    peril = Peril(
        code=code,
        title=node.text("title"),
        f0=node.number("f0", low="0"),
        lev_basic=node.number("lev_basic", low="0"),
        severity=_texts(node.node("severity")),
        ilf=_table(node.node("ilf")),
        ded=_table(node.node("ded")),
        betas=_numbers(node.node("betas")),
        drift=node.flag("drift"),
    )
    node.done()
    return peril


def _loading(node: Strict) -> Loading:
    _assumed(node)
    names = ("ulae", "fixed_expense", "variable_expense", "profit_and_risk", "minimum_premium", "off_balance")
    loading = Loading(**{name: node.number(name, low="0") for name in names})
    node.done()
    return loading


def _relativity(node: Strict) -> Relativity:
    _assumed(node)
    drift = node.node("drift")
    names = ("confidence", "m_low", "m_high", "a_low", "a_high")
    relativity = Relativity(
        **{name: node.number(name, low="0") for name in names},
        q0=_numbers(node.node("q0")),
        g0=drift.number("g0", low="0"),
        t0=drift.number("t0", low="0"),
        unmeasured_g=_last(drift, "unmeasured_g"),
        half_life=node.number("ageing_half_life_years", low="0"),
        removable=_names(node, "removable"),
    )
    node.done()
    return relativity


def _grades(nodes: list[Strict]) -> tuple[tuple[str, Decimal | None], ...]:
    rows = []
    for node in nodes:
        rows.append((node.text("grade"), node.maybe_number("up_to")))
        node.done()
    if not rows:
        raise InputRefused("plan.grades is empty", field="plan.grades", remedy="file at least one grade")
    return tuple(rows)


def _mix(node: Strict) -> MappingProxyType[str, Decimal]:
    _assumed(node)
    weights = _numbers(node.node("weights"))
    node.done()
    return weights


def _factors(node: Strict) -> MappingProxyType[str, Factor]:
    factors = {name: _factor(name, node.node(name)) for name in node.names()}
    return MappingProxyType(factors)


def _factor(name: str, node: Strict) -> Factor:
    levels = node.node("levels")
    factor = Factor(
        name=name,
        title=node.text("title"),
        perils=_names(node, "perils"),
        levels=MappingProxyType({level: _level(level, levels.node(level)) for level in levels.names()}),
    )
    node.done()
    return factor


def _level(name: str, node: Strict) -> Level:
    level = Level(name, node.text("title"), node.number("relativity", low="0"), node.optional("outcome"))
    node.done()
    return level


def _oversight(node: Strict) -> dict[str, Any]:
    _assumed(node, "title")
    return {"oversight_perils": _names(node, "perils"), "oversight_floor": _last(node, "floor")}


def _use_classes(node: Strict) -> MappingProxyType[str, UseClass]:
    return MappingProxyType({code: _use_class(code, node.node(code)) for code in node.names()})


def _use_class(code: str, node: Strict) -> UseClass:
    use = UseClass(
        code=code,
        title=node.text("title"),
        priced_error=node.text("priced_error"),
        q0_error=node.maybe_number("q0_error"),
        gap_metric=node.text("gap_metric"),
        gap_text=node.text("gap_text"),
        q0_gap=node.maybe_number("q0_gap"),
        not_applicable=frozenset(_names(node, "not_applicable")),
        harm_text=node.text("harm_text"),
        outcome=node.optional("outcome"),
        medians=tuple(_median(row) for row in node.nodes("class_median")),
    )
    node.done()
    return use


def _median(node: Strict) -> Median:
    median = Median(node.whole("rows", low=1), _numbers(node.node("relativities")))
    node.done()
    return median


def _industries(node: Strict) -> tuple[tuple[Industry, ...], IndustryBasis]:
    node.text("source")
    rows = tuple(_industry(row) for row in node.nodes("rows"))
    basis = IndustryBasis(
        base_rate=node.number("base_rate", low="0", high="1"),
        k=node.number("k", low="0"),
        damping=node.number("damping", low="0", high="1"),
        step=node.number("step", low="0"),
        alpha=node.number("own_claims_alpha", low="0"),
        movement_cap=node.number("movement_cap", low="0"),
        assumption=node.text("assumption"),
    )
    node.done()
    return rows, basis


def _industry(node: Strict) -> Industry:
    interval = _figures(node, "interval", count=2)
    node.text("share")
    node.text("raw")
    row = Industry(
        code=node.text("code"),
        title=node.text("title"),
        naics=_names(node, "naics"),
        n=node.whole("n", low=1),
        x=node.whole("x"),
        z=node.number("z", low="0", high="1"),
        rel=node.number("rel", low="0"),
        interval=(interval[0], interval[1]),
        i=node.number("i", low="0"),
        leading_harms=_names(node, "leading_harms"),
        note=node.optional("note"),
    )
    node.done()
    return row


def _experience(node: Strict) -> Decimal:
    _assumed(node)
    return _last(node, "a")


def _claims_made(node: Strict) -> dict[str, Any]:
    _assumed(node)
    steps = _figures(node, "steps")
    return {"steps": steps, "mean_report_lag": _last(node, "mean_report_lag_years")}


def _schedule(node: Strict) -> Schedule:
    _assumed(node)
    names = ("minimum", "maximum", "item_maximum", "second_underwriter_above")
    schedule = Schedule(
        **{name: node.number(name, low="0") for name in names},
        excluded=_names(node, "excluded"),
        item_maximum_by_name=_numbers(node.node("item_maximum_by_name")),
        suggested=_names(node, "suggested"),
    )
    node.done()
    return schedule


def _aggregate(node: Strict) -> tuple[AggregateRow, ...]:
    _assumed(node)
    rows = []
    for row in node.nodes("rows"):
        ratio, expected = row.number("aggregate_over_limit_from", low="0"), row.maybe_number("expected_claims_up_to")
        rows.append(AggregateRow(ratio, expected, _last(row, "factor")))
    node.done()
    return tuple(rows)


def _midterm(node: Strict) -> Midterm:
    _assumed(node)
    short = node.number("short_rate", low="0", high="1")
    return Midterm(short, _last(node, "minimum_deposit_share"))


def _audit_rules(node: Strict) -> AuditRules:
    _assumed(node)
    days = node.whole("e4_subjectivity_days", low=1)
    rows, age = node.whole("minimum_rows", low=1), node.whole("maximum_age_days", low=1)
    return AuditRules(rows, age, _last(node, "slice_multiple"), days)


def _honesty(node: Strict) -> dict[str, Any]:
    _assumed(node)
    panel = _numbers(node.node("panel"))
    return {"panel": panel, "joint_percentile": _last(node, "joint_percentile")}


def _jurisdictions(node: Strict) -> MappingProxyType[str, tuple[TaxLine, ...]]:
    table = {}
    for code in node.names():
        entry = node.node(code)
        entry.text("title")
        table[code] = tuple(_tax_line(line) for line in entry.nodes("lines"))
        entry.done()
    return MappingProxyType(table)


def _tax_line(node: Strict) -> TaxLine:
    line = TaxLine(
        name=node.text("name"),
        rate=node.number("rate", low="0", high="1"),
        start=_day(node, "from"),
        end=node.maybe_day("to"),
    )
    node.done()
    return line


def _assumed(node: Strict, *texts: str) -> None:
    """Every part of a plan says what in it is assumed; a part without that sentence is refused."""
    for key in ("assumption", *texts):
        node.text(key)


def _last(node: Strict, key: str) -> Decimal:
    value = node.number(key, low="0")
    node.done()
    return value


def _day(node: Strict, key: str) -> date:
    day = node.maybe_day(key)
    if day is None:
        raise InputRefused(f"{node.where(key)} is missing", field=node.where(key), remedy="write it as 2026-01-01")
    return day


def _names(node: Strict, key: str) -> tuple[str, ...]:
    value = node.take(key)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise InputRefused(f"{node.where(key)} is not a list of texts", field=node.where(key), remedy="send texts")
    return tuple(value)


def _figures(node: Strict, key: str, *, count: int | None = None) -> tuple[Decimal, ...]:
    """A list of exact numbers that is not empty, or of `count` numbers."""
    figures = tuple(to_decimal(item, field=node.where(key)) for item in _names(node, key))
    if not figures or (count is not None and len(figures) != count):
        wanted = "at least one" if count is None else str(count)
        raise InputRefused(
            f"{node.where(key)} has {len(figures)} figures", field=node.where(key), limit=wanted, remedy="send them all"
        )
    return figures


def _texts(node: Strict) -> MappingProxyType[str, str]:
    return MappingProxyType({key: node.text(key) for key in node.names()})


def _numbers(node: Strict) -> MappingProxyType[str, Decimal]:
    return MappingProxyType({key: node.number(key, low="0") for key in node.names()})


def _table(node: Strict) -> MappingProxyType[Decimal, Decimal]:
    """A filed table keyed by amount, in rising order of amount."""
    amounts = {to_decimal(key, field=node.where(key)): key for key in node.names()}
    return MappingProxyType({amount: node.number(amounts[amount], low="0") for amount in sorted(amounts)})
