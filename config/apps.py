from django.apps import AppConfig


class ConfigApp(AppConfig):
    """Last in the list: when it is ready every room is, and the rooms can be joined."""

    name = "config"
    label = "composition"

    def ready(self) -> None:
        from config.subscriptions import SUBSCRIPTIONS
        from core.events import subscriptions_set

        subscriptions_set(SUBSCRIPTIONS)
