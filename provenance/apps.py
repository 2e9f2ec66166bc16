from django.apps import AppConfig


class ProvenanceConfig(AppConfig):
    name = "provenance"

    def ready(self) -> None:
        """Register this room's jobs."""
        from provenance import tasks  # noqa: F401 - importing registers
