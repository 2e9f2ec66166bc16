"""Composition root: settings, urls, the Celery app and the table of event subscriptions. Nothing imports it."""
