"""Who hears what: event name -> job kinds of the rooms above. The only place where upward flow is written."""

SUBSCRIPTIONS: dict[str, tuple[str, ...]] = {
    "audits.run_completed.1": ("policies.on_audit_completed",),
    "underwriting.exposure_changed.1": ("policies.on_exposure_changed",),
    "underwriting.plan_published.1": ("policies.on_plan_changed",),
}
