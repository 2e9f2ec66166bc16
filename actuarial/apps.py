from importlib import import_module

from django.apps import AppConfig


class ActuarialConfig(AppConfig):
    name = "actuarial"

    def ready(self) -> None:
        import_module("actuarial.tasks")
