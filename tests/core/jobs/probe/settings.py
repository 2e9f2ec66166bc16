"""The floor alone (core) and the probe: a small installation whose workers start fast and can be killed."""

from config.settings import (  # noqa: F401 - these names are the settings
    BASE_DIR,
    CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP,
    CELERY_BROKER_CONNECTION_TIMEOUT,
    CELERY_BROKER_TRANSPORT_OPTIONS,
    CELERY_BROKER_URL,
    CELERY_TASK_IGNORE_RESULT,
    CELERY_WORKER_HIJACK_ROOT_LOGGER,
    CELERY_WORKER_LOST_WAIT,
    CELERY_WORKER_PREFETCH_MULTIPLIER,
    CELERY_WORKER_REDIRECT_STDOUTS,
    DATABASES,
    DEFAULT_AUTO_FIELD,
    JOB_LEASE,
    LOGGING,
    SECRET_KEY,
    TIME_ZONE,
    USE_TZ,
)

INSTALLED_APPS = ["django.contrib.contenttypes", "core", "tests.core.jobs.probe.apps.ProbeConfig"]
ROOT_URLCONF = "tests.core.jobs.probe.urls"
ALLOWED_HOSTS = ["127.0.0.1"]
