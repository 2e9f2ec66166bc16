"""The rating plans as they are filed: reference rates, factors, industries, and the hash that fixes them."""

from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.access import Access, page
from accounts.roles import ALL_STAFF
from actuarial.api import ASK
from actuarial.services import study_request
from core.actors import Actor
from core.errors import NotFound
from portal.asking import Asked, Refusals, act, filled, now
from portal.forms.plans import CompareForm, DraftForm, SectionForm, sections_of
from portal.forms.underwriting import ReasonForm
from portal.history import history_of
from portal.lookups import plan_named, plans_all
from underwriting.api.plans import ACTS, WRITE, draft_told
from underwriting.api.plans import READ as READ_DRAFTS
from underwriting.models import PlanRecord
from underwriting.plan_records import plan_record
from underwriting.rating.diff import plan_diff
from underwriting.selectors import plan_draft_state, plan_drafts, plans_published
from underwriting.services import plan_draft_save, plan_draft_start

READ = Access(staff=ALL_STAFF)
WORDS = {"reviewed": "Review", "approved": "Approve", "published": "Publish", "withdrawn": "Withdraw"}


@page(READ)
def plans(request: Asked) -> HttpResponse:
    """Every published plan and tax table, the newest in force first."""
    shown = {"plans": plans_all(), "drafts": [], "may_write": WRITE.admits(request.principal)}
    form = CompareForm(request.GET if "new" in request.GET else None)
    names = [row.name for row in reversed(plans_published())]
    for field in ("old", "new"):
        form.choices_set(field, [(name, name) for name in names])
    if form.is_bound and form.is_valid():
        return redirect("plans-compared", **form.cleaned_data)
    shown["compare"] = form if len(names) > 1 else None
    if READ_DRAFTS.admits(request.principal):
        shown["drafts"] = [(row, plan_draft_state([row])) for row in plan_drafts()]
    return render(request, "plans/plans.html", shown)


@page(READ)
def plan(request: Asked, name: str) -> HttpResponse:
    """One plan in full."""
    row = plan_named(name)
    template = "plans/plan.html" if row.kind == PlanRecord.Kind.PLAN else "plans/taxes.html"
    return render(request, template, {"plan": row, "json": row.json})


@page(READ)
def compared(request: Asked, old: str, new: str) -> HttpResponse:
    """What changed from one published plan to another, path by path."""
    changes = plan_diff(plan_record(old).json, plan_record(new).json)
    return render(request, "plans/compared.html", {"old": old, "new": new, "changes": changes})


@page({"POST": ASK})
def draft_dislocation(request: Asked, name: str) -> HttpResponse:
    """Ask what the draft as it stands does to the book."""
    row = draft_told(name)

    def call(actor: Actor) -> str:
        asked = {"plan": name, "against": row["revisions"][0].parent, "currency": row["json"]["currency"]}
        return f"/studies/{study_request(kind='dislocation', asked=asked, actor=actor, at=now()).pk}"

    return act(request, call, back=f"/plans/drafts/{name}", done="Asked. A worker rates the book under the draft.")


@page({"GET": WRITE, "POST": WRITE})
def draft_new(request: Asked) -> HttpResponse:
    """Begin a plan from a published one."""
    form = DraftForm(request.POST or None)
    form.choices_set("parent", [(row.name, row.name) for row in reversed(plans_published())])
    problem = None
    if request.method == "POST" and form.is_valid():
        try:
            made = plan_draft_start(**form.cleaned_data, actor=request.principal.actor, at=now())
        except Refusals as refused:
            problem = refused
        else:
            return redirect("draft", name=made.name)
    status = getattr(problem, "status", 422) if request.method == "POST" else 200
    return render(request, "plans/draft_new.html", {"form": form, "problem": problem}, status=status)


@page(READ_DRAFTS)
def draft(request: Asked, name: str) -> HttpResponse:
    """One draft: where it stands, what it changes, its sections to write, who did what."""
    told = draft_told(name)
    last = told["revisions"][0]
    shown = {
        **told,
        "draft": last,
        "sections": sections_of(told["json"]),
        "may_write": WRITE.admits(request.principal) and told["state"] not in ("published", "withdrawn"),
        "tried": next((step for step in last.steps.all() if step.act == "tried"), None),
        "acts": [(act_name, WORDS[act_name]) for act_name in ACTS],
        "reason_form": ReasonForm(),
        "may_ask": ASK.admits(request.principal),
        "journal": history_of([("plan", name)]),
    }
    return render(request, "plans/draft.html", shown)


@page({"GET": WRITE, "POST": WRITE})
def draft_section(request: Asked, name: str, section: str) -> HttpResponse:
    """Write one section; saving makes the next revision, or says by path why it cannot be a plan."""
    told = draft_told(name)
    if section not in sections_of(told["json"]):
        raise NotFound("Nothing is here that you may see.")
    document = told["json"]
    form = SectionForm(request.POST or None, document=document, section=section)
    problem = None
    if request.method == "POST" and form.is_valid():
        try:
            plan_draft_save(
                name=name,
                document=form.changed(),
                why=form.cleaned_data["why"],
                actor=request.principal.actor,
                at=now(),
            )
        except Refusals as refused:
            problem = refused
        else:
            return redirect("draft", name=name)
    status = getattr(problem, "status", 422) if request.method == "POST" else 200
    shown = {"draft": told["revisions"][0], "section": section, "form": form, "problem": problem}
    return render(request, "plans/section.html", shown, status=status)


@page({"POST": WRITE})
def draft_step(request: Asked, name: str, step: str) -> HttpResponse:
    """Review, approve, publish or withdraw the draft as it stands."""
    if step not in ACTS:
        raise NotFound("Nothing is here that you may see.")
    form = ReasonForm(request.POST)
    back = f"/plans/drafts/{name}"
    if not filled(request, form):
        return redirect(back)

    def call(actor: Actor) -> None:
        ACTS[step](name=name, why=form.cleaned_data["why"], actor=actor, at=now())

    return act(request, call, back=back, done=f"The draft is {step}.")
