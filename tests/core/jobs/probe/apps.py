from django.apps import AppConfig


class ProbeConfig(AppConfig):
    """A room that exists only in the tests of the job system."""

    name = "tests.core.jobs.probe"
    label = "probe"

    def ready(self) -> None:
        from tests.core.jobs.probe import tasks  # noqa: F401 - registers the handlers
