"""Typed readers of the environment and of the installation's own secret, failing loudly."""

import os
import secrets
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()


def secret_key(folder: Path) -> str:
    """SECRET_KEY from the environment, or one made on first use and kept in `folder` readable by its owner alone."""
    given = env.str("SECRET_KEY", default="")
    if given:
        return str(given)
    path = folder / "secret_key"
    if not path.exists():
        _write_once(path, secrets.token_urlsafe(48))
    key = path.read_text().strip()
    if not key:
        raise ImproperlyConfigured(f"{path} is empty: remove it to have a new key made, or set SECRET_KEY")
    return key


def _write_once(path: Path, text: str) -> None:
    """Write a private file whole or not at all: two first starts at once must agree on one key."""
    draft = path.with_suffix(f".{os.getpid()}.new")
    draft.touch(mode=0o600)
    draft.write_text(text)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def broker_options(url: str) -> dict[str, object]:
    """What each kind of broker needs: the embedded one is polled often, Redis gives up early when it is away."""
    if url.startswith("memory:"):
        return {"polling_interval": 0.1}
    if url.startswith("redis"):
        patience: dict[str, object] = {"socket_connect_timeout": 2}
        return {**patience, "visibility_timeout": 7200, "unacked_restore_interval": 5, "unacked_restore_throttle": 1}
    return {}


def database(folder: Path) -> dict[str, object]:
    """DATABASE_URL (PostgreSQL), or SQLite in WAL mode under `folder`."""
    url = env.str("DATABASE_URL", default="")
    if not url:
        return _sqlite(folder / "plimsoll.sqlite3")
    config: dict[str, object] = env.db_url_config(url)
    if "sqlite" in str(config["ENGINE"]):
        return _sqlite(Path(str(config["NAME"])))
    if "postgresql" not in str(config["ENGINE"]):
        raise ImproperlyConfigured("DATABASE_URL must name PostgreSQL (postgres://...) or SQLite (sqlite:///...)")
    return {**config, "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}


def _sqlite(path: Path) -> dict[str, object]:
    pragmas = (
        "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA temp_store=MEMORY;"
        "PRAGMA journal_size_limit=67108864;PRAGMA cache_size=-20000;"
    )
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": pragmas},
        # A file, not memory: tests with several connections must see one database.
        "TEST": {"NAME": path.with_name(f"test-{path.name}")},
    }
