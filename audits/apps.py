from django.apps import AppConfig


class AuditsConfig(AppConfig):
    name = "audits"

    def ready(self) -> None:
        """Register this room's jobs, and what must hold before they are taken."""
        from audits import readiness, tasks  # noqa: F401 - importing registers
