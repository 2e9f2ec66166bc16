"""Composition root: settings, urls, the Celery app and the event subscriptions. Nothing imports it."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
