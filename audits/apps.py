from django.apps import AppConfig


class AuditsConfig(AppConfig):
    name = "audits"

    def ready(self) -> None:
        """Register this room's jobs."""
        from audits import tasks  # noqa: F401 - importing registers
