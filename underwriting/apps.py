from typing import Any

from django.apps import AppConfig
from django.apps import apps as registry
from django.db.models.signals import post_migrate


class UnderwritingConfig(AppConfig):
    name = "underwriting"

    def ready(self) -> None:
        from underwriting import tasks  # noqa: F401 - registers job handlers

        # Publishing plan files belongs to migrating: a plan that is not in the database cannot price.
        post_migrate.connect(_publish_plans, sender=self)


def _publish_plans(*, using: str, apps: Any = registry, **_: Any) -> None:
    """After a migrate that leaves the table in place, make records of new plan files and check the old ones."""
    from underwriting.plan_records import plans_sync

    try:
        apps.get_model("underwriting", "PlanRecord")
    except LookupError:
        return
    if using == "default":
        plans_sync()
