"""Reading studies. They are the insurer's own: no customer sees one."""

from uuid import UUID

from django.db.models import QuerySet

from actuarial.models import Study
from core.errors import NotFound

HEAVY = ("inputs", "result", "paper")


def studies_all() -> QuerySet[Study]:
    """Every study without its documents, newest first."""
    return Study.objects.defer(*HEAVY).order_by("-created_at", "-id")


def studies_newest() -> dict[str, Study]:
    """The newest completed study of each kind."""
    done = Study.objects.filter(state=Study.State.COMPLETED).defer("inputs", "paper").order_by("created_at", "id")
    return {row.kind: row for row in done.filter(pk__in=_newest_keys())}


def study_get(pk: UUID) -> Study:
    """One study with its result; raises NotFound."""
    row = Study.objects.defer("inputs", "paper").filter(pk=pk).first()
    if row is None:
        raise NotFound("Nothing is here that you may see.")
    return row


def _newest_keys() -> list[UUID]:
    rows = Study.objects.filter(state=Study.State.COMPLETED).order_by("created_at", "id")
    return list(dict(rows.values_list("kind", "id")).values())
