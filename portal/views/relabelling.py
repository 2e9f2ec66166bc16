"""The rows of an audit that a second reader shall label: drawing them, reading and taking them away."""

import csv
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from accounts.access import page
from accounts.scope import object_get
from audits.api import DRAW
from audits.models import AuditRun
from audits.relabelling import sample_draw
from audits.selectors import audits_visible, audits_with_results, rows_shown_check, sample_of
from core.actors import Actor
from portal.asking import Asked, act, now
from underwriting.selectors import orders_visible


@page({"GET": DRAW, "POST": DRAW})
def relabelling(request: Asked, pk: UUID) -> HttpResponse:
    """The drawn rows and how their second labels come back; POST draws them, once a data set."""
    if request.method == "POST":
        return _drawn(request, pk)
    run = _run(request, pk)
    order = orders_visible(request.principal).filter(audit_run=run).defer("audit_run__result").first()
    shown = {"run": run, "order": order, "sample": sample_of(run), "label": run.spec["label"]}
    return render(request, "audits/relabelling.html", shown)


def _drawn(request: Asked, pk: UUID) -> HttpResponse:
    run = object_get(audits_with_results(request.principal), principal=request.principal, pk=pk, access=DRAW)
    rows_shown_check(run.dataset, request.principal)

    def call(actor: Actor) -> str:
        sample_draw(run=run, actor=actor, at=now())
        return f"/audits/{pk}/relabelling"

    return act(request, call, back=f"/audits/{pk}#relabelling", done="The rows are drawn.")


@page({"GET": DRAW})
def rows(request: Asked, pk: UUID) -> HttpResponse:
    """CSV of the drawn rows' names beside an empty label: the file that the second reader fills in and sends back."""
    run = _run(request, pk)
    sample = sample_of(run)
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="second-labels-{str(run.dataset_id)[:8]}.csv"'
    writer = csv.writer(answer, lineterminator="\n")
    writer.writerow([sample.row_id, run.spec["label"]])
    writer.writerows([name, ""] for name in sample.row_ids)
    return answer


def _run(request: Asked, pk: UUID) -> AuditRun:
    """The audit, without its result; its rows' names only for whoever may see single rows."""
    rows = audits_visible(request.principal).defer(None).defer("result")
    run: AuditRun = object_get(rows, principal=request.principal, pk=pk, access=DRAW)
    rows_shown_check(run.dataset, request.principal)
    return run
