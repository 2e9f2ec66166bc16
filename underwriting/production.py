"""Whether production runs the file that was audited: what it reported, held against the version that was live then."""

from typing import Literal, NamedTuple

from underwriting.models import DeploymentSwitch, ModelVersion, ProductionReport, RegisteredModel
from underwriting.selectors import switches_of

State = Literal["equal", "another version", "unknown file", "nothing live"]
SIGN = "Production reported another file than the audited one"


class Said(NamedTuple):
    """A report, the version that was live at its moment, and what the two make together."""

    report: ProductionReport
    live: ModelVersion | None
    state: State

    @property
    def differs(self) -> bool:
        return self.state in ("another version", "unknown file")


def production_said(report: ProductionReport) -> Said:
    """The report against the version that was live when the file was seen."""
    return _said(report.model, [report])[0]


def production_reports(model: RegisteredModel) -> list[Said]:
    """What production said of one model, newest first, at most a hundred."""
    return _said(model, list(model.production_reports.order_by("-observed_at", "-created_at", "-id")[:100]))


def production_sign(version: ModelVersion) -> str | None:
    """A reason to refer: the last report made while `version` was live names another file; None without one."""
    last = next((said for said in production_reports(version.model) if said.live == version), None)
    return SIGN if last is not None and last.differs else None


def _said(model: RegisteredModel, reports: list[ProductionReport]) -> list[Said]:
    if not reports:
        return []
    switches = list(switches_of(model))
    known = set(model.versions.values_list("digest", flat=True))
    return [_held(report, switches, known) for report in reports]


def _held(report: ProductionReport, switches: list[DeploymentSwitch], known: set[str]) -> Said:
    """`switches` newest first; `known` are the digests of all versions."""
    last = next((switch for switch in switches if switch.live_from <= report.observed_at), None)
    live = None if last is None else last.version
    if live is None:
        return Said(report, None, "nothing live")
    if live.digest == report.digest:
        return Said(report, live, "equal")
    return Said(report, live, "another version" if report.digest in known else "unknown file")
