"""Settings, one file. The embedded default needs no server; DATABASE_URL and BROKER_URL grow it."""

import os
from datetime import timedelta
from pathlib import Path

from csp.constants import NONCE, NONE, SELF

from config.env import broker_options, database, env, secret_key

# Each job is one process beside others: threads of linear algebra would wait for one another. Read when numpy loads.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.str("PLIMSOLL_VAR", default=str(BASE_DIR / "var"))).resolve()
(VAR_DIR / "static").mkdir(parents=True, exist_ok=True)

SECRET_KEY = secret_key(VAR_DIR)
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]", "testserver"])
# Behind TLS, set SECURE=1: cookies then travel over https alone and browsers are told to stay there.
SECURE = env.bool("SECURE", default=False)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "rest_framework",
    "rest_framework_api_key",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "django_htmx",
    "axes",
    "core",
    "accounts",
    "provenance",
    "audits",
    "underwriting",
    "policies",
    "guarantees",
    "claims",
    "actuarial",
    "reports",
    "portal",
    "config.apps.ConfigApp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "core.api.middleware.ProblemMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.PrincipalMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "portal.context.shell",
            ],
        },
    }
]

DATABASES = {"default": database(VAR_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "/login"
LOGIN_REDIRECT_URL = "/"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=10)
# The pair is locked: a stranger elsewhere can lock nobody out, and one bad guest locks not a whole office.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_FORM_FIELD = "username"
AXES_LOCKOUT_CALLABLE = "accounts.lockout.locked_out"
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_AGE = 12 * 3600
SECURE_SSL_REDIRECT = SECURE
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Served straight from the source folders: a clone needs no collectstatic step.
WHITENOISE_USE_FINDERS = True

# The insurer whose installation this is; printed on every paper.
INSURER_NAME = env.str("INSURER_NAME", default="Plimsoll Demonstration Insurer")

# Bodies other than data sets and models are small; those are streamed past Django's buffers by their own views.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
STORE_DIR = VAR_DIR / "store"
# An upload is read whole in a child process of two gigabytes; larger data sets are written by the installation itself.
DATASET_MAX_ROWS = env.int("DATASET_MAX_ROWS", default=5_000_000)
DATASET_MAX_CELLS = env.int("DATASET_MAX_CELLS", default=200_000_000)
# Jobs among which the counting of a data set is shared out that is too large to be held in memory.
AUDIT_PARTS = env.int("AUDIT_PARTS", default=4)
DATASET_MAX_BYTES = env.int("DATASET_MAX_BYTES", default=512 * 1024 * 1024)
MODEL_MAX_BYTES = env.int("MODEL_MAX_BYTES", default=256 * 1024 * 1024)
# Uploads whose bodies are being read at the same time on this machine; fewer than one web process has threads.
UPLOADS_PER_CALLER = env.int("UPLOADS_PER_CALLER", default=4)
UPLOADS_AT_ONCE = env.int("UPLOADS_AT_ONCE", default=16)

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.KeyAuthentication",
        "accounts.authentication.PortalSession",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.access.DeclaredAccess"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "core.api.schema.Schema",
    "EXCEPTION_HANDLER": "core.api.problems.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "COERCE_DECIMAL_TO_STRING": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Plimsoll",
    "DESCRIPTION": "Register models, upload data, audit, quote, bind, report, claim. Errors are RFC 9457 problem "
    "documents that name the field, the limit and the remedy. POST accepts an Idempotency-Key.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "DataSetState": "audits.models.DataSet.State",
        "Custody": "audits.models.DataSet.Custody",
        "TrialState": "audits.models.Trial.State",
        "AuditState": "audits.models.AuditRun.State",
        "ModelState": "underwriting.models.RegisteredModel.State",
        "ReferralState": "underwriting.models.Referral.State",
        "PricingOutcome": "underwriting.models.Pricing.Outcome",
        "QuoteState": "policies.models.Quote.State",
        "PolicyState": "policies.models.Policy.State",
        "ClaimState": "claims.models.Claim.State",
        "DecisionState": "claims.models.Decision.State",
        "DecisionOutcome": "claims.models.Decision.Outcome",
        "DependencyKind": "underwriting.registration.DEPENDENCY_KINDS",
        "PlanChangeKind": ["added", "removed", "changed"],
        "PriceChangeKind": ["measure", "improve", "rows", "oversight", "use", "exposure", "term", "together"],
        "StudyState": "actuarial.models.Study.State",
        "ReportState": "reports.models.QuarterlyReport.State",
    },
}

# The job table is the queue's truth; the broker is only its bell.
CELERY_BROKER_URL = env.str("BROKER_URL", default="memory://")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_TIMEOUT = 2  # seconds a request may wait for a broker that is away
CELERY_BROKER_TRANSPORT_OPTIONS = broker_options(CELERY_BROKER_URL)
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_LOST_WAIT = 1.0  # seconds until the slot of a killed child is free again
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
JOB_LEASE = timedelta(seconds=env.int("JOB_LEASE_SECONDS", default=60))

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "axes": {"level": "WARNING"},
        # Bells are not news; jobs have their own log.
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
    },
}
