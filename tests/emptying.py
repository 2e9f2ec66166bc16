"""Emptying the database after a test that committed: append-only tables refuse DELETE, so their triggers step aside.

Only the tests do this, as the owner (OWNER_DATABASE_URL where the tests themselves run as the application role).
"""

import os
from typing import Any

from django.db import connection

# Rows that migrations write and every test may rely on.
KEPT = {"django_migrations", "django_content_type", "auth_permission", "underwriting_planrecord"}


def empty_database(_testcase: Any = None) -> None:
    """Delete every row but KEPT; stands in for Django's flush in transactional tests."""
    tables = [name for name in connection.introspection.table_names() if name not in KEPT]
    if connection.vendor == "postgresql":
        _empty_postgres(tables)
    else:
        _empty_sqlite(tables)


def _empty_sqlite(tables: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
        cursor.execute("PRAGMA foreign_keys = OFF")
        for name, _ in triggers:
            cursor.execute(f'DROP TRIGGER "{name}"')
        for table in tables:
            cursor.execute(f'DELETE FROM "{table}"')
        for _, sql in triggers:
            cursor.execute(sql)
        cursor.execute("PRAGMA foreign_keys = ON")


def _empty_postgres(tables: list[str]) -> None:
    names = ", ".join(f'"{table}"' for table in tables)
    statements = [
        *(f'ALTER TABLE "{table}" DISABLE TRIGGER USER' for table in tables),
        f"TRUNCATE {names} RESTART IDENTITY",
        *(f'ALTER TABLE "{table}" ENABLE TRIGGER USER' for table in tables),
    ]
    owner_url = os.environ.get("OWNER_DATABASE_URL")
    if not owner_url:
        with connection.cursor() as cursor:
            cursor.execute("; ".join(statements))
        return
    import psycopg

    base = owner_url.rsplit("/", 1)[0]
    connection.close()
    with psycopg.connect(f"{base}/{connection.settings_dict['NAME']}") as owner:
        owner.execute("; ".join(statements))
