"""Whether production runs the file that was audited: what it reported, held against the version that was live then."""

from collections.abc import Iterable
from typing import Literal, NamedTuple

from underwriting.models import ModelVersion, ProductionReport, RegisteredModel
from underwriting.selectors import version_live_at

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
    live = version_live_at(model=report.model, at=report.observed_at)
    if live is None:
        return Said(report, None, "nothing live")
    if live.digest == report.digest:
        return Said(report, live, "equal")
    known = report.model.versions.filter(digest=report.digest).exists()
    return Said(report, live, "another version" if known else "unknown file")


def production_reports(model: RegisteredModel) -> list[Said]:
    """What production said of one model, newest first, at most a hundred."""
    return _said(model.production_reports.select_related("model").order_by("-observed_at", "-created_at", "-id")[:100])


def production_sign(version: ModelVersion) -> str | None:
    """A reason to refer: the last report made while `version` was live names another file; None without one."""
    last = next((said for said in production_reports(version.model) if said.live == version), None)
    return SIGN if last is not None and last.differs else None


def _said(reports: Iterable[ProductionReport]) -> list[Said]:
    return [production_said(report) for report in reports]
