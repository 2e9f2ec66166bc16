"""Emptying the database after a test that committed: append-only tables refuse DELETE, so their triggers step aside.

Only the tests do this, as the owner (OWNER_DATABASE_URL where the tests themselves run as the application role).
"""

import os
from typing import Any

from django.db import connection

from underwriting.models import PlanRecord
from underwriting.plan_records import plans_sync
from underwriting.rating import plan_names
from underwriting.rating.plan_reader import TAX_FILE

# Rows that migrations write and every test may rely on.
PLANS = "underwriting_planrecord"
KEPT = {"django_migrations", "django_content_type", "auth_permission", PLANS}


def empty_database(_testcase: Any = None) -> None:
    """Delete every row but KEPT; stands in for Django's flush in transactional tests."""
    published = _published_by_a_test()
    kept = KEPT - {PLANS} if published else KEPT
    tables = [name for name in connection.introspection.table_names() if name not in kept]
    if connection.vendor == "postgresql":
        _empty_postgres(tables)
    else:
        _empty_sqlite(tables)
    if published:
        plans_sync()


def _published_by_a_test() -> bool:
    """Whether there are plans besides those that migrating publishes."""
    return PlanRecord.objects.exclude(name__in=[*plan_names(), TAX_FILE]).exists()


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
