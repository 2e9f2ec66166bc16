from django.apps import AppConfig


class PoliciesConfig(AppConfig):
    name = "policies"

    def ready(self) -> None:
        from policies import tasks  # noqa: F401 - registers job handlers and the daily tick
